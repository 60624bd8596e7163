"""What the planner writes, checked by the stand-alone verifier."""

from __future__ import annotations

from plan_instances import Mix, make_instance

from optimizer import canon
from optimizer.plan import build_problem, solve
from optimizer.verifier import verify


def test_the_planner_s_plan_stands_alone() -> None:
    """What the planner writes is accepted without roster, frame or ledger."""
    instance = make_instance(Mix(checks=80, planned_rides=True), 3)
    fields = ("id", "enterprise", "item", "kind", "source", "severity", "level", "reason")
    checks = [
        {
            **{field: getattr(check, field) for field in fields},
            "release": check.release.isoformat(),
            "due": check.due.isoformat(),
            "units": list(check.units),
        }
        for check in sorted(instance.checks, key=lambda check: check.id)
    ]
    listed = canon.canonical(
        {
            "format": "double-random/checks/v1",
            "campaign": "test",
            "draw": "0" * 64,
            "checks": checks,
            "offsite": [],
        }
    )
    digest = canon.digest(listed)
    plan = solve(build_problem(**{**instance.arguments(), "checks_digest": digest}), effort=5)
    assert plan.visits
    lines = verify.check_plan_documents(
        listed, canon.canonical(plan.problem_document), canon.canonical(plan.document)
    )
    assert len(lines) == 4
