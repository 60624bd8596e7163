"""Filings (备案; measure 6): the schedule as it stood, kept as a document, and filed again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from api.problems import ProblemError
from api.schemas.visits import FilingWanted
from api.security.keys import Caller
from api.services import alerts, campaigns, plans, supervised
from api.services.service import Service
from api.store.database import Write
from api.store.tables import DocumentRow, FilingRow, VisitRow
from optimizer import canon
from optimizer.domain.registry import Document
from optimizer.supervision import Finding, filing_findings

FORMAT = "double-random/filing/v1"


def file(
    service: Service, caller: Caller, name: str, body: FilingWanted
) -> Callable[[Write], FilingRow]:
    """Return what files the live schedule.

    Raises
    ------
    ProblemError
        If the campaign is unknown or has no plan.
    """
    with service.store.read() as session:
        campaigns.find(session, name)
    campaigns.load(service, name)

    def act(write: Write) -> FilingRow:
        session = write.session
        plan = plans.newest(session, name)
        if plan is None:
            raise ProblemError("wrong-order", f"the campaign {name} must be planned first")
        before = newest(session, name)
        number = 1 if before is None else before.number + 1
        days = {c: row.day for row in supervised.in_force(session, name) for c in row.checks}
        document: Document = {
            "format": FORMAT,
            "campaign": name,
            "filing": number,
            "plan": plan,
            "days": dict(sorted(days.items())),
        }
        path, data = f"filings/{number}.json", canon.canonical(document)
        campaigns.add_documents(session, name, {path: data})
        row = FilingRow(
            campaign=name,
            number=number,
            plan=plan,
            path=path,
            sha256=canon.digest(data),
            checks=len(days),
            body=body.body,
            opinion=body.opinion.isoformat() if body.opinion else None,
            reason=body.reason,
            filed_by=caller.key,
            filed_at=write.now,
        )
        session.add(row)
        session.flush()
        write.record(
            "filing",
            {
                "actor": caller.key,
                "filing": number,
                "plan": plan,
                "sha256": row.sha256,
                "body": body.body,
                "reason": body.reason,
            },
            campaign=name,
        )
        alerts.raise_found(write, name, found(service, session, name))
        return row

    return act


def newest(session: Session, name: str) -> FilingRow | None:
    """Return the latest filing of a campaign."""
    return session.scalar(
        select(FilingRow)
        .where(FilingRow.campaign == name)
        .order_by(FilingRow.number.desc())
        .limit(1)
    )


def found(service: Service, session: Session, name: str) -> tuple[Finding, ...]:
    """Return what the campaign's filing, or its absence, sets off today."""
    base = campaigns.load(service, name).committed
    rows = session.scalars(
        select(FilingRow).where(FilingRow.campaign == name).order_by(FilingRow.number)
    ).all()
    departments: dict[str, set[str]] = {}
    units = base.registers.units
    concerned: set[str] = set()
    for visit in supervised.in_force(session, name):
        concerned.update(visit.departments)
        for seat in visit.seats:
            unit = units[seat["unit"]]
            departments.setdefault(unit.department, set()).add(unit.level)
    city = {unit.department for unit in units.values() if unit.level == "city"}
    asks = any("county" in levels and line in city for line, levels in departments.items())
    asked = [row.opinion for row in rows if row.opinion is not None]
    return filing_findings(
        base.calendar.start,
        date.fromisoformat(rows[0].filed_at[:10]) if rows else None,
        supervised.today_of(service),
        departments=tuple(sorted(concerned)),
        needs_opinion=asks,
        opinion=date.fromisoformat(min(asked)) if asked else None,
    )


def refuse_unfiled(service: Service, session: Session, row: VisitRow) -> None:
    """Refuse a visit with a planned check that is not filed for its day (measure 6).

    Triggered checks belong to no plan, and need no filing.

    Raises
    ------
    ProblemError
        If a planned check is not filed, or was filed for another day.
    """
    tasks = supervised.tasks(service, session, row.campaign, row.checks)
    planned = [check for check in row.checks if tasks[check].kind == "planned"]
    days = _filed_days(service, session, row.campaign)
    missing = [check for check in planned if days.get(check) != row.day]
    if missing:
        raise ProblemError(
            "not-filed",
            f"not filed for {row.day}: {', '.join(missing[:20])}",
            filings=f"/v1/campaigns/{row.campaign}/filings",
        )


def _filed_days(service: Service, session: Session, name: str) -> dict[str, str]:
    """Return check → day of the latest filing."""
    last = newest(session, name)
    if last is None:
        return {}

    def make() -> tuple[int, dict[str, str]]:
        data = session.scalar(
            select(DocumentRow)
            .where(DocumentRow.campaign == name, DocumentRow.path == last.path)
            .options(undefer(DocumentRow.data))
        )
        assert data is not None
        return last.number, canon.parse(data.data)["days"]

    held: tuple[int, dict[str, str]] = service.memory.get(("filed", name), make)
    if held[0] != last.number:
        held = make()
        service.memory.put(("filed", name), held)
    return held[1]


def show(row: FilingRow) -> dict[str, Any]:
    """Return a filing as answers show it."""
    return {
        "campaign": row.campaign,
        "filing": row.number,
        "plan": row.plan,
        "checks": row.checks,
        "body": row.body,
        "opinion": row.opinion,
        "reason": row.reason,
        "sha256": row.sha256,
        "filed_by": row.filed_by,
        "filed_at": row.filed_at,
        "document": f"/v1/campaigns/{row.campaign}/documents/{row.path}",
    }
