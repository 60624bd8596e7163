"""Place all enterprises, then let those in excess push others aside.

An ejection chain: an enterprise with more visits or checks left out than it could do with takes
the days it is best with, room or not; whoever is in the way is placed again, and may push on. The
whole move is kept only if nobody's loss outweighs the gain, so the cost never grows. Every loop
is counted, and chance comes from a counter, so the same problem gives the same plan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.arena import Arena, make_arena, view
from optimizer.plan.kernel.big import LEFT, choose_big, place_big
from optimizer.plan.kernel.cells import cell, fixed, line_width, list_at, nth
from optimizer.plan.kernel.choose import LACKING, choose_small, place_small
from optimizer.plan.kernel.desk import (
    D_RESULT,
    SMALL,
    Desk,
)
from optimizer.plan.kernel.groups import Groups
from optimizer.plan.kernel.jit import borrowed, count_bits, jit
from optimizer.plan.kernel.room import (
    R_DAY,
    R_HEAD,
    R_LEFT,
    R_MASK,
    R_ROWS,
    R_SPARE,
    R_VISITS,
    Room,
    after_of,
    amount_of,
    dearer,
    lift,
    put,
    row_of,
    seen_by,
)
from optimizer.plan.kernel.table import (
    MOST,
    T_CHECK_AT,
    T_CHECKS,
    T_OWNER,
    T_SITES,
    T_SLOT_AT,
    Table,
)

CHAIN = 48
"""Most enterprises that one move may touch."""

CONTESTED = 1024
"""What a half-day gets dearer each time somebody is pushed off it."""

SLACK = 24
"""How much more splintered a move that gains nothing may leave the room."""

ROUNDS = 4
"""Rebuilds of an enterprise with many checks inside a move."""


Chain = Arena
"""The moves of one search: what each enterprise touched had before.

- ``site``, ``cost``, ``count`` (CHAIN,), ``mask``, ``day`` (CHAIN, MOST): its visits; their
  ``rows`` (CHAIN, MOST) in number, ``row`` and ``amount`` (CHAIN, N) one after the other.
- ``queue``: who is placed next; ``mark`` (S,): the move that touched an enterprise last.
"""

C_SITE = 0
C_COST = 2
C_COUNT = 4
C_MASK = 6
C_DAY = 8
C_ROWS = 10
C_ROW = 12
C_AMOUNT = 14
C_QUEUE = 16
C_MARK = 18


def make_chain(table: Table) -> Chain:
    """Return room for one search."""
    line = np.zeros(CHAIN + 1, np.int64)
    visits = np.zeros((CHAIN, MOST), np.int64)
    names = (
        "site",
        "cost",
        "count",
        "mask",
        "day",
        "rows",
        "row",
        "amount",
        "queue",
        "mark",
    )
    sites = int(table[T_SITES])
    mark = np.zeros(sites, np.int64)
    slots = view(table, T_SLOT_AT, int(table[T_CHECKS]) + 1)[view(table, T_CHECK_AT, sites + 1)]
    taken = np.zeros((CHAIN, int(np.diff(slots).max(initial=0))), np.int64)
    lists = (line, line, line, visits, visits, visits, taken, taken, line, mark)
    return make_arena((), names, {}, dict(zip(names, lists, strict=True)))


@jit
def choose(
    table: Table,
    groups: Groups,
    room: Room,
    site: int,
    desk: Desk,
    soft: int,
    salt: int,
    rounds: int,
    enough: int,
) -> int:
    """Choose the visits of any enterprise whose visits are off; return left out and visits.

    Parameters
    ----------
    enough
        Of an enterprise with many checks, look no further once they are no more; -1: never.
    """
    if fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site) <= SMALL:
        choose_small(table, groups, room, site, desk, soft, salt)
    else:
        choose_big(table, room, site, desk, soft, salt, rounds, enough)
    return LEFT * count_bits(desk[nth(desk, D_RESULT, 1)]) + desk[nth(desk, D_RESULT, 0)]


@jit
def place(table: Table, groups: Groups, room: Room, site: int, desk: Desk) -> None:
    """Place what was chosen."""
    if fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site) <= SMALL:
        place_small(table, groups, room, site, desk)
    else:
        place_big(table, room, site, desk)


@jit
def cost_of(table: Table, room: Room, site: int) -> int:
    """Return left out and visits of an enterprise as placed."""
    n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
    seen = count_bits(seen_by(table, room, site))
    return LEFT * (n - seen) + room[nth(room, R_VISITS, site)]


@jit
def over(table: Table, room: Room, best: Any) -> int:
    """Return the number of enterprises in excess of what each could do alone."""
    count = 0
    for site in range(table[T_SITES]):
        if cost_of(table, room, site) > best[site]:
            count += 1
    return count


@jit
def alone(table: Table, groups: Groups, empty: Room, desk: Desk, rounds: int, enough: Any) -> Any:
    """Return left out and visits of every enterprise if all room were its own, (S,).

    Parameters
    ----------
    enough
        (S,): what is known to be the least.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    empty = borrowed(empty)
    desk = borrowed(desk)
    enough = borrowed(enough)
    sites = table[T_SITES]
    found = np.zeros(sites, np.int64)
    for site in range(sites):
        found[site] = choose(table, groups, empty, site, desk, 0, 0, rounds, enough[site])
    return found


