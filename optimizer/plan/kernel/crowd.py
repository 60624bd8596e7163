"""Checks left out are put on days beyond the room, and who stands there finds other days.

Breakout local search (Morris 1993, The Breakout Method for Escaping from Local Minima): a check
left out stands on a day that has no room. Step by step one of those on an overfull day chooses
anew, whoever gains most by it, and each such day gets dearer; where no day is overfull any more the
check is in. Chains move visits whole and rounds place enterprises with the room there is; here
enterprises part, join and move visits while the room is overdrawn, at the price of some visits.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.ahead import fetch_rows, fetch_site, fetch_visits
from optimizer.plan.kernel.arena import Arena, make_arena
from optimizer.plan.kernel.augment import days_beside, slot_on
from optimizer.plan.kernel.big import LEFT, put_visit
from optimizer.plan.kernel.cells import cell, fixed, line_width, list_at, nth
from optimizer.plan.kernel.chance import stir
from optimizer.plan.kernel.choose import LOST, NEVER, VISIT, choose_small
from optimizer.plan.kernel.desk import (
    D_AMOUNT,
    D_DAY,
    D_DAYS,
    D_MASK,
    D_RESULT,
    D_ROW,
    SMALL,
    Desk,
)
from optimizer.plan.kernel.groups import Groups
from optimizer.plan.kernel.jit import borrowed, jit, lowest_bit
from optimizer.plan.kernel.room import (
    R_BASE,
    R_DAY,
    R_HEAD,
    R_LEFT,
    R_MASK,
    R_ROWS,
    R_VISITS,
    Room,
    after_of,
    amount_of,
    discount,
    lift,
    price_of,
    reprice,
    row_of,
    take,
)
from optimizer.plan.kernel.search import choose, cost_of, place
from optimizer.plan.kernel.table import (
    MOST,
    T_CHECK_AT,
    T_DAYS,
    T_OWNER,
    T_ROWS,
    T_SITES,
    T_SLOT_AT,
    T_WORDS,
    Table,
)

PASSES = 3
"""Most times that all of them are tried: what was dear to one is cheap to nobody."""

LACK = VISIT
"""Price of a half-day lacking: with half as much some are not taken in, with more of it as many."""

DEARER = VISIT >> 4
"""What an overfull day gets dearer in a step."""

DEAREST = VISIT << 6
"""Most that it gets, so that nobody would rather leave a check out."""

TOUCHED, OVERFULL, HERE = 400, 400, 200
"""Most enterprises that change, days that are overfull, and enterprises on one that are looked at;
a try that would need more of the first two is given up."""

VAIN = 10
"""Tries in a row to put a check on days of a row that come to nothing, after which none is made."""

ROUNDS = 4
"""Rebuilds of an enterprise with many checks when its check left out is put in."""

Crowd = Arena
"""One try.

- ``now``, ``mark`` (S,): its number, and by enterprise the try that changed it last.
- ``count``, ``site``, ``had`` (TOUCHED,), ``had_mask``, ``had_day`` (TOUCHED, MOST): who changed,
  and the visits that it had.
- ``over``, ``row``, ``day`` (OVERFULL,): days that may be overfull.
- ``vain`` (R,): tries in a row that came to nothing, by the rows that lacked room when they began:
  ``first`` (OVERFULL,).
