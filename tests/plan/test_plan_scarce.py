"""Capacity proved too small: prices that the planner finds, held to the verifier's own code."""

from __future__ import annotations

from dataclasses import replace

import pytest
from plan_instances import Instance, Mix, make_instance
from verified import hold

from optimizer.plan import Plan, build_problem, scarce, solve
from optimizer.plan.board import Board
from optimizer.plan.bound import lower_bounds
from optimizer.plan.scarce import find_scarce
from optimizer.plan.solve import solve_board
from optimizer.plan.tolls import PART, WHOLE, Payers

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
    instance = make_instance(mix, seed)
    known = instance.registers.inspectors
    first = {one.unit: id for id, one in sorted(known.items(), reverse=True)}
    halves = {id: replace(known[id], max_half_days=1) for id in first.values()}
    registers = replace(instance.registers, inspectors={**known, **halves})
    return replace(instance, registers=registers)


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
    assert found["capacity"]["part"] == PART
    assert found["capacity"]["lower"] == found["lower"] > found["enterprises"]


@pytest.mark.parametrize(("mix", "seed"), [(FEW_ODD, 0), (FEW_ODD, 1), (MANY_ODD, 0)])
def test_half_days_that_stay_over(monkeypatch: pytest.MonkeyPatch, mix: Mix, seed: int) -> None:
    """Prices on pairs of half-days prove more than prices on half-days, and the verifier agrees."""
    instance = odd(mix, seed)
    plan = solve(build_problem(**instance.arguments()), effort=5)
    hold(instance, plan)
    found = plan.document["bound"]["left_out"]
    assert "pairs" in {kind for _, kind, *_ in found["capacity"]["prices"]}
    monkeypatch.setattr(
        scarce,
        "_days_of",
        lambda payers, thing: scarce._spans(payers, thing.row) if thing.share == 1 else [],
    )
    other = solve(build_problem(**instance.arguments()), effort=5)
    assert len(other.left_out) == len(plan.left_out)
    assert found["lower"] >= other.document["bound"]["left_out"]["lower"] + 5


def test_what_the_plan_pays_is_no_less() -> None:
    """Prices that are not tried, as the plan pays too little, would prove nothing."""
    tried = 0
    for seed in range(9):
        mix = replace(FEW_ODD, utilisation=(0.9, 1.0, 1.1)[seed % 3])
        problem = build_problem(**odd(mix, seed).arguments())
        board = solve_board(problem, effort=5).board
        lowers = lower_bounds(problem)
        asking = scarce._asking(problem, scarce._wanted(board, lowers))
        spare, payers = scarce._Spare(board, lowers, asking), Payers(problem, asking)
        for row, sites in asking.items():
            for thing in (scarce.Thing(row, 1), scarce.Thing(row, 2)):
                for days in scarce._days_of(payers, thing):
                    for of in (1, 2, 6):
                        if not spare.may_prove(thing, of, days):
                            costs = scarce._costs({thing: (1, days)})
                            assert scarce._more(payers, lowers, sites, of, costs) <= 0
                            tried += 1
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
