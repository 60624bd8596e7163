"""The aims in their order: counted rightly, and none paid for by one before it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_instances import Instance, Mix, make_instance
from small_town import check, town
from verified import hold

from benchmarks.plan_instances import make_plan_instance
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet
from optimizer.domain.visit import Visit
from optimizer.plan import Plan
from optimizer.plan.aims import Aims, aims_of
from optimizer.plan.board import Board, Places
from optimizer.plan.bound import lower_bounds
from optimizer.plan.days import bits
from optimizer.plan.former import former_of
from optimizer.plan.kernel.polish import (
    LATE,
    NEVER,
    P_FREE,
    TRAVEL,
    UNEVEN,
    drop,
    lacking,
    lift,
    may_stand,
    price,
)
from optimizer.plan.polish import polish
from optimizer.plan.problem import Problem, build_problem
from optimizer.plan.seat import seat
from optimizer.plan.solve import start
from optimizer.plan.transcript import make_plan
from optimizer.plan.trips import make_trips, put_back, stops_of

MIXES = st.builds(
    Mix,
    checks=st.integers(1, 60),
    departments=st.integers(2, 3),
    days=st.integers(10, 40),
    utilisation=st.sampled_from([0.5, 0.9]),
    tail=st.sampled_from([0.5, 0.9]),
    triggered=st.sampled_from([0.1, 0.4]),
    zones=st.sampled_from([0.0, 0.5]),
    joint=st.sampled_from([0.0, 0.5]),
    planned_rides=st.booleans(),
    start=st.sampled_from([date(2026, 3, 2), date(2026, 12, 7)]),
    settings=st.fixed_dictionaries({"gap_days": st.sampled_from([0, 4])}),
)


def settled(instance: Instance, seed: int) -> Instance:
    """The instance with its enterprises in townships."""
    rng = random.Random(seed)
    enterprises = {
        name: replace(one, township=rng.choice(["east", "west", "north", ""]), lat=35.1, lon=113.2)
        for name, one in instance.registers.enterprises.items()
    }
    return replace(instance, registers=replace(instance.registers, enterprises=enterprises))


def counted(problem: Problem, plan: Plan) -> Aims:
    """The aims from the visits of the plan, not from the board."""
    checks = {c.id: c for site in problem.sites for c in site.checks}
    at: dict[str, int] = {}
    used: dict[tuple[str, date], int] = {}
    places: dict[tuple[str, date], set[Any]] = {}
    late = 0
    for visit in plan.visits:
        at[visit.enterprise] = at.get(visit.enterprise, 0) + 1
        one = problem.registers.enterprises[visit.enterprise]
        where = (one.county, one.township) if one.township else "cell"
        for s in visit.seats:
            key = s.unit, visit.day
            used[key] = used.get(key, 0) + s.inspectors * s.effort
            places.setdefault(key, set()).add(where)
        for c in (checks[name] for name in visit.checks):
            if c.kind == "triggered":
                late += c.severity * (visit.day - c.release).days
    room = problem.capacity.capacity
    return Aims(
        len(plan.left_out),
        len(plan.visits),
        max(at.values(), default=0),
        0,
        late,
        sum(10_000 * n * n // room[u][problem.calendar.index(d)] for (u, d), n in used.items()),
        sum(len(some) - 1 for some in places.values()),
    )


def placed(instance: Instance) -> tuple[Problem, Board]:
    """A board as it is before polishing."""
    problem = build_problem(**instance.arguments())
    board = start(problem)
    seat(board, problem.sites, effort=1)
    return problem, board


@settings(max_examples=90, deadline=None, suppress_health_check=list(HealthCheck))
@given(MIXES, st.integers(0, 10**6), st.sampled_from(["first", "step", "filed"]))
def test_no_later_aim_costs_an_earlier_one(mix: Mix, seed: int, before_it: str) -> None:
    """Polishing lowers the aims in their order or leaves them; every rule is kept after it.

    Where the plan before was but a step to the first plan, its days come last of all.
    """
    instance = settled(make_instance(mix, seed), seed)
    problem, board = placed(instance)
    lowers = lower_bounds(problem)
    first = make_plan(board, lowers, solver={})
    assert aims_of(board) == counted(problem, first)
    previous = () if before_it == "first" else shifted(problem, first, seed)
    former = former_of(problem, previous).places
    filed = before_it == "filed"
    moving = problem.sites if filed else problem.sites[:: 1 + seed % 2]

    def aims() -> tuple[int, ...]:
        found = aims_of(board, previous)
        return found if filed else (*found[:3], *found[4:], found.changed)

    for turn in range(2):
        before = aims()
        polish(board, moving, lowers, former, stand_of(board) if filed else None)
        after = aims()
        assert after <= before
        if not turn and after[:3] == before[:3]:
            assert after[3] <= before[3]
        plan = make_plan(board, lowers, solver={})
        hold(instance, plan)
        assert aims_of(board)[:-1] == counted(problem, plan)[:-1]


def shifted(problem: Problem, plan: Plan, seed: int) -> tuple[Visit, ...]:
    """The visits of a plan, half of them on any day, no two of one enterprise on the same."""
    rng = random.Random(seed)
    found: dict[tuple[str, date], Visit] = {}
    for visit in plan.visits:
        day = problem.calendar.day(rng.randrange(len(problem.calendar)))
        one = replace(visit, day=rng.choice([day, visit.day]))
        found.setdefault((one.enterprise, one.day), one)
    return tuple(found.values())


def stand_of(board: Board) -> list[Places]:
    """What stands, by enterprise."""
    return [dict(places) for places in board.places]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(MIXES, st.integers(0, 10**6))
def test_the_price_of_a_move_is_what_it_does(mix: Mix, seed: int) -> None:
    """A move changes the aims by what the kernel says, each by its own part of the number."""
    instance = settled(make_instance(mix, seed), seed)
    problem, board = placed(instance)
    previous = make_plan(board, lower_bounds(problem), solver={}).visits
    stops = stops_of(board)
    former = former_of(problem, previous).places
    trips = make_trips(board, stops, range(len(problem.sites)), former)
    rng = random.Random(seed)
    for v in rng.sample(range(len(stops)), min(5, len(stops))):
        site, group, day = stops[v]
        if not trips[trips[P_FREE] + v]:
            continue
        lift(trips, v)
        days = [
            d
            for d in bits(group.open)
            if d != day and may_stand(trips, v, d) and lacking(trips, v, d) < 0
        ]
        if days:
            other = rng.choice(days)
            whole = price(trips, v, other, NEVER)
            said = whole - price(trips, v, day, NEVER)
            for most in (0, whole - 1, whole, whole + 1):
                short = price(trips, v, other, most)
                assert short == whole or most <= short <= whole
            drop(trips, v, other)
            before = aims_of(board, previous)
            put_back(board, stops, trips)
            after = aims_of(board, previous)
            changed, late, uneven, travel = (
                b - a for a, b in zip(before[3:], after[3:], strict=True)
            )
            assert said == LATE * late + UNEVEN * uneven + TRAVEL * travel + changed
            assert before[:3] == after[:3]
            board.take(site, other)
            board.put(site, group, day)
            lift(trips, v)
        drop(trips, v, day)


def scattered(board: Board, seed: int) -> None:
    """Put every visit on a day drawn from those it may have, beside the others as they stand."""
    rng = random.Random(seed)
    for site in board.problem.sites:
        for group, day in board.placed(site):
            board.take(site, day)
            days = list(bits(board.room(group) & ~board.near(group, board.placed(site))))
            board.put(site, group, rng.choice(days))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_aim_improves_at_equal_visits(seed: int) -> None:
    """On the benchmark's county, with the visits unchanged: earlier, more even, shorter.

    The visits begin on days drawn at random, so that what is asked of the polish does not depend
    on how good the days were that they were first given.
    """
    problem = build_problem(**make_plan_instance("S", 80, seed).arguments())
    board = start(problem)
    seat(board, problem.sites, effort=5)
    scattered(board, seed)
    before = aims_of(board)
    polish(board, problem.sites, lower_bounds(problem))
    after = aims_of(board)
    assert after[:3] == before[:3]
    assert after.late < 0.9 * before.late
    assert after.uneven < 0.98 * before.uneven
    assert after.travel < 0.9 * before.travel


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_aim_improves_from_the_first_days(seed: int) -> None:
    """What the kernels leave, even as it is, becomes earlier, more even and shorter too."""
    problem = build_problem(**make_plan_instance("S", 80, seed).arguments())
    board = start(problem)
    seat(board, problem.sites, effort=40)
    before = aims_of(board)
    polish(board, problem.sites, lower_bounds(problem))
    after = aims_of(board)
    assert after[:3] == before[:3]
    assert after.late < 0.9 * before.late
    assert after.uneven < before.uneven
    assert after.travel < 0.9 * before.travel


def bare(instance: Instance, days: dict[str, int]) -> tuple[Problem, Board]:
    """A board with one visit for each check that is named, on a day of January."""
    problem = build_problem(**instance.arguments())
    board = start(problem)
    for site in problem.sites:
        for i, one in enumerate(site.checks):
            if one.id in days:
                board.put(site, problem.group(site, 1 << i), days[one.id] - 5)
    return problem, board


def stand(problem: Problem, board: Board) -> dict[str, int]:
    """Check → day of January."""
    return {
        site.checks[i].id: problem.calendar.day(day).day
        for site in problem.sites
        for group, day in board.placed(site)
        for i in bits(group.mask)
    }


WHOLE_DAY = {"mine-1": Item("mine-1", "", "mine", effort=2)}


def test_a_planned_visit_makes_way_for_a_triggered_one() -> None:
    """Where one visit a day is possible, the triggered one gets the first day."""
    instance = town(
        [
            check(1, (5, 6), enterprise="A"),
            check(2, (5, 6), enterprise="B", source="complaint"),
        ],
        RuleSet(),
        people=2,
        items=WHOLE_DAY,
    )
    problem, board = bare(instance, {"c1": 5, "c2": 6})
    polish(board, problem.sites, lower_bounds(problem))
    assert stand(problem, board) == {"c1": 6, "c2": 5}


def test_visits_of_one_township_gather() -> None:
    """On two days with room for two visits each, a unit stays in one township a day."""
    names = {"A": "east", "B": "west", "C": "east", "D": "west"}
    instance = town(
        [check(n, (5, 6), enterprise=e) for n, e in enumerate(names, start=1)],
        RuleSet(),
        people=2,
    )
    enterprises = {
        e: replace(one, township=names[e]) for e, one in instance.registers.enterprises.items()
    }
    instance = replace(instance, registers=replace(instance.registers, enterprises=enterprises))
    problem, board = bare(instance, {"c1": 5, "c2": 5, "c3": 6, "c4": 6})
    assert aims_of(board).travel == 2
    polish(board, problem.sites, lower_bounds(problem))
    assert aims_of(board).travel == 0
    assert aims_of(board).uneven == 80_000


def test_a_visit_goes_back_to_the_day_it_had() -> None:
    """At equal earlier aims a replan has a visit where it was, solved again or not."""
    instance = town([check(1, (5, 9), enterprise="A")], RuleSet())
    problem, board = bare(instance, {"c1": 7})
    previous = make_plan(board, lower_bounds(problem), solver={}).visits
    for moving, filed in (((), False), (problem.sites, False), (problem.sites, True)):
        problem, board = bare(instance, {"c1": 5})
        assert aims_of(board, previous).changed == 1
        stood = stand_of(board) if filed else None
        former = former_of(problem, previous).places
        polish(board, moving, lower_bounds(problem), former, stood)
        assert aims_of(board, previous).changed == 0
        assert stand(problem, board) == {"c1": 7}


def test_what_was_filed_does_not_move_for_a_later_aim() -> None:
    """A triggered visit that was filed for a later day stays there; a new plan has it first."""
    checks = [check(1, (5, 9), enterprise="A", source="complaint")]
    problem, board = bare(town(checks, RuleSet()), {"c1": 7})
    previous = make_plan(board, lower_bounds(problem), solver={}).visits
    former = former_of(problem, previous).places
    polish(board, problem.sites, lower_bounds(problem), former, stand_of(board))
    assert stand(problem, board) == {"c1": 7}
    polish(board, problem.sites, lower_bounds(problem))
    assert stand(problem, board) == {"c1": 5}


def test_another_changed_visit_makes_way() -> None:
    """A goes back to the 5th, where B stands that has to be filed anyway and can go elsewhere."""
    checks = [check(1, (5, 7), enterprise="A"), check(2, (5, 7), enterprise="B")]
    instance = town(checks, RuleSet(), people=2, items=WHOLE_DAY)
    problem, board = bare(instance, {"c1": 5})
    previous = make_plan(board, lower_bounds(problem), solver={}).visits
    problem, board = bare(instance, {"c1": 6, "c2": 5})
    former = former_of(problem, previous).places
    polish(board, problem.sites, lower_bounds(problem), former, stand_of(board))
    assert aims_of(board, previous).changed == 1
    assert stand(problem, board)["c1"] == 5


def test_the_most_at_one_enterprise_is_lowered() -> None:
    """Three visits at one, of which two fit where another's visit makes room by being split."""
    instance = town(
        [
            check(1, 5, enterprise="A"),
            check(2, (6, 7), enterprise="A"),
            check(3, (7, 8), enterprise="A"),
            check(4, (7, 9), enterprise="B"),
            check(5, (7, 9), enterprise="B"),
        ],
        RuleSet(),
        people=2,
        items=WHOLE_DAY,
    )
    problem, board = bare(instance, {"c1": 5, "c2": 6, "c3": 8})
    b = problem.sites[1]
    board.put(b, problem.group(b, 3), 2)
    before = aims_of(board)
    assert before[:3] == (0, 4, 3)
    polish(board, problem.sites, lower_bounds(problem))
    assert aims_of(board)[:3] == (0, 4, 2)
    hold(instance, make_plan(board, lower_bounds(problem), solver={}))


def test_nothing_to_plan_comes_to_an_end() -> None:
    """Without checks, or with none that can be placed, polishing ends at once."""
    for checks in ([], [check(1, (3, 4))]):
        problem, board = bare(town(checks, RuleSet()), {})
        polish(board, problem.sites, lower_bounds(problem))
        assert aims_of(board) == (len(checks), 0, 0, 0, 0, 0, 0)
