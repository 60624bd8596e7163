"""The ordered pivotal method in integers: every member has a probability of its own.

Source: J.-C. Deville & Y. Tillé, "Unequal probability sampling without replacement through a
splitting method", Biometrika 85 (1998). Members duel in order; the winner takes what the two
probabilities hold, up to 1, and the loser the rest. Any order gives the probabilities exactly. The
order here is that of the tickets, so that members of one weight are exchangeable (which the
coordination over time rests on) and no two members exclude each other.
"""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.chance import Stream

MAX_PIVOTAL = 2**47
"""Largest common denominator: the sum of two probabilities stays within `Stream.below`."""


def pivotal(shares: Sequence[int], denominator: int, stream: Stream) -> list[bool]:
    """Return who is taken.

    Parameters
    ----------
    shares
        Probabilities times `denominator`, in the order of the duels, each from 0 to it.
    denominator
        D, at most `MAX_PIVOTAL`.
    stream
        One `Stream.below` a duel, and one for the last if its share is not whole.

    Returns
    -------
    list of bool
        In step with `shares`. Their number is the floor or ceiling of ``Σ shares / D``.
    """
    if not 1 <= denominator <= MAX_PIVOTAL:
        raise ValueError(f"the common denominator {denominator} is not in 1 to 2^47")
    if any(not 0 <= share <= denominator for share in shares):
        raise ValueError("a probability is from 0 to 1")
    taken = [share == denominator for share in shares]
    holder, held = -1, 0
    for place, share in enumerate(shares):
        if not share or share == denominator:
            continue
        if not held:
            holder, held = place, share
            continue
        both = held + share
        if both <= denominator:
            if stream.below(both) >= held:
                holder = place
            held = both
            if both == denominator:
                taken[holder], held = True, 0
        else:
            # One is taken; the other keeps what is over 1.
            if stream.below(2 * denominator - both) < denominator - share:
                taken[holder], holder = True, place
            else:
                taken[place] = True
            held = both - denominator
    if held:
        taken[holder] = stream.below(denominator) < held
    return taken