@jit
def place_all(
    table: Table, groups: Groups, room: Room, desk: Desk, order: Any, rounds: int
) -> None:
    """Place enterprises in order, each at its best with the room there is."""
    table = borrowed(table)
    groups = borrowed(groups)
    room = borrowed(room)
    desk = borrowed(desk)
    order = borrowed(order)
    for k in range(len(order)):
        choose(table, groups, room, order[k], desk, 0, 0, rounds, -1)
        place(table, groups, room, order[k], desk)


@jit
def save(table: Table, room: Room, chain: Chain, n: int, site: int) -> None:
    """Remember what an enterprise has, as the n-th of a move, and take it off."""
    chain[nth(chain, C_SITE, n)] = site
    chain[nth(chain, C_COST, n)] = cost_of(table, room, site)
    first = fixed(table, T_CHECK_AT, site)
    chain[nth(chain, C_COUNT, n)] = room[nth(room, R_VISITS, site)]
    to = n * line_width(chain, C_ROW)
    for k in range(room[nth(room, R_VISITS, site)]):
        slot = first + k
        chain[cell(chain, C_MASK, n, k)] = room[nth(room, R_MASK, slot)]
        chain[cell(chain, C_DAY, n, k)] = room[nth(room, R_DAY, slot)]
        chain[cell(chain, C_ROWS, n, k)] = room[nth(room, R_ROWS, slot)]
        at = fixed(table, T_SLOT_AT, slot)
        for r in range(room[nth(room, R_ROWS, slot)]):
            chain[nth(chain, C_ROW, to)] = row_of(room, at + r)
            chain[nth(chain, C_AMOUNT, to)] = amount_of(room, at + r)
            to += 1
    lift(table, room, site)


@jit
def undo(table: Table, room: Room, chain: Chain, n: int) -> None:
    """Put everything back where it was before a move that touched n enterprises."""
    for k in range(n):
        lift(table, room, chain[nth(chain, C_SITE, k)])
    for k in range(n):
        at = k * line_width(chain, C_ROW)
        for v in range(chain[nth(chain, C_COUNT, k)]):
            rows = chain[cell(chain, C_ROWS, k, v)]
            put(
                table,
                room,
                chain[nth(chain, C_SITE, k)],
                chain[cell(chain, C_MASK, k, v)],
                chain[cell(chain, C_DAY, k, v)],
                chain,
                nth(chain, C_ROW, at),
                nth(chain, C_AMOUNT, at),
                rows,
            )
            at += rows


@jit
def _in_the_way(
    table: Table, room: Room, row: int, day: int, chain: Chain, now: int, state: int
) -> int:
    """Return an enterprise that takes of a row's day and may be moved, or -1: few checks first."""
    chosen, least = -1, 1 << 40
    entry = room[cell(room, R_HEAD, row, day)]
    looked = 0
    while entry >= 0 and looked < 24:
        site = fixed(table, T_OWNER, entry)
        entry = after_of(room, entry)
        if chain[nth(chain, C_MARK, site)] == now:
            continue
        looked += 1
        n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        value = 64 * n + (state >> 12) % 192
        if n > SMALL:
            value += 4096
        if value < least:
            least, chosen = value, site
    return chosen


