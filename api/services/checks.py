"""Checks that were submitted: taken in, routed, listed."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.schemas.checks import CheckIn, ChecksIn
from api.security.keys import Caller
from api.services import campaigns
from api.services.service import Service
from api.store.database import Token, Write
from api.store.tables import CheckRow
from optimizer.checks import CheckList, make_checks
from optimizer.domain.check import Check, TriggeredReport
from optimizer.domain.days import Span
from optimizer.errors import Fault, InputError
from optimizer.flow import Committed
from optimizer.registers.near import nearest

PLANNED = ("special", "daily")
"""Sources of planned checks that no draw gives: special and daily inspection plans."""
_TAKEN = select(CheckRow.id).where(
    CheckRow.campaign == bindparam("campaign"), CheckRow.id.in_(bindparam("wanted", expanding=True))
)
_ADD = insert(CheckRow).returning(CheckRow.number, sort_by_parameter_order=True)


def submit(service: Service, caller: Caller, body: ChecksIn) -> Callable[[Write], list[CheckRow]]:
    """Route checks and return what writes them, all or none.

    Raises
    ------
    ProblemError
        If the campaign is unknown, or a department submits another's check.
    InputError
        With every fault.
    """
    base = campaigns.load(service, body.campaign).committed
    reports = [report(each, each.id or new_id(service.token, each.source)) for each in body.checks]
    refuse(base, caller, reports, place="checks.{}.")
    checks = route(base, reports)
    by_id = {check.id: check for check in (*checks.onsite, *checks.offsite)}

    def act(write: Write) -> list[CheckRow]:
        rows = add(write, caller, body.campaign, [(r, by_id[r.id]) for r in reports])
        for row in rows:
            record(write, caller, row)
        return rows

    return act


def add(
    write: Write, caller: Caller, campaign: str, routed: Sequence[tuple[TriggeredReport, Check]]
) -> list[CheckRow]:
    """Store routed checks.

    Raises
    ------
    ProblemError
        If the campaign has a check of one of these ids.
    """
    wanted = [check.id for _, check in routed]
    connection = write.session.connection()
    taken = set(connection.scalars(_TAKEN, {"campaign": campaign, "wanted": wanted}))
    if taken:
        raise ProblemError("check-exists", f"taken: {', '.join(sorted(taken)[:20])}")
    rows = [
        {
            "campaign": campaign,
            "id": check.id,
            "enterprise": check.enterprise,
            "item": check.item,
            "department": check.department,
            "kind": check.kind,
            "source": check.source,
            "way": check.way,
            "report": {
                "received": report.received.isoformat(),
                "due": report.due.isoformat(),
                "severity": report.severity,
                "level": check.level,
                "reason": check.reason,
                "units": list(check.units),
            },
            "submitted_by": caller.key,
            "submitted_at": write.now,
        }
        for report, check in routed
    ]
    numbers = connection.scalars(_ADD, rows)
    return [CheckRow(number=number, **row) for number, row in zip(numbers, rows, strict=True)]


def record(write: Write, caller: Caller, row: CheckRow) -> None:
    """Put the act into the log: who submitted which check, not whom it concerns."""
    write.record(
        "check",
        {"actor": caller.key, "check": row.id, "item": row.item, "source": row.source},
        campaign=row.campaign,
    )


def report(body: CheckIn, name: str) -> TriggeredReport:
    """Return a check as the flow takes it in."""
    return TriggeredReport(
        name, body.enterprise, body.item, body.source, body.received, body.due, body.severity
    )


def new_id(token: Token, source: str) -> str:
    """Return a new id for a check of a source."""
    return f"{'S' if source in PLANNED else 'T'}-{token(8).hex()}"


def refuse(
    base: Committed,
    caller: Caller,
    reports: Sequence[TriggeredReport],
    *,
    place: str,
    more: Sequence[Fault] = (),
) -> None:
    """Refuse reports that name what the registers do not hold.

    Parameters
    ----------
    place
        Where the fields stand in the request; ``{}`` is the report's place.
    more
        Faults that were found before, to be listed with these.
    """
    registers = base.registers
    sources = (*base.rules.exempt_sources, *PLANNED)
    drawn_ids = {each.id for each in registers.triggered}
    faults: list[Fault] = list(more)
    seen: set[str] = set()

    def fault(n: int, code: str, field: str, value: str, known: Iterable[str]) -> None:
        near = nearest(value, list(known))
        faults.append(
            Fault(
                code,
                "body",
                field=place.format(n) + field,
                value=value,
                expected=f"expected {code.removeprefix('unknown-')} of this campaign",
                mend=f"Perhaps {near} is meant." if near else "Correct it, or amend the register.",
            )
        )

    for n, each in enumerate(reports):
        if each.enterprise not in registers.enterprises:
            fault(n, "unknown-enterprise", "enterprise", each.enterprise, ())
        if each.item not in registers.items:
            fault(n, "unknown-item", "item", each.item, registers.items)
        if each.source not in sources:
            fault(n, "unknown-source", "source", each.source, sources)
        if each.id in seen or each.id in drawn_ids:
            fault(n, "check-twice", "id", each.id, ())
        seen.add(each.id)
    if faults:
        raise InputError(faults)
    if not caller.sees_everything:
        others = {registers.items[each.item].department for each in reports} - {caller.department}
        if others:
            raise ProblemError(
                "not-allowed",
                f"the key belongs to {caller.department}, the items to {', '.join(sorted(others))}",
            )


def route(base: Committed, reports: Sequence[TriggeredReport]) -> CheckList:
    """Route reports to units; those of planned sources become planned checks.

    Raises
    ------
    InputError
        Where a report has no unit, or none of its days lies in the horizon.
    """
    registers = replace(base.registers, triggered=tuple(reports))
    horizon = Span(base.calendar.start, base.calendar.last)
    routed = make_checks((), registers, base.campaign, base.rules, horizon=horizon)
    return CheckList(
        routed.campaign,
        tuple(_with_kind(check) for check in routed.onsite),
        tuple(_with_kind(check) for check in routed.offsite),
    )


def _with_kind(check: Check) -> Check:
    return replace(check, kind="planned") if check.source in PLANNED else check


def submitted(session: Session, base: Committed) -> CheckList:
    """Return the submitted checks of a campaign, routed."""
    rows = session.scalars(
        select(CheckRow).where(CheckRow.campaign == base.campaign.id).order_by(CheckRow.number)
    ).all()
    return route(base, [from_row(row) for row in rows])


def from_row(row: CheckRow) -> TriggeredReport:
    """Return a stored check as the flow takes it in."""
    return TriggeredReport(
        row.id,
        row.enterprise,
        row.item,
        row.source,
        date.fromisoformat(row.report["received"]),
        date.fromisoformat(row.report["due"]),
        row.report["severity"],
    )


def together(first: CheckList, second: CheckList) -> CheckList:
    """Return two lists as one, by id."""

    def merged(a: Iterable[Check], b: Iterable[Check]) -> tuple[Check, ...]:
        return tuple(sorted((*a, *b), key=lambda check: check.id))

    return CheckList(
        first.campaign, merged(first.onsite, second.onsite), merged(first.offsite, second.offsite)
    )


def only(every: CheckList, ids: Container[str]) -> CheckList:
    """Return the checks of a list with one of these ids."""
    return CheckList(
        every.campaign,
        tuple(check for check in every.onsite if check.id in ids),
        tuple(check for check in every.offsite if check.id in ids),
    )


def show(row: CheckRow) -> Mapping[str, Any]:
    """Return a check as answers show it."""
    return {
        "campaign": row.campaign,
        "number": row.number,
        "id": row.id,
        "enterprise": row.enterprise,
        "item": row.item,
        "department": row.department,
        "kind": row.kind,
        "source": row.source,
        "way": row.way,
        **row.report,
        "submitted_by": row.submitted_by,
        "submitted_at": row.submitted_at,
    }
