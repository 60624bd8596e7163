"""Capacity proved too small: prices that the planner finds, held to the verifier's own code."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from plan_instances import Instance, Mix, make_instance, with_odd_half_days
from small_town import check, town
from verified import hold

from optimizer.domain.days import Span
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet
from optimizer.plan import Plan, build_problem, scarce, solve
from optimizer.plan.board import Board, covered
from optimizer.plan.bound import lower_bounds
from optimizer.plan.days import bits
from optimizer.plan.problem import Problem
from optimizer.plan.scarce import Thing, find_scarce
from optimizer.plan.site import Site
from optimizer.plan.solve import solve_board
from optimizer.plan.tolls import COMPANIONS, PART, WHOLE, Costs, Line, Payers
from optimizer.verifier import verify

SHORT = Mix(200, 1, 2, days=20, windows=(5, 20), utilisation=1.4, tail=0.15, joint=0.0,
            caps=(), zones=0.0, made=0.0, month_days=None)  # fmt: skip
"""More is asked for than there is; few checks at one enterprise."""

LARGE = Mix(300, 1, 2, days=60, windows=(2, 8), utilisation=1.4, tail=0.85, joint=0.0,
            caps=(), zones=0.0, made=0.0, month_days=None, items=6, clash=5.0)  # fmt: skip
"""Likewise, with many checks at one enterprise."""


ODD = {"joint": 0.0, "caps": (), "zones": 0.0, "made": 0.0, "month_days": None,
       "skills": 0.0, "full": 0.0}  # fmt: skip
FEW_ODD = Mix(200, 1, 2, days=20, windows=(5, 20), utilisation=1.6, tail=0.15, **ODD)
MANY_ODD = Mix(300, 1, 2, days=60, windows=(2, 8), utilisation=1.6, tail=0.85, items=6, **ODD)
"""With a half-day that stays over in each unit: who leads takes two."""


def odd(mix: Mix, seed: int) -> Instance:
    """An instance in which one inspector of each unit has half a day only."""
    return with_odd_half_days(make_instance(mix, seed))


def planned(mix: Mix, seed: int) -> Plan:
    instance = make_instance(mix, seed)
    plan = solve(build_problem(**instance.arguments()), effort=5)
    hold(instance, plan)
    return plan


@pytest.mark.parametrize("seed", range(4))
def test_most_of_what_a_short_unit_leaves_out_is_proved(seed: int) -> None:
    """Prices prove most of what no enterprise alone leaves out, and the verifier agrees."""
    plan = planned(SHORT, seed)
    found = plan.document["bound"]["left_out"]
    assert found["lower"] == found["capacity"]["lower"] <= len(plan.left_out)
    lost = len(plan.left_out) - found["enterprises"]
    assert 10 * (found["lower"] - found["enterprises"]) >= 8 * lost > 0


def test_large_enterprises_pay_too() -> None:
    """Prices at enterprises with many checks hold, and without these they would prove less."""
    plan = planned(LARGE, 1)
    found = plan.document["bound"]["left_out"]
    assert max(len(site.checks) for site in plan.problem.sites) > WHOLE
    looked_at = {"part": PART, "leads": True, "companions": COMPANIONS}
    assert looked_at.items() <= found["capacity"].items()
    assert found["capacity"]["lower"] == found["lower"] > found["enterprises"]


@pytest.mark.parametrize(("mix", "seed"), [(FEW_ODD, 0), (FEW_ODD, 1), (MANY_ODD, 0)])
def test_half_days_that_stay_over(monkeypatch: pytest.MonkeyPatch, mix: Mix, seed: int) -> None:
    """Prices on pairs of half-days prove more than prices on half-days, and the verifier agrees."""
    instance = odd(mix, seed)
    plan = solve(build_problem(**instance.arguments()), effort=5)
    hold(instance, plan)
    found = plan.document["bound"]["left_out"]
    assert "pairs" in {kind for _, kind, *_ in found["capacity"]["prices"]}
    every = scarce._ways
    monkeypatch.setattr(
        scarce,
        "_ways",
        lambda payers, spare, row, most: (
            [way for way in ways if way[1].share == 1] for ways in every(payers, spare, row, most)
        ),
    )
    other = solve(build_problem(**instance.arguments()), effort=5)
    assert len(other.left_out) == len(plan.left_out)
    assert found["lower"] >= other.document["bound"]["left_out"]["lower"] + 5


JOINT = Item("mine-9", "", "mine", inspectors=3)
"""More than any other item asks for: who attends it leads."""


def absent_town(others: int, stay: int = 3) -> Instance:
    """Thirty checks of city and county, whose inspectors are away for two of the four weeks.

    The city's three could make two of these visits a day; `stay` of them are there meanwhile.
    `others` are checks of another unit at each of the enterprises, for which there are people
    enough.
    """
    checks = []
    for n in range(30):
        here = {"enterprise": f"E{n:02d}"}
        both = ("city", "county")
        checks.append(check(100 * n, (5, 30), item=JOINT.id, levels=both, **here))
        checks += [check(100 * n + k, (5, 30), "fire", **here) for k in range(1, others + 1)]
    instance = town(checks, RuleSet(gap_days=0), items={JOINT.id: JOINT})
    away = (Span(date(2026, 1, 12), date(2026, 1, 23)),)
    known = instance.registers.inspectors
    inspectors = {
        id: replace(one, leave=away)
        if one.unit == "mine-county" or (one.unit == "mine-city" and id >= f"mine-city-{stay}")
        else one
        for id, one in known.items()
        if one.unit != "mine-city" or id < "mine-city-3"
    }
    return replace(instance, registers=replace(instance.registers, inspectors=inspectors))


def only_spans(payers: Payers, _spare: object, row: int, most: int) -> Iterator[list[scarce.Way]]:
    """Spans of days alone."""
    yield [(most, Thing(row, 1), days) for days in scarce._spans(payers, row)]


@pytest.mark.parametrize("stay", [3, 1])
@pytest.mark.parametrize("others", [0, WHOLE])
def test_days_that_are_used_up(monkeypatch: pytest.MonkeyPatch, others: int, stay: int) -> None:
    """Where the county is away the city has half-days for nobody: they are not to be had.

    That holds too where they are fewer than one visit takes.
    """
    instance = absent_town(others, stay)
    problem = build_problem(**instance.arguments())
    assert {len(site.checks) > WHOLE for site in problem.sites} == {others == WHOLE}
    plan = solve(problem, effort=5)
    hold(instance, plan)
    found = plan.document["bound"]["left_out"]
    assert len(plan.left_out) == found["lower"] == 10
    assert found["enterprises"] == 0
    away = {f"2026-01-{day}" for day in range(12, 24)}
    assert not away & {day for *_, day, _ in found["capacity"]["prices"]}
    monkeypatch.setattr(scarce, "_ways", only_spans)
    other = solve(build_problem(**instance.arguments()), effort=5)
    hold(instance, other)
    assert len(other.left_out) == 10
    assert other.document["bound"]["left_out"]["lower"] == (4 if stay == 1 and not others else 0)


def test_a_day_that_the_plan_leaves_much_of() -> None:
    """All fourteen may come on the eighth, when the city's unit can attend two of them.

    The county's leaves half of that day, and has another day on which the city's is away: so
    neither the days that are used up nor any span of days prove what those prove that it uses.
    """
    both = ("city", "county")
    checks = [check(n, (5, 8), enterprise=f"E{n}", levels=both) for n in range(14)]
    instance = town(checks, RuleSet(gap_days=0))
    inspectors = {}
    for id, one in instance.registers.inspectors.items():
        name, number = id.rsplit("-", 1)
        if name == "mine-city":
            days = (7,) if int(number) < 2 else (7, 8)
            away = tuple(Span(date(2026, 1, day), date(2026, 1, day)) for day in days)
            inspectors[id] = replace(one, leave=away)
        elif name != "mine-county" or int(number) < 2:
            inspectors[id] = one
    instance = replace(instance, registers=replace(instance.registers, inspectors=inspectors))
    plan = solve(build_problem(**instance.arguments()), effort=5)
    hold(instance, plan)
    assert len(plan.left_out) == 4
    assert plan.document["bound"]["left_out"]["lower"] == 2


def paid(board: Board, site: Site, of: int, costs: Costs) -> int:
    """What an enterprise pays in the plan."""
    places = board.places[site.index]
    total = of * (site.all & ~covered(places)).bit_count()
    for day, mask in places.items():
        for row, amount in board.problem.group(site, mask).rows:
            for share, price, dear in costs.get(row, ()):
                total += amount // share * price * (dear >> day & 1)
    return total


def some_costs(rng: random.Random, problem: Problem) -> Costs:
    """Prices on some days of some units' rows, and on pairs."""
    costs: dict[int, list[Line]] = {}
    every = sorted({row.unit for row in problem.rows})
    units = rng.sample(every, min(3, len(every)))
    for index, row in enumerate(problem.rows):
        if row.unit in units and row.kind != "cut" and rng.random() < 0.7:
            dear = rng.getrandbits(len(row.room)) | rng.getrandbits(len(row.room))
            for share in (1, 2) if row.kind == "capacity" else (1,):
                line = Line(share, rng.randint(1, 3), dear)
                costs.setdefault(index, []).extend([line] if rng.random() < 0.7 else [])
    return {row: lines for row, lines in costs.items() if lines}