- ``other`` (HERE,): who stands on one. ``want_mask``, ``want_day`` (MOST,): visits it would have.
"""

SCALARS = ("now", "count", "over")
U_NOW = 0
U_COUNT = 1
U_OVER = 2
U_MARK = 3
U_SITE = 5
U_HAD = 7
U_HAD_MASK = 9
U_HAD_DAY = 11
U_ROW = 13
U_DAY = 15
U_OTHER = 17
U_WANT_MASK = 19
U_WANT_DAY = 21
U_VAIN = 23
U_FIRST = 25


def make_crowd(table: Table) -> Crowd:
    """Return room for tries."""
    touched, visits = np.zeros(TOUCHED, np.int64), np.zeros((TOUCHED, MOST), np.int64)
    days, wanted = np.zeros(OVERFULL, np.int64), np.zeros(MOST, np.int64)
    lists = {
        "mark": np.zeros(int(table[T_SITES]), np.int64),
        "site": touched,
        "had": touched,
        "had_mask": visits,
        "had_day": visits,
        "row": days,
        "day": days,
        "other": np.zeros(HERE, np.int64),
        "want_mask": wanted,
        "want_day": wanted,
        "vain": np.zeros(int(table[T_ROWS]), np.int64),
        "first": days,
    }
    return make_arena(SCALARS, tuple(lists), dict.fromkeys(SCALARS, 0), lists)


@jit
def _remember(table: Table, room: Room, crowd: Crowd, site: int) -> None:
    """Note what an enterprise has before it changes for the first time in this try."""
    if crowd[nth(crowd, U_MARK, site)] == crowd[U_NOW]:
        return
    crowd[nth(crowd, U_MARK, site)] = crowd[U_NOW]
    n, first = crowd[U_COUNT], fixed(table, T_CHECK_AT, site)
    crowd[U_COUNT] += 1
    crowd[nth(crowd, U_SITE, n)] = site
    crowd[nth(crowd, U_HAD, n)] = room[nth(room, R_VISITS, site)]
    for v in range(room[nth(room, R_VISITS, site)]):
        at = n * line_width(crowd, U_HAD_MASK) + v
        crowd[nth(crowd, U_HAD_MASK, at)] = room[nth(room, R_MASK, first + v)]
        crowd[nth(crowd, U_HAD_DAY, at)] = room[nth(room, R_DAY, first + v)]


@jit
def _put_back(table: Table, room: Room, desk: Desk, crowd: Crowd) -> None:
    """Let all who changed stand as before this try."""
    for n in range(crowd[U_COUNT]):
        lift(table, room, crowd[nth(crowd, U_SITE, n)])
    for n in range(crowd[U_COUNT]):
        for v in range(crowd[nth(crowd, U_HAD, n)]):
            at = n * line_width(crowd, U_HAD_MASK) + v
            mask, day = crowd[nth(crowd, U_HAD_MASK, at)], crowd[nth(crowd, U_HAD_DAY, at)]
            put_visit(table, room, crowd[nth(crowd, U_SITE, n)], mask, day, desk)


@jit
def _note_overfull(table: Table, room: Room, crowd: Crowd, site: int) -> bool:
    """Add the overfull days on which an enterprise stands; return whether there was place."""
    first = fixed(table, T_CHECK_AT, site)
    for slot in range(first, first + room[nth(room, R_VISITS, site)]):
        at, day = fixed(table, T_SLOT_AT, slot), room[nth(room, R_DAY, slot)]
        for entry in range(at, at + room[nth(room, R_ROWS, slot)]):
            row, n = row_of(room, entry), 0
            if room[cell(room, R_LEFT, row, day)] >= 0:
                continue
            while n < crowd[U_OVER] and (
                crowd[nth(crowd, U_ROW, n)] != row or crowd[nth(crowd, U_DAY, n)] != day
            ):
                n += 1
            if n == OVERFULL:
                return False
            crowd[nth(crowd, U_ROW, n)], crowd[nth(crowd, U_DAY, n)] = row, day
            crowd[U_OVER] = max(crowd[U_OVER], n + 1)
    return True


@jit
def _forget_relieved(room: Room, crowd: Crowd) -> None:
    """Drop the days that are not overfull any more."""
    n = 0
    while n < crowd[U_OVER]:
        row, day = crowd[nth(crowd, U_ROW, n)], crowd[nth(crowd, U_DAY, n)]
        if room[cell(room, R_LEFT, row, day)] < 0:
            n += 1
            continue
        crowd[U_OVER] -= 1
        crowd[nth(crowd, U_ROW, n)] = crowd[nth(crowd, U_ROW, crowd[U_OVER])]
        crowd[nth(crowd, U_DAY, n)] = crowd[nth(crowd, U_DAY, crowd[U_OVER])]


@jit
def _stood_for(table: Table, room: Room, site: int) -> int:
    """Return what the visits of an enterprise cost where they stand, all of them discounted."""
    first, count = fixed(table, T_CHECK_AT, site), room[nth(room, R_VISITS, site)]
    cost = cost_of(table, room, site) // LEFT * LOST + count * VISIT
    for slot in range(first, first + count):
        at, day = fixed(table, T_SLOT_AT, slot), room[nth(room, R_DAY, slot)]
        for entry in range(at, at + room[nth(room, R_ROWS, slot)]):
            cost += price_of(room, row_of(room, entry), amount_of(room, entry), day, LACK)
    return cost


@jit
def _other_day(
    table: Table, groups: Groups, room: Room, desk: Desk, site: int, day: int
) -> tuple[int, int]:
    """Return what a visit gains by moving whole to the best other day, less than 0; and that day.

    For enterprises with many checks, which would take long to choose anew.
    """
    k = slot_on(table, room, site, day) - fixed(table, T_CHECK_AT, site)
    mask = room[nth(room, R_MASK, fixed(table, T_CHECK_AT, site) + k)]
    take(table, room, site, k)
    rows = days_beside(table, groups, room, site, mask, day, desk)
    least, to, stays = NEVER, -1, 0
    for r in range(rows):
        row, amount = desk[nth(desk, D_ROW, r)], desk[nth(desk, D_AMOUNT, r)]
        stays += price_of(room, row, amount, day, LACK)
    for w in range(table[T_WORDS] * (rows > 0)):
        word = desk[nth(desk, D_DAYS, w)]
        while word != 0:
            on, cost = 56 * w + lowest_bit(word), 0
            word &= word - 1
            for r in range(rows):
                row, amount = desk[nth(desk, D_ROW, r)], desk[nth(desk, D_AMOUNT, r)]
                cost += price_of(room, row, amount, on, LACK)
            if on != day and cost < least:
                least, to = cost, on
    put_visit(table, room, site, mask, day, desk)
    return least - stays, to


@jit
def _relieve(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    crowd: Crowd,
    best: Any,
    row: int,
    day: int,
) -> bool:
    """Let whoever on a row's day gains most by it choose anew; nobody, where nobody gains.

    Who would gain less even if it could do as well as alone is not asked.

    Returns
    -------
    bool
        Whether there was place for the days that are overfull now.
    """
    count = 0
    entry = room[cell(room, R_HEAD, row, day)]
    while entry >= 0 and count < HERE:
        crowd[nth(crowd, U_OTHER, count)] = fixed(table, T_OWNER, entry)
        count += 1
        entry = after_of(room, entry)
    most, chosen, wanted, to = 0, -1, 0, -1
    for k in range(count):
        site = crowd[nth(crowd, U_OTHER, k)]
        if k + 1 < count:
            fetch_rows(table, groups, room, crowd[nth(crowd, U_OTHER, k + 1)])
        if k + 2 < count:
            fetch_visits(table, groups, room, crowd[nth(crowd, U_OTHER, k + 2)])
        if k + 3 < count:
            fetch_site(table, groups, room, crowd[nth(crowd, U_OTHER, k + 3)])
        if fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site) > SMALL:
            gain, on = _other_day(table, groups, room, desk, site, day)
            if on >= 0 and gain < most:
                most, chosen, to = gain, site, on
            continue
        discount(table, room, site, 1)
        before = _stood_for(table, room, site)
        gain = best[site] // LEFT * LOST + best[site] % LEFT * VISIT - before
        if gain < most:
            choose_small(table, groups, room, site, desk, LACK, 0)
            gain = desk[nth(desk, D_RESULT, 2)] - before
        if gain < most:
            most, chosen, wanted, to = gain, site, desk[list_at(desk, D_RESULT)], -1
            for v in range(wanted):
                crowd[nth(crowd, U_WANT_MASK, v)] = desk[nth(desk, D_MASK, v)]
                crowd[nth(crowd, U_WANT_DAY, v)] = desk[nth(desk, D_DAY, v)]
        discount(table, room, site, -1)
    if chosen < 0:
        return True
    _remember(table, room, crowd, chosen)
    if to >= 0:
        slot = slot_on(table, room, chosen, day)
        crowd[list_at(crowd, U_WANT_MASK)], crowd[list_at(crowd, U_WANT_DAY)] = (
            room[nth(room, R_MASK, slot)],
            to,
        )
        wanted = 1
        take(table, room, chosen, slot - fixed(table, T_CHECK_AT, chosen))
    else:
        lift(table, room, chosen)
    for v in range(wanted):
        mask, on = crowd[nth(crowd, U_WANT_MASK, v)], crowd[nth(crowd, U_WANT_DAY, v)]
        put_visit(table, room, chosen, mask, on, desk)
    return bool(_note_overfull(table, room, crowd, chosen))


@jit
def _try(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    crowd: Crowd,
    best: Any,
    site: int,
    most: int,
    state: int,
) -> bool:
    """Put an enterprise's checks in, room or not, and make room; return whether that was found.

    If not, all stand as before; but days stay as dear as they became.
    """
    crowd[U_NOW] += 1
    crowd[U_COUNT], crowd[U_OVER] = 0, 0
    before = cost_of(table, room, site) // LEFT
    _remember(table, room, crowd, site)
    lift(table, room, site)
    good = choose(table, groups, room, site, desk, LACK, 0, ROUNDS, -1) // LEFT < before
    if good:
        place(table, groups, room, site, desk)
        good = bool(_note_overfull(table, room, crowd, site))
    begun, steps = 0, 0
    for n in range(crowd[U_OVER]):
        row = crowd[nth(crowd, U_ROW, n)]
        good = good and crowd[nth(crowd, U_VAIN, row)] < VAIN
        k = 0
        while k < begun and crowd[nth(crowd, U_FIRST, k)] != row:
            k += 1
        if k == begun:
            crowd[nth(crowd, U_FIRST, begun)] = row
            begun += 1
    if not good:
        begun = 0  # passed over
    while good:
        _forget_relieved(room, crowd)
        if crowd[U_OVER] == 0:
            break
        steps += 1
        state = stir(state)
        n = (state >> 5) % crowd[U_OVER]
        row, day = crowd[nth(crowd, U_ROW, n)], crowd[nth(crowd, U_DAY, n)]
        at = cell(room, R_BASE, row, day)
        room[at] = min(room[at] + DEARER, DEAREST)
        reprice(table, room, row, day)
        good = steps <= most and crowd[U_COUNT] < TOUCHED
        good = good and bool(_relieve(table, groups, room, desk, crowd, best, row, day))
    for n in range(begun):
        crowd[nth(crowd, U_VAIN, crowd[nth(crowd, U_FIRST, n)])] += 1
        if good:
            crowd[nth(crowd, U_VAIN, crowd[nth(crowd, U_FIRST, n)])] = 0
    if not good:
        _put_back(table, room, desk, crowd)
    return good


@jit
def crowd_in(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    crowd: Crowd,
    own: Any,
    best: Any,
    steps: int,
    seed: int,
) -> int:
    """Take in checks left out beyond what each could do alone; return how many enterprises gained.

    Nobody leaves more out than before; there may be more visits. Prices are afterwards as before.

    Parameters
    ----------
    own, best
        As of `augment.take_in`.
    steps
        Most for one enterprise at a time.
    seed
        More than 0.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    room = borrowed(room)
    desk = borrowed(desk)
    crowd = borrowed(crowd)
    own = borrowed(own)
    best = borrowed(best)
    size = table[T_ROWS] * table[T_DAYS]
    base = room[list_at(room, R_BASE) : nth(room, R_BASE, size)].copy()
    state, gained, before = seed, 0, -1
    for _ in range(PASSES):
        if gained == before:
            break
        before = gained
        for k in range(len(own)):
            if cost_of(table, room, own[k]) // LEFT > best[own[k]] // LEFT:
                state = stir(state)
                where = (table, groups, room, desk, crowd, best)
                gained += _try(*where, own[k], steps, state)
    room[list_at(room, R_BASE) : nth(room, R_BASE, size)] = base
    for row in range(table[T_ROWS]):
        for day in range(table[T_DAYS]):
            reprice(table, room, row, day)
    return gained
