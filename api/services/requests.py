"""Requests for a visit, answered at once: joined, new, or refused with rule and clause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.schemas.checks import VisitWanted
from api.security.keys import Caller
from api.services import campaigns, checks, plans
from api.services.service import Service
from api.store.database import Write
from api.store.tables import CampaignRow, VisitRow
from optimizer import canon
from optimizer.domain.check import Check, TriggeredReport
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet
from optimizer.errors import Fault
from optimizer.plan import Joined, New, Plan, PlanState, Refused, build_problem, insert

PROBLEM_OF = {
    "cap": "yearly-cap",
    "quiet": "quiet-period",
    "gap": "gap",
    "capacity": "no-capacity",
    "never-staffed": "no-capacity",
    "no-day": "no-working-day",
}
"""Planner's code of a refusal → problem type; a code that is not here is ``not-possible``."""


@dataclass(frozen=True, slots=True)
class Granted:
    """A visit that was reserved.

    Attributes
    ----------
    outcome
        ``joined`` or ``new``.
    items
        Items of the checks it is joined with.
    """

    outcome: str
    row: VisitRow
    check: Check
    with_checks: tuple[str, ...]
    items: tuple[str, ...]

    def show(self) -> dict[str, Any]:
        """Return it as answers show it."""
        return {
            "outcome": self.outcome,
            "visit": f"/v1/visits/{self.row.number}",
            "day": self.row.day,
            "with": list(self.items),
            "with_checks": list(self.with_checks),
            "check": self.check.id,
            "campaign": self.row.campaign,
        }


def ask(service: Service, caller: Caller, body: VisitWanted) -> Callable[[Write], Granted]:
    """Check a request, and return what reserves the visit under the store's lock.

    Raises
    ------
    ProblemError
        If there is no plan, the item is checked off-site, or the department is not the key's.
    InputError
        With every fault of the request.
    """
    with service.store.read() as session:
        name = body.campaign or _newest_planned(session)
        row = campaigns.find(session, name)
        if row.state != "planned":
            raise ProblemError("wrong-order", f"the campaign {name} has no plan yet")
        base = campaigns.load(service, name).committed
        # Made before the lock is taken, since after a restart it takes a while.
        _state(service, session, row)
    today = date.fromisoformat(service.store.now()[:10])
    first = body.earliest or max(today, base.calendar.start)
    report = TriggeredReport(
        body.check or checks.new_id(service.token, body.source),
        body.enterprise,
        body.item,
        body.source,
        first,
        body.due,
        body.severity,
    )
    own = _faults(base.registers.items, body, first)
    checks.refuse(base, caller, [report], place="", more=own)
    routed = checks.route(base, [report])
    if routed.offsite:
        raise ProblemError("off-site", f"{body.item} needs no visit", rule="offsite_first")
    check = routed.onsite[0]

    def act(write: Write) -> Granted:
        session = write.session
        row = campaigns.find(session, name)
        state = _state(service, session, row)
        result = insert(state, check, name=f"R-{check.id}")
        if isinstance(result, Refused):
            raise refusal(result, check, base.rules)
        visit = _reserve(session, row, result, check, state)
        for each in checks.add(write, caller, name, [(report, check)]):
            checks.record(write, caller, each)
        outcome = "joined" if isinstance(result, Joined) else "new"
        write.record(
            "visit-reserved",
            {
                "actor": caller.key,
                "check": check.id,
                "outcome": outcome,
                "visit": visit.number,
                "plan": visit.plan,
            },
            campaign=name,
        )
        row.schedule += 1
        held = (_mark(row, visit.plan), result.state)
        write.after.append(lambda: service.memory.put(("state", name), held))
        others = result.with_checks if isinstance(result, Joined) else ()
        items = {each.id: each.item for each in state.checks.get(check.enterprise, ())}
        return Granted(outcome, visit, check, others, tuple(sorted({items[o] for o in others})))

    return act


def refusal(result: Refused, check: Check, rules: RuleSet) -> ProblemError:
    """Return a refusal as its problem: rule, clause and what would help."""
    name = PROBLEM_OF.get(result.code, "not-possible")
    exempt = rules.exempt_sources
    for quiet in rules.quiet:
        if quiet.id == result.rule:
            exempt = quiet.exempt
    return ProblemError(
        name,
        f"{check.item} at {check.enterprise} from {check.release} to {check.due}: "
        f"refused by {result.rule}",
        rule=result.rule,
        clause=result.clause,
        mend=[_mend(each, check, exempt) for each in result.mends],
    )


