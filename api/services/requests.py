"""Requests for a visit, answered at once: joined, new, or refused with rule and clause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
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
from optimizer.errors import Fault
from optimizer.plan import Joined, New, PlanState, Refused, build_problem

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
        _prepare(service, session, row)
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
        live = _live(service, session, row)
        state = live.state
        write.undo.append(live.keep())
        result = state.insert(check, name=f"R-{check.id}")
        if isinstance(result, Refused):
            raise refusal(result, check)
        visit = _reserve(session, row, result, check)
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
        live.mark = _mark(row, visit.plan)
        others = result.with_checks if isinstance(result, Joined) else ()
        items = {each.id: each.item for each in state.checks.get(check.enterprise, ())}
        return Granted(outcome, visit, check, others, tuple(sorted({items[o] for o in others})))

    return act


def refusal(result: Refused, check: Check) -> ProblemError:
    """Return a refusal as its problem: rule, clause and what would help."""
    name = PROBLEM_OF.get(result.code, "not-possible")
    return ProblemError(
        name,
        f"{check.item} at {check.enterprise} from {check.release} to {check.due}: "
        f"refused by {result.rule}",
        rule=result.rule,
        clause=result.clause,
        mend=[_mend(each, check) for each in result.mends],
    )


def _mend(mend: dict[str, Any], check: Check) -> str:
    match mend["mend"]:
        case "due-later":
            return f"{mend['day']} or later"
        case "next-year":
            return f"{check.due.year + 1}-01-01 or later"
        case "exempt-source":
            return f"exemption by {', '.join(mend['sources'])}"
        case "more-inspectors":
            return f"more inspectors of {mend['unit']} on {', '.join(mend['days'])}"
        case other:
            return str(other)


def _reserve(session: Session, row: CampaignRow, result: Joined | New, check: Check) -> VisitRow:
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


@dataclass(slots=True)
class _Live:
    """The live schedule as the planner knows it; changed only under the store's lock.

    Attributes
    ----------
    mark
        State of the store that it holds, or of the transaction under way.
    """

    mark: tuple[int | None, int]
    state: PlanState

    def keep(self) -> Callable[[], None]:
        """Make what was answered before final; return what takes back all from now on."""
        self.state.settle()
        mark, version = self.mark, self.state.version

        def undo() -> None:
            self.state.rewind(version)
            self.mark = mark

        return undo


def _prepare(service: Service, session: Session, row: CampaignRow) -> None:
    """Have the live schedule in memory, unless what is there is as new as the store."""
    mark = _mark(row, plans.newest(session, row.id))
    held = service.memory.get(("state", row.id), lambda: _make(service, session, row, mark))
    # A newer one is of a transaction that this session does not see yet.
    if held.mark[1] < mark[1]:
        service.memory.put(("state", row.id), _make(service, session, row, mark))


def _live(service: Service, session: Session, row: CampaignRow) -> _Live:
    """Return the live schedule of the store's present state; to be called under its lock.

    `schedule` grows with every change, whichever process makes it, so what is in memory is used
    only while it is what the store holds.
    """
    mark = _mark(row, plans.newest(session, row.id))
    held = service.memory.get(("state", row.id), lambda: _make(service, session, row, mark))
    if held.mark != mark:
        held = _make(service, session, row, mark)
        service.memory.put(("state", row.id), held)
    return held


def _make(
    service: Service, session: Session, row: CampaignRow, mark: tuple[int | None, int]
) -> _Live:
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
        checks_digest=canon.digest(canon.canonical(revealed.checks_document), base.frame.hash),
        hash=base.frame.hash,
    )
    return _Live(mark, PlanState(problem, visits))


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
