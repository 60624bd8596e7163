"""Room for a check by moving visits of other enterprises that compete for its units."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from optimizer.domain.check import Check
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.plan.case import Case
from optimizer.plan.result import Plan
from optimizer.plan.single import near_case, share_of
from optimizer.plan.solve import solve

RIVALS = 16
"""Enterprises that may be planned anew."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A plan of a neighbourhood in which the check has a visit.

    Attributes
    ----------
    moved
        Visits of other enterprises that change: enterprise, ``from``, ``to`` (days).
    result
        The check's day and company, and its enterprise's visits.
    """

    moved: list[Document]
    result: Document


def move_others(
    case: Case, plan: Plan, check: Check, units: Collection[str], *, effort: int
) -> Moved | None:
    """Plan the check's enterprise and its rivals again, all others staying.

    Parameters
    ----------
    units
        Those that lack room.
    effort
        As of `solve`.

    Returns
    -------
    Moved or None
        ``None`` where a check would be left out still, or another one instead.
    """
    chosen = {check.enterprise, *rivals(case, plan.visits, check, units)}
    share = near_case(share_of(case, plan.visits, chosen), chosen)
    problem = share.problem()
    own = tuple(v for v in plan.visits if v.enterprise in chosen)
    asked = {c.id for c in share.checks}
    # The check is not named as left out, so that its enterprise is solved again.
    left = tuple(o for o in plan.left_out if o.check in asked and o.check != check.id)
    before = Plan(own, left, 0, Fraction(0), problem.document, {}, problem)
    after = solve(problem, previous=before, effort=effort)
    if {o.check for o in after.left_out} - {o.check for o in left}:
        return None
    moved: list[Document] = []
    for enterprise in sorted(chosen - {check.enterprise}):
        old, new = (
            sorted((v.day.isoformat(), v.checks) for v in visits if v.enterprise == enterprise)
            for visits in (own, after.visits)
        )
        gone = [day for day, checks in old if (day, checks) not in new]
        come = [day for day, checks in new if (day, checks) not in old]
        if gone or come:
            moved.append({"enterprise": enterprise, "from": gone, "to": come})
    visits = [
        {"day": v.day.isoformat(), "checks": list(v.checks)}
        for v in after.visits
        if v.enterprise == check.enterprise
    ]
    (here,) = (v for v in visits if check.id in v["checks"])
    return Moved(moved, {**here, "visits": visits})


def rivals(case: Case, visits: Sequence[Visit], check: Check, units: Collection[str]) -> list[str]:
    """Return enterprises with visits of these units in the check's window, the freest first."""
    length = {c.id: (c.due - c.release).days for c in case.checks}
    free: dict[str, int] = {}
    for visit in visits:
        if (
            visit.enterprise != check.enterprise
            and check.release <= visit.day <= check.due
            and any(seat.unit in units for seat in visit.seats)
        ):
            choice = min(length[c] for c in visit.checks)
            free[visit.enterprise] = max(free.get(visit.enterprise, 0), choice)
    return sorted(free, key=lambda e: (-free[e], e))[:RIVALS]
