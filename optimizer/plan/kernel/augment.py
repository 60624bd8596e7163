"""Room by chains of whole visits: one takes the day of another, which takes that of a third.

Augmenting paths (Ford and Fulkerson 1956) over visits, the shortest first: each moves whole to
another day until one comes to a day with room, so that nobody else's visits and checks left out
change in number. Checks left out come in so; and whoever has more visits than it could do with gets
the visits that it would have alone, each by a chain of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.ahead import fetch_entries
from optimizer.plan.kernel.arena import Arena, make_arena
from optimizer.plan.kernel.big import LEFT, put_visit
from optimizer.plan.kernel.cells import cell, fixed, fixed_cell, list_at, nth
from optimizer.plan.kernel.chance import stir
from optimizer.plan.kernel.choose import LACKING, caps_hold, close_beside
from optimizer.plan.kernel.desk import (
    D_AMOUNT,
    D_DAY,
    D_DAYS,
    D_MASK,
    D_RESULT,
    D_ROW,
    D_SHUT,
    SMALL,
    Desk,
)
from optimizer.plan.kernel.groups import (
    G_AMOUNT,
    G_AT,
    G_DAYS,
    G_FROM,
    G_MASK,
    G_ROW,
    G_ROW_AT,
    G_WORD_AT,
    Groups,
    common_days,
    has_day,
    work_out,
)
from optimizer.plan.kernel.jit import borrowed, jit, lowest_bit
from optimizer.plan.kernel.room import (
    R_DAY,
    R_DAYS,
    R_HEAD,
    R_LEFT,
    R_MASK,
    R_ROWS,
    R_VISITS,
    Room,
    after_of,
    amount_of,
    fits,
    lift,
    put,
    row_of,
    seen_by,
    take,
)
from optimizer.plan.kernel.search import choose, cost_of
from optimizer.plan.kernel.table import (
    MOST,
    T_CHECK_AT,
    T_CHECKS,
    T_CLASH,
    T_DAYS,
    T_HARD,
    T_OWNER,
    T_ROOM_AT,
    T_ROWS,
    T_SLOT_AT,
    T_WORDS,
    T_YEAR,
    T_YEAR_OF,
    T_YEARS,
    Table,
)

STEPS = 2_000
"""Most visits that are looked at for one that needs room: those within reach are seldom more."""

MOVES = 4 * STEPS
"""Most that the chains of one enterprise, or a tree, may move."""

DEAD_ENDS = 8
"""Chains that come to no good when they are gone back along, after which a visit is given up."""

PASSES = 3
"""Most times that all checks left out are looked at."""

TRIES = 3
"""Choices of visits that are tried for an enterprise in excess."""

ROUNDS = 4
"""Rebuilds of an enterprise with many checks for such a choice."""

Line = Arena
"""One search.

- ``site``, ``mask``, ``day``, ``after`` (STEPS,): visits looked at: enterprise, checks, the day
  they stand on (-1: they are off), and the number of the one that takes that day.
- ``path`` (STEPS,): numbers along a chain. ``seen`` (C,): by a visit's first check, the search
  that came to it last; ``now``: the number of this search, which one that comes after a search that
  led nowhere shares: what that came to leads nowhere still. ``fresh``: whether the next does not.
- ``least`` (R, D): the least that a visit looked for there, where nothing else was short, and the
  search that did.
