"""Capacity proved too small: prices that the planner finds, held to the verifier's own code."""

from __future__ import annotations

import pytest
from plan_instances import Mix, make_instance
from verified import hold

from optimizer.plan import Plan, build_problem, solve
from optimizer.plan.board import Board
from optimizer.plan.bound import lower_bounds
from optimizer.plan.scarce import PART, WHOLE, find_scarce

SHORT = Mix(200, 1, 2, days=20, windows=(5, 20), utilisation=1.4, tail=0.15, joint=0.0,
            caps=(), zones=0.0, made=0.0, month_days=None)  # fmt: skip
"""More is asked for than there is; few checks at one enterprise."""

LARGE = Mix(300, 1, 2, days=60, windows=(2, 8), utilisation=1.4, tail=0.85, joint=0.0,
            caps=(), zones=0.0, made=0.0, month_days=None, items=6, clash=5.0)  # fmt: skip
"""Likewise, with many checks at one enterprise."""


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
        scarce = find_scarce(Board(problem), lower_bounds(problem))
        plan = solve(problem, effort=5)
        assert scarce is not None
        assert scarce.lower <= len(plan.left_out)
