"""Less of what is short: enterprises part their checks anew so that a unit sends fewer people.

A unit that leads sends at least two inspectors, one that joins one; and for two visits it sends
them twice. So a check for which a unit comes that is short moves to another visit of its
enterprise, or it meets a check of another unit there or in a visit of their own. Who else must go
for that finds another day by trees of visits (`kernel.eject`). There may be a visit more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.augment import (
    L_COUNT,
    L_HAD_DAY,
    L_HAD_MASK,
    L_WANT,
    MOVES,
    Line,
    go_back,
    lay_out,
    lost_of,
    note_move,
    take_off,
)
from optimizer.plan.kernel.cells import cell, fixed, list_at, nth
from optimizer.plan.kernel.desk import D_AMOUNT, D_DAYS, D_ROW, Desk
from optimizer.plan.kernel.eject import (
    E_LOOKS,
    E_MOST_LOOKS,
    E_MOVED,
    E_NOW,
    E_WORK,
    Tree,
    find_place,
)
from optimizer.plan.kernel.groups import Groups, clashes
from optimizer.plan.kernel.jit import borrowed, count_bits, jit, lowest_bit
from optimizer.plan.kernel.room import R_DAY, R_DAYS, R_HEAD, R_MASK, R_VISITS, Room, after_of
from optimizer.plan.kernel.table import (
    T_CHECK_AT,
    T_CHECKS,
    T_CLASH,
    T_DAYS,
    T_OWNER,
    T_PART,
    T_PART_AT,
    T_PART_UNIT,
    T_ROOM_AT,
    T_SITES,
    T_WORDS,
    Table,
)

PARTED = 3
"""Visits of an enterprise that are parted anew at most."""

WORK = 8
"""Times the most looks of one tree that are made for one row at most; each way to part an
enterprise's checks that is tried counts as one more."""


@jit
def _may_look(tree: Tree) -> bool:
    """Return whether the looks for one row are not used up yet."""
    return tree[E_WORK] < WORK * tree[E_MOST_LOOKS]


@jit
def asks(table: Table, site: int, i: int, unit: int) -> bool:
    """Return whether a unit attends a check."""
    part = fixed(table, T_PART, fixed(table, T_CHECK_AT, site) + i)
    for p in range(fixed(table, T_PART_AT, part), fixed(table, T_PART_AT, part + 1)):
        if fixed(table, T_PART_UNIT, p) == unit:
            return True
    return False


@jit
def asked_by(table: Table, site: int, mask: int, unit: int) -> int:
    """Return the checks of a mask that a unit attends."""
    found, rest = 0, mask
    while rest != 0:
        bit = rest & -rest
        rest &= rest - 1
        if asks(table, site, lowest_bit(bit), unit):
            found |= bit
    return found


@jit
def _takes(table: Table, groups: Groups, desk: Desk, site: int, mask: int, row: int) -> int:
    """Return what checks take of a row as one visit, and write its days; -1 if they are none."""
    if mask == 0:
        return 0
    if clashes(table, site, mask):
        return -1
    rows = lay_out(table, groups, site, mask, desk)
    for r in range(rows):
        if desk[nth(desk, D_ROW, r)] == row:
            return desk[nth(desk, D_AMOUNT, r)]
    return min(rows, 0)


@jit
def _choices(table: Table, desk: Desk) -> int:
    """Return the number of days that are written on the desk."""
    found = 0
    for w in range(table[T_WORDS]):
        found += count_bits(desk[nth(desk, D_DAYS, w)])
    return found


@jit
def _part(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    site: int,
    row: int,
    most: int,
    a: int,
    b: int,
    c: int,
) -> bool:
    """Put the visits wanted in place of one to three that stand; return whether it was done.

    Parameters
    ----------
    most
        What they may take of the row at most.
    a, b, c
        Numbers of the visits that stood, -1: none.
    """
    least = 1 << 40
    order = 0
    tree[E_WORK] += 1
    for k in range(PARTED):
        mask = line[nth(line, L_WANT, k)]
        if mask == 0:
            continue
        taken = _takes(table, groups, desk, site, mask, row)
        most -= taken
        if taken < 0 or most < 0:
            return False
        days = _choices(table, desk)
        if days < least:
            least, order = days, k
    if line[L_COUNT] + PARTED > MOVES:
        return False
    start = line[L_COUNT]
    tree[E_NOW] += 1
    tree[nth(tree, E_MOVED, site)] = tree[E_NOW]
    for v in (a, b, c):
        if v >= 0:
            mask, day = line[nth(line, L_HAD_MASK, v)], line[nth(line, L_HAD_DAY, v)]
            take_off(table, room, site, day)
            note_move(line, site, mask, day, -1)
    # That with the fewest days first.
    for n in range(PARTED):
        mask = line[nth(line, L_WANT, (order + n) % PARTED)]
        tree[E_LOOKS] = 0
        found = mask == 0 or find_place(table, groups, room, desk, line, tree, site, mask)
        tree[E_WORK] += tree[E_LOOKS]
        if not found:
            go_back(table, room, desk, line, start)
            return False
    return True


@jit
def _want(line: Line, one: int, two: int, three: int) -> None:
    """Note the visits wanted; 0: none."""
    want = list_at(line, L_WANT)
    line[want], line[want + 1], line[want + 2] = one, two, three


