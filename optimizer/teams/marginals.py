"""Odds as integers over a common denominator that keep every rule exactly."""

from __future__ import annotations

import numpy as np

from optimizer.teams.network import Forced, maximum_flow
from optimizer.teams.numeric import Floats
from optimizer.teams.seats import Indices, Part

DENOMINATOR = 10**9
"""D: odds below 2^53 stay exact in JavaScript too."""
GRID = 100
"""Doubles are rounded to multiples of this first, so that their last bits decide nothing."""


def exact_odds(part: Part, forced: Forced, odds: Floats) -> Indices:
    """Return integers near `odds` · D that fill every group and keep every cap exactly.

    A maximum flow within a tube of ±`GRID` around the rounded odds, widened tenfold as long as
    it has no solution; the widest tube holds everything feasible.

    Parameters
    ----------
    part
        A part whose seats can be filled.
    forced
        Its forced pairs, which stay as they are.
    odds
        Shape (pairs,); any numbers from 0 to 1.

    Returns
    -------
    numpy.ndarray
        Shape (pairs,), int64.
    """
    rounded = np.rint(odds * (DENOMINATOR // GRID)).astype(np.int64) * GRID
    target = np.clip(rounded, 0, DENOMINATOR)
    fixed = forced.pairs >= 0
    target[fixed] = forced.pairs[fixed] * DENOMINATOR
    groups, rows, days = len(part.groups), len(part.row_day), len(part.day_cap)
    limits = len(part.limit_cap)
    tube = GRID
    while True:
        low = np.where(fixed, target, np.maximum(target - tube, 0))
        high = np.where(fixed, target, np.minimum(target + tube, DENOMINATOR))
        supply = part.seats * DENOMINATOR - _sums(part.pair_group, low, groups)
        in_rows = _sums(part.pair_row, low, rows)
        row_cap = DENOMINATOR - in_rows
        in_days = _sums(part.row_day, in_rows, days)
        day_cap = part.day_cap * DENOMINATOR - in_days
        in_limits = np.zeros(limits, dtype=np.int64)
        under = part.day_limit >= 0
        np.add.at(in_limits, part.day_limit[under], in_days[under])
        for limit, above in enumerate(part.limit_above.tolist()):
            if above >= 0:
                in_limits[above] += in_limits[limit]
        limit_cap = part.limit_cap * DENOMINATOR - in_limits
        if min(supply.min(), row_cap.min(), day_cap.min(), limit_cap.min(initial=0)) >= 0:
            flow = maximum_flow(part, supply, high - low, row_cap, day_cap, limit_cap)
            if flow.full:
                return low + flow.pairs
        if tube >= DENOMINATOR:
            raise ValueError("the part has no solution")
        tube *= 10


def _sums(index: Indices, values: Indices, size: int) -> Indices:
    """Add integers by index; exact, unlike `numpy.bincount` with weights."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, index, values)
    return total
