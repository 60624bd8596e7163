"""The answer at once: it keeps every rule and moves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

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


def test_bad_requests_are_refused_after_good_ones_alike() -> None:
    """What is known of an item and its units says nothing of the rest of a request."""
    instance = make_instance(Mix(checks=20), 3)
    plan = plan_visits(**instance.arguments())
    inside = {c for v in plan.visits for c in v.checks}
    check = next(c for c in instance.checks if c.id in inside)
    state = PlanState.of(plan)
    state.site(replace(check, id="first"))
    late = check.due + timedelta(days=1)
    for bad, told in (
        (check, "each check once"),
        (replace(check, id="a", enterprise="nobody"), "an enterprise of the register"),
        (replace(check, id="b", release=late), "or later"),
        (replace(check, id="c", item="nothing"), "an item of the list"),
        (replace(check, id="d", units=(*check.units, *check.units)), "each once"),
    ):
        with pytest.raises(InputError, match=told):
            state.site(bad)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(mixes, st.integers(0, 10**6), st.data())
def test_only_movable_visits_of_the_enterprise_move(
    mix: Mix, seed: int, data: st.DataObject
) -> None:
    """Where moving is allowed, every rule holds, what may not move stays, and all can go back."""
    instance = make_instance(mix, seed)
    kept = len(instance.checks) * 2 // 3
    plan = plan_visits(**{**instance.arguments(), "checks": instance.checks[:kept]}, effort=0)
    state = PlanState.of(plan)
    movable = {v.id for v in plan.visits if data.draw(st.booleans())}
    first = dict(state.visits), [list(line) for line in state.room.left]
    for check in instance.checks[kept:]:
        before = {v.id: v for vs in state.visits.values() for v in vs}
        answer = state.insert(check, movable=movable)
        after = {v.id: v for vs in state.visits.values() for v in vs}
        moved = {name for name, v in before.items() if after[name].day != v.day}
        if isinstance(answer, Joined) and answer.moved_from is not None:
            assert moved == {answer.visit.id} <= movable
            assert answer.moved_from == before[answer.visit.id].day
            assert answer.visit.enterprise == check.enterprise
        else:
            assert not moved
    visits = sorted(
        (v for vs in state.visits.values() for v in vs), key=lambda v: (v.day, v.enterprise)
    )
    numbered = [replace(v, id=f"V{n:06d}") for n, v in enumerate(visits, start=1)]
    done = {c for v in visits for c in v.checks}
    document = {
        "visits": [visit_document(v) for v in numbered],
        "left_out": [{"check": c.id} for c in instance.checks if c.id not in done],
    }
    problem = build_problem(**instance.arguments())
    assert broken_rules(problem.document, document, check_documents(instance.checks)) == []
    state.rewind(0)
    assert (dict(state.visits), state.room.left[: len(first[1])]) == first