def verified(
    books: verify.Books, problem: Problem, of: int, costs: Costs, **more: object
) -> dict[str, int]:
    """What each enterprise with many checks pays at least, as the verifier has it."""
    held = books.held()
    prices = []
    for index, lines in costs.items():
        row = problem.rows[index]
        for share, price, dear in lines:
            kind = row.kind if share == 1 else "pairs"
            days = [problem.calendar.day(day).isoformat() for day in bits(dear)]
            prices += [[row.unit, kind, row.skill, day, price] for day in days]
    claim = {"of": of, "prices": sorted(prices), "part": PART, **more}
    found = verify.Prices(held, claim, "")
    least = {}
    for site in problem.sites:
        if len(site.checks) > WHOLE:
            own = verify.Site(held, site.enterprise.id, held.days_as_group)
            own.checks = own.lost = [books.onsite[one.id] for one in site.checks]
            work = verify.Work(10**6)
            least[site.enterprise.id] = found.least_part(own, 0, work)
    return least


@pytest.mark.parametrize("seed", range(6))
def test_no_enterprise_pays_less(seed: int) -> None:
    """The least is what the verifier says, no more than the plan pays, no less than before."""
    rng = random.Random(seed)
    mix = replace((LARGE, MANY_ODD)[seed % 2], joint=0.4, skills=0.3, full=0.2)
    instance = odd(mix, seed) if seed % 2 else make_instance(mix, seed)
    problem = build_problem(**instance.arguments())
    board = solve_board(problem, effort=5).board
    books = hold(instance, solve(problem, effort=5))
    more = once = 0
    for _ in range(4):
        of, costs = rng.randint(1, 9), some_costs(rng, problem)
        payers = Payers(problem, scarce._asking(problem, costs))
        units = {problem.rows[row].unit for row in costs}
        new = verified(books, problem, of, costs, leads=True, companions=COMPANIONS)
        some = verified(books, problem, of, costs, leads=True)
        old = verified(books, problem, of, costs)
        for site in problem.sites:
            attended = [own for _, own in site.parts if units & set(own)]
            if not attended:
                continue
            least = payers.least(site, of, costs)
            assert least <= paid(board, site, of, costs)
            if len(site.checks) > WHOLE:
                assert least == new[site.enterprise.id]
                # Of more than can be looked at, others may be.
                assert least >= some[site.enterprise.id] >= 0 or len(attended) > PART
                assert least >= old[site.enterprise.id] or len(attended) > PART
                more += least > old[site.enterprise.id]
                once += least > some[site.enterprise.id]
    assert more >= 10
    assert once >= seed % 6 // 3


