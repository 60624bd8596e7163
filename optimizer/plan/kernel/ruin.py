"""Take neighbours off and place them again, with annealing: for plans that are tight.

Ruin and recreate (Schrimpf et al. 2000; Shaw's large neighbourhoods, 1998): an enterprise that
could do with less and those that take of the days it wants are taken off and placed again one
after the other, each at its best with the room there is, prices shaken. What is worse is kept
with a chance that falls to 0; what was best by the plan's aims is put back at the end. Every
loop is counted and chance comes from a counter, so the same problem gives the same plan.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.arena import Arena, make_arena
from optimizer.plan.kernel.big import LEFT, put_visit, rework_big
from optimizer.plan.kernel.cells import cell, fixed, list_at, nth
from optimizer.plan.kernel.chance import stir
from optimizer.plan.kernel.choose import LOST, NEVER, VISIT
from optimizer.plan.kernel.desk import D_AMOUNT, D_RESULT, D_ROW, SMALL, Desk
from optimizer.plan.kernel.groups import Groups
from optimizer.plan.kernel.jit import borrowed, count_bits, jit
from optimizer.plan.kernel.room import (
    R_DAY,
    R_HEAD,
    R_LEFT,
    R_MASK,
    R_VISITS,
    Room,
    after_of,
    amount_of,
    dearer,
    lift,
)
from optimizer.plan.kernel.search import (
    C_COST,
    C_COUNT,
    C_DAY,
    C_MARK,
    C_MASK,
    C_SITE,
    CONTESTED,
    Chain,
    choose,
    cost_of,
    place,
    save,
    undo,
)
from optimizer.plan.kernel.table import (
    MOST,
    T_CHECK_AT,
    T_CHECKS,
    T_DAYS,
    T_OWNER,
    T_SITES,
    Table,
)
from optimizer.plan.kernel.wanted import wanted

FEWEST, MANY = 3, 11
"""Enterprises taken off at once."""

LOOKS = 6
"""Visits wanted that are looked at for enterprises in the way."""

EACH_CHECK, SPREAD = 64, 192
"""Of those in the way one with a check less goes first, but for chance up to three checks."""

ROUNDS = 0
"""Rebuilds of an enterprise with many checks."""

LIGHT = 2
"""What a check left out weighs, in visits, in the first part of the rounds. Later nothing
outweighs it; but a search that never trades one for visits stays where it is."""

LIGHT_PART = 80
"""Per cent of the rounds that are the first part."""

HEAT = 1 << 16
"""A chance of 1."""

WORST = 8
"""Most visits by which a round kept may be worse."""

WARM = 10
"""The first chance that one visit more is kept, of `HEAT`, for each round an enterprise: with few
rounds there is no time to cool down."""

WARMEST = 24_000
"""Most that chance may be."""


Ruin = Arena
"""The rounds of one search.

- Checks left out and visits as they stand, and of the best so far; `kept`: whether that stands in
  the lists; `count`: enterprises in excess.
- ``key`` (MANY,): in which order those taken off come back. Who they are and what they had is in
  the chain (`search.Chain`), whose ``mark`` is the round that took one off last.
- ``waiting``, ``where``, ``failed`` (S,): those in excess; where one stands among them, or -1;
  rounds in a row that were for it and left it so.
- ``changed``, ``is_changed`` (S,): the `changes` enterprises that do not stand as in the best so
  far, and whether one is among them.
