"""Rounds of taking off and placing again, and the least cost of parting checks into groups."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from plan_instances import Mix, make_instance

from benchmarks.plan_instances import make_plan_instance
from optimizer.plan import build_problem
from optimizer.plan.bound import lower_bounds
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.big import LEFT
from optimizer.plan.kernel.chance import stir
from optimizer.plan.kernel.choose import LOST, NEVER, VISIT, begin, least
from optimizer.plan.kernel.desk import D_COST, SMALL, Desk
from optimizer.plan.kernel.groups import G_AT, G_MASK, Groups
from optimizer.plan.kernel.room import (
    R_DAY,
    R_LEFT,
    R_MASK,
    R_VISITS,
    Room,
    make_room,
    seen_by,
)
from optimizer.plan.kernel.ruin import make_ruin, rebuild
from optimizer.plan.kernel.search import cost_of, make_chain, place_all
from optimizer.plan.kernel.table import MOST, T_CHECK_AT, T_DAYS, T_ROWS, T_SITES, Table
from optimizer.plan.problem import Problem
from optimizer.plan.seat import _alone, _few, alone_of

TIGHT = Mix(checks=150, counties=1, departments=2, days=40, utilisation=1.3)

Placed = tuple[Table, Groups, Desk, Room, Any]


def placed(problem: Problem) -> Placed:
    """The kernels' arrays with everybody placed once, in the order of the problem."""
    sites = _few(problem)
    table, groups, desk, _, best = _alone(problem, sites)
    room = make_room(table)
    place_all(table, groups, room, desk, np.arange(len(sites)), 10)
    return table, groups, desk, room, best


