"""Room by trees of whole visits: one takes the place of several, each of which takes another's.

Ejection chains (Glover 1996) that branch. A chain of `kernel.augment` moves one visit out of the
way of another; but where a visit lacks three half-days, those who leave them may be three with one
each, and where it lacks room of two units they seldom are one and the same. So a visit comes to a
day, who stands in its way there goes, and a place is found for each of these in turn, until all
have one; else all is put back, and what was looked for in vain is not looked for again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optimizer.plan.kernel.ahead import LINE, fetch_entries
from optimizer.plan.kernel.arena import Arena, make_arena
from optimizer.plan.kernel.augment import (
    L_COUNT,
    MOVES,
    Line,
    days_beside,
    free_day,
    go_back,
    is_stuck,
    lost_of,
    move_at,
    note_move,
    slot_on,
    take_off,
)
from optimizer.plan.kernel.big import put_visit
from optimizer.plan.kernel.cells import cell, fetch, fixed, nth
from optimizer.plan.kernel.chance import stir
from optimizer.plan.kernel.desk import D_AMOUNT, D_DAYS, D_ROW, Desk
from optimizer.plan.kernel.groups import Groups
from optimizer.plan.kernel.jit import borrowed, jit, lowest_bit
from optimizer.plan.kernel.room import (
    R_DAY,
    R_HEAD,
    R_LEFT,
    R_MASK,
    R_VISITS,
    Room,
    after_of,
    amount_of,
    take,
)
from optimizer.plan.kernel.table import (
    T_CHECK_AT,
    T_CHECKS,
    T_CLASH,
    T_DAYS,
    T_HARD,
    T_OWNER,
    T_SITES,
    T_WIDEST,
    T_WORDS,
    Table,
)

GOING, FIRM = 6, 4
"""Visits that may go for one at most; and of these, such as have no other day with room."""


class Reach(NamedTuple):
    """How far a search goes.

    Attributes
    ----------
    depth
        Visits one after the other at most of which each goes for the sake of the one before.
    days
        Days that are tried for each of them: those on which the least is lacking.
    looks
        Most visits that are looked at in one search: for a check left out, or for a visit wanted.
    """

    depth: int
    days: int
    looks: int


NEAR = Reach(5, 16, 100_000)
FAR = Reach(8, 64, 1_000_000)

HARD = 4
"""Lines of memory with days of an enterprise's checks that are asked for: a line holds a year."""

GONE = 1 << 40
"""Above what any choice costs."""

Tree = Arena
"""One search. A visit's level: how many may still go one after the other for its sake.

- ``now``: its number; ``looks``: visits looked at; ``state``: of chance; ``depth``, ``most_days``,
  ``most_looks``: its reach; ``work``: looks of all searches, added up for whoever bounds them.
- ``moved`` (S,): by enterprise, the search in which one of its visits went.
- ``vain`` (depth + 1, C): by level and the first check of a visit that stood, 1 if no place was
  found for it.
- By level: ``site``, ``mask``: the visit for which a place is looked for; ``start``: moves before
  it; ``rows``, ``row``, ``amount``: what it takes; ``day``, ``lack`` (D): days that it could take,
  and what it lacks there; ``days``, ``tried``: how many of them, and how many were tried;
  ``gone``: visits that went for it, -1 if it stands nowhere; ``next``: how many of these have a
  place; ``on``: the day that they left; ``other``, ``what`` (GOING,): who they are.
"""

SCALARS = ("now", "looks", "state", "depth", "most_days", "most_looks", "work")
LISTS = (
    "moved",
    "vain",
    "site",
    "mask",
    "rows",
    "start",
    "row",
    "amount",
    "day",
    "lack",
    "days",
    "tried",
    "gone",
    "next",
    "on",
    "other",
    "what",
)
E_NOW = 0
E_LOOKS = 1
E_STATE = 2
E_DEPTH = 3
E_MOST_DAYS = 4
E_MOST_LOOKS = 5
E_WORK = 6
E_MOVED = 7
E_VAIN = 9
E_SITE = 11
E_MASK = 13
E_ROWS = 15
E_START = 17
E_ROW = 19
E_AMOUNT = 21
E_DAY = 23
E_LACK = 25
E_DAYS = 27
E_TRIED = 29
E_GONE = 31
E_NEXT = 33
E_ON = 35
E_OTHER = 37
E_WHAT = 39