@jit
def move(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    chain: Chain,
    site: int,
    now: int,
    salt: int,
    most: int,
) -> tuple[int, int]:
    """Try to give an enterprise its best; return the change of cost and enterprises touched.

    A change of 0 or less is in place; if it is more than 0 everything is where it was.
    """
    save(table, room, chain, 0, site)
    chain[nth(chain, C_MARK, site)] = now
    chain[nth(chain, C_QUEUE, 0)] = 0
    touched, begin, end = 1, 0, 1
    change = 0
    state = salt
    shaken = (salt >> 5) % 4 != 0
    spare = room[list_at(room, R_SPARE)] - (salt >> 9) % SLACK
    while begin < end:
        place_in_chain = chain[nth(chain, C_QUEUE, begin)]
        begin += 1
        here = chain[nth(chain, C_SITE, place_in_chain)]
        before = chain[nth(chain, C_COST, place_in_chain)]
        # With the room there is; else beyond it; else, if that is no better, with it after all.
        soft, left, chosen, hard = False, 3, 0, 0
        while left > 0:
            left -= 1
            seed = 0
            if soft or shaken:
                state = (state * 1103515245 + 12345) & 0x7FFFFFFF
                seed = 1 + (state >> 8)
            chosen = choose(table, groups, room, here, desk, LACKING * soft, seed, ROUNDS, -1)
            if soft:
                if chosen < hard or (chosen == hard and here == site and hard <= before):
                    break
                soft = False
            elif (
                left == 2
                and touched < most
                and (chosen > before or (chosen == before and here == site))
            ):
                hard, soft = chosen, True
            else:
                break
        place(table, groups, room, here, desk)
        change += chosen - before
        if not soft:
            continue
        first = fixed(table, T_CHECK_AT, here)
        for k in range(room[nth(room, R_VISITS, here)]):
            slot = first + k
            at = fixed(table, T_SLOT_AT, slot)
            day = room[nth(room, R_DAY, slot)]
            for r in range(room[nth(room, R_ROWS, slot)]):
                row = row_of(room, at + r)
                if room[cell(room, R_LEFT, row, day)] < 0:
                    dearer(table, room, row, day, CONTESTED)
                while room[cell(room, R_LEFT, row, day)] < 0:
                    other = -1
                    if touched < most:
                        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
                        other = _in_the_way(table, room, row, day, chain, now, state)
                    if other < 0:
                        undo(table, room, chain, touched)
                        return 1, touched
                    save(table, room, chain, touched, other)
                    chain[nth(chain, C_MARK, other)] = now
                    chain[nth(chain, C_QUEUE, end)] = touched
                    touched += 1
                    end += 1
    if change > 0 or (change == 0 and room[list_at(room, R_SPARE)] < spare):
        change = max(change, 1)
        undo(table, room, chain, touched)
    return change, touched


@jit
def improve(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    chain: Chain,
    best: Any,
    tries: int,
    each: int,
    most: int,
    seed: int,
) -> int:
    """Make moves for enterprises in excess until none is left or `tries` are used up.

    Parameters
    ----------
    best
        (S,): what each could do alone.
    each
        Most moves in a row for one enterprise before it is given up (more than 0).
    most
        Most enterprises that one move may touch.

    Returns
    -------
    int
        Moves made.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    room = borrowed(room)
    desk = borrowed(desk)
    chain = borrowed(chain)
    best = borrowed(best)
    sites = table[T_SITES]
    waiting = np.zeros(sites, np.int64)
    where = np.full(sites, -1, np.int64)
    failed = np.zeros(sites, np.int64)
    count = 0
    for site in range(sites):
        if cost_of(table, room, site) > best[site]:
            waiting[count] = site
            where[site] = count
            count += 1
    state = seed
    done = 0
    while count > 0 and done < tries:
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        site = waiting[(state >> 7) % count]
        done += 1
        change, touched = move(table, groups, room, desk, chain, site, done, state, most)
        failed[site] += 1
        if change < 0:
            for k in range(touched):
                failed[chain[nth(chain, C_SITE, k)]] = 0
        for k in range(touched):
            other = chain[nth(chain, C_SITE, k)]
            wanted = cost_of(table, room, other) > best[other] and failed[other] < each
            if wanted and where[other] < 0:
                where[other] = count
                waiting[count] = other
                count += 1
            elif not wanted and where[other] >= 0:
                count -= 1
                last = waiting[count]
                waiting[where[other]] = last
                where[last] = where[other]
                where[other] = -1
    for site in range(sites):
        chain[nth(chain, C_MARK, site)] = 0
    return done
