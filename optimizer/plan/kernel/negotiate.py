"""The first places of all enterprises, agreed on through prices that rise where days are overfull.

Negotiated congestion (McMurchie and Ebeling, PathFinder, 1995; there the wires of a circuit): each
enterprise takes what is best for it, room or not, and pays for every half-day that is not there.
Whoever stands on an overfull day chooses again, sweep after sweep, while the price of what is
lacking grows, and that of every day as long as it is overfull. The enterprises that can go
elsewhere at the least cost do, and hardly anybody makes a visit more than it must. What is
overfull at the end is taken off and placed with the room there is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.ahead import fetch_rows, fetch_site, fetch_visits
from optimizer.plan.kernel.big import place_big, put_visit, rework_big, visit_price
from optimizer.plan.kernel.cells import cell, fixed, list_at, nth
from optimizer.plan.kernel.chance import stir
from optimizer.plan.kernel.choose import LOST, choose_small, place_small
from optimizer.plan.kernel.desk import D_DAY, D_MASK, D_RESULT, SMALL, Desk
from optimizer.plan.kernel.groups import Groups
from optimizer.plan.kernel.jit import borrowed, count_bits, jit
from optimizer.plan.kernel.room import (
    DEAREST,
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
    reprice,
    row_of,
    seen_by,
)
from optimizer.plan.kernel.search import choose, place
from optimizer.plan.kernel.table import (
    MOST,
    T_CHECK_AT,
    T_DAYS,
    T_OWNER,
    T_ROWS,
    T_SITES,
    T_SLOT_AT,
    Table,
)

LACK = 1 << 24
"""Price of a half-day lacking in the first sweep."""

GROWTH = 2839
"""Of that price over all sweeps, in 1,024 times its logarithm: to sixteen times as much."""

SHARE = 4
"""A part of that price by which an overfull day gets dearer in each sweep, for each half-day."""

HIGHEST = 1 << 29
"""Most that a day gets dearer so: two half-days then outweigh a visit."""

SCALE = 10
"""Bits by which these prices are more than those of the moves that follow (`room.DEAREST`)."""

SELDOM = 10
"""Sweeps to one in which also those with many checks choose again: that takes ten times as long."""

ROUNDS = 2
"""Rebuilds of an enterprise with many checks in the first sweep."""


@jit
def _stands_over(table: Table, room: Room, site: int) -> bool:
    """Return whether an enterprise has a visit on an overfull day."""
    first = fixed(table, T_CHECK_AT, site)
    for slot in range(first, first + room[nth(room, R_VISITS, site)]):
        at, day = fixed(table, T_SLOT_AT, slot), room[nth(room, R_DAY, slot)]
        for entry in range(at, at + room[nth(room, R_ROWS, slot)]):
            if room[cell(room, R_LEFT, row_of(room, entry), day)] < 0:
                return True
    return False


@jit
def _mark(table: Table, room: Room, row: int, day: int, marked: Any) -> None:
    """Mark all who stand on a row's day."""
    entry = room[cell(room, R_HEAD, row, day)]
    while entry >= 0:
        marked[fixed(table, T_OWNER, entry)] = 1
        entry = after_of(room, entry)


@jit
def _mark_beside(table: Table, room: Room, site: int, marked: Any) -> None:
    """Mark who stands on days that an enterprise's visits have just made overfull, if any."""
    first = fixed(table, T_CHECK_AT, site)
    for slot in range(first, first + room[nth(room, R_VISITS, site)]):
        at, day = fixed(table, T_SLOT_AT, slot), room[nth(room, R_DAY, slot)]
        for entry in range(at, at + room[nth(room, R_ROWS, slot)]):
            row = row_of(room, entry)
            left = room[cell(room, R_LEFT, row, day)]
            if left < 0 and left + amount_of(room, entry) >= 0:
                _mark(table, room, row, day, marked)