- ``moved`` (MOVES, 4), ``count``: visits moved: enterprise, checks, from, to.
- ``had_mask``, ``had_day``, ``want`` (MOST,): visits of an enterprise before, and those it wants.
"""

L_NOW = 0
L_COUNT = 1
L_FRESH = 2
L_SITE = 3
L_MASK = 5
L_DAY = 7
L_AFTER = 9
L_PATH = 11
L_SEEN = 13
L_MOVED = 15
L_HAD_MASK = 17
L_HAD_DAY = 19
L_WANT = 21
L_LEAST = 23

LACK = 20
"""Bits of ``least`` for what is lacking; the others are for the number of the search."""


def make_line(table: Table) -> Line:
    """Return room for one search."""
    steps, visits = np.zeros(STEPS, np.int64), np.zeros(MOST + 1, np.int64)
    lists = {
        "site": steps,
        "mask": steps,
        "day": steps,
        "after": steps,
        "path": steps,
        "seen": np.zeros(int(table[T_CHECKS]), np.int64),
        "moved": np.zeros((MOVES, 4), np.int64),
        "had_mask": visits,
        "had_day": visits,
        "want": visits,
        "least": np.zeros((int(table[T_ROWS]), int(table[T_DAYS])), np.int64),
    }
    numbers = {"now": 0, "count": 0, "fresh": 1}
    return make_arena(tuple(numbers), tuple(lists), numbers, lists)


@jit
def lay_out(table: Table, groups: Groups, site: int, mask: int, desk: Desk) -> int:
    """Write the days on which a visit could be alone, and what it takes; return rows, or -1."""
    if fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site) > SMALL:
        if not common_days(table, site, mask, desk):
            return -1
        return work_out(table, site, mask, desk)
    for g in range(fixed(groups, G_AT, site), fixed(groups, G_AT, site + 1)):
        if fixed(groups, G_MASK, g) == mask:
            for w in range(table[T_WORDS]):
                desk[nth(desk, D_DAYS, w)] = 0
            at, origin = fixed(groups, G_WORD_AT, g), fixed(groups, G_FROM, g)
            for w in range(fixed(groups, G_WORD_AT, g + 1) - at):
                desk[nth(desk, D_DAYS, origin + w)] = fixed(groups, G_DAYS, at + w)
            first = fixed(groups, G_ROW_AT, g)
            rows = fixed(groups, G_ROW_AT, g + 1) - first
            for r in range(rows):
                desk[nth(desk, D_ROW, r)] = fixed(groups, G_ROW, first + r)
                desk[nth(desk, D_AMOUNT, r)] = fixed(groups, G_AMOUNT, first + r)
            return rows
    return -1


@jit
def days_beside(
    table: Table, groups: Groups, room: Room, site: int, mask: int, was: int, desk: Desk
) -> int:
    """Write the days that a visit could take if the units had room, and what it takes.

    The other visits of its enterprise, which hold none of its checks, let it in on these days. One
    that stands, or stood, on a day `was` keeps to its year; for others the caps are looked at.

    Returns
    -------
    int
        Number of rows, or -1 if no such visit can be.
    """
    rows = lay_out(table, groups, site, mask, desk)
    if rows < 0:
        return -1
    count, first = 0, fixed(table, T_CHECK_AT, site)
    for slot in range(first, first + room[nth(room, R_VISITS, site)]):
        if room[nth(room, R_MASK, slot)] & mask == 0:
            desk[nth(desk, D_MASK, count)] = room[nth(room, R_MASK, slot)]
            desk[nth(desk, D_DAY, count)] = room[nth(room, R_DAY, slot)]
            count += 1
    close_beside(table, site, desk, mask, count)
    for w in range(table[T_WORDS]):
        desk[nth(desk, D_DAYS, w)] &= ~desk[nth(desk, D_SHUT, w)]
    for year in range(table[T_YEARS]):
        line = cell(table, T_YEAR, year, 0)
        if was >= 0:
            if fixed(table, T_YEAR_OF, was) == year:
                continue
        else:
            w = 0
            while w < table[T_WORDS] and table[line + w] == 0:
                w += 1
            if w == table[T_WORDS]:
                continue
            desk[nth(desk, D_MASK, count)] = mask
            desk[nth(desk, D_DAY, count)] = 56 * w + lowest_bit(table[line + w])
            if caps_hold(table, site, desk, count + 1):
                continue
        for w in range(table[T_WORDS]):
            desk[nth(desk, D_DAYS, w)] &= ~table[line + w]
    return rows


@jit
def free_day(table: Table, room: Room, desk: Desk, rows: int, was: int) -> int:
    """Return the first of the days written that has room, another than `was`; or -1."""
    for w in range(table[T_WORDS]):
        word = desk[nth(desk, D_DAYS, w)]
        for r in range(rows):
            level = (
                fixed(table, T_ROOM_AT, desk[nth(desk, D_ROW, r)]) + desk[nth(desk, D_AMOUNT, r)]
            )
            word &= room[cell(room, R_DAYS, level, w)]
        if was >= 0 and was // 56 == w:
            word &= ~(1 << (was % 56))
        if word != 0:
            return 56 * w + lowest_bit(word)
    return -1


@jit
def is_stuck(table: Table, room: Room, site: int, slot: int) -> bool:
    """Return whether no other day has room for a visit that stands, whatever its enterprise's are.

    Most are where little is left, and this is much less work than to ask `days_beside`.
    """
    first, mask = fixed(table, T_CHECK_AT, site), room[nth(room, R_MASK, slot)]
    at, day = fixed(table, T_SLOT_AT, slot), room[nth(room, R_DAY, slot)]
    end = at + room[nth(room, R_ROWS, slot)]
    for w in range(table[T_WORDS]):
        word, rest = -1, mask
        while rest != 0:
            word &= fixed_cell(table, T_HARD, first + lowest_bit(rest), w)
            rest &= rest - 1
        if w == day // 56:
            word &= ~(1 << (day % 56))
        entry = at
        while word != 0 and entry < end:
            level = fixed(table, T_ROOM_AT, row_of(room, entry)) + amount_of(room, entry)
            word &= room[cell(room, R_DAYS, level, w)]
            entry += 1
        if word != 0:
            return False
    return True


@jit
def slot_on(table: Table, room: Room, site: int, day: int) -> int:
    """Return the slot of the visit of an enterprise on a day."""
    slot = fixed(table, T_CHECK_AT, site)
    while room[nth(room, R_DAY, slot)] != day:
        slot += 1
    return slot


@jit
def take_off(table: Table, room: Room, site: int, day: int) -> None:
    """Take the visit of an enterprise on a day off."""
    slot = slot_on(table, room, site, day)
    take(table, room, site, slot - fixed(table, T_CHECK_AT, site))


@jit
def _leaves_room(table: Table, room: Room, slot: int, day: int, desk: Desk, rows: int) -> bool:
    """Return whether a visit alone takes all that the one worked out lacks on its day."""
    at = fixed(table, T_SLOT_AT, slot)
    for r in range(rows):
        row = desk[nth(desk, D_ROW, r)]
        lacking = desk[nth(desk, D_AMOUNT, r)] - room[cell(room, R_LEFT, row, day)]
        if lacking > 0:
            held = 0
            for entry in range(at, at + room[nth(room, R_ROWS, slot)]):
                if row_of(room, entry) == row:
                    held = amount_of(room, entry)
            if held < lacking:
                return False
    return True


@jit
def move_at(line: Line, n: int) -> int:
    """Return where the n-th visit that moved stands: enterprise, checks, from, to."""
    return cell(line, L_MOVED, n, 0)


@jit
def note_move(line: Line, site: int, mask: int, was: int, day: int) -> None:
    """Add a visit that moved from one day to another; -1: it was or is off."""
    at = move_at(line, line[L_COUNT])
    line[at], line[at + 1], line[at + 2], line[at + 3] = site, mask, was, day
    line[L_COUNT] += 1


@jit
def go_back(table: Table, room: Room, desk: Desk, line: Line, count: int) -> None:
    """Put visits moved back, the last first, until `count` of them are left."""
    while line[L_COUNT] > count:
        line[L_COUNT] -= 1
        at = move_at(line, line[L_COUNT])
        if line[at + 3] >= 0:
            take_off(table, room, line[at], line[at + 3])
        if line[at + 2] >= 0:
            put_visit(table, room, line[at], line[at + 1], line[at + 2], desk)


@jit
def _follow(
    table: Table, groups: Groups, room: Room, desk: Desk, line: Line, last: int, day: int
) -> bool:
    """Move the visits of a chain from its end on; undo it where one no longer fits."""
    count, n = line[L_COUNT], 0
    while last >= 0:
        line[nth(line, L_PATH, n)] = last
        last = line[nth(line, L_AFTER, last)]
        n += 1
    if count + n > MOVES:
        return False
    for k in range(n):
        step = line[nth(line, L_PATH, k)]
        site, mask = line[nth(line, L_SITE, step)], line[nth(line, L_MASK, step)]
        was = line[nth(line, L_DAY, step)]
        if was >= 0:
            take_off(table, room, site, was)
        rows = days_beside(table, groups, room, site, mask, was, desk)
        if (
            rows < 0
            or not has_day(desk, list_at(desk, D_DAYS), day)
            or not fits(room, day, desk, rows)
        ):
            if was >= 0:
                put_visit(table, room, site, mask, was, desk)
            go_back(table, room, desk, line, count)
            return False
        put(table, room, site, mask, day, desk, list_at(desk, D_ROW), list_at(desk, D_AMOUNT), rows)
        note_move(line, site, mask, was, day)
        day = was
    return True


@jit
def find_room(
    table: Table, groups: Groups, room: Room, desk: Desk, line: Line, site: int, mask: int
) -> bool:
    """Place a visit that is off by the shortest chain, and return whether there is one.

    What it moves is added to ``line.moved``.
    """
    line[L_NOW] += line[L_FRESH]
    line[L_FRESH] = 1
    line[list_at(line, L_SITE)], line[list_at(line, L_MASK)] = site, mask
    line[list_at(line, L_DAY)], line[list_at(line, L_AFTER)] = -1, -1
    step, end, ends = 0, 1, 0
    while step < end and ends < DEAD_ENDS:
        here, was = line[nth(line, L_SITE, step)], line[nth(line, L_DAY, step)]
        rows = days_beside(table, groups, room, here, line[nth(line, L_MASK, step)], was, desk)
        free = -1
        if rows >= 0:
            free = free_day(table, room, desk, rows, was)
        if free >= 0:
            if _follow(table, groups, room, desk, line, step, free):
                return True
            ends += 1
        else:
            end = _in_the_way(table, room, desk, line, step, end, rows)
        step += 1
    line[L_FRESH] = int(ends > 0 or end == STEPS)
    return False


@jit
def _looked_at(room: Room, desk: Desk, line: Line, row: int, r: int, rows: int, day: int) -> bool:
    """Return whether all who would leave room on a row's day were come to, and note that they are.

    They were if this search looked there for no more, for a visit that nothing else was short for.
    """
    lacking = desk[nth(desk, D_AMOUNT, r)] - room[cell(room, R_LEFT, row, day)]
    at = cell(line, L_LEAST, row, day)
    known = line[at] >> LACK == line[L_NOW]
    if known and line[at] & ((1 << LACK) - 1) <= lacking:
        return True
    for other in range(r + 1, rows):
        left = room[cell(room, R_LEFT, desk[nth(desk, D_ROW, other)], day)]
        if left < desk[nth(desk, D_AMOUNT, other)]:
            return False
    line[at] = line[L_NOW] << LACK | lacking
    return False


@jit
def _in_the_way(
    table: Table, room: Room, desk: Desk, line: Line, step: int, end: int, rows: int
) -> int:
    """Add the visits each of which alone would leave room for one; return how many there are now.

    The days that it could take, and what it takes, are written on the desk.
    """
    site, here, was = (
        line[list_at(line, L_SITE)],
        line[nth(line, L_SITE, step)],
        line[nth(line, L_DAY, step)],
    )
    for w in range(table[T_WORDS] * (rows > 0)):
        word = desk[nth(desk, D_DAYS, w)]
        while word != 0 and end < STEPS:
            day = 56 * w + lowest_bit(word)
            word &= word - 1
            if day == was:
                continue
            r = 0
            row = desk[list_at(desk, D_ROW)]
            while room[cell(room, R_LEFT, row, day)] >= desk[nth(desk, D_AMOUNT, r)]:
                r += 1
                row = desk[nth(desk, D_ROW, r)]
            if _looked_at(room, desk, line, row, r, rows, day):
                continue
            entry = room[cell(room, R_HEAD, row, day)]
            while entry >= 0 and end < STEPS:
                other = fixed(table, T_OWNER, entry)
                entry = after_of(room, entry)
                fetch_entries(table, room, entry)
                if other in (site, here):
                    continue
                slot = slot_on(table, room, other, day)
                mask = room[nth(room, R_MASK, slot)]
                seen = nth(line, L_SEEN, fixed(table, T_CHECK_AT, other) + lowest_bit(mask))
                if line[seen] != line[L_NOW] and _leaves_room(table, room, slot, day, desk, rows):
                    line[seen] = line[L_NOW]
                    line[nth(line, L_SITE, end)], line[nth(line, L_MASK, end)] = other, mask
                    line[nth(line, L_DAY, end)], line[nth(line, L_AFTER, end)] = day, step
                    end += 1
    return end


@jit
def lost_of(table: Table, room: Room, best: Any, site: int) -> int:
    """Return the checks of an enterprise in no visit, or none if it would leave as many alone."""
    if cost_of(table, room, site) // LEFT <= best[site] // LEFT:
        return 0
    n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
    return ((1 << n) - 1) & ~seen_by(table, room, site)


@jit
def _take_in(
    table: Table, groups: Groups, room: Room, desk: Desk, line: Line, site: int, i: int
) -> bool:
    """Place a check left out, in a visit that there is or in one of its own."""
    first = fixed(table, T_CHECK_AT, site)
    # The last first: one that is put back comes to be the last, and those before it stay.
    for k in range(room[nth(room, R_VISITS, site)] - 1, -1, -1):
        mask, day = room[nth(room, R_MASK, first + k)], room[nth(room, R_DAY, first + k)]
        take(table, room, site, k)
        line[L_COUNT] = 0
        if fixed(table, T_CLASH, first + i) & mask == 0 and find_room(
            table, groups, room, desk, line, site, mask | 1 << i
        ):
            return True
        put_visit(table, room, site, mask, day, desk)
    line[L_COUNT] = 0
    return find_room(table, groups, room, desk, line, site, 1 << i)


@jit
def take_in(
    table: Table, groups: Groups, room: Room, desk: Desk, line: Line, own: Any, best: Any
) -> int:
    """Take in checks left out beyond what each could do alone; return how many.

    Parameters
    ----------
    own
        Enterprises whose checks are taken in, by number.
    best
        (S,): what each could do alone.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    room = borrowed(room)
    desk = borrowed(desk)
    line = borrowed(line)
    own = borrowed(own)
    best = borrowed(best)
    taken, before = 0, -1
    for _ in range(PASSES):
        if taken == before:
            break
        before = taken
        for k in range(len(own)):
            lost = lost_of(table, room, best, own[k])
            while lost != 0:
                i = lowest_bit(lost)
                lost &= lost - 1
                if _take_in(table, groups, room, desk, line, own[k], i):
                    taken += 1
    return taken


