"""Weights on the checks of an enterprise that prove a least number of visits.

The dual of covering checks by days: if on no day checks of a weight of more than 1 can meet,
there must be at least as many visits and checks left out as the weights add up to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.plan.days import Days, bits
from optimizer.plan.site import Mask, Site

WHOLE = 10**6
"""Weight of one visit."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Whole-number weights; on no day do checks that can meet weigh more than `of`."""

    weights: tuple[tuple[str, int], ...]
    of: int

    @property
    def lower(self) -> int:
        """Visits and checks left out, at least."""
        return -(-sum(weight for _, weight in self.weights) // self.of)


def find_weights(
    site: Site, members: Mask, days: Sequence[Days], proved: int = 0
) -> Weights | None:
    """Return weights that prove the most a linear relaxation can, or ``None``.

    Parameters
    ----------
    days
        For each check of the site the days it could be done on in whatever company.
    proved
        What is proved already: ``None`` where it is clear that no weights prove more.

    Rounding down to whole numbers keeps them valid: sums of what is rounded down never exceed
    what was rounded.
    """
    places = [i for i in bits(members) if days[i]]
    if not places:
        return None
    if not any(site.clashes[i] & members for i in places):
        # Checks that meet on a day weigh no more than one visit.
        without = members.bit_count() - len(places)
        if _piercing([days[i] for i in places]) + without <= proved:
            return None
    at = {i: k for k, i in enumerate(places)}
    days_of: dict[int, None] = {}
    every = 0
    for i in places:
        every |= days[i]
    for day in bits(every):
        days_of[sum(1 << i for i in places if days[i] >> day & 1)] = None
    sets = [s for s in days_of if not any(s != o and s & o == s for o in days_of)]
    rows = [set_ for met in sets for set_ in _apart_sets(met, site.clashes)]
    matrix = np.zeros((len(rows), len(places)))
    for r, met in enumerate(rows):
        for i in bits(met):
            matrix[r, at[i]] = 1.0
    # It takes a quarter of a second to load, and not every process weighs.
    from scipy.optimize import linprog

    found = linprog(
        -np.ones(len(places)), A_ub=matrix, b_ub=np.ones(len(rows)), bounds=(0, 1), method="highs"
    )
    if not found.success:
        return None
    whole = [int(np.floor(value * WHOLE + 1e-7)) for value in found.x]
    for met in rows:
        over = sum(whole[at[i]] for i in bits(met)) - WHOLE
        for i in bits(met):
            if over > 0:
                less = min(over, whole[at[i]])
                whole[at[i]] -= less
                over -= less
    # A check without a day is left out in any plan, whatever the others weigh.
    lone = [(site.checks[i].id, WHOLE) for i in bits(members) if not days[i]]
    named = [(site.checks[i].id, whole[at[i]]) for i in places if whole[at[i]] > 0]
    return Weights(tuple(sorted([*named, *lone])), WHOLE)


def _piercing(sets: Sequence[Days]) -> int:
    """Return a number of days among which each set has one; of spans the least there is."""
    found = taken = 0
    for days in sorted(sets, key=int.bit_length):
        if not days & taken:
            taken |= 1 << days.bit_length() - 1
            found += 1
    return found


def _apart_sets(met: Mask, clashes: Sequence[Mask]) -> list[Mask]:
    """Return the largest sets of `met` without two that clash; `met` itself if they are many."""
    found = [met]
    for i in bits(met):
        if clashes[i] & met:
            split: list[Mask] = []
            for one in found:
                if one >> i & 1 and clashes[i] & one:
                    split.extend([one & ~(1 << i), one & ~clashes[i]])
                else:
                    split.append(one)
            found = list(dict.fromkeys(split))
            if len(found) > 64:
                return [met]
    return found
