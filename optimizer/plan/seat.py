"""Place enterprises on a board by the compiled kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optimizer.plan.board import Board
from optimizer.plan.days import bits
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.big import put_visit
from optimizer.plan.kernel.desk import Desk, make_desk
from optimizer.plan.kernel.groups import Groups, list_groups
from optimizer.plan.kernel.room import R_DAY, R_MASK, R_VISITS, Room, lift, make_room, use
from optimizer.plan.kernel.ruin import make_ruin, rebuild
from optimizer.plan.kernel.search import (
    LEFT,
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
    squeeze,
)
from optimizer.plan.local import best as best_of_many
from optimizer.plan.problem import Problem
from optimizer.plan.site import Mask, Site

ROUNDS = 60
"""Rebuilds of an enterprise with many checks when it is placed first."""

MOVES, MANY, FIRST = 20, 400, 4
"""Moves for each unit of effort; where more enterprises are in excess, up to so many more, and so
many for each of them."""

TURNS, FEWEST = 20, 10
"""Of effort for each move in a row without gain after which an enterprise is given up; and the
fewest such moves."""

FEW = 5_000
"""Enterprises up to which there are rounds enough for annealing to pay."""

REBUILDS, LARGE, EACH = 2_000, 200, 8
"""Most rounds for each unit of effort with few enterprises, and with more; and for each
enterprise in excess when they begin."""

PATIENCE = 20
"""A part of the rounds that may go to one enterprise in a row without gain."""

REACH = (16, 8)
"""Most enterprises that one move touches, in the first and in the second half of the moves."""


@dataclass(frozen=True, slots=True)
class Seated:
    """What the kernels found.

    Attributes
    ----------
    alone
        By enterprise: checks left out and visits if all capacity were its own.
    moves
        Moves and rounds made.
    """

    alone: dict[int, tuple[int, int]]
    moves: int


def seat(board: Board, moving: Sequence[Site], *, effort: int) -> Seated:
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
        return Seated({}, 0)
    table, groups, desk, room, best = _alone(problem, sites)
    frees = [free_of(site) for site in sites]
    standing = {site.index: board.clear(site) for site in sites if board.places[site.index]}
    for row, line in enumerate(board.left):
        for day, (left, size) in enumerate(zip(line, problem.rows[row].room, strict=True)):
            if left != size:
                use(table, room, row, day, size - left)
    for k, site in enumerate(sites):
        for day, mask in standing.get(site.index, {}).items():
            put_visit(table, room, k, squeeze(mask, frees[k]), day, desk)
    again = {site.index for site in moving}
    order = [
        k
        for *_, k in sorted(
            (min(site.hard[i].bit_count() for i in frees[k]), -len(frees[k]), k)
            for k, site in enumerate(sites)
            if site.index in again
        )
    ]
    fresh = [k for k in order if not standing.get(sites[k].index)]
    place_all(table, groups, room, desk, np.array(fresh, np.int64), ROUNDS)
    for k in order:
        stood, had = standing.get(sites[k].index), int(cost_of(table, room, k))
        if not stood or had <= best[k]:
            continue
        lift(table, room, k)
        place_all(table, groups, room, desk, np.array([k], np.int64), ROUNDS)
        if cost_of(table, room, k) >= had:
            lift(table, room, k)
            for day, mask in stood.items():
                put_visit(table, room, k, squeeze(mask, frees[k]), day, desk)
    chain = make_chain(table)
    moves = 0
    tries = max(MOVES * effort, min(MANY * effort, FIRST * int(over(table, room, best))))
    turns = max(FEWEST, 1 + effort // TURNS)
    for turn, most in enumerate(REACH):
        moves += improve(
            table, groups, room, desk, chain, best, tries // len(REACH), turns, most, 7 + turn
        )
    most = REBUILDS if len(sites) <= FEW else LARGE
    rounds = effort * min(most, EACH * int(over(table, room, best)))
    each = 1 + (effort if standing or len(sites) > FEW else rounds // PATIENCE)
    ruin = make_ruin(table)
    moves += rebuild(table, groups, room, desk, chain, ruin, best, rounds, each, not standing, 11)
    total = int(table[T_SITES])
    first = view(table, T_CHECK_AT, total + 1)
    visits = view(room, R_VISITS, total)
    masks, days = view(room, R_MASK, int(first[-1])), view(room, R_DAY, int(first[-1]))
    for k, site in enumerate(sites):
        for slot in range(int(first[k]), int(first[k] + visits[k])):
            mask = _spread(int(masks[slot]), frees[k])
            board.put(site, problem.group(site, mask), int(days[slot]))
    return Seated(_costs(sites, best), moves)


def alone_of(problem: Problem) -> dict[int, tuple[int, int]]:
    """Return for enterprises checks left out and visits if all capacity were their own."""
    sites = _few(problem)
    return _costs(sites, _alone(problem, sites)[-1]) if sites else {}


def _few(problem: Problem) -> list[Site]:
    """Return the enterprises whose free checks fit in a mask of one word."""
    return [s for s in problem.sites if 0 < len(free_of(s)) <= MOST]


def _alone(problem: Problem, sites: Sequence[Site]) -> tuple[Table, Groups, Desk, Room, Any]:
    """Return the kernels' arrays of some enterprises, and what each could do alone, (S,).

    The room is still empty: nothing was placed to find this out.
    """
    table = make_table(problem, sites)
    desk = make_desk(table)
    groups = list_groups(table, desk)
    room = make_room(table)
    return table, groups, desk, room, alone(table, groups, room, desk, ROUNDS)


def _costs(sites: Sequence[Site], best: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return checks left out and visits, those pinned included, by enterprise."""
    return {
        site.index: (int(cost) // LEFT, int(cost) % LEFT + len(site.pinned))
        for site, cost in zip(sites, best, strict=True)
    }


def _spread(mask: Mask, free: Sequence[int]) -> Mask:
    return sum(1 << free[k] for k in bits(mask))
