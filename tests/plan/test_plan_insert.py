"""The answer at once: it keeps every rule and moves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_instances import Mix, make_instance
from rule_checker import broken_rules, check_documents
from test_plan_rules import mixes

from optimizer.errors import InputError
from optimizer.plan import Joined, New, PlanState, Refused, build_problem, insert, plan_visits
from optimizer.plan.transcript import visit_document


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(mixes, st.integers(0, 10**6))
def test_answers_keep_every_rule_and_move_nothing(mix: Mix, seed: int) -> None:
    """Checks held back and asked for one by one give a plan without fault."""
    instance = make_instance(mix, seed)
    kept = instance.checks[: len(instance.checks) * 2 // 3]
    arguments = {**instance.arguments(), "checks": kept}
    state = PlanState.of(plan_visits(**arguments, effort=4))
    refused: list[str] = []
    for check in instance.checks[len(kept) :]:
        before = {v.id: (v.day, set(v.checks)) for vs in state.visits.values() for v in vs}
        answer = insert(state, check)
        if isinstance(answer, Refused):
            refused.append(check.id)
            assert answer.code in {"no-day", "quiet", "never-staffed", "cap", "gap", "capacity"}
            assert answer.mends
            continue
        after = {v.id: (v.day, set(v.checks)) for vs in state.visits.values() for v in vs}
        assert all(after[v][0] == day and after[v][1] >= held for v, (day, held) in before.items())
        assert len(after) == len(before) + isinstance(answer, New)
        assert check.id in answer.visit.checks
        if isinstance(answer, Joined):
            assert set(answer.with_checks) == before[answer.visit.id][1]
    visits = sorted(
        (v for vs in state.visits.values() for v in vs), key=lambda v: (v.day, v.enterprise)
    )
    numbered = [replace(v, id=f"V{n:06d}") for n, v in enumerate(visits, start=1)]
    done = {c for v in visits for c in v.checks}
    problem = build_problem(**instance.arguments())
    document = {
        "visits": [visit_document(v) for v in numbered],
        "left_out": [{"check": c.id} for c in instance.checks if c.id not in done],
    }
    assert broken_rules(problem.document, document, check_documents(instance.checks)) == []
    assert {c.id for c in instance.checks} - done >= set(refused)


def test_the_same_check_joins_its_twin() -> None:
    """A check with the window, item and units of one that stands joins its visit."""
    instance = make_instance(Mix(checks=20, clash=0.0, tail=0.1, caps=(), full=0.0), 3)
    state = PlanState.of(plan_visits(**instance.arguments()))
    twins = 0
    for check in instance.checks:
        item = instance.registers.items[check.item]
        planned = any(check.id in v.checks for v in state.visits.get(check.enterprise, ()))
        if not planned or item.yearly_cap is not None:
            continue
        answer = insert(state, replace(check, id=f"twin-{check.id}"))
        assert isinstance(answer, Joined)
        assert check.id in answer.with_checks
        twins += 1
    assert twins


def test_a_check_already_planned_is_refused_as_input() -> None:
    """The same identifier twice is bad input, not a refusal."""
    instance = make_instance(Mix(checks=20), 3)
    plan = plan_visits(**instance.arguments())
    inside = {c for v in plan.visits for c in v.checks}
    check = next(c for c in instance.checks if c.id in inside)
    with pytest.raises(InputError, match="each check once"):
        insert(PlanState.of(plan), check)
