"""One checker for every plan: the rules as the stand-alone verifier has them.

It shares no code with any planner. A plan is its days; what a visit sends follows from the
rules, and the verifier computes that for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from optimizer.domain.check import Check
from optimizer.errors import CheckFailedError
from optimizer.plan.capacity import capacity_of
from optimizer.plan.documents import problem_document
from optimizer.verifier import verify


class Counted(NamedTuple):
    """Visits and checks left out of a plan that keeps every rule."""

    visits: int
    left_out: int


def check_plan(arguments: Mapping[str, Any], days: Mapping[str, date]) -> Counted:
    """Hold a plan to every rule of ``docs/formats/plan.md`` and count its visits.

    Parameters
    ----------
    arguments
        Of `optimizer.plan.build_problem`.
    days
        Check → day. A check that is not named is left out; names of other cities are not read.

    Raises
    ------
    CheckFailedError
        With the first rule that is broken.
    """
    checks: Sequence[Check] = arguments["checks"]
    problem = verify.Problem(_problem(arguments))
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    left_out = 0
    for check in checks:
        day = days.get(check.id)
        if day is None:
            left_out += 1
        else:
            groups.setdefault((day.isoformat(), check.enterprise), []).append(_check(check))
    visits = [
        _visit(problem, number, day, enterprise, groups[day, enterprise])
        for number, (day, enterprise) in enumerate(sorted(groups), start=1)
    ]
    try:
        for visit in visits:
            inside = 0 <= visit.offset < problem.count and problem.working >> visit.offset & 1
            verify.need(bool(inside), verify.PLAN_FILE, visit.at, "is no working day")
            verify.check_visit(problem, visit)
        verify.check_days(problem, visits)
        verify.check_years(problem, visits)
    except verify.Fault as fault:
        raise CheckFailedError(f"a rule is broken: {fault}") from None
    return Counted(len(visits), left_out)


def _visit(
    problem: verify.Problem, number: int, day: str, enterprise: str, checks: list[dict[str, Any]]
) -> verify.Visit:
    lead, seats = problem.seats(checks)
    name = f"V{number:06d}"
    problem.leads[name] = lead
    return verify.Visit(
        f"{enterprise} on {day}",
        name,
        enterprise,
        day,
        verify.day_number(day),
        problem.index(day),
        checks,
        [{"unit": u, "inspectors": n, "effort": e, "skills": s} for u, n, e, s in seats],
        min({check["source"] for check in checks} & problem.exempt, default=""),
    )


def _check(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "enterprise": check.enterprise,
        "item": check.item,
        "source": check.source,
        "release": check.release.isoformat(),
        "due": check.due.isoformat(),
        "units": list(check.units),
    }


def _problem(arguments: Mapping[str, Any]) -> dict[str, Any]:
    checks: Sequence[Check] = arguments["checks"]
    registers, calendar = arguments["registers"], arguments["calendar"]
    skills: dict[str, set[str]] = {}
    for check in checks:
        for unit in check.units:
            skills.setdefault(unit, set()).update(registers.items[check.item].skills)
    enterprises = sorted({check.enterprise for check in checks})
    here = set(enterprises)
    return problem_document(
        campaign=arguments["campaign"],
        checks_digest=arguments["checks_digest"],
        calendar=calendar,
        rules=arguments["rules"],
        registers=registers,
        items={i: registers.items[i] for i in sorted({check.item for check in checks})},
        units={u: registers.units[u] for u in sorted(skills)},
        capacity=capacity_of(registers, calendar),
        skills=skills,
        enterprises=enterprises,
        made=tuple(v for v in registers.visits_made if v.enterprise in here),
    )