def test_what_the_plan_pays_is_no_less() -> None:
    """Prices that are not tried, as the plan pays too little, would prove no more."""
    tried = 0
    for seed in range(9):
        mix = replace(FEW_ODD, utilisation=(0.9, 1.0, 1.1)[seed % 3])
        problem = build_problem(**odd(mix, seed).arguments())
        board = solve_board(problem, effort=5).board
        lowers = lower_bounds(problem)
        wanted = scarce._wanted(board, lowers)
        asking = scarce._asking(problem, wanted)
        spare, payers = scarce._Spare(board, lowers, asking), Payers(problem, asking)
        for row, sites in asking.items():
            for ways in scarce._ways(payers, spare, row, wanted[row]):
                for tolled, thing, days in ways:
                    assert days
                    for of in {1, 2, 6, tolled}:
                        costs = scarce._costs({thing: (1, days)})
                        more = scarce._more(payers, lowers, sites, of, costs)
                        most = spare.most((of, thing, days))
                        assert more <= max(most, 0) * of
                        tried += most <= 0
    assert tried > 10


def test_words_where_the_number_is_reached() -> None:
    """A check left out is said to be so for capacity only where the number is that of all."""
    for seed in range(4):
        plan = planned(SHORT, seed)
        lower = plan.document["bound"]["left_out"]["lower"]
        words = {entry["proof"] for entry in plan.document["left_out"]}
        assert ("capacity" in words) == (lower == len(plan.left_out) and words != {"enterprise"})


def test_nothing_is_looked_for_where_enterprises_prove_it_all() -> None:
    """A check that can never be done is its enterprise's affair."""
    plan = planned(Mix(checks=30, utilisation=0.3, caps=()), 1)
    found = plan.document["bound"]["left_out"]
    assert len(plan.left_out) == found["enterprises"] == found["lower"]
    assert found["capacity"] is None


def test_an_empty_plan_proves_no_more_than_a_plan_leaves_out() -> None:
    """The prices hold for any plan: those found for an empty one hold for a good one."""
    for seed in range(3):
        problem = build_problem(**make_instance(SHORT, seed).arguments())
        found = find_scarce(Board(problem), lower_bounds(problem))
        plan = solve(problem, effort=5)
        assert found is not None
        assert found.lower <= len(plan.left_out)