NOWHERE, PLACED, OPEN = 0, 1, 2
"""What comes of a visit at once: no place for it, one, or others may go for it."""


def make_tree(table: Table, seed: int, reach: Reach = NEAR) -> Tree:
    """Return room for searches; `seed` is more than 0."""
    levels = reach.depth + 1
    one = np.zeros(levels, np.int64)
    rows = np.zeros((levels, int(table[T_WIDEST]) + 4), np.int64)
    days = np.zeros((levels, int(table[T_DAYS])), np.int64)
    going = np.zeros((levels, GOING), np.int64)
    lists = {
        **dict.fromkeys(LISTS, one),
        "moved": np.zeros(int(table[T_SITES]), np.int64),
        "vain": np.zeros((levels, int(table[T_CHECKS])), np.int64),
        **dict.fromkeys(("row", "amount"), rows),
        **dict.fromkeys(("day", "lack"), days),
        **dict.fromkeys(("other", "what"), going),
    }
    numbers = {
        "now": 0,
        "looks": 0,
        "state": seed,
        "depth": reach.depth,
        "most_days": reach.days,
        "most_looks": reach.looks,
        "work": 0,
    }
    return make_arena(SCALARS, LISTS, numbers, lists)


@jit
def _chance(tree: Tree, most: int) -> int:
    """Return a number from 0 up to a power of two."""
    tree[E_STATE] = stir(tree[E_STATE])
    return (tree[E_STATE] >> 7) & (most - 1)


@jit
def _vain(table: Table, tree: Tree, site: int, mask: int, more: int) -> int:
    """Return where it stands whether a place was looked for in vain, for a visit that stood."""
    first = fixed(table, T_CHECK_AT, site) + lowest_bit(mask)
    return cell(tree, E_VAIN, more, first)


@jit
def _list_days(
    table: Table, room: Room, desk: Desk, tree: Tree, rows: int, was: int, more: int
) -> int:
    """Keep what a visit takes, its days but `was` and what it lacks there; return how many days."""
    row = cell(tree, E_ROW, more, 0)
    amount = cell(tree, E_AMOUNT, more, 0)
    for r in range(rows):
        tree[row + r], tree[amount + r] = desk[nth(desk, D_ROW, r)], desk[nth(desk, D_AMOUNT, r)]
    count = 0
    for w in range(table[T_WORDS]):
        word = desk[nth(desk, D_DAYS, w)]
        while word != 0:
            day, lack = 56 * w + lowest_bit(word), 0
            word &= word - 1
            if day == was:
                continue
            for r in range(rows):
                short = tree[amount + r] - room[cell(room, R_LEFT, tree[row + r], day)]
                if short > 0:
                    lack += 4 * (short + 1)
            tree[cell(tree, E_DAY, more, count)] = day
            tree[cell(tree, E_LACK, more, count)] = lack + _chance(tree, 4)
            count += 1
    return count


@jit
def _next_day(tree: Tree, more: int, count: int) -> int:
    """Return the day on which the least is lacking of those not yet tried, or -1."""
    at, least = cell(tree, E_LACK, more, 0), 0
    for k in range(1, count):
        if tree[at + k] < tree[at + least]:
            least = k
    if count == 0 or tree[at + least] == GONE:
        return -1
    tree[at + least] = GONE
    return tree[cell(tree, E_DAY, more, least)]


@jit
def _fetch_next(table: Table, room: Room, tree: Tree, entry: int) -> None:
    """Ask memory for the next entries of a list, with the days of checks of the first's visit."""
    fetch_entries(table, room, entry)
    if entry >= 0:
        site = fixed(table, T_OWNER, entry)
        fetch(tree, nth(tree, E_MOVED, site))
        days = cell(table, T_HARD, fixed(table, T_CHECK_AT, site), 0)
        for line in range(HARD):
            fetch(table, days + LINE * line)


