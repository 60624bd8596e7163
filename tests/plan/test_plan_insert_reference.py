"""Answers at once against a slow reference: every day tried, the rules checked from documents."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_instances import Instance, Mix, make_instance
from rule_checker import _seats, broken_rules, check_documents
from test_plan_rules import mixes

from optimizer.domain.check import Check
from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector
from optimizer.plan import Joined, New, PlanState, Refused, build_problem, insert, plan_visits
from optimizer.plan.transcript import visit_document

tight = st.builds(
    Mix,
    checks=st.integers(12, 24),
    departments=st.just(1),
    counties=st.just(1),
    days=st.sampled_from([10, 20]),
    windows=st.just((3, 6)),
    utilisation=st.sampled_from([1.0, 3.0]),
    tail=st.sampled_from([0.3, 0.8]),
    zones=st.just(0.0),
    clash=st.sampled_from([0.0, 2.0]),
    least_people=st.sampled_from([3, 4]),
    caps=st.just(()),
    settings=st.fixed_dictionaries({"gap_days": st.sampled_from([0, 10])}),
)
"""Where the gap and the units' room refuse."""

small = tight | st.tuples(
    mixes, st.integers(6, 24), st.integers(6, 24), st.sampled_from([1, 2, 4])
).map(
    lambda drawn: replace(
        drawn[0], checks=drawn[1], days=drawn[2], least_people=drawn[3], departments=2, counties=1
    )
)
"""Every rule, few enough visits for the reference."""


class Reference:
    """Documents of the plan so far; a request is tried in every visit and on every day."""

    def __init__(self, instance: Instance, visits: list[dict[str, Any]], problem: Any) -> None:
        self.instance = instance
        self.problem = problem
        self.visits = visits

    def wrong(self, visits: list[dict[str, Any]], by_id: Any) -> list[str]:
        order = sorted(visits, key=lambda v: (v["day"], v["enterprise"]))
        numbered = [{**v, "id": f"V{n:06d}"} for n, v in enumerate(order, start=1)]
        asked = [by_id[c] for v in visits for c in v["checks"]]
        return broken_rules(self.problem, {"visits": numbered, "left_out": []}, asked)

    def tried(self, check: Check) -> tuple[list[str], dict[date, list[str]]]:
        """Return the visits that could take the check, and by day what a new one would break."""
        by_id = {c["id"]: c for c in check_documents([*self.instance.checks, check])}
        joins = []
        for visit in sorted(self.visits, key=lambda v: v["day"]):
            if visit["enterprise"] == check.enterprise:
                changed = self.made(visit, [*visit["checks"], check.id], by_id)
                others = [v for v in self.visits if v is not visit]
                if not self.wrong([*others, changed], by_id):
                    joins.append(visit["id"])
        days = {}
        for offset in range(len(self.instance.calendar)):
            day = self.instance.calendar.day(offset)
            fresh = {"id": "", "enterprise": check.enterprise, "day": day.isoformat()}
            days[day] = self.wrong([*self.visits, self.made(fresh, [check.id], by_id)], by_id)
        return joins, days

    def made(self, visit: dict[str, Any], checks: list[str], by_id: Any) -> dict[str, Any]:
        own = [by_id[c] for c in sorted(checks)]
        rules = self.problem["rules"]
        lead, seats = _seats(own, self.problem["items"], rules["team"])
        exempt = min({c["source"] for c in own} & set(rules["exempt_sources"]), default="")
        return {**visit, "checks": sorted(checks), "lead": lead, "seats": seats, "exempt": exempt}


SIGNS = {
    "no-day": r"outside the window|day off",
    "quiet": r": quiet ",
    "never-staffed": r"has not \d+ inspectors|nobody with",
    "cap": r"^E\d+ \d{4}: ",
    "gap": r"too near|second visit of the day",
    "capacity": r" day \d+: ",
}
"""Code of a refusal → what the checker says of a day it closes."""


def first_reason(days: dict[date, list[str]]) -> str:
    """Return the first code after which no day is left."""
    for code, sign in SIGNS.items():
        days = {d: wrong for d, wrong in days.items() if not any(re.search(sign, w) for w in wrong)}
        if not days:
            return code
    return ""


def begun(instance: Instance, kept: int) -> PlanState:
    arguments = {**instance.arguments(), "checks": instance.checks[:kept]}
    return PlanState.of(plan_visits(**arguments, effort=0))


