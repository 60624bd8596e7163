"""One unit's odds as a convex problem in few unknowns: its multipliers.

The odds with the most entropy have the form x(g, i) = w / (1 + Σ w over the visit's groups), with
log w = c_g + e · y_i − Σ p over the caps above (day, week, month, year): c makes the seats sum up,
p ≥ 0 is the price of a cap, y evens out the workloads. This module lays the free pairs and their
caps out as arrays; `newton` finds the multipliers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.teams.network import Forced
from optimizer.teams.numeric import Floats
from optimizer.teams.seats import Indices, Part


@dataclass(frozen=True, slots=True)
class Dual:
    """The free pairs of all parts of a unit with what binds them, numbered from 0.

    A *block* is the people of one part and day: beyond it only tilts and limits reach.

    Attributes
    ----------
    pair_group, pair_row
        Shape (pairs,).
    row_day, row_slack
        Shape (rows,): 0 where the inspector is in the visit in any case, else 1.
    day_block, day_slot, day_person, day_effort
        Shape (day rows,); slots count from 0 in each block, those with a cap first.
    day_cap
        Shape (day rows, depth): caps from the day row up, −1 where there are no more.
    need
        Shape (groups,): seats.
    group_block, group_visit, group_rank
        Shape (groups,): block, visit, and place among the groups of its visit.
    cap, cap_forced
        Shape (caps,): most visits, and whether they are made in any case.
    capped
        Shape (blocks,): slots with a day cap of their own.
    offset
        Shape (people,): half-days carried over or forced, less the unit's mean load.
    twins
        Shape (2, n): pairs of one row, the lower group first.
    """

    pair_group: Indices
    pair_row: Indices
    row_day: Indices
    row_slack: Floats
    day_block: Indices
    day_slot: Indices
    day_person: Indices
    day_effort: Floats
    day_cap: Indices
    need: Floats
    group_block: Indices
    group_visit: Indices
    group_rank: Indices
    cap: Floats
    cap_forced: NDArray[np.bool_]
    capped: Indices
    offset: Floats
    twins: Indices


def make_dual(parts: Sequence[Part], forced: Sequence[Forced], workload: Floats) -> Dual:
    """Take the forced pairs out and lay the others out.

    Parameters
    ----------
    workload
        Half-days carried over, shape (inspectors,).
    """
    laid = [_lay(part, fixed) for part, fixed in zip(parts, forced, strict=True)]
    offset = workload.copy()
    for part, fixed in zip(parts, forced, strict=True):
        taken = fixed.pairs == 1
        efforts = part.pair_effort[taken].astype(np.float64)
        offset += np.bincount(part.pair_inspector[taken], weights=efforts, minlength=len(offset))
    asked = [float(sum(g.seats * g.effort for g in part.groups)) for part in parts]
    # The total load is the same for all odds; taking it off keeps the multipliers small.
    offset -= (fsum(workload.tolist()) + fsum(asked)) / (len(workload) or 1)
    merged: dict[str, list[NDArray[Any]]] = {}
    shift = dict.fromkeys(("group", "row", "day", "block", "visit", "cap", "pair"), 0)
    for arrays, counts in laid:
        for name, values in arrays.items():
            if name in _POINTS_TO:
                values = np.where(values < 0, values, values + shift[_POINTS_TO[name]])
            merged.setdefault(name, []).append(values)
        for name, count in counts.items():
            shift[name] += count
    depth = max(values.shape[1] for values in merged["day_cap"])
    merged["day_cap"] = [
        np.pad(v, ((0, 0), (0, depth - v.shape[1])), constant_values=-1) for v in merged["day_cap"]
    ]
    joined = {
        name: np.concatenate(values, axis=1 if name == "twins" else 0)
        for name, values in merged.items()
    }
    return Dual(**joined, offset=offset)


_POINTS_TO = {
    "pair_group": "group",
    "pair_row": "row",
    "row_day": "day",
    "day_block": "block",
    "day_cap": "cap",
    "group_block": "block",
    "group_visit": "visit",
    "twins": "pair",
}
"""Arrays of indices: what they count changes from part to part."""


def _lay(part: Part, fixed: Forced) -> tuple[dict[str, NDArray[Any]], dict[str, int]]:
    """Return one part's arrays and how many of each thing it has."""
    free, taken = fixed.pairs < 0, fixed.pairs == 1
    rows, days, groups = len(part.row_day), len(part.day_cap), len(part.groups)
    pair_group, pair_row = part.pair_group[free], part.pair_row[free]
    row_free = np.bincount(pair_row, minlength=rows) > 0
    row_at = np.cumsum(row_free) - 1
    day_free = np.bincount(part.row_day[row_free], minlength=days) > 0
    day_at = np.cumsum(day_free) - 1
    # What is left of each cap, and whether more can come than that.
    in_rows = np.bincount(part.pair_row[taken], minlength=rows)
    served = np.bincount(part.row_day, weights=in_rows, minlength=days).astype(np.int64)
    left = part.day_cap - served
    below = np.bincount(part.row_day, weights=row_free, minlength=days).astype(np.int64)
    day_binds = day_free & (below > left)
    limit_binds, limit_left = _limits_left(part, served, np.minimum(below, left))
    cap_of_day = np.where(day_binds, np.cumsum(day_binds) - 1, -1)
    cap_of_limit = np.where(limit_binds, day_binds.sum() + np.cumsum(limit_binds) - 1, -1)
    chain = [cap_of_day]
    above = part.day_limit
    while (above >= 0).any():
        known = np.append(cap_of_limit, -1)
        chain.append(known[above])
        above = np.append(part.limit_above, -1)[above]
    dates = sorted({g.day for g in part.groups})
    number = {day: n for n, day in enumerate(dates)}
    group_block = np.array([number[g.day] for g in part.groups], dtype=np.int64)
    day_block = np.zeros(days, dtype=np.int64)
    day_block[part.row_day[part.pair_row]] = group_block[part.pair_group]
    order = np.lexsort((np.arange(days), ~day_binds, day_block))
    order = order[day_free[order]]
    sizes = np.bincount(day_block[order], minlength=len(dates))
    day_slot = np.zeros(days, dtype=np.int64)
    day_slot[order] = np.arange(len(order)) - (np.cumsum(sizes) - sizes)[day_block[order]]
    visit: dict[str, int] = {}
    ranks: list[int] = []
    count: dict[str, int] = {}
    for g in part.groups:
        visit.setdefault(g.visit, len(visit))
        ranks.append(count.get(g.visit, 0))
        count[g.visit] = ranks[-1] + 1
    seated = np.bincount(part.pair_group[taken], minlength=groups)
    arrays: dict[str, NDArray[Any]] = {
        "pair_group": pair_group,
        "pair_row": row_at[pair_row],
        "row_day": day_at[part.row_day[row_free]],
        "row_slack": np.where(fixed.rows_full, 0.0, 1.0)[row_free],
        "day_block": day_block[day_free],
        "day_slot": day_slot[day_free],
        "day_person": part.day_inspector[day_free],
        "day_effort": part.day_effort[day_free].astype(np.float64),
        "day_cap": np.stack(chain, axis=1)[day_free],
        "need": (part.seats - seated).astype(np.float64),
        "group_block": group_block,
        "group_visit": np.array([visit[g.visit] for g in part.groups], dtype=np.int64),
        "group_rank": np.array(ranks, dtype=np.int64),
        "cap": np.concatenate([left[day_binds], limit_left[limit_binds]]).astype(np.float64),
        "cap_forced": np.concatenate([fixed.days_full[day_binds], fixed.limits_full[limit_binds]]),
        "capped": np.bincount(day_block[day_binds], minlength=len(dates)),
        "twins": _twins(pair_row, rows),
    }
    counts = {
        "group": groups,
        "row": int(row_free.sum()),
        "day": int(day_free.sum()),
        "block": len(dates),
        "visit": len(visit),
        "cap": int(day_binds.sum() + limit_binds.sum()),
        "pair": len(pair_group),
    }
    return arrays, counts