def _mend(mend: dict[str, Any], check: Check, exempt: tuple[str, ...]) -> str:
    match mend["mend"]:
        case "due-later":
            return f"{mend['day']} or later" if "day" in mend else "a later due date"
        case "next-year":
            return f"{check.due.year + 1}-01-01 or later"
        case "exempt-source":
            return f"exemption by {', '.join(exempt)}" if exempt else "an exemption in the rules"
        case "more-inspectors":
            days = ", ".join(mend.get("days", ()))
            return f"more inspectors of {mend['unit']}{f' on {days}' if days else ''}"
        case other:
            return str(other)


def _reserve(
    session: Session, row: CampaignRow, result: Joined | New, check: Check, state: PlanState
) -> VisitRow:
    version = plans.newest(session, row.id)
    if isinstance(result, Joined):
        visit = session.scalars(
            select(VisitRow).where(
                VisitRow.campaign == row.id,
                VisitRow.plan == version,
                VisitRow.id == result.visit.id,
            )
        ).one()
        for field, value in plans.visit_values(result.visit).items():
            setattr(visit, field, value)
        visit.departments = sorted({*visit.departments, check.department})
        visit.reserved = True
        visit.version += 1
    else:
        assert version is not None
        department = {check.id: check.department}
        visit = VisitRow(
            **plans.row_values(row.id, version, result.visit, department, reserved=True)
        )
        session.add(visit)
    session.flush()
    return visit


def _mark(row: CampaignRow, version: int | None) -> tuple[int | None, int]:
    """Return what tells one state of the live schedule from every other."""
    return (version, row.schedule)


def _state(service: Service, session: Session, row: CampaignRow) -> PlanState:
    """Return the live schedule as the planner knows it, of the store's present state.

    `schedule` grows with every change, whichever process makes it, so a state in memory is used
    only while it is what the store holds.
    """
    version = plans.newest(session, row.id)

    def make() -> PlanState:
        revealed = campaigns.load_revealed(service, row.id)
        base = revealed.committed
        every = checks.together(revealed.checks, checks.submitted(session, base))
        visits = tuple(plans.visit_of(visit) for visit in plans.live(session, row.id))
        planned = {check for visit in visits for check in visit.checks}
        problem = build_problem(
            [check for check in every.onsite if check.id in planned],
            base.rules,
            campaign=row.id,
            registers=base.registers,
            calendar=base.calendar,
            checks_digest=canon.digest(canon.canonical(revealed.checks_document)),
        )
        # A state needs of a plan its problem and its visits; figures have no meaning here.
        plan = Plan(visits, (), 0, Fraction(0), problem.document, {}, problem)
        return PlanState.of(plan)

    mark = _mark(row, version)
    held = service.memory.get(("state", row.id), lambda: (mark, make()))
    if held[0] != mark:
        held = (mark, make())
        service.memory.put(("state", row.id), held)
    return held[1]


def _newest_planned(session: Session) -> str:
    name = session.scalar(
        select(CampaignRow.id)
        .where(CampaignRow.state == "planned")
        .order_by(CampaignRow.number.desc())
        .limit(1)
    )
    if name is None:
        raise ProblemError("wrong-order", "no campaign has a plan yet")
    return name


def _faults(items: Mapping[str, Item], body: VisitWanted, first: date) -> list[Fault]:
    """Return the faults that a request can have and a submitted check cannot."""
    faults = []
    item = items.get(body.item)
    if item is not None and item.department != body.department:
        faults.append(
            Fault(
                "item-department",
                "body",
                field="department",
                value=body.department,
                expected=f"expected {item.department}, the department of item {body.item}",
                mend="Ask for an item of the department.",
            )
        )
    if body.due < first:
        faults.append(
            Fault(
                "due-past",
                "body",
                field="due",
                value=body.due.isoformat(),
                expected=f"expected {first} or later",
                mend="Take a later due date.",
            )
        )
    return faults
