"""Every plan keeps every rule, whatever the rules, and tells the truth about itself."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_instances import Mix, make_instance
from rule_checker import broken_rules, check_documents

from optimizer import canon
from optimizer.domain.rules import CapRule
from optimizer.plan import plan_visits

CAPS = [
    (),
    (CapRule("d", ("department",), 1),),
    (CapRule("d", ("department",), 2), CapRule("t", (), 3, MappingProxyType({"k1": 0, "": 1}))),
    (CapRule("t", (), 2, departments=("d00", "d01")), CapRule("h", (), 1, industries=("F",))),
]

mixes = st.builds(
    Mix,
    checks=st.integers(0, 50),
    departments=st.integers(1, 4),
    days=st.integers(3, 45),
    windows=st.sampled_from([(1, 5), (5, 30), (20, 40)]),
    utilisation=st.sampled_from([0.4, 0.8, 1.5]),
    tail=st.sampled_from([0.3, 0.6, 0.9]),
    triggered=st.sampled_from([0.0, 0.2, 0.6]),
    zones=st.sampled_from([0.0, 0.5]),
    full=st.sampled_from([0.0, 0.4]),
    clash=st.sampled_from([0.0, 0.8]),
    joint=st.sampled_from([0.0, 0.5]),
    made=st.sampled_from([0.0, 0.8]),
    team=st.sampled_from([(2, 1), (2, 2), (3, 1), (1, 1)]),
    planned_rides=st.booleans(),
    caps=st.sampled_from(CAPS),
    start=st.sampled_from([date(2026, 3, 2), date(2026, 12, 7)]),
    settings=st.fixed_dictionaries(
        {
            "exempt_uses_cap": st.booleans(),
            "joint_counts_each": st.booleans(),
            "rider_counts": st.booleans(),
            "gap_days": st.sampled_from([0, 1, 3, 10]),
        }
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(mixes, st.integers(0, 10**6))
def test_plans_keep_every_rule(mix: Mix, seed: int) -> None:
    """An independent checker finds nothing wrong in the documents of any plan."""
    instance = make_instance(mix, seed)
    plan = plan_visits(**instance.arguments(), effort=8)
    found = broken_rules(plan.problem_document, plan.document, check_documents(instance.checks))
    assert found == []
    _tells_the_truth(plan.document, plan)


def _tells_the_truth(document: dict[str, Any], plan: Any) -> None:
    cost = len(document["visits"]) + len(document["left_out"])
    assert plan.lower_bound <= cost <= document["comparison"]["unmerged"] + len(plan.left_out)
    assert plan.gap == (Fraction(cost, plan.lower_bound) - 1 if plan.lower_bound else 0)
    at: dict[str, list[str]] = {}
    for visit in document["visits"]:
        at.setdefault(visit["enterprise"], []).append(visit["id"])
    pairs = [(e, [a, b]) for e in sorted(at) for a, b in zip(at[e], at[e][1:], strict=False)]
    assert [(p["enterprise"], p["visits"]) for p in document["unmerged"]] == pairs
    codes = {"incompatible", "windows", "quiet", "never-staffed", "cap", "gap", "capacity"}
    assert {p["reason"]["code"] for p in document["unmerged"]} <= codes
    codes = {"no-day", "quiet", "never-staffed", "cap", "gap", "capacity"}
    assert {p["reason"]["code"] for p in document["left_out"]} <= codes
    compared = document["comparison"]
    assert compared["visits"] == len(document["visits"])
    assert compared["visits"] <= compared["unmerged"]
    assert compared["department_merged"] <= compared["unmerged"]
    for table in ("by_county", "by_risk"):
        for field in ("unmerged", "department_merged", "visits"):
            assert sum(line[field] for line in compared[table].values()) == compared[field]
    canon.canonical(document)


@pytest.mark.parametrize("seed", range(3))
def test_order_of_checks_does_not_matter(seed: int) -> None:
    """The same checks in another order give the same bytes."""
    instance = make_instance(Mix(checks=40), seed)
    arguments = instance.arguments()
    one = plan_visits(**arguments)
    other = plan_visits(**{**arguments, "checks": tuple(reversed(instance.checks))})
    assert canon.canonical(one.document) == canon.canonical(other.document)


def test_plan_prints_and_lists_itself() -> None:
    """The summary names visits, bound and gap; the frame has a line for each check."""
    instance = make_instance(Mix(checks=40), 1)
    plan = plan_visits(**instance.arguments())
    assert f"visits={len(plan.visits)}" in repr(plan)
    assert f"bound={plan.lower_bound}" in repr(plan)
    frame = plan.to_frame()
    assert sorted(frame["check"]) == sorted(c.id for c in instance.checks)
    assert (frame["visit"] == "").sum() == len(plan.left_out)
