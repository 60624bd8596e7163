"""Requests for a visit, answered at once: joined, new, or refused with rule and clause."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, select

from api.problems import ProblemError
from api.schemas.checks import VisitWanted
from api.security.keys import Caller
from api.services import campaigns, checks, live, visit_rows
from api.services.fixing import HeldError, is_held, last_fixed
from api.services.live import Standing
from api.services.service import Service
from api.store.database import Write
from api.store.tables import CampaignRow
from optimizer.domain.check import Check, TriggeredReport
from optimizer.domain.item import Item
from optimizer.errors import Fault
from optimizer.plan import Joined, Refused

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
    visit
        Number of the visit.
    items
        Items of the checks it is joined with.
    """

    outcome: str
    campaign: str
    visit: int
    day: str
    check: Check
    with_checks: tuple[str, ...]
    items: tuple[str, ...]

    def show(self) -> dict[str, Any]:
        """Return it as answers show it."""
        return {
            "outcome": self.outcome,
            "visit": f"/v1/visits/{self.visit}",
            "day": self.day,
            "with": list(self.items),
            "with_checks": list(self.with_checks),
            "check": self.check.id,
            "campaign": self.campaign,
        }


def ask(service: Service, caller: Caller, body: VisitWanted) -> Callable[[Write], Granted]:
    """Check a request, and return what reserves the visit under the store's lock.

    Raises
    ------
    ProblemError
        If there is no plan, the item is checked off-site, or the department is not the key's; or
        days of the window are held just now (`api.services.fixing`) and no other will do.
    InputError
        With every fault of the request.
    """
    name = body.campaign
    if not name:
        with service.store.glance() as connection:
            name = _newest_planned(connection)
    standing, now = live.prepare(service, name), service.store.now()
    fixed = last_fixed(standing, now)
    base = campaigns.load(service, name).committed
    today = date.fromisoformat(now[:10])
    wished = body.earliest or max(today, base.calendar.start)
    id = body.check or checks.new_id(service.token, body.source)

    def shortened(row: Standing, now: str) -> bool:
        """Return whether days of the window wait for odds, and may be free again in a moment."""
        held = row.held_until if is_held(row, now) else None
        return held is not None and held > (row.fixed_until or "") and held >= wished.isoformat()

    def judge(row: Standing, now: str) -> tuple[TriggeredReport, Check]:
        fixed = last_fixed(row, now)
        after = None if fixed is None else date.fromisoformat(fixed)
        first = wished if after is None else max(wished, after + timedelta(days=1))
        if body.due < first and shortened(row, now):
            raise HeldError(row)
        report = TriggeredReport(
            id, body.enterprise, body.item, body.source, first, body.due, body.severity
        )
        own = _faults(base.registers.items, body, first, after)
        checks.refuse(base, caller, [report], place="", more=own)
        routed = checks.route(base, [report])
        if routed.offsite:
            raise ProblemError("off-site", f"{body.item} needs no visit", rule="offsite_first")
        return report, routed.onsite[0]

    judged = judge(standing, now)

    def act(write: Write) -> Granted:
        session = write.session
        row = live.standing(session, name)
        # Days may have been fixed meanwhile: then the window begins behind them.
        same = last_fixed(row, write.now) == fixed
        report, check = judged if same else judge(row, write.now)
        held = live.current(service, session, row)
        state = held.state
        write.undo.append(held.keep())
        result = state.insert(check, name=visit_rows.reserved_id(check.id))
        if isinstance(result, Refused):
            if shortened(row, write.now):
                raise HeldError(row)
            raise refusal(result, check)
        visit = visit_rows.reserve(session, name, row.plan, result, check)
        (added,) = checks.add(write, caller, name, [(report, check)])
        checks.record(write, caller, added)
        outcome = "joined" if isinstance(result, Joined) else "new"
        write.record(
            "visit-reserved",
            {
                "actor": caller.key,
                "check": check.id,
                "outcome": outcome,
                "visit": visit,
                "plan": row.plan,
            },
            campaign=name,
        )
        held.mark = live.reserve(session, row, check=added.number, visit=visit)
        others = result.with_checks if isinstance(result, Joined) else ()
        items = {each.id: each.item for each in state.checks.get(check.enterprise, ())}
        return Granted(
            outcome,
            name,
            visit,
            result.visit.day.isoformat(),
            check,
            others,
            tuple(sorted({items[o] for o in others})),
        )

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


def _newest_planned(connection: Connection) -> str:
    name = connection.scalar(
        select(CampaignRow.id)
        .where(CampaignRow.state == "planned")
        .order_by(CampaignRow.number.desc())
        .limit(1)
    )
    if name is None:
        raise ProblemError("wrong-order", "no campaign has a plan yet")
    return name


def _faults(
    items: Mapping[str, Item], body: VisitWanted, first: date, fixed: date | None
) -> list[Fault]:
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
        why = f": teams up to {fixed} are drawn or wait for their seed" * (fixed is not None)
        faults.append(
            Fault(
                "due-past",
                "body",
                field="due",
                value=body.due.isoformat(),
                expected=f"expected {first} or later{why}",
                mend="Take a later due date.",
            )
        )
    return faults