def _limits_left(part: Part, served: Indices, most: Indices) -> tuple[NDArray[np.bool_], Indices]:
    """Return which limits bind and how many visits each still takes.

    Parameters
    ----------
    served, most
        Shape (day rows,): forced visits, and free ones at most.
    """
    limits = len(part.limit_cap)
    under = part.day_limit >= 0
    below = np.zeros(limits, dtype=np.int64)
    taken = np.zeros(limits, dtype=np.int64)
    np.add.at(below, part.day_limit[under], most[under])
    np.add.at(taken, part.day_limit[under], served[under])
    left = np.zeros(limits, dtype=np.int64)
    binds = np.zeros(limits, dtype=np.bool_)
    for limit, above in enumerate(part.limit_above.tolist()):
        left[limit] = part.limit_cap[limit] - taken[limit]
        binds[limit] = below[limit] > left[limit]
        if above >= 0:
            below[above] += min(below[limit], left[limit])
            taken[above] += taken[limit]
    return binds, left


def _twins(pair_row: Indices, rows: int) -> Indices:
    """Return every two pairs of one row, by row; pairs of a row come in order of group."""
    order = np.argsort(pair_row, kind="stable")
    sizes = np.bincount(pair_row, minlength=rows)
    first = np.cumsum(sizes) - sizes
    found = [np.zeros((2, 0), dtype=np.int64)]
    for many in range(2, int(sizes.max(initial=0)) + 1):
        starts = first[sizes == many]
        for a in range(many):
            found += [np.stack([order[starts + a], order[starts + b]]) for b in range(a + 1, many)]
    return np.concatenate(found, axis=1)