@jit
def _raise(table: Table, room: Room, more: int, marked: Any) -> int:
    """Make overfull days dearer, by so much for each half-day lacking; return how many lack.

    All who stand there are marked.
    """
    lacking = 0
    for row in range(table[T_ROWS]):
        for day in range(table[T_DAYS]):
            left = room[cell(room, R_LEFT, row, day)]
            if left < 0:
                lacking -= left
                at = cell(room, R_BASE, row, day)
                room[at] = min(room[at] - more * left, HIGHEST)
                reprice(table, room, row, day)
                _mark(table, room, row, day, marked)
    return lacking


@jit
def _settle(
    table: Table, groups: Groups, room: Room, desk: Desk, order: Any, rounds: int, off: Any
) -> None:
    """Take off who stands on overfull days, and place them with the room left.

    Those with few checks go first, and of these who takes most: then fewer need go.
    """
    for row in range(table[T_ROWS]):
        for day in range(table[T_DAYS]):
            at = cell(room, R_BASE, row, day)
            room[at] = min(room[at] >> SCALE, DEAREST)
            reprice(table, room, row, day)
            while room[cell(room, R_LEFT, row, day)] < 0:
                chosen, least = -1, 1 << 40
                entry = room[cell(room, R_HEAD, row, day)]
                while entry >= 0:
                    site = fixed(table, T_OWNER, entry)
                    n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
                    n = (n << 20) - amount_of(room, entry)
                    if n < least:
                        chosen, least = site, n
                    entry = after_of(room, entry)
                lift(table, room, chosen)
                off[chosen] = 1
    for k in range(len(order)):
        if off[order[k]] == 1:
            choose(table, groups, room, order[k], desk, 0, 0, rounds, -1)
            place(table, groups, room, order[k], desk)


@jit
def _stays(table: Table, room: Room, site: int, desk: Desk) -> bool:
    """Return whether what an enterprise chose is what it has."""
    first, count = fixed(table, T_CHECK_AT, site), room[nth(room, R_VISITS, site)]
    if desk[list_at(desk, D_RESULT)] != count:
        return False
    for v in range(count):
        k = 0
        while k < count and (
            desk[nth(desk, D_MASK, k)] != room[nth(room, R_MASK, first + v)]
            or desk[nth(desk, D_DAY, k)] != room[nth(room, R_DAY, first + v)]
        ):
            k += 1
        if k == count:
            return False
    return True


@jit
def _choose_among(
    table: Table,
    groups: Groups,
    fewest: Groups,
    room: Room,
    site: int,
    desk: Desk,
    lack: int,
) -> bool:
    """Choose for an enterprise with few checks; return whether among groups of its fewest visits.

    Where their cheapest days collide these may leave a check out that has a place with others.
    """
    choose_small(table, fewest, room, site, desk, lack, 0)
    if desk[nth(desk, D_RESULT, 1)] == 0:
        return True
    choose_small(table, groups, room, site, desk, lack, 0)
    return False


@jit
def _choose_again(
    table: Table,
    groups: Groups,
    fewest: Groups,
    room: Room,
    site: int,
    desk: Desk,
    lack: int,
) -> bool:
    """Let an enterprise with few checks choose anew; return whether it changed.

    More than half of them stay as they are, and are not taken off for it.
    """
    discount(table, room, site, 1)
    few = _choose_among(table, groups, fewest, room, site, desk, lack)
    discount(table, room, site, -1)
    if _stays(table, room, site, desk):
        return False
    lift(table, room, site)
    if few:
        place_small(table, fewest, room, site, desk)
    else:
        place_small(table, groups, room, site, desk)
    return True


