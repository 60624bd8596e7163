"""A plan held to the verifier's own code: its shape, capacities, every rule, and its bound."""

from __future__ import annotations

from dataclasses import asdict
from operator import attrgetter
from typing import Any

from plan_instances import Instance

from optimizer import canon
from optimizer.plan import Plan
from optimizer.teams import roster_document
from optimizer.verifier import verify


def books_of(instance: Instance, plan: Plan) -> verify.Books:
    """The problem and the plan as the verifier has them when it comes to the plan."""
    files = {
        "transcript/problem.json": canon.canonical(plan.problem_document),
        "transcript/plan.json": canon.canonical(plan.document),
    }
    books = verify.Books(verify.Memory(files), None)
    books.campaign = "test"
    books.digests["transcript/checks.json"] = "0" * 64
    # As they stand in checks.json.
    books.onsite = {
        check.id: _row(check) for check in sorted(instance.checks, key=attrgetter("id"))
    }
    books.doc["roster.json"] = roster_document(instance.registers, "test")
    books.problem = verify.Problem(books.open("problem.json", verify.PROBLEM, "problem"))
    return books


def _row(check: Any) -> dict[str, Any]:
    row = asdict(check)
    return row | {
        "units": list(check.units),
        "release": check.release.isoformat(),
        "due": check.due.isoformat(),
    }


def hold(instance: Instance, plan: Plan) -> verify.Books:
    """Raise the verifier's fault, if it has one."""
    books = books_of(instance, plan)
    verify.check_capacity(books)
    verify.check_plan(books)
    verify.check_bound(books)
    return books
