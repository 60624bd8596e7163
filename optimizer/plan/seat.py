"""Place enterprises on a board by the compiled kernels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.plan.board import Board
from optimizer.plan.bound import Lower
from optimizer.plan.counties import PATIENCE, rounds_by_county
from optimizer.plan.days import bits
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.augment import give_best, make_line, take_in
from optimizer.plan.kernel.big import LEFT, put_visit
from optimizer.plan.kernel.crowd import crowd_in, make_crowd
from optimizer.plan.kernel.desk import Desk, make_desk
from optimizer.plan.kernel.eject import FAR, NEAR, make_tree, take_in_by_trees
from optimizer.plan.kernel.fewest import list_fewest
from optimizer.plan.kernel.groups import Groups, list_groups
from optimizer.plan.kernel.negotiate import negotiate
from optimizer.plan.kernel.room import R_DAY, R_MASK, R_VISITS, Room, lift, make_room, use
from optimizer.plan.kernel.ruin import make_ruin, rebuild
from optimizer.plan.kernel.search import (
    alone,
    cost_of,
    improve,
    make_chain,
    over,
    place_all,
)
from optimizer.plan.kernel.table import (
    MOST,
    T_CHECK_AT,
    T_SITES,
    Table,
    free_of,
    make_table,
    rows_of,
    squeeze,
)
from optimizer.plan.local import best as best_of_many
from optimizer.plan.problem import Problem
from optimizer.plan.relief import relieve
from optimizer.plan.site import Mask, Site

ROUNDS, SWIFT = 60, 20
"""Rebuilds of an enterprise with many checks to learn what it can do alone, and when it is placed
first; and where there are more than `FEW` enterprises, when it is placed first."""

SWEEPS, SOME = (200, 2), (80, 5)
"""Sweeps at most in which all agree on their first places (`kernel.negotiate`), and effort for each
more: where there are many enterprises; and, for each two more, with few."""

MOVES, MANY, FIRST = 20, 400, 2
"""Moves for each unit of effort; where more enterprises are in excess, up to so many more, and so
many for each of them."""

TURNS, FEWEST = 20, 10
"""Of effort for each move in a row without gain after which an enterprise is given up; and the
fewest such moves."""

FEW = 5_000
"""Enterprises up to which there are rounds enough for annealing to pay."""

REBUILDS = 2_500
"""Most rounds for each unit of effort with few enterprises."""

LARGE = 28
"""Most rounds for each unit of effort and thousand enterprises where there are many."""

EACH, AT_FIRST = 24, 100
"""Rounds for each unit of effort and enterprise in excess when they begin; and with few enterprises
where nothing stands."""

AGAIN = 12
"""Where something stands only gains are taken at first; of the rounds that annealing would have for
what is left, one in so many follows, as visits come before change."""

PUSH, PUSHES = 4, 60
"""Where there is no annealing: moves for each unit of effort, up to a most, for an enterprise
that still leaves out more checks than it must."""

REACH = (16, 8)
"""Most enterprises that one move touches, in the first and in the second half of the moves."""

STEPS, PUSHING = 600, 6
"""Steps of a try to put a check left out in beyond the room, and more for each unit of effort."""


@dataclass(frozen=True, slots=True)
class Seated:
    """What the kernels found.

    Attributes
    ----------
    alone
        By enterprise: checks left out and visits if all capacity were its own.
    moves
        Moves and rounds made.
    crowded
        Whether checks left out were put in beyond the room, as is done in a plan from nothing:
        chains of `optimizer.plan.chains` then find no more for who can do what is proven.
    """

    alone: dict[int, tuple[int, int]]
    moves: int
    crowded: bool


def seat(
    board: Board,
    moving: Sequence[Site],
    *,
    effort: int,
    lowers: Sequence[Lower] = (),
    workers: int = 1,
) -> Seated:
    """Place the enterprises of `moving`, and let those in excess push others aside.

    Parameters
    ----------
    board
        With the visits that stand; those that are not pinned may move to other days, but nobody
        gets more of them. Where something stands only gains are taken; else also detours.
    moving
        Those to be placed; of one with visits that stand, only if it could do better.
    effort
        How many moves and rounds.
    lowers
        Lower bounds of all enterprises, if they are known: who reaches its own is not tried again.
    workers
        Threads of the rounds where there are many enterprises; the result does not depend on it.
    """
    problem = board.problem
    many = [s for s in moving if len(free_of(s)) > MOST]
    for site in many:
        before = board.clear(site)
        choice = best_of_many(board, site)
        lost = len(free_of(site)) - sum(mask.bit_count() for mask in before.values())
        if choice.cost < (lost, len(before)):
            for group, day in choice.visits:
                board.put(site, group, day)
        else:
            board.restore(site, before)
    sites = _few(problem)
    if not sites:
        return Seated({}, 0, crowded=False)
    few = len(sites) <= FEW
    table, groups, desk, room, best = _alone(problem, sites, lowers)
    frees = [free_of(site) for site in sites]
    cleared = ((site.index, board.clear(site)) for site in sites if board.places[site.index])
    standing = {index: places for index, places in cleared if places}
    _use_before(board, table, room)
    for k, site in enumerate(sites):
        for day, mask in standing.get(site.index, {}).items():
            put_visit(table, room, k, squeeze(mask, frees[k]), day, desk)
    again = {site.index for site in moving}
    order = [k for k, site in enumerate(sites) if site.index in again]
    if few:
        order.sort(key=lambda k: _choice(sites[k], frees[k]))
    rounds = ROUNDS if few else SWIFT
    chain = make_chain(table)
    if not standing:
        sweeps = SWEEPS[0] + effort // SWEEPS[1]
        if few:
            sweeps = SOME[0] + 2 * effort // SOME[1]
        moves = _agree(table, groups, room, desk, best, order, sweeps, rounds)
        moves += _augment(table, groups, room, desk, best, order)
    else:
        stood = [standing.get(site.index, {}) for site in sites]
        _place_beside(table, groups, room, desk, best, order, frees, stood, rounds)
        moves = _push(table, groups, room, desk, chain, best, effort)
    most = REBUILDS * effort
    if not few:
        most = LARGE * effort * len(sites) // 1_000
    every = EACH if standing or not few else AT_FIRST
    rounds = min(most, effort * every * int(over(table, room, best)))
    each = 1 + (effort if standing or not few else rounds // PATIENCE)
    if not (standing or few):
        moves += rounds_by_county(problem, sites, table, groups, room, best, rounds, workers)
    else:
        moves += _rework(table, groups, room, desk, chain, best, rounds, each, not standing, 11)
    if standing and few:
        rounds = min(most, effort * EACH * int(over(table, room, best))) // AGAIN
        each = 1 + rounds // PATIENCE
        moves += _rework(table, groups, room, desk, chain, best, rounds, each, True, 13)
    if standing and not few:
        moves += _find_room(table, groups, room, desk, chain, best, effort)
    moves += _augment(table, groups, room, desk, best, order)
    if standing:
        moves += _eject(table, groups, room, desk, best, order)
    else:
        moves += relieve(table, groups, room, desk, best, order, NEAR)
        moves += _crowd(table, groups, room, desk, best, order, effort)
        moves += relieve(table, groups, room, desk, best, order, FAR)
        moves += _augment(table, groups, room, desk, best, order)
    visits = _visits(table, room)
    # The rest makes an object for each visit: what is not needed any more makes room for them.
    del table, groups, desk, room, chain
    board.put_all(
        (site, problem.group(site, _spread(mask, free) if site.pinned else mask), day)
        for site, free, own in zip(sites, frees, visits, strict=True)
        for mask, day in own
    )
    return Seated(_costs(sites, best), moves, crowded=not standing and not many)


def _use_before(board: Board, table: Table, room: Room) -> None:
    """Take of the rows what the visits on a board take that stay where they are."""
    capacity = [board.problem.row_of[u, "capacity", ""] for u in board.problem.paired()]
    lines = [*((left, 1) for left in board.left), *((board.left[row], 2) for row in capacity)]
    rows = zip(lines, rows_of(board.problem), strict=True)
    for row, ((line, share), (_, full)) in enumerate(rows):
        for day, (left, size) in enumerate(zip(line, full, strict=True)):
            if left // share != size:
                use(table, room, row, day, size - left // share)


def _agree(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    best: Any,
    order: Sequence[int],
    sweeps: int,
    rounds: int,
) -> int:
    """Let all agree on their first places, among groups of the fewest visits; return the sweeps."""
    fewest, own = list_fewest(table, groups, desk, best), np.array(order, np.int64)
    return int(negotiate(table, groups, fewest, room, desk, own, sweeps, rounds))


def _place_beside(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    best: Any,
    order: Sequence[int],
    frees: Sequence[Sequence[int]],
    stood: Sequence[Mapping[int, Mask]],
    rounds: int,
) -> None:
    """Place the enterprises of `order` with the room that visits leave which `stood` before.

    One that has visits is placed anew where it could do better, and stays where it does not.
    """
    fresh = [k for k in order if not stood[k]]
    place_all(table, groups, room, desk, np.array(fresh, np.int64), rounds)
    for k in order:
        had = int(cost_of(table, room, k))
        if not stood[k] or had <= best[k]:
            continue
        lift(table, room, k)
        place_all(table, groups, room, desk, np.array([k], np.int64), ROUNDS)
        if cost_of(table, room, k) >= had:
            lift(table, room, k)
            for day, mask in stood[k].items():
                put_visit(table, room, k, squeeze(mask, frees[k]), day, desk)


def _push(
    table: Table, groups: Groups, room: Room, desk: Desk, chain: Any, best: Any, effort: int
) -> int:
    """Let enterprises in excess push others aside, fewer at a time in later moves."""
    tries = max(MOVES * effort, min(MANY * effort, FIRST * int(over(table, room, best))))
    turns, moves = max(FEWEST, 1 + effort // TURNS), 0
    for turn, most in enumerate(REACH):
        part = tries // len(REACH)
        moves += improve(table, groups, room, desk, chain, best, part, turns, most, 7 + turn)
    return moves


def _augment(
    table: Table, groups: Groups, room: Room, desk: Desk, best: Any, order: Sequence[int]
) -> int:
    """Take checks in, and let those in excess have what they want, by chains; return how many."""
    line, own = make_line(table), np.array(order, np.int64)
    taken = int(take_in(table, groups, room, desk, line, own, best))
    taken += int(give_best(table, groups, room, desk, line, own, best, 17))
    return taken + int(take_in(table, groups, room, desk, line, own, best))


def _eject(
    table: Table, groups: Groups, room: Room, desk: Desk, best: Any, order: Sequence[int]
) -> int:
    """Take checks in by trees of visits; return how many."""
    line, tree, own = make_line(table), make_tree(table, 23), np.array(order, np.int64)
    return int(take_in_by_trees(table, groups, room, desk, line, tree, own, best))


def _crowd(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    best: Any,
    order: Sequence[int],
    effort: int,
) -> int:
    """Take checks in beyond the room and make room, then save visits by chains; return how many."""
    own, steps = np.array(order, np.int64), STEPS + PUSHING * effort
    found = int(crowd_in(table, groups, room, desk, make_crowd(table), own, best, steps, 19))
    return found + _augment(table, groups, room, desk, best, order) if found else 0


def _rework(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    chain: Any,
    best: Any,
    rounds: int,
    each: int,
    detours: bool,
    salt: int,
) -> int:
    """Take off and place again, `rounds` times among all enterprises; return the rounds made."""
    ruin, everyone = make_ruin(table), np.arange(int(table[T_SITES]))
    where = (table, groups, room, desk, chain, ruin, best, everyone)
    return int(rebuild(*where, rounds, 0, rounds, each, detours, salt))


def _find_room(
    table: Table, groups: Groups, room: Room, desk: Desk, chain: Any, best: Any, effort: int
) -> int:
    """Push others aside for those alone that leave out more checks than they must."""
    lost = np.array([cost_of(table, room, k) // LEFT for k in range(int(table[T_SITES]))])
    short = lost > best // LEFT
    each = min(PUSHES, PUSH * effort)
    tries = min(PUSH * effort * EACH, each * int(short.sum()))
    aim = np.where(short, best, LEFT << 20)
    return int(improve(table, groups, room, desk, chain, aim, tries, max(each, 1), REACH[-1], 31))


def _visits(table: Table, room: Room) -> list[list[tuple[Mask, int]]]:
    """Return the checks and the day of each visit, by enterprise."""
    total = int(table[T_SITES])
    first = view(table, T_CHECK_AT, total + 1).tolist()
    count = view(room, R_VISITS, total).tolist()
    masks, days = view(room, R_MASK, first[-1]), view(room, R_DAY, first[-1])
    return [
        list(zip(masks[at : at + n].tolist(), days[at : at + n].tolist(), strict=True))
        for at, n in zip(first[:-1], count, strict=True)
    ]


def alone_of(problem: Problem, lowers: Sequence[Lower] = ()) -> dict[int, tuple[int, int]]:
    """Return for enterprises checks left out and visits if all capacity were their own."""
    sites = _few(problem)
    return _costs(sites, _alone(problem, sites, lowers)[-1]) if sites else {}


def _few(problem: Problem) -> list[Site]:
    """Return the enterprises whose free checks fit in a mask of one word.

    Where there are many they stand as they are placed, county by county, so that what is fetched
    from memory together is used together.
    """
    found = [s for s in problem.sites if 0 < len(free_of(s)) <= MOST]
    if len(found) > FEW:
        found.sort(key=lambda site: (site.enterprise.county, *_choice(site, free_of(site))))
    return found


def _choice(site: Site, free: Sequence[int]) -> tuple[int, int]:
    """Return what enterprises are placed by: those with the least choice of days first."""
    return min(site.hard[i].bit_count() for i in free), -len(free)


def _alone(
    problem: Problem, sites: Sequence[Site], lowers: Sequence[Lower] = ()
) -> tuple[Table, Groups, Desk, Room, Any]:
    """Return the kernels' arrays of some enterprises, and what each could do alone, (S,).

    The room is still empty: nothing was placed to find this out.
    """
    table = make_table(problem, sites)
    desk = make_desk(table)
    groups = list_groups(table, desk)
    room = make_room(table)
    # A bound is of all checks, those in pinned visits included.
    enough = [
        LEFT * lowers[site.index].left_out + lowers[site.index].groups - lowers[site.index].left_out
        if lowers and not site.pinned
        else -1
        for site in sites
    ]
    found = alone(table, groups, room, desk, ROUNDS, np.array(enough, np.int64))
    return table, groups, desk, room, found


def _costs(sites: Sequence[Site], best: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return checks left out and visits, those pinned included, by enterprise."""
    return {
        site.index: (int(cost) // LEFT, int(cost) % LEFT + len(site.pinned))
        for site, cost in zip(sites, best, strict=True)
    }


def _spread(mask: Mask, free: Sequence[int]) -> Mask:
    return sum(1 << free[k] for k in bits(mask))