@jit
def _rework(
    table: Table, room: Room, site: int, desk: Desk, lack: int, salt: int, held: Any
) -> None:
    """Take an enterprise with many checks off and place it anew, if that costs less.

    Parameters
    ----------
    held
        (2 `MOST`,): for the visits that it had.
    """
    first, had = fixed(table, T_CHECK_AT, site), room[nth(room, R_VISITS, site)]
    n = fixed(table, T_CHECK_AT, site + 1) - first
    for v in range(had):
        held[v] = room[nth(room, R_MASK, first + v)]
        held[MOST + v] = room[nth(room, R_DAY, first + v)]
    cost = LOST * (n - count_bits(seen_by(table, room, site)))
    lift(table, room, site)
    for v in range(had):
        cost += visit_price(table, room, site, held[v], held[MOST + v], desk, lack)
    if rework_big(table, room, site, desk, held, 0, MOST, had, lack, salt, cost) < cost:
        place_big(table, room, site, desk)
        return
    for v in range(had):
        put_visit(table, room, site, held[v], held[MOST + v], desk)


@jit
def _look_ahead(
    table: Table, fewest: Groups, room: Room, order: Any, marked: Any, ahead: Any, k: int
) -> None:
    """Ask memory for the next three that are marked, from number `k` from the end on.

    Parameters
    ----------
    ahead
        (3,): their numbers from the end, as far as they are known.
    """
    count = len(order)
    while ahead[0] <= k:
        n = max(ahead[2], k) + 1
        while n < count and marked[order[count - 1 - n]] == 0:
            n += 1
        ahead[0], ahead[1], ahead[2] = ahead[1], ahead[2], n
    if ahead[0] < count:
        fetch_rows(table, fewest, room, order[count - 1 - ahead[0]])
    if ahead[1] < count:
        fetch_visits(table, fewest, room, order[count - 1 - ahead[1]])
    if ahead[2] < count:
        fetch_site(table, fewest, room, order[count - 1 - ahead[2]])


@jit
def negotiate(
    table: Table,
    groups: Groups,
    fewest: Groups,
    room: Room,
    desk: Desk,
    order: Any,
    sweeps: int,
    rounds: int,
) -> int:
    """Place enterprises that have no visits yet; no day is overfull afterwards.

    Parameters
    ----------
    fewest
        The groups that they choose among in the sweeps, see `fewest.list_fewest`.
    order
        In which they choose at first, and are placed at the end; in between the other way round.
    sweeps
        Most that are made; fewer if no day is overfull any more.
    rounds
        Rebuilds of an enterprise with many checks at the end.

    Returns
    -------
    int
        Sweeps made.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    fewest = borrowed(fewest)
    room = borrowed(room)
    desk = borrowed(desk)
    order = borrowed(order)
    count = len(order)
    lack, made, state = LACK, 0, 29
    held = np.zeros(2 * MOST, np.int64)
    # Who may stand on an overfull day: to look at all would fetch them all from memory.
    marked = np.zeros(table[T_SITES], np.int8)
    ahead = np.zeros(3, np.int64)
    while made < sweeps:
        ahead[:] = -1
        for k in range(count):
            site = order[k]
            if made > 0:
                site = order[count - 1 - k]
                if marked[site] == 0:
                    continue
                marked[site] = 0
                _look_ahead(table, fewest, room, order, marked, ahead, k)
                n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
                if (n > SMALL and made % SELDOM != 0) or not _stands_over(table, room, site):
                    continue
                if n > SMALL:
                    state = stir(state)
                    _rework(table, room, site, desk, lack, 1 + (state >> 10), held)
                elif not _choose_again(table, groups, fewest, room, site, desk, lack):
                    continue
            else:
                n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
                if n > SMALL:
                    choose(table, groups, room, site, desk, lack, 0, ROUNDS, -1)
                    place(table, groups, room, site, desk)
                else:
                    _choose_again(table, groups, fewest, room, site, desk, lack)
            _mark_beside(table, room, site, marked)
        made += 1
        if _raise(table, room, lack // SHARE, marked) == 0:
            break
        lack += lack * GROWTH // (1024 * sweeps)
    _settle(table, groups, room, desk, order, rounds, np.zeros(table[T_SITES], np.int64))
    return made
