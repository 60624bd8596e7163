"""Outcomes of checks: once each; a correction is a new entry that names the old one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.schemas.visits import OutcomeIn, OutcomesIn
from api.security.keys import Caller
from api.services import campaigns, supervised, watch
from api.services.entries import commitment, of_visit, person
from api.services.service import Service
from api.store.database import Write
from api.store.tables import OutcomeRow, VisitRow
from optimizer.domain.outcome import OUTCOMES
from optimizer.domain.registry import Document, Registers
from optimizer.errors import Fault, InputError
from optimizer.registers.near import nearest


@dataclass(frozen=True, slots=True)
class Checkable:
    """A check that may get an outcome.

    Attributes
    ----------
    day
        Of its visit; of a check off site, on which it is recorded.
    visit
        Number of its visit; ``None`` off site.
    """

    check: str
    item: str
    department: str
    enterprise: str
    day: str
    visit: int | None


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
        known = {
            t.id: Checkable(t.id, t.item, t.department, visit.enterprise, visit.day, number)
            for t in tasks.values()
        }
        _refuse_strange(known, body, "check of this visit")
        _refuse_foreign(caller, known, body)
        early = supervised.today_of(service).isoformat() < visit.day
        if early and not of_visit(session, visit):
            raise ProblemError(
                "wrong-order", f"the visit is on {visit.day}, and nobody has entered"
            )
        rows = _store(service, write, caller, name, known, body)
        found = watch.look_at(service, session, name, visit.enterprise)
        watch.raise_each(write, name, found)
        return rows

    return act


def record_offsite(
    service: Service, caller: Caller, name: str, body: OutcomesIn
) -> Callable[[Write], list[OutcomeRow]]:
    """Return what records outcomes of checks off site, which no visit holds (measure 12).

    Raises
    ------
    ProblemError
        If the campaign is unknown or not drawn, a check is another department's, or one has an
        outcome already.
    InputError
        Where a check is not one off site, or a correction corrects nothing.
    """
    with service.store.read() as session:
        campaigns.find(session, name)
    campaigns.load_revealed(service, name)

    def act(write: Write) -> list[OutcomeRow]:
        today = supervised.today_of(service).isoformat()
        known = {
            check: Checkable(check, item, department, enterprise, today, None)
            for check, item, department, enterprise in supervised.offsite(
                service, write.session, name
            )
        }
        _refuse_strange(known, body, "check off site of this campaign")
        _refuse_foreign(caller, known, body)
        return _store(service, write, caller, name, known, body)

    return act


def _refuse_strange(known: Mapping[str, Checkable], body: OutcomesIn, what: str) -> None:
    faults = []
    for place, one in enumerate(body.outcomes):
        if one.check not in known:
            near = nearest(one.check, list(known)[:1000])
            faults.append(
                Fault(
                    "check-not-here",
                    "body",
                    field=f"outcomes.{place}.check",
                    value=one.check,
                    expected=f"expected a {what}",
                    mend=f"Perhaps {near} is meant." if near else "Name one of its checks.",
                )
            )
    if faults:
        raise InputError(faults)


def _refuse_foreign(caller: Caller, known: Mapping[str, Checkable], body: OutcomesIn) -> None:
    others = {known[one.check].department for one in body.outcomes} - {caller.department}
    if others and not caller.sees_everything:
        raise ProblemError(
            "not-allowed",
            f"the key belongs to {caller.department}, the checks to {', '.join(sorted(others))}",
        )


def _store(
    service: Service,
    write: Write,
    caller: Caller,
    name: str,
    known: Mapping[str, Checkable],
    body: OutcomesIn,
) -> list[OutcomeRow]:
    """Store outcomes, unless one is there or a correction corrects nothing."""
    before = {one.check: newest(write.session, name, one.check) for one in body.outcomes}
    faults = [
        Fault(
            "corrects-nothing",
            "body",
            field=f"outcomes.{place}.corrects",
            value=str(one.corrects),
            expected="expected the number of an outcome of this check",
            mend="Leave it out: the check has no outcome yet.",
        )
        for place, one in enumerate(body.outcomes)
        if one.corrects is not None and before[one.check] is None
    ]
    if faults:
        raise InputError(faults)
    for one in body.outcomes:
        last = before[one.check]
        if last is not None and one.corrects != last.number:
            raise ProblemError(
                "outcome-exists",
                f"{one.check} has the outcome {last.outcome}, number {last.number}",
                corrects=last.number,
            )
    return [
        _store_one(service, write, caller, name, known[one.check], body, one, before[one.check])
        for one in body.outcomes
    ]


def _store_one(
    service: Service,
    write: Write,
    caller: Caller,
    name: str,
    about: Checkable,
    body: OutcomesIn,
    one: OutcomeIn,
    last: OutcomeRow | None,
) -> OutcomeRow:
    salt = service.token(16)
    told = body.told_at.isoformat() if body.told_at is not None else None
    document: Document = {
        "campaign": name,
        "visit": about.visit,
        "check": about.check,
        "outcome": one.outcome,
        "corrects": one.corrects,
        "inspector": body.inspector or "",
        "note": one.note,
        "reason": one.reason,
        "told_at": told,
    }
    row = OutcomeRow(
        campaign=name,
        visit=about.visit,
        check=about.check,
        revision=1 if last is None else last.revision + 1,
        corrects=one.corrects,
        enterprise=about.enterprise,
        day=about.day,
        item=about.item,
        department=about.department,
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
        campaign=name,
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
        "visit": None if row.visit is None else f"/v1/visits/{row.visit}",
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