@jit
def _let_go(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    own: int,
    row: int,
    day: int,
    lacking: int,
    firm: bool,
    more: int,
) -> int:
    """Take a visit off a row's day for another, which lacks so much of it.

    One that has another day with room, rather than one that has not, and one that takes no more.

    Parameters
    ----------
    own
        The enterprise for which it goes.
    firm
        Whether it may be one that has no other day with room.

    Returns
    -------
    int
        0 if nobody can go, 1 if who went has a day with room, 2 if not.
    """
    best, chosen, what, found = GONE, -1, 0, 0
    entry = room[cell(room, R_HEAD, row, day)]
    while entry >= 0:
        site, amount = fixed(table, T_OWNER, entry), amount_of(room, entry)
        entry = after_of(room, entry)
        _fetch_next(table, room, tree, entry)
        if site == own or tree[nth(tree, E_MOVED, site)] == tree[E_NOW]:
            continue
        slot, free = slot_on(table, room, site, day), False
        mask = room[nth(room, R_MASK, slot)]
        tree[E_LOOKS] += 1
        if not is_stuck(table, room, site, slot):
            rows = days_beside(table, groups, room, site, mask, day, desk)
            free = rows >= 0 and free_day(table, room, desk, rows, day) >= 0
        price = 32 * max(amount - lacking, 2 * (lacking - amount))
        if not free:
            if more == 1 or not firm or tree[_vain(table, tree, site, mask, more - 1)] == 1:
                continue
            price += 800
        price += _chance(tree, 32)
        if price < best:
            best, chosen, what, found = price, site, mask, 2 - int(free)
    if chosen >= 0:
        take_off(table, room, chosen, day)
        note_move(line, chosen, what, day, -1)
        tree[nth(tree, E_MOVED, chosen)] = tree[E_NOW]
    return found


@jit
def _make_way(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    day: int,
    more: int,
) -> int:
    """Take off who is in the way of a level's visit on a day; return how many went, or -1."""
    own, gone, firm = tree[nth(tree, E_SITE, more)], 0, 0
    for r in range(tree[nth(tree, E_ROWS, more)]):
        row = tree[cell(tree, E_ROW, more, r)]
        amount = tree[cell(tree, E_AMOUNT, more, r)]
        at = cell(room, R_LEFT, row, day)
        while room[at] < amount:
            if gone == GOING:
                return -1
            where = (table, groups, room, desk, line, tree)
            went = _let_go(*where, own, row, day, amount - room[at], firm < FIRM, more)
            if went == 0:
                return -1
            firm += went - 1
            last = move_at(line, line[L_COUNT] - 1)
            tree[cell(tree, E_OTHER, more, gone)] = line[last]
            tree[cell(tree, E_WHAT, more, gone)] = line[last + 1]
            gone += 1
    return gone


@jit
def _begin(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    site: int,
    mask: int,
    was: int,
    more: int,
) -> int:
    """Place a visit that is off where there is room; else note what may be tried for it."""
    tree[E_LOOKS] += 1
    rows = days_beside(table, groups, room, site, mask, was, desk)
    if rows < 0 or line[L_COUNT] + GOING + 1 > MOVES:
        return NOWHERE
    day = free_day(table, room, desk, rows, was)
    if day >= 0:
        put_visit(table, room, site, mask, day, desk)
        note_move(line, site, mask, -1, day)
        return PLACED
    if more == 0 or tree[_vain(table, tree, site, mask, more)] == 1:
        return NOWHERE
    tree[nth(tree, E_SITE, more)], tree[nth(tree, E_MASK, more)] = site, mask
    tree[nth(tree, E_ROWS, more)], tree[nth(tree, E_START, more)] = rows, line[L_COUNT]
    tree[nth(tree, E_DAYS, more)] = _list_days(table, room, desk, tree, rows, was, more)
    tree[nth(tree, E_TRIED, more)], tree[nth(tree, E_GONE, more)] = 0, -1
    return OPEN


@jit
def _clear_day(table: Table, room: Room, desk: Desk, line: Line, tree: Tree, more: int) -> None:
    """Put back who went for a level's visit, and take that off."""
    start = tree[nth(tree, E_START, more)]
    for n in range(start, line[L_COUNT]):
        at = move_at(line, n)
        if line[at + 3] < 0:
            tree[nth(tree, E_MOVED, line[at])] = 0
    go_back(table, room, desk, line, start)
    tree[nth(tree, E_GONE, more)] = -1


