"""Outcomes of checks: once each; a correction is a new entry that names the old one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.schemas.visits import OutcomesIn
from api.security.keys import Caller
from api.services import campaigns, supervised, watch
from api.services.entries import commitment, of_visit, person
from api.services.service import Service
from api.store.database import Write
from api.store.tables import OutcomeRow, VisitRow
from optimizer.domain.outcome import OUTCOMES
from optimizer.domain.registry import Document, Registers
from optimizer.errors import Fault, InputError
from optimizer.supervision import Task


def record(
    service: Service, caller: Caller, number: int, body: OutcomesIn
) -> Callable[[Write], list[OutcomeRow]]:
    """Return what records outcomes of a visit's checks, all or none.

    Raises
    ------
    ProblemError
        If there is no such visit for the caller, a check is another department's, one has an
        outcome already, or the visit's day has not come and nobody entered.
    InputError
        Where a check is not of the visit, or a correction corrects nothing.
    """
    with service.store.read() as session:
        name = supervised.visible(session, caller, number).campaign
    campaigns.load_revealed(service, name)

    def act(write: Write) -> list[OutcomeRow]:
        session = write.session
        visit = supervised.visible(session, caller, number)
        tasks = supervised.tasks(service, session, name, visit.checks)
        _refuse(service, session, caller, visit, tasks, body)
        rows = [
            _store(service, write, caller, visit, tasks[one.check], body, place)
            for place, one in enumerate(body.outcomes)
        ]
        found = watch.look_at(service, session, name, visit.enterprise)
        watch.raise_each(write, name, found)
        return rows

    return act


def _refuse(
    service: Service,
    session: Session,
    caller: Caller,
    visit: VisitRow,
    tasks: Mapping[str, Task],
    body: OutcomesIn,
) -> None:
    faults = [
        Fault(
            "check-not-in-visit",
            "body",
            field=f"outcomes.{place}.check",
            value=one.check,
            expected=f"expected one of {', '.join(visit.checks[:20])}",
            mend="Name a check of this visit.",
        )
        for place, one in enumerate(body.outcomes)
        if one.check not in tasks
    ]
    if faults:
        raise InputError(faults)
    others = {tasks[one.check].department for one in body.outcomes} - {caller.department}
    if others and not caller.sees_everything:
        raise ProblemError(
            "not-allowed",
            f"the key belongs to {caller.department}, the checks to {', '.join(sorted(others))}",
        )
    early = supervised.today_of(service).isoformat() < visit.day
    if early and not of_visit(session, visit):
        raise ProblemError("wrong-order", f"the visit is on {visit.day}, and nobody has entered")
    for place, one in enumerate(body.outcomes):
        latest = newest(session, visit.campaign, one.check)
        if latest is None and one.corrects is not None:
            faults.append(
                Fault(
                    "corrects-nothing",
                    "body",
                    field=f"outcomes.{place}.corrects",
                    value=str(one.corrects),
                    expected="expected the number of an outcome of this check",
                    mend="Leave it out: the check has no outcome yet.",
                )
            )
        elif latest is not None and one.corrects != latest.number:
            raise ProblemError(
                "outcome-exists",
                f"{one.check} has the outcome {latest.outcome}, number {latest.number}",
                corrects=latest.number,
            )
    if faults:
        raise InputError(faults)


def _store(
    service: Service,
    write: Write,
    caller: Caller,
    visit: VisitRow,
    task: Task,
    body: OutcomesIn,
    place: int,
) -> OutcomeRow:
    one = body.outcomes[place]
    latest = newest(write.session, visit.campaign, task.id)
    salt = service.token(16)
    told = body.told_at.isoformat() if body.told_at is not None else None
    document: Document = {
        "campaign": visit.campaign,
        "visit": visit.number,
        "check": task.id,
        "outcome": one.outcome,
        "corrects": one.corrects,
        "inspector": body.inspector or "",
        "note": one.note,
        "reason": one.reason,
        "told_at": told,
    }
    row = OutcomeRow(
        campaign=visit.campaign,
        visit=visit.number,
        check=task.id,
        revision=1 if latest is None else latest.revision + 1,
        corrects=one.corrects,
        enterprise=visit.enterprise,
        day=visit.day,
        item=task.item,
        department=task.department,
        outcome=one.outcome,
        inspector=body.inspector or "",
        note=one.note,
        reason=one.reason,
        told_at=told,
        recorded_by=caller.key,
        recorded_at=write.now,
        salt=salt,
        commitment=commitment(salt, document),
    )
    write.session.add(row)
    write.session.flush()
    write.record(
        "outcome",
        {
            "actor": caller.key,
            "outcome": row.number,
            "corrects": row.corrects,
            "commitment": row.commitment,
        },
        campaign=visit.campaign,
    )
    return row


def newest(session: Session, name: str, check: str) -> OutcomeRow | None:
    """Return the latest outcome of a check."""
    return session.scalar(
        select(OutcomeRow)
        .where(OutcomeRow.campaign == name, OutcomeRow.check == check)
        .order_by(OutcomeRow.revision.desc())
        .limit(1)
    )


def of_checks(session: Session, visit: VisitRow) -> list[OutcomeRow]:
    """Return all outcomes of a visit's checks, corrected ones too, in the order recorded."""
    return list(
        session.scalars(
            select(OutcomeRow)
            .where(OutcomeRow.campaign == visit.campaign, OutcomeRow.check.in_(visit.checks))
            .order_by(OutcomeRow.number)
        )
    )


def latest(session: Session, name: str) -> dict[str, OutcomeRow]:
    """Return check → its latest outcome, of a whole campaign."""
    rows = session.scalars(
        select(OutcomeRow).where(OutcomeRow.campaign == name).order_by(OutcomeRow.number)
    )
    return {row.check: row for row in rows}


def show(row: OutcomeRow, caller: Caller, registers: Registers) -> dict[str, Any]:
    """Return an outcome as answers show it."""
    code = OUTCOMES[row.outcome]
    return {
        "number": row.number,
        "campaign": row.campaign,
        "visit": f"/v1/visits/{row.visit}",
        "check": row.check,
        "item": row.item,
        "department": row.department,
        "outcome": row.outcome,
        "title": {"zh": code.zh, "en": code.en},
        "revision": row.revision,
        "corrects": row.corrects,
        "inspector": person(row.inspector, caller, registers),
        "note": row.note,
        "reason": row.reason,
        "told_at": row.told_at,
        "recorded_by": row.recorded_by,
        "recorded_at": row.recorded_at,
        "commitment": row.commitment,
    }
