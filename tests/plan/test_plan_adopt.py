"""A new plan takes over what an earlier one's live schedule promised meanwhile."""

from __future__ import annotations

from dataclasses import replace

from plan_instances import Mix, make_instance
from rule_checker import broken_rules, check_documents

from optimizer.plan import PlanState, Refused, build_problem, plan_visits
from optimizer.plan.transcript import visit_document


def test_promises_are_taken_over() -> None:
    """Old plan, requests, new plan with further checks: every promised day holds afterwards, no
    rule is broken, the room left is what the visits leave; or the units' room does not suffice.
    """
    whole = lacking = 0
    for seed in range(40):
        instance = make_instance(Mix(checks=60, utilisation=0.5 + 0.1 * (seed % 5)), seed)
        n = len(instance.checks)
        old, later, asked = (
            instance.checks[: n * 4 // 6],
            instance.checks[n * 4 // 6 : n * 5 // 6],
            instance.checks[n * 5 // 6 :],
        )
        arguments = instance.arguments()
        live = PlanState.of(plan_visits(**{**arguments, "checks": old}, effort=0))
        made = plan_visits(**{**arguments, "checks": (*old, *later)}, effort=20)
        granted = [check for check in asked if not isinstance(live.insert(check), Refused)]
        promised = {
            check.id: visit.day
            for check in granted
            for visit in live.visits[check.enterprise]
            if check.id in visit.checks
        }
        state = made.live
        touched = dict.fromkeys(check.enterprise for check in granted)
        if not all(state.adopt(e, live.visits[e], live.checks[e]) for e in touched):
            lacking += 1
            continue
        whole += bool(granted)
        visits = sorted(
            (v for vs in state.visits.values() for v in vs), key=lambda v: (v.day, v.enterprise)
        )
        days = {check: visit.day for visit in visits for check in visit.checks}
        assert {check: days[check] for check in promised} == promised
        assert {c for v in made.visits for c in v.checks} <= days.keys()
        problem = build_problem(**arguments)
        document = {
            "visits": [
                visit_document(replace(v, id=f"V{n:06d}")) for n, v in enumerate(visits, start=1)
            ],
            "left_out": [{"check": c.id} for c in instance.checks if c.id not in days],
        }
        assert broken_rules(problem.document, document, check_documents(instance.checks)) == []
        anew = PlanState(problem, visits)
        rows = {(r.kind, r.unit, r.skill): n for n, r in enumerate(anew.problem.rows)}
        for n, row in enumerate(state.problem.rows):
            assert state.room.left[n] == anew.room.left[rows[row.kind, row.unit, row.skill]]
    assert whole > 10
    assert lacking
