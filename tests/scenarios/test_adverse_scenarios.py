"""Adverse scenarios do to a plan what their names say, and chicago is short of capacity."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from optimizer.draw import Dice
from optimizer.flow import commit, demo_secrets, make_plan, reveal
from optimizer.flow.acts import Planned
from optimizer.io import load_scenario
from scenarios.catalogue import FOLDER

TIME = "2026-01-01T00:00:00+08:00"


def plan_of(folder: str, effort: int = 10) -> Planned:
    """Run a scenario as far as its plan."""
    scenario = load_scenario(FOLDER / folder)
    committed = commit(scenario, demo_secrets(scenario.name), now=TIME)
    return make_plan(reveal(committed, Dice(scenario.seed.rolls)), effort=effort)


def reasons(planned: Planned) -> Counter[str]:
    """Count the codes of the reasons for what is left out."""
    return Counter(left.reason["code"] for left in planned.plan.left_out)


def test_quiet_year_keeps_planned_checks_out() -> None:
    """No planned check enters, only the exempt kinds do, and each check left out says why."""
    planned = plan_of("adverse/all-quiet")
    visited = {name for visit in planned.plan.visits for name in visit.checks}
    assert visited
    assert not any(name.startswith("P-") for name in visited)
    assert set(reasons(planned)) == {"quiet"}


def test_one_inspector_cannot_form_a_team() -> None:
    """Nobody goes alone: with one inspector a unit there is no visit at all."""
    planned = plan_of("adverse/one-inspector")
    assert planned.plan.visits == ()
    assert len(planned.plan.left_out) == len(planned.revealed.checks.onsite)


def test_colliding_rules_leave_checks_out_by_a_cap() -> None:
    """Two rule sets in force, the strictest wins: a cap of one visit keeps checks out."""
    planned = plan_of("adverse/conflict")
    assert reasons(planned)["cap"] > 0
    caps = {left.reason.get("rule") for left in planned.plan.left_out}
    assert "cap-once" in caps


@pytest.mark.parametrize("folder", ["adverse/one-day", "adverse/crowded"])
def test_too_little_capacity_is_told(folder: str) -> None:
    """Some check is left out for want of capacity, and the reason names the unit."""
    planned = plan_of(folder, effort=2)
    short = [left for left in planned.plan.left_out if left.reason["code"] == "capacity"]
    assert short
    units = planned.revealed.committed.registers.units
    assert all(left.reason["unit"] in units for left in short)


def test_small_city_merges_and_leaves_nothing_out() -> None:
    """The small city needs far fewer visits than checks, and every check has one."""
    planned = plan_of("presets/small")
    assert planned.plan.left_out == ()
    assert len(planned.plan.visits) < 0.8 * len(planned.revealed.checks.onsite)
    kinds = Counter(check.kind for check in planned.revealed.checks.onsite)
    assert 0.07 < kinds["triggered"] / sum(kinds.values()) < 0.15


def test_chicago_duty_exceeds_the_real_visits() -> None:
    """The real visits do not suffice: planned checks alone stay undone, near the proven least."""
    planned = plan_of("real/chicago", effort=5)
    plan, checks = planned.plan, planned.revealed.checks.onsite
    assert Counter(check.kind for check in checks) == {"planned": 13_442, "triggered": 5_612}
    assert set(reasons(planned)) == {"capacity"}
    assert all(left.check.startswith("P-") for left in plan.left_out)
    assert len(plan.visits) <= 15_105
    needed = len(plan.visits) + len(plan.left_out)
    assert plan.lower_bound <= needed <= 1.03 * plan.lower_bound
    told = " ".join(fact["en"] for fact in load_scenario(FOLDER / "real/chicago").about["facts"])
    least = re.search(r"so ([\d,]+) checks or more stay undone", told)
    assert least
    assert 0 < int(least[1].replace(",", "")) <= len(plan.left_out)