@jit
def _give(
    table: Table, groups: Groups, room: Room, desk: Desk, line: Line, site: int, salt: int
) -> bool:
    """Try to give an enterprise visits that it would have alone; return whether that was better."""
    before, had = cost_of(table, room, site), room[nth(room, R_VISITS, site)]
    first = fixed(table, T_CHECK_AT, site)
    for v in range(had):
        line[nth(line, L_HAD_MASK, v)] = room[nth(room, R_MASK, first + v)]
        line[nth(line, L_HAD_DAY, v)] = room[nth(room, R_DAY, first + v)]
    lift(table, room, site)
    line[L_COUNT] = 0
    better = choose(table, groups, room, site, desk, LACKING, salt, ROUNDS, -1) < before
    count, v = desk[list_at(desk, D_RESULT)], 0
    for k in range(count):
        line[nth(line, L_WANT, k)] = desk[nth(desk, D_MASK, k)]
    while better and v < count:
        better = find_room(table, groups, room, desk, line, site, line[nth(line, L_WANT, v)])
        v += 1
    if not better:
        go_back(table, room, desk, line, 0)
        for v in range(had):
            mask, day = line[nth(line, L_HAD_MASK, v)], line[nth(line, L_HAD_DAY, v)]
            put_visit(table, room, site, mask, day, desk)
    return better


@jit
def give_best(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    own: Any,
    best: Any,
    seed: int,
) -> int:
    """Give those in excess the visits that they would have alone; return how many gained.

    Parameters
    ----------
    own, best
        As of `take_in`.
    seed
        More than 0.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    room = borrowed(room)
    desk = borrowed(desk)
    line = borrowed(line)
    own = borrowed(own)
    best = borrowed(best)
    gained, state = 0, seed
    for k in range(len(own)):
        site, salt = own[k], 0
        for _ in range(TRIES):
            if cost_of(table, room, site) <= best[site]:
                break
            gained += _give(table, groups, room, desk, line, site, salt)
            state = stir(state)
            salt = 1 + (state >> 8)
    return gained