@jit
def _meet(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    site: int,
    row: int,
    a: int,
    part: int,
    b: int,
    j: int,
    visits: int,
) -> bool:
    """Let checks of one visit meet a check of another, or of the same; return whether it was done.

    Parameters
    ----------
    a, part
        A visit, and the checks of it.
    b, j
        The visit that the other check is in, and that check.
    visits
        How many stood.
    """
    had, other = list_at(line, L_HAD_MASK), 1 << j
    where = (table, groups, room, desk, line, tree, site, row)
    one, two = line[had + a], line[had + b]
    taken = _takes(table, groups, desk, site, one, row)
    if a == b:
        _want(line, one & ~(part | other), part | other, 0)
        return bool(_part(*where, taken - 1, a, -1, -1))
    taken += _takes(table, groups, desk, site, two, row)
    _want(line, one & ~part, two | part, 0)
    if _part(*where, taken - 1, a, b, -1):
        return True
    _want(line, one | other, two & ~other, 0)
    if _part(*where, taken - 1, a, b, -1):
        return True
    _want(line, one & ~part, two & ~other, part | other)
    if _part(*where, taken - 1, a, b, -1):
        return True
    for c in range(visits):
        if c not in (a, b):
            more = _takes(table, groups, desk, site, line[had + c], row)
            _want(line, one & ~part, two & ~other, line[had + c] | part | other)
            if _part(*where, taken + more - 1, a, b, c):
                return True
    return False


@jit
def _lighten(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    site: int,
    row: int,
    unit: int,
) -> bool:
    """Part the checks of an enterprise so that it takes less of a row; return whether it does."""
    first, visits = fixed(table, T_CHECK_AT, site), room[nth(room, R_VISITS, site)]
    had = list_at(line, L_HAD_MASK)
    for v in range(visits):
        line[had + v] = room[nth(room, R_MASK, first + v)]
        line[nth(line, L_HAD_DAY, v)] = room[nth(room, R_DAY, first + v)]
    where = (table, groups, room, desk, line, tree, site, row)
    for a in range(visits):
        asked = asked_by(table, site, line[had + a], unit)
        part = asked
        while part != 0:
            # All that ask for the unit together, then each by itself.
            for b in range(visits):
                rest = line[had + b] & ~part
                while rest != 0 and _may_look(tree):
                    j = lowest_bit(rest)
                    rest &= rest - 1
                    apart = fixed(table, T_CLASH, first + j) & part != 0
                    if not apart and _meet(*where, a, part, b, j, visits):
                        return True
            if part == asked:
                part = 0 if asked & (asked - 1) == 0 else asked & -asked
            else:
                above = asked & ~(2 * part - 1)
                part = above & -above
    return False


@jit
def short_rows(
    table: Table, groups: Groups, room: Room, desk: Desk, own: Any, best: Any, units: Any
) -> Any:
    """Return what checks left out beyond what each could do alone lack most, (n, 2).

    Enterprise, and of the half-days of units that the check takes by itself those that are too few
    on the most of its days, if on any. A check that lacks none has no line.

    Parameters
    ----------
    own, best
        As of `augment.take_in`.
    units
        (R,): the unit whose half-days a row is, or -1.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    room = borrowed(room)
    desk = borrowed(desk)
    own = borrowed(own)
    best = borrowed(best)
    units = borrowed(units)
    found, count = np.empty((table[T_CHECKS], 2), np.int64), 0
    for k in range(len(own)):
        lost = lost_of(table, room, best, own[k])
        while lost != 0:
            bit = lost & -lost
            lost &= lost - 1
            rows, most = lay_out(table, groups, own[k], bit, desk), 0
            for r in range(rows):
                row, amount = desk[nth(desk, D_ROW, r)], desk[nth(desk, D_AMOUNT, r)]
                days = 0
                level = cell(room, R_DAYS, fixed(table, T_ROOM_AT, row) + amount, 0)
                for w in range(table[T_WORDS] * int(units[row] >= 0)):
                    days += count_bits(desk[nth(desk, D_DAYS, w)] & ~room[level + w])
                if days > most:
                    most = days
                    found[count, 0], found[count, 1] = own[k], row
            count += int(most > 0)
    return found[:count].copy()


@jit
def lighten(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    order: Any,
    row: int,
    unit: int,
    most: int,
) -> int:
    """Part the checks of enterprises anew so that they take less of a row; return how often.

    Nobody leaves more checks out. What moves is added to ``line.moved``.

    Parameters
    ----------
    order
        Enterprises, those first that are tried first.
    row, unit
        What is short: the half-days of a unit, and its number.
    most
        How often at most.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    room = borrowed(room)
    desk = borrowed(desk)
    line = borrowed(line)
    tree = borrowed(tree)
    order = borrowed(order)
    takes = np.zeros(table[T_SITES], np.bool_)
    for day in range(table[T_DAYS]):
        entry = room[cell(room, R_HEAD, row, day)]
        while entry >= 0:
            takes[fixed(table, T_OWNER, entry)] = True
            entry = after_of(room, entry)
    done, k, tree[E_WORK] = 0, 0, 0
    while k < len(order) and done < most and _may_look(tree):
        site, better = order[k], False
        if takes[site]:
            better = _lighten(table, groups, room, desk, line, tree, site, row, unit)
        done += int(better)
        k += int(not better)
    return done
