"""Requests granted become the next version of the plan, and the version before stays."""

from __future__ import annotations

import copy
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_instances import Mix, make_instance
from rule_checker import broken_rules, check_documents
from test_plan_rules import mixes

from optimizer import canon
from optimizer.errors import InputError
from optimizer.plan import Refused, amend, plan_visits


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(mixes, st.integers(0, 10**6))
def test_amendments_hold_what_was_granted(mix: Mix, seed: int) -> None:
    """The version keeps every rule, moves nothing, and names parent and checks left out."""
    instance = make_instance(mix, seed)
    kept = len(instance.checks) * 2 // 3
    plan = plan_visits(**{**instance.arguments(), "checks": instance.checks[:kept]}, effort=0)
    before = copy.deepcopy(plan.document)
    refused = [c for c in instance.checks[kept:] if isinstance(plan.insert(c), Refused)]
    made = amend(plan.live, plan, reason="requests", checks_digest="1" * 64, refused=refused)
    document = made.plan.document
    assert (document["version"], document["parent"]) == (made.version, made.parent)
    assert (made.version, made.parent) == (2, canon.digest(canon.canonical(before)))
    assert document["checks"] == "1" * 64
    assert plan.document == before
    checks = check_documents(instance.checks)
    assert broken_rules(made.plan.problem_document, document, checks) == []
    standing = {(v.enterprise, v.day, v.checks) for vs in plan.live.visits.values() for v in vs}
    assert {(v.enterprise, v.day, v.checks) for v in made.plan.visits} == standing
    left = {out.check for out in plan.left_out} | {check.id for check in refused}
    assert {out.check for out in made.plan.left_out} == left
    assert made.plan.lower_bound <= len(made.plan.visits) + len(left)
    again = {"checks_digest": "1" * 64, "refused": refused}
    third = amend(made.plan.live, made.plan, reason="asked again", **again)
    assert third.version == 3
    assert third.plan.visits == made.plan.visits


def test_an_amendment_needs_a_reason_and_checks_once() -> None:
    """No reason is refused, and so is a check that is planned and asked to be left out."""
    instance = make_instance(Mix(checks=20), 3)
    plan = plan_visits(**instance.arguments())
    with pytest.raises(ValueError, match="reason"):
        amend(plan.live, plan, reason=" ", checks_digest="0" * 64)
    by_id = {check.id: check for check in instance.checks}
    check = by_id[plan.visits[0].checks[0]]
    with pytest.raises(InputError, match="each check once"):
        amend(plan.live, plan, reason="why", checks_digest="0" * 64, refused=[check])


def test_an_amendment_keeps_the_first_day() -> None:
    """A plan of the rest of the year stays one: requests and amendment know its first day."""
    instance = make_instance(Mix(checks=60), 4)
    first = instance.calendar.day(15)
    arguments = {**instance.arguments(), "checks": instance.checks[:40], "not_before": first}
    plan = plan_visits(**arguments, effort=0)
    granted = [a for c in instance.checks[40:] if not isinstance(a := plan.insert(c), Refused)]
    assert granted
    assert all(answer.day >= first for answer in granted)
    made = amend(plan.live, plan, reason="requests", checks_digest="1" * 64)
    assert made.plan.problem_document["not_before"] == plan.problem_document["not_before"]


def test_a_late_start_stays_when_requests_come() -> None:
    """An amendment of a plan of the rest of the year names the same first day of visits."""
    instance = make_instance(Mix(checks=40), 5)
    first = instance.calendar.start + timedelta(days=14)
    plan = plan_visits(
        **{**instance.arguments(), "checks": instance.checks[:25]}, not_before=first, effort=0
    )
    for check in instance.checks[25:]:
        plan.insert(check)
    made = amend(plan.live, plan, reason="requests", checks_digest="1" * 64)
    assert made.plan.problem_document["not_before"] == first.isoformat()
    assert len(made.plan.visits) > len(plan.visits)
    assert min(visit.day for visit in made.plan.visits) >= first