def documents(state: PlanState) -> list[dict[str, Any]]:
    return [visit_document(v) for visits in state.visits.values() for v in visits]


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(small, st.integers(0, 10**6))
def test_answers_are_those_of_the_slow_reference(mix: Mix, seed: int) -> None:
    """Joined at the earliest visit that can, new on a day that can, else refused for the reason."""
    # Of visits made, the planner reads `joint_counts_each` more strictly than the checker.
    mix = replace(mix, settings={**mix.settings, "joint_counts_each": False})
    instance = make_instance(mix, seed)
    problem = build_problem(**instance.arguments()).document
    state = begun(instance, len(instance.checks) // 2)
    for check in instance.checks[len(instance.checks) // 2 :]:
        joins, days = Reference(instance, documents(state), problem).tried(check)
        answer = insert(state, check)
        if joins:
            assert isinstance(answer, Joined)
            assert answer.visit.id == joins[0]
        elif not all(days.values()):
            assert isinstance(answer, New)
            assert not days[answer.day]
            if check.kind == "triggered":
                assert answer.day == min(day for day, wrong in days.items() if not wrong)
        else:
            assert isinstance(answer, Refused)
            assert answer.code == first_reason(days)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(small, st.integers(0, 10**6))
def test_refusals_name_mends_that_help(mix: Mix, seed: int) -> None:
    """A later due date, another source, more inspectors: asked again so, the check has a day."""
    instance = make_instance(mix, seed)
    state = begun(instance, len(instance.checks) // 2)
    for check in instance.checks[len(instance.checks) // 2 :]:
        answer = insert(state, check)
        if not isinstance(answer, Refused):
            continue
        for mend in answer.mends:
            version = state.version
            match mend["mend"]:
                case "due-later":
                    due = date.fromisoformat(mend["day"])
                    assert due > check.due
                    again = insert(state, replace(check, due=due))
                    assert not isinstance(again, Refused)
                    assert again.day == due
                case "exempt-source":
                    assert mend["sources"]
                    for source in mend["sources"]:
                        again = insert(state, replace(check, source=source))
                        assert not isinstance(again, Refused)
                        state.rewind(version)
                case "more-inspectors":
                    [day] = mend["days"]
                    more = staffed(instance, mend["unit"], date.fromisoformat(day))
                    visits = [v for own in state.visits.values() for v in own]
                    richer = PlanState(build_problem(**more.arguments()), visits)
                    assert not isinstance(insert(richer, check), Refused)
                case "next-year":
                    assert "due-later" not in [each["mend"] for each in answer.mends]
                case other:
                    pytest.fail(f"no mend is called {other}")
            state.rewind(version)


def staffed(instance: Instance, unit: str, day: date) -> Instance:
    """Return the instance with many inspectors of a unit on one day."""
    more = {
        name: Inspector(name, name, unit, name, Span(day, day), frozenset(("gas", "lab")))
        for name in (f"{unit}-more-{k:03d}" for k in range(60))
    }
    registers = instance.registers
    inspectors = {**registers.inspectors, **more}
    return replace(instance, registers=replace(registers, inspectors=inspectors))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(mixes, st.integers(0, 10**6), st.data())
def test_going_back_restores_the_state(mix: Mix, seed: int, data: st.DataObject) -> None:
    """After `rewind` everything is as it was, and the same requests get the same answers."""
    instance = make_instance(mix, seed)
    kept = len(instance.checks) // 2
    state = begun(instance, kept)
    seen = [snapshot(state)]
    answers = []
    for check in instance.checks[kept:]:
        answer = insert(state, check)
        answers.append(answer)
        if not isinstance(answer, Refused):
            seen.append(snapshot(state))
        assert len(seen) == state.version + 1
    version = data.draw(st.integers(0, state.version))
    state.rewind(version)
    assert snapshot(state) == seen[version]
    state.rewind(0)
    assert snapshot(state) == seen[0]
    assert [insert(state, check) for check in instance.checks[kept:]] == answers
    assert snapshot(state) == seen[-1]


def snapshot(state: PlanState) -> Any:
    """Return all that a state holds; rows of units that nobody asked for yet are left out."""
    problem = state.problem
    rows = {
        (row.unit, row.kind, row.skill): (tuple(left), tuple(ok))
        for row, left, ok in zip(problem.rows, state.room.left, state.room.ok, strict=True)
        if row.room != tuple(left)
    }
    return rows, dict(state.visits), dict(state.checks), list(state.visits)


def test_what_is_settled_stays() -> None:
    """A version before the last `settle`, or one that was not reached, cannot be gone back to."""
    instance = make_instance(Mix(checks=30, caps=()), 5)
    state = begun(instance, 20)
    for check in instance.checks[20:25]:
        insert(state, check)
    settled = state.version
    state.settle()
    for check in instance.checks[25:]:
        insert(state, check)
    assert state.version > settled > 0
    for version in (settled - 1, state.version + 1):
        with pytest.raises(ValueError, match="is not among"):
            state.rewind(version)
    state.rewind(settled)
    assert state.version == settled
