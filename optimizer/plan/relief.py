"""Where units are short: enterprises take less of them, and others are left out than were.

What counts is who takes how much of the days that are too few. A unit comes in as a lead where it
might join, or twice where once would do: so enterprises part their checks anew (`kernel.lighten`).
And of two checks the one that takes less comes in instead of the other (`kernel.swap`). What is
over by it lies anywhere in the year: chains and trees of visits bring it together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.augment import L_COUNT, L_MOVED, Line, go_back, make_line, take_in
from optimizer.plan.kernel.desk import Desk
from optimizer.plan.kernel.eject import E_WORK, Reach, Tree, make_tree, take_in_by_trees
from optimizer.plan.kernel.groups import Groups
from optimizer.plan.kernel.lighten import lighten, short_rows
from optimizer.plan.kernel.room import Room
from optimizer.plan.kernel.swap import make_offers, swap
from optimizer.plan.kernel.table import (
    T_CAP_ROW,
    T_CHECK_AT,
    T_FULL_ROW,
    T_ROWS,
    T_SITES,
    T_SKILL_ROW,
    Table,
)

Where = tuple[Table, Groups, Room, Desk]
"""What all kernels are handed first."""

EACH = 3
"""Times that enterprises may take less, for each check left out."""

PATIENCE, ENOUGH = 8, 32
"""Times the most looks of one tree that may be made in a row without a check coming in, after which
a row is given up, and after which all are: where hundreds are left out for one unit nothing helps.
"""


def relieve(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    best: Any,
    order: Sequence[int],
    reach: Reach,
) -> int:
    """Take checks in for which units are short, one row after the other; return how many.

    Where no check comes in all is as before the row. There may be more visits. What chains and
    trees looked for in vain they remember over all rows, though others move meanwhile: to forget it
    takes two to five times as long and leaves as many out (decision 0010).

    Parameters
    ----------
    best
        (S,): what each enterprise could do alone.
    order
        Enterprises whose checks are taken in, and that may take less, by number.
    reach
        Of the trees.
    """
    own = np.array(order, np.int64)
    checks = np.diff(view(table, T_CHECK_AT, int(table[T_SITES]) + 1))
    largest = own[np.argsort(-checks[own], kind="stable")]
    largest = largest[checks[largest] > 1]
    units = _units_of_rows(table)
    where = (table, groups, room, desk)
    short = short_rows(*where, own, best, units)
    count = Counter(short[:, 1].tolist())
    line, chain, offers = make_line(table), make_line(table), make_offers()
    tree, gained, vain = make_tree(table, 29, reach), 0, 0
    for row in sorted(count, key=lambda row: (-count[row], row)):
        if vain >= ENOUGH * reach.looks:
            break
        sites, unit = np.unique(short[short[:, 1] == row, 0]), int(units[row])
        line[L_COUNT] = 0
        lighten(*where, line, tree, largest, row, unit, EACH * count[row])
        came = int(take_in(*where, chain, sites, best))
        swap(*where, line, tree, offers, sites, best, row, unit)
        # Who is left out instead may come in as well.
        sites = np.union1d(sites, view(line, L_MOVED, int(line[L_COUNT])).reshape(-1, 4)[:, 0])
        came += int(take_in(*where, chain, sites, best))
        found, idle = _by_trees(where, chain, tree, sites, best, PATIENCE * reach.looks)
        came += found
        if came == 0:
            go_back(table, room, desk, line, 0)
        vain = idle if came else vain + idle
        gained += came
    return gained


def _by_trees(
    where: Where, line: Line, tree: Tree, sites: Any, best: Any, most: int
) -> tuple[int, int]:
    """Take checks in by trees, until so many looks were in vain; return how many, and these."""
    came, idle = 0, 0
    for k in range(len(sites)):
        tree[E_WORK] = 0
        found = int(take_in_by_trees(*where, line, tree, sites[k : k + 1], best))
        came += found
        idle = 0 if found else idle + int(tree[E_WORK])
        if idle >= most:
            break
    return came, idle


def _units_of_rows(table: Table) -> Any:
    """Return the unit whose row it is, (R,); -1 for pairs, which half-days imply, and for cuts."""
    count = int(table[T_FULL_ROW] - table[T_CAP_ROW])
    found = np.full(int(table[T_ROWS]), -1, np.int64)
    for kind in (T_CAP_ROW, T_FULL_ROW, T_SKILL_ROW):
        for unit, rows in enumerate(view(table, kind, count).reshape(count, -1).tolist()):
            found[[row for row in rows if row >= 0]] = unit
    return found