@jit
def _come(
    table: Table, groups: Groups, room: Room, desk: Desk, line: Line, tree: Tree, more: int
) -> bool:
    """Let a level's visit come to the next day that it may try; return whether there is one.

    Who is in its way there goes; where that cannot be the day is given up.
    """
    site, mask = tree[nth(tree, E_SITE, more)], tree[nth(tree, E_MASK, more)]
    if tree[nth(tree, E_TRIED, more)] == tree[E_MOST_DAYS] or tree[E_LOOKS] > tree[E_MOST_LOOKS]:
        return False
    day = _next_day(tree, more, tree[nth(tree, E_DAYS, more)])
    if day < 0:
        return False
    tree[nth(tree, E_TRIED, more)] += 1
    gone = _make_way(table, groups, room, desk, line, tree, day, more)
    if gone < 0:
        _clear_day(table, room, desk, line, tree, more)
        return True
    put_visit(table, room, site, mask, day, desk)
    note_move(line, site, mask, -1, day)
    tree[nth(tree, E_GONE, more)], tree[nth(tree, E_NEXT, more)] = gone, 0
    tree[nth(tree, E_ON, more)] = day
    return True


@jit
def find_place(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    site: int,
    mask: int,
) -> bool:
    """Place a visit that is off, whoever must go for it; return whether there is a way."""
    where = (table, groups, room, desk, line, tree)
    more = tree[E_DEPTH]
    came = _begin(*where, site, mask, -1, more)
    if came != OPEN:
        return bool(came)
    while True:
        gone, n = tree[nth(tree, E_GONE, more)], tree[nth(tree, E_NEXT, more)]
        if gone < 0:
            if _come(*where, more):
                continue
            if more == tree[E_DEPTH]:
                return False
            at = _vain(
                table, tree, tree[nth(tree, E_SITE, more)], tree[nth(tree, E_MASK, more)], more
            )
            tree[at] = int(tree[E_LOOKS] <= tree[E_MOST_LOOKS])
            more += 1
            _clear_day(table, room, desk, line, tree, more)
        elif n == gone:
            if more == tree[E_DEPTH]:
                return True
            more += 1
            tree[nth(tree, E_NEXT, more)] += 1
        else:
            other = tree[cell(tree, E_OTHER, more, n)]
            what = tree[cell(tree, E_WHAT, more, n)]
            came = _begin(*where, other, what, tree[nth(tree, E_ON, more)], more - 1)
            if came == OPEN:
                more -= 1
            elif came == PLACED:
                tree[nth(tree, E_NEXT, more)] += 1
            else:
                _clear_day(table, room, desk, line, tree, more)


@jit
def _take_in(
    table: Table, groups: Groups, room: Room, desk: Desk, line: Line, tree: Tree, site: int, i: int
) -> bool:
    """Place a check left out, in a visit that there is or in one of its own."""
    where = (table, groups, room, desk, line, tree)
    first = fixed(table, T_CHECK_AT, site)
    tree[E_NOW] += 1
    tree[E_LOOKS] = 0
    # The last first: one that is put back comes to be the last, and those before it stay.
    for k in range(room[nth(room, R_VISITS, site)] - 1, -1, -1):
        mask, day = room[nth(room, R_MASK, first + k)], room[nth(room, R_DAY, first + k)]
        if fixed(table, T_CLASH, first + i) & mask == 0:
            line[L_COUNT] = 0
            take(table, room, site, k)
            tree[nth(tree, E_MOVED, site)] = tree[E_NOW]
            if find_place(*where, site, mask | 1 << i):
                return True
            put_visit(table, room, site, mask, day, desk)
    line[L_COUNT] = 0
    tree[nth(tree, E_MOVED, site)] = tree[E_NOW]
    return bool(find_place(*where, site, 1 << i))


@jit
def take_in_by_trees(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    own: Any,
    best: Any,
) -> int:
    """Take in checks left out beyond what each could do alone; return how many.

    No other enterprise has another number of visits, or of checks left out, afterwards.

    Parameters
    ----------
    own, best
        As of `augment.take_in`.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    room = borrowed(room)
    desk = borrowed(desk)
    line = borrowed(line)
    tree = borrowed(tree)
    own = borrowed(own)
    best = borrowed(best)
    taken = 0
    for k in range(len(own)):
        lost = lost_of(table, room, best, own[k])
        while lost != 0:
            i = lowest_bit(lost)
            lost &= lost - 1
            taken += _take_in(table, groups, room, desk, line, tree, own[k], i)
            tree[E_WORK] += tree[E_LOOKS]
    return taken
