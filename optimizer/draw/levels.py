"""Unequal probabilities: a fixed total shared in proportion to weights, exactly.

A member of weight w has the probability ``total · w / Σ w``. Where that would reach 1, the member
is certain, and what is left of the total is shared among the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def proportional(
    total: Fraction, weights: Sequence[Fraction | int], counts: Sequence[int]
) -> tuple[Fraction, tuple[Fraction, ...]]:
    """Share an expected size among classes of members, alike in a class.

    Heaviest first, a class whose members would reach probability 1 is taken whole; its members
    leave the total and the sum of weights. The probabilities add up to the total exactly.

    Parameters
    ----------
    total
        Expected size, from 0 to the number of members.
    weights
        Weight of a member of each class, above 0.
    counts
        Members of each class.

    Returns
    -------
    tuple
        The share, which times the weight is the probability of a member who is not certain, and
        each class's probability.

    Raises
    ------
    ValueError
        If a weight is not above 0, or the total is not from 0 to the number of members.

    Notes
    -----
    Certainty units: Särndal, Swensson & Wretman, *Model Assisted Survey Sampling* (1992), 3.6.
    """
    if any(weight <= 0 for weight in weights):
        raise ValueError("a weight is above 0")
    if not 0 <= total <= sum(counts):
        raise ValueError("a total is from 0 to the number of members")
    left = Fraction(total)
    mass = sum((Fraction(w) * n for w, n in zip(weights, counts, strict=True)), start=Fraction(0))
    certain = set()
    for place in sorted(range(len(weights)), key=lambda k: (-weights[k], k)):
        if not counts[place] or left * weights[place] < mass:
            break
        certain.add(place)
        left -= counts[place]
        mass -= Fraction(weights[place]) * counts[place]
    share = left / mass if mass else Fraction(0)
    return share, tuple(
        Fraction(1) if place in certain else share * weight for place, weight in enumerate(weights)
    )