- ``best_had`` (S,), ``best_mask``, ``best_day`` (C,): visits of the best so far.
"""

SCALARS = ("left", "visits", "best_left", "best_visits", "kept", "count", "changes")
U_LEFT = 0
U_VISITS = 1
U_BEST_LEFT = 2
U_BEST_VISITS = 3
U_KEPT = 4
U_COUNT = 5
U_CHANGES = 6
U_KEY = 7
U_WAITING = 9
U_WHERE = 11
U_FAILED = 13
U_CHANGED = 15
U_IS_CHANGED = 17
U_BEST_HAD = 19
U_BEST_MASK = 21
U_BEST_DAY = 23


def make_ruin(table: Table) -> Ruin:
    """Return room for one search."""
    sites = np.zeros(int(table[T_SITES]), np.int64)
    checks = np.zeros(int(table[T_CHECKS]), np.int64)
    lists = {
        "key": np.zeros(MANY, np.int64),
        "waiting": sites,
        "where": sites - 1,
        "failed": sites,
        "changed": sites,
        "is_changed": sites,
        "best_had": sites,
        "best_mask": checks,
        "best_day": checks,
    }
    return make_arena(SCALARS, tuple(lists), dict.fromkeys(SCALARS, 0), lists)


@jit
def _watch(ruin: Ruin, site: int, excess: bool) -> None:
    """Put an enterprise among those in excess, or take it off them."""
    at, count = ruin[nth(ruin, U_WHERE, site)], ruin[U_COUNT]
    if excess and at < 0:
        ruin[nth(ruin, U_WAITING, count)] = site
        ruin[nth(ruin, U_WHERE, site)] = count
        ruin[U_COUNT] = count + 1
    elif not excess and at >= 0:
        last = ruin[nth(ruin, U_WAITING, count - 1)]
        ruin[nth(ruin, U_WAITING, at)] = last
        ruin[nth(ruin, U_WHERE, last)] = at
        ruin[nth(ruin, U_WHERE, site)] = -1
        ruin[U_COUNT] = count - 1


@jit
def _pick(
    table: Table, room: Room, chain: Chain, row: int, day: int, now: int, state: int
) -> tuple[int, int]:
    """Return an entry that takes of a row's day and may be moved, or -1; and the state.

    Few checks first: they are placed again at once and find another day most easily.
    """
    chosen, least = -1, 1 << 40
    entry = room[cell(room, R_HEAD, row, day)]
    while entry >= 0:
        site = fixed(table, T_OWNER, entry)
        if chain[nth(chain, C_MARK, site)] < now:
            n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
            state = stir(state)
            value = EACH_CHECK * n + (state >> 12) % SPREAD
            if n > SMALL:
                value += 1 << 12
            if value < least:
                least, chosen = value, entry
        entry = after_of(room, entry)
    return chosen, state


@jit
def _gather(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    chain: Chain,
    site: int,
    now: int,
    want: int,
    ample: bool,
    state: int,
) -> int:
    """Write an enterprise and at most `want` - 1 of those in its way; return how many.

    Of each row of a visit that it wants no more are taken off than leave it room there, and what
    was short gets dearer; where it is `ample`, all that may be, of the days beside it too.
    """
    chain[list_at(chain, C_SITE)] = site
    chain[nth(chain, C_MARK, site)] = now
    n = 1
    for _ in range(LOOKS):
        if n >= want:
            break
        state = stir(state)
        rows, day = wanted(table, groups, room, site, desk, state)
        if ample:
            # That day, the one before and the one after.
            for aside in range(3):
                on = day + aside - 3 * (aside // 2)
                if rows < 0 or on < 0 or on >= table[T_DAYS]:
                    continue
                for r in range(rows):
                    entry = room[cell(room, R_HEAD, desk[nth(desk, D_ROW, r)], on)]
                    while entry >= 0 and n < want:
                        other = fixed(table, T_OWNER, entry)
                        entry = after_of(room, entry)
                        if chain[nth(chain, C_MARK, other)] < now:
                            chain[nth(chain, C_MARK, other)] = now
                            chain[nth(chain, C_SITE, n)] = other
                            n += 1
            continue
        for r in range(max(rows, 0)):
            row = desk[nth(desk, D_ROW, r)]
            lacking = desk[nth(desk, D_AMOUNT, r)] - room[cell(room, R_LEFT, row, day)]
            if lacking > 0:
                dearer(table, room, row, day, CONTESTED)
            while lacking > 0 and n < want:
                entry, state = _pick(table, room, chain, row, day, now, state)
                if entry < 0:
                    break
                other = fixed(table, T_OWNER, entry)
                lacking -= amount_of(room, entry)
                chain[nth(chain, C_MARK, other)] = now
                chain[nth(chain, C_SITE, n)] = other
                n += 1
    return n


@jit
def _order(table: Table, chain: Chain, ruin: Ruin, n: int, state: int) -> int:
    """Put the numbers of those gathered in an order to come back in: into `key`, and sorted.

    By chance; or those with many checks first; or the first of them first. Returns the state.
    """
    state = stir(state)
    manner = state % 3
    for k in range(n):
        state = stir(state)
        site = chain[nth(chain, C_SITE, k)]
        value = state >> 16
        if manner == 1:
            checks = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
            value += (MOST - checks) << 16
        elif manner == 2 and k == 0:
            value = -1
        value = value * MANY + k
        j = k
        while j > 0 and ruin[nth(ruin, U_KEY, j - 1)] > value:
            ruin[nth(ruin, U_KEY, j)] = ruin[nth(ruin, U_KEY, j - 1)]
            j -= 1
        ruin[nth(ruin, U_KEY, j)] = value
    for k in range(n):
        ruin[nth(ruin, U_KEY, k)] %= MANY
    return state


@jit
def _keep_best(table: Table, room: Room, chain: Chain, ruin: Ruin, n: int, now: int) -> None:
    """Remember what stood before those gathered were taken off as the best so far.

    Only who changed since the last such time is written anew.
    """
    ruin[U_BEST_LEFT], ruin[U_BEST_VISITS], ruin[U_KEPT] = ruin[U_LEFT], ruin[U_VISITS], 1
    for c in range(ruin[U_CHANGES]):
        site = ruin[nth(ruin, U_CHANGED, c)]
        ruin[nth(ruin, U_IS_CHANGED, site)] = 0
        if chain[nth(chain, C_MARK, site)] == now:
            continue
        first = fixed(table, T_CHECK_AT, site)
        ruin[nth(ruin, U_BEST_HAD, site)] = room[nth(room, R_VISITS, site)]
        for v in range(room[nth(room, R_VISITS, site)]):
            ruin[nth(ruin, U_BEST_MASK, first + v)] = room[nth(room, R_MASK, first + v)]
            ruin[nth(ruin, U_BEST_DAY, first + v)] = room[nth(room, R_DAY, first + v)]
    ruin[U_CHANGES] = 0
    for k in range(n):
        site = chain[nth(chain, C_SITE, k)]
        first = fixed(table, T_CHECK_AT, site)
        ruin[nth(ruin, U_BEST_HAD, site)] = chain[nth(chain, C_COUNT, k)]
        for v in range(chain[nth(chain, C_COUNT, k)]):
            ruin[nth(ruin, U_BEST_MASK, first + v)] = chain[cell(chain, C_MASK, k, v)]
            ruin[nth(ruin, U_BEST_DAY, first + v)] = chain[cell(chain, C_DAY, k, v)]


@jit
def _change(ruin: Ruin, site: int) -> None:
    """Note that an enterprise does not stand as in the best so far."""
    if ruin[nth(ruin, U_IS_CHANGED, site)] == 0:
        ruin[nth(ruin, U_IS_CHANGED, site)] = 1
        ruin[nth(ruin, U_CHANGED, ruin[U_CHANGES])] = site
        ruin[U_CHANGES] += 1


@jit
def _better(left: int, visits: int, than_left: int, than_visits: int) -> bool:
    """Return whether fewer are left out, or with as many fewer visits are made."""
    return left < than_left or (left == than_left and visits < than_visits)


@jit
def _restore_best(table: Table, room: Room, desk: Desk, ruin: Ruin) -> None:
    """Put the best so far in place."""
    for c in range(ruin[U_CHANGES]):
        lift(table, room, ruin[nth(ruin, U_CHANGED, c)])
    for c in range(ruin[U_CHANGES]):
        site = ruin[nth(ruin, U_CHANGED, c)]
        first = fixed(table, T_CHECK_AT, site)
        for v in range(ruin[nth(ruin, U_BEST_HAD, site)]):
            put_visit(
                table,
                room,
                site,
                ruin[nth(ruin, U_BEST_MASK, first + v)],
                ruin[nth(ruin, U_BEST_DAY, first + v)],
                desk,
            )


@jit
def rebuild(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    chain: Chain,
    ruin: Ruin,
    best: Any,
    own: Any,
    rounds: int,
    before: int,
    whole: int,
    each: int,
    warm: bool,
    seed: int,
) -> int:
    """Take off and place again until nobody is in excess or `rounds` are used up.

    With the last of the rounds what stands at the end has no more checks left out than before
    these, and with as many no more visits.

    Parameters
    ----------
    best
        (S,): what each could do alone.
    own
        Enterprises that may be taken off, by number.
    before, whole
        Rounds made before these, and all that are made: these are a part of a longer search,
        which cools down over all of them.
    each
        Most rounds in a row for one enterprise before it is given up (more than 0).
    warm
        Whether a round that makes nothing better may be kept: else only gains are, and whoever
        can be left where it is, is.
    seed
        More than 0.

    Returns
    -------
    int
        Rounds made.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    room = borrowed(room)
    desk = borrowed(desk)
    chain = borrowed(chain)
    ruin = borrowed(ruin)
    best = borrowed(best)
    own = borrowed(own)
    sites = len(own)
    for site in range(table[T_SITES]):
        chain[nth(chain, C_MARK, site)] = NEVER
    for k in range(sites):
        site = own[k]
        chain[nth(chain, C_MARK, site)] = 0
        cost = cost_of(table, room, site)
        ruin[U_LEFT] += cost // LEFT
        ruin[U_VISITS] += cost % LEFT
        if cost > best[site]:
            _watch(ruin, site, True)
        # Nothing is known as the best yet.
        _change(ruin, site)
    heat = min(WARMEST, WARM * whole // max(sites, 1))
    state, now, cool = seed, 0, 0
    while now < rounds and ruin[U_COUNT] > 0:
        now += 1
        light = (before + now) * 100 <= whole * LIGHT_PART
        state = stir(state)
        site = ruin[nth(ruin, U_WAITING, (state >> 4) % ruin[U_COUNT])]
        state = stir(state)
        if warm and state % 4 == 0:
            site = own[(state >> 4) % sites]
        elif ruin[nth(ruin, U_FAILED, site)] >= each:
            _watch(ruin, site, False)
            continue
        ruin[nth(ruin, U_FAILED, site)] += 1
        want = FEWEST + (state >> 8) % (MANY - FEWEST)
        state = stir(state)
        # Where only gains are kept, nothing but a larger round leads out of a dead end.
        ample = not warm and (state >> 20) % 2 == 0
        n = _gather(table, groups, room, desk, chain, site, now, want, ample, state)
        before_left, before_visits, left, visits = 0, 0, 0, 0
        for k in range(n):
            other = chain[nth(chain, C_SITE, k)]
            save(table, room, chain, k, other)
            before_left += chain[nth(chain, C_COST, k)] // LEFT
            before_visits += chain[nth(chain, C_COST, k)] % LEFT
            left += best[other] // LEFT
            visits += best[other] % LEFT
        state = _order(table, chain, ruin, n, state)
        more = 0
        if warm:
            state = stir(state)
            cool = heat * (whole - before - now) // whole
            while more < WORST and (state & 0xFFFF) < cool:
                more += 1
                state = stir(state)
        else:
            more = -1
        weight = LEFT
        if warm and light:
            weight = LIGHT
        good = True
        for j in range(n):
            other = chain[nth(chain, C_SITE, ruin[nth(ruin, U_KEY, j)])]
            state = stir(state)
            salt = 0
            if state % 4 != 0:
                salt = 1 + (state >> 10)
            k = ruin[nth(ruin, U_KEY, j)]
            if (
                fixed(table, T_CHECK_AT, other + 1) - fixed(table, T_CHECK_AT, other) > SMALL
                and salt != 0
            ):
                had = chain[nth(chain, C_COUNT, k)]
                limit = (chain[nth(chain, C_COST, k)] // LEFT) * LOST + (had + 2) * VISIT
                rework_big(
                    table,
                    room,
                    other,
                    desk,
                    chain,
                    cell(chain, C_MASK, k, 0),
                    cell(chain, C_DAY, k, 0),
                    had,
                    0,
                    salt,
                    limit,
                )
                cost = (
                    LEFT * count_bits(desk[nth(desk, D_RESULT, 1)]) + desk[nth(desk, D_RESULT, 0)]
                )
            else:
                cost = choose(table, groups, room, other, desk, 0, salt, ROUNDS, -1)
            place(table, groups, room, other, desk)
            left += cost // LEFT - best[other] // LEFT
            visits += cost % LEFT - best[other] % LEFT
            # Those still to come do no better than alone.
            if weight * (left - before_left) + visits - before_visits > more:
                good = False
                break
        if not good:
            undo(table, room, chain, n)
            continue
        if _better(before_left, before_visits, left, visits) and (
            ruin[U_KEPT] == 0
            or _better(ruin[U_LEFT], ruin[U_VISITS], ruin[U_BEST_LEFT], ruin[U_BEST_VISITS])
        ):
            _keep_best(table, room, chain, ruin, n, now)
        ruin[U_LEFT] += left - before_left
        ruin[U_VISITS] += visits - before_visits
        gained = _better(left, visits, before_left, before_visits)
        for k in range(n):
            other = chain[nth(chain, C_SITE, k)]
            _change(ruin, other)
            if gained:
                ruin[nth(ruin, U_FAILED, other)] = 0
            _watch(
                ruin,
                other,
                cost_of(table, room, other) > best[other]
                and ruin[nth(ruin, U_FAILED, other)] < each,
            )
    for site in range(table[T_SITES]):
        chain[nth(chain, C_MARK, site)] = 0
    if (
        before + rounds >= whole
        and ruin[U_KEPT] == 1
        and _better(ruin[U_BEST_LEFT], ruin[U_BEST_VISITS], ruin[U_LEFT], ruin[U_VISITS])
    ):
        _restore_best(table, room, desk, ruin)
    return now
