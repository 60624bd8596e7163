"""A case comes back from its published documents as it was."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_instances import Mix, make_instance
from test_plan_rule_mix import mixed
from test_plan_rules import mixes

from optimizer import canon
from optimizer.checks import check_entry
from optimizer.io import rules_from
from optimizer.plan import Case, plan_visits, restore_case, restore_plan
from optimizer.teams import roster_document

KEY = bytes(range(32))


def case_of(instance) -> Case:
    document = {"checks": [check_entry(c) for c in sorted(instance.checks, key=lambda c: c.id)]}
    return Case(
        "test", instance.checks, instance.rules, instance.registers, instance.calendar, document
    )


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(mixes, st.integers(0, 10**6), st.booleans())
def test_problem_comes_back_byte_for_byte(mix: Mix, seed: int, with_roster: bool) -> None:
    """From checks.json, problem.json and roster.json the same problem.json is made again."""
    case = case_of(make_instance(mix, seed))
    problem = canon.parse(canon.canonical(case.problem().document))
    roster = roster_document(case.registers, campaign="test") if with_roster else None
    again = restore_case(
        case.checks_document, problem, rules_from(problem["rules"]), key=KEY, roster=roster
    )
    assert sorted(again.checks, key=lambda c: c.id) == sorted(case.checks, key=lambda c: c.id)
    assert canon.canonical(again.problem().document) == canon.canonical(problem)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(mixes, st.integers(0, 10**6), st.booleans(), st.none() | st.integers(0, 30))
def test_later_rules_come_back(mix: Mix, seed: int, with_roster: bool, later: int | None) -> None:
    """So do closed units, sizes, a late start, and what visits made tell of unit and item."""
    rng = random.Random(seed)
    instance = mixed(make_instance(mix, seed), rng)
    registers = instance.registers
    every, items = sorted(registers.units), sorted(registers.items)
    made = [
        replace(
            visit,
            unit=rng.choice(["", "unknown", *every]),
            item=rng.choice(["", rng.choice(items)]),
        )
        for visit in registers.visits_made
        for _ in range(2)
    ]
    case = case_of(replace(instance, registers=replace(registers, visits_made=tuple(made))))
    first = None if later is None else instance.calendar.start + timedelta(later)
    case = replace(case, not_before=first)
    before = case.problem()
    problem = canon.parse(canon.canonical(before.document))
    roster = roster_document(registers, campaign="test") if with_roster else None
    again = restore_case(
        case.checks_document, problem, rules_from(problem["rules"]), key=KEY, roster=roster
    )
    assert again.not_before == first
    after = again.problem()
    assert canon.canonical(after.document) == canon.canonical(problem)
    for site, other in zip(before.sites, after.sites, strict=True):
        assert (site.windows, site.hard, site.near_made) == (
            other.windows,
            other.hard,
            other.near_made,
        )
        assert site.counters == other.counters


@pytest.mark.parametrize("seed", range(3))
def test_plan_comes_back(seed: int) -> None:
    """Visits, checks left out, bound and gap are read back from plan.json."""
    instance = make_instance(Mix(checks=50), seed)
    plan = plan_visits(**instance.arguments(), effort=4)
    again = restore_plan(canon.parse(canon.canonical(plan.document)), plan.problem)
    assert again == plan
    assert again.saved == plan.saved