def cost(table: Table, room: Room) -> tuple[int, int]:
    """Checks left out, and visits."""
    costs = [int(cost_of(table, room, site)) for site in range(int(table[T_SITES]))]
    return sum(c // LEFT for c in costs), sum(c % LEFT for c in costs)


def stands(table: Table, room: Room) -> list[list[tuple[int, int]]]:
    """By enterprise its visits: day and checks."""
    sites = int(table[T_SITES])
    first = view(table, T_CHECK_AT, sites + 1)
    count = view(room, R_VISITS, sites)
    masks, days = (view(room, name, int(first[-1])) for name in (R_MASK, R_DAY))
    return [
        sorted(
            (int(days[k]), int(masks[k]))
            for k in range(int(first[site]), int(first[site] + count[site]))
        )
        for site in range(sites)
    ]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize("rounds", [1, 40, 2000])
def test_never_worse_and_never_beyond_the_room(seed: int, warm: bool, rounds: int) -> None:
    """However far the rounds strayed, the best is back at the end, and every day has room."""
    table, groups, desk, room, best = placed(
        build_problem(**make_instance(TIGHT, seed).arguments())
    )
    before = cost(table, room)
    made = rebuild(
        table,
        groups,
        room,
        desk,
        make_chain(table),
        make_ruin(table),
        best,
        np.arange(len(best)),
        rounds,
        0,
        rounds,
        rounds,
        warm,
        1 + seed,
    )
    assert made <= rounds
    assert cost(table, room) <= before
    rows, days = int(table[T_ROWS]), int(table[T_DAYS])
    assert view(room, R_LEFT, rows).reshape(rows, days).min() >= 0
    for site, visits in enumerate(stands(table, room)):
        masks = [mask for _, mask in visits]
        assert sum(masks) == int(seen_by(table, room, site))
        assert len({day for day, _ in visits}) == len(visits)


@pytest.mark.parametrize("seed", range(4))
def test_only_gains_move_anything_where_visits_stand(seed: int) -> None:
    """Round by round: without a gain every visit is where it was."""
    table, groups, desk, room, best = placed(
        build_problem(**make_instance(TIGHT, seed).arguments())
    )
    gained = 0
    for turn in range(60):
        before, stood = cost(table, room), stands(table, room)
        rebuild(
            table,
            groups,
            room,
            desk,
            make_chain(table),
            make_ruin(table),
            best,
            np.arange(len(best)),
            1,
            0,
            1,
            1,
            False,
            1 + turn,
        )
        after = cost(table, room)
        gained += after < before
        assert after < before or stands(table, room) == stood
    assert gained > 0


def test_a_tight_county_is_placed_almost_whole() -> None:
    """One team a unit at 95 %: what placing leaves out falls to a tenth."""
    table, groups, desk, room, best = placed(
        build_problem(**make_plan_instance("S", 95, 2).arguments())
    )
    before = cost(table, room)
    rebuild(
        table,
        groups,
        room,
        desk,
        make_chain(table),
        make_ruin(table),
        best,
        np.arange(len(best)),
        12_000,
        0,
        12_000,
        12_000,
        True,
        1,
    )
    after = cost(table, room)
    assert before[0] > 40
    assert after[0] <= before[0] // 10
    assert sum(after) < 1.06 * sum(divmod(int(best.sum()), LEFT))


def test_nothing_is_done_where_nobody_is_in_excess() -> None:
    """No round is made for enterprises that are at their best."""
    mix = Mix(checks=20, utilisation=0.1, clash=0.0)
    table, groups, desk, room, best = placed(build_problem(**make_instance(mix, 1).arguments()))
    made = rebuild(
        table,
        groups,
        room,
        desk,
        make_chain(table),
        make_ruin(table),
        best,
        np.arange(len(best)),
        500,
        0,
        500,
        50,
        True,
        1,
    )
    assert made == 0


@pytest.mark.parametrize("seed", range(3))
def test_whoever_is_not_among_those_that_may_be_taken_off_stays(seed: int) -> None:
    """Every other enterprise alone moves; the rest stands where it stood."""
    table, groups, desk, room, best = placed(
        build_problem(**make_instance(TIGHT, seed).arguments())
    )
    stood = stands(table, room)
    rebuild(
        table,
        groups,
        room,
        desk,
        make_chain(table),
        make_ruin(table),
        best,
        np.arange(0, len(best), 2),
        800,
        0,
        800,
        800,
        True,
        1 + seed,
    )
    after = stands(table, room)
    assert after[1::2] == stood[1::2]
    assert after[::2] != stood[::2]


def test_chance_never_gets_stuck() -> None:
    """32 bits, never 0, without a short period."""
    seen, state = set(), 1
    for _ in range(10_000):
        state = stir(state)
        assert 0 < state < 1 << 32
        seen.add(state)
    assert len(seen) == 10_000


def plain_least(costs: Mapping[int, int]) -> Callable[[int], int]:
    """The least cost of doing some checks, by its definition."""

    @cache
    def plain(rest: int) -> int:
        if rest == 0:
            return 0
        low = rest & -rest
        found = [LOST + plain(rest ^ low)]
        found += [c + plain(rest ^ m) for m, c in costs.items() if m & low and m & ~rest == 0]
        return min(found)

    return plain


@pytest.mark.parametrize("seed", range(6))
def test_least_cost_is_the_least_over_all_partitions(seed: int) -> None:
    """With prices at random, some groups without a day: as found by trying everything."""
    chance = random.Random(seed)
    problem = build_problem(**make_instance(Mix(checks=90, counties=1, tail=0.7), seed).arguments())
    table, groups, desk, _, _ = _alone(problem, _few(problem))
    sites = int(table[T_SITES])
    first, at = view(table, T_CHECK_AT, sites + 1), view(groups, G_AT, sites + 1)
    masks = view(groups, G_MASK, int(at[-1]))
    prices = view(desk, D_COST, 1 << 12)
    tried = 0
    for site in range(sites):
        n = int(first[site + 1] - first[site])
        if n > 8:
            continue
        own = [int(mask) for mask in masks[int(at[site]) : int(at[site + 1])]]
        costs = {
            mask: VISIT + chance.randrange(1 << 20)
            for mask in own
            if mask.bit_count() == 1 or chance.random() < 0.7
        }
        # A single check has a day wherever a set with it has one, or none with it does.
        shut = 0
        for mask in [m for m in costs if m.bit_count() == 1 and chance.random() < 0.1]:
            del costs[mask]
            shut |= mask
        prices[: 1 << n] = NEVER
        for mask, price in costs.items():
            prices[mask] = price
        begin(table, groups, site, desk)

        plain = plain_least(costs)
        for rest in {(1 << n) - 1, *(chance.randrange(1 << n) for _ in range(6))}:
            assert least(groups, desk, LOST, rest) == plain(rest)
            tried += 1
    assert tried > 60


def test_what_an_enterprise_can_do_alone_does_not_depend_on_when_the_search_stops() -> None:
    problem = build_problem(**make_plan_instance("M", 80, 1).arguments())
    lowers = lower_bounds(problem)
    found = alone_of(problem, lowers)
    assert found == alone_of(problem)
    many = [site.index for site in problem.sites if SMALL < len(site.checks) <= MOST]
    assert sum(sum(found[k]) == lowers[k].groups for k in many) > len(many) // 2
