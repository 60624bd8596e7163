"""Entry codes (measure 11): issued for a filed visit, revoked, and checked by anyone.

A code holds while the live schedule has the very visit that it was issued for. Nothing needs to
be revoked when a plan is amended: a visit that was moved or changed is no longer that visit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.schemas.visits import CodeWanted
from api.security.entry_codes import (
    CodeKey,
    EntryCode,
    UnreadableCodeError,
    code_key,
    is_signed,
    read_code,
    sign_code,
    tidy,
)
from api.security.keys import Caller
from api.services import campaigns, filings, supervised
from api.services.service import Service
from api.store.database import Write
from api.store.tables import EntryCodeRow, Fact, VisitRow
from optimizer import canon
from optimizer.publication.names import Names

KEY_FACT = "entry-key:"
"""Begins the names of facts that hold verifier keys of entry codes, by key id."""

ANSWERS = {
    "authorised": ("检查已获授权", "This visit is authorised."),
    "not-yet": ("检查码尚未到有效日期", "The code holds on a later day."),
    "expired": ("检查码已过有效日期", "The code held on an earlier day."),
    "revoked": ("检查码已作废", "The code was revoked."),
    "amended": (
        "检查计划已变更,该检查码不再有效",
        "The visit was moved or changed after the code was issued.",
    ),
    "forged": ("检查码系伪造或已被改动", "The signature does not hold: forged or changed."),
    "unknown-key": ("检查码由未知密钥签发", "The code was signed by a key that is not known here."),
    "unknown-code": ("检查码未在本系统签发", "No such code was issued here."),
    "unreadable": ("无法识别的检查码", "This is not an entry code."),
}
"""What a check of a code answers, in Chinese and English."""


def issue(
    service: Service, caller: Caller, number: int, body: CodeWanted
) -> Callable[[Write], EntryCodeRow]:
    """Return what issues a code for a visit; one that it has already is revoked.

    Raises
    ------
    ProblemError
        If there is no such visit for the caller, it is not of the live schedule or not filed, or
        its day is over.
    """
    with service.store.read() as session:
        name = supervised.visible(session, caller, number).campaign
    campaigns.load_revealed(service, name)
    key = code_key(service.settings.entry_key, service.token)

    def act(write: Write) -> EntryCodeRow:
        session = write.session
        visit = supervised.visible(session, caller, number)
        refuse_superseded(session, visit)
        filings.refuse_unfiled(service, session, visit)
        if visit.day < write.now[:10]:
            raise ProblemError("day-past", f"the visit was on {visit.day}")
        day = date.fromisoformat(visit.day)
        _know(write, key)
        for old in session.scalars(
            select(EntryCodeRow).where(
                EntryCodeRow.campaign == name,
                EntryCodeRow.enterprise == visit.enterprise,
                EntryCodeRow.day == visit.day,
                EntryCodeRow.revoked_at.is_(None),
            )
        ):
            _revoke(write, caller, old, body.reason or "another code was issued")
        said = EntryCode(key.kid, service.token(8), day, day, number, name, visit.enterprise)
        text = sign_code(said, key.key)
        row = EntryCodeRow(
            id=said.nonce.hex(),
            campaign=name,
            visit=number,
            enterprise=visit.enterprise,
            day=visit.day,
            kid=key.kid,
            code=text,
            hash=canon.digest(text.encode()),
            content=supervised.content(visit),
            departments=list(visit.departments),
            shown=_authorised(service, session, visit),
            issued_by=caller.key,
            issued_at=write.now,
            revoked_by=None,
            revoked_at=None,
            reason=None,
        )
        session.add(row)
        session.flush()
        write.record(
            "entry-code", {"actor": caller.key, "code": row.hash, "kid": key.kid}, campaign=name
        )
        return row

    return act


def refuse_superseded(session: Session, visit: VisitRow) -> None:
    """Refuse a visit of an older plan version, and say which one stands in its place."""
    standing = supervised.in_force(
        session, visit.campaign, enterprise=visit.enterprise, day=visit.day
    )
    if visit.number not in {row.number for row in standing}:
        raise ProblemError(
            "visit-superseded",
            f"visit {visit.number} is of plan version {visit.plan}",
            visit=f"/v1/visits/{standing[0].number}" if standing else None,
        )


def _authorised(service: Service, session: Session, visit: VisitRow) -> dict[str, Any]:
    """Return what a code tells whoever checks it: no person's name."""
    names = Names(supervised.registers_of(service, visit.campaign))
    tasks = supervised.tasks(service, session, visit.campaign, visit.checks)
    items = sorted({task.item for task in tasks.values()})
    return {
        "enterprise": {"id": visit.enterprise, "name": names.enterprise(visit.enterprise)},
        "departments": [{"id": d, "name": names.department(d)} for d in visit.departments],
        "units": [
            {
                "id": seat["unit"],
                "name": names.unit(seat["unit"]),
                "inspectors": seat["inspectors"],
            }
            for seat in visit.seats
        ],
        "items": [{"id": item, "name": names.item(item)} for item in items],
        "inspectors": sum(seat["inspectors"] for seat in visit.seats),
    }


def _know(write: Write, key: CodeKey) -> None:
    """Keep the verifier key for ever, and have it in the log, before its first code."""
    name = KEY_FACT + key.kid
    if write.session.get(Fact, name) is None:
        write.session.add(Fact(name=name, value=key.vkey))
        write.record("entry-key", {"vkey": key.vkey})


def keys(session: Session) -> list[dict[str, str]]:
    """Return the verifier keys of all codes ever issued here."""
    rows = session.scalars(select(Fact).where(Fact.name.startswith(KEY_FACT)).order_by(Fact.name))
    return [{"kid": row.name.removeprefix(KEY_FACT), "vkey": row.value} for row in rows]


def find(session: Session, caller: Caller, name: str) -> EntryCodeRow:
    """Return an issued code by its id.

    Raises
    ------
    ProblemError
        If there is none that the caller may see.
    """
    row = session.scalar(select(EntryCodeRow).where(EntryCodeRow.id == name))
    if row is None or not (caller.sees_everything or caller.department in row.departments):
        raise ProblemError("not-found", "there is no such entry code")
    return row


def revoke(
    caller: Caller, name: str, reason: str, *, tags: tuple[str, ...] | None
) -> Callable[[Write], EntryCodeRow]:
    """Return what revokes a code; one that is revoked stays as it is."""

    def act(write: Write) -> EntryCodeRow:
        row = find(write.session, caller, name)
        if tags and etag(row) not in tags:
            raise ProblemError("precondition-failed", f"the entry code is now {etag(row)}")
        if row.revoked_at is None:
            _revoke(write, caller, row, reason)
        return row

    return act


def _revoke(write: Write, caller: Caller, row: EntryCodeRow, reason: str) -> None:
    row.revoked_by, row.revoked_at, row.reason = caller.key, write.now, reason
    write.record(
        "entry-code-revoked",
        {"actor": caller.key, "code": row.hash, "reason": reason},
        campaign=row.campaign,
    )


def state_of(
    session: Session, text: str, day: date
) -> tuple[str, EntryCode | None, EntryCodeRow | None]:
    """Return what becomes of a code on a day: its answer, what it says, and its issue.

    What it says is given only where the signature holds.
    """
    try:
        said, signature = read_code(text)
    except UnreadableCodeError:
        return "unreadable", None, None
    known = session.get(Fact, KEY_FACT + said.kid)
    if known is None:
        return "unknown-key", None, None
    if not is_signed(said, signature, known.value):
        return "forged", None, None
    row = session.scalar(select(EntryCodeRow).where(EntryCodeRow.id == said.nonce.hex()))
    if row is None or row.code != tidy(text):
        return "unknown-code", said, None
    if row.revoked_at is not None:
        return "revoked", said, row
    standing = supervised.in_force(session, row.campaign, enterprise=row.enterprise, day=row.day)
    if row.content not in {supervised.content(visit) for visit in standing}:
        return "amended", said, row
    if day > said.last:
        return "expired", said, row
    return ("authorised" if day >= said.first else "not-yet"), said, row


def check(service: Service, session: Session, text: str) -> dict[str, Any]:
    """Return what anyone learns of a code: whether, what and how many, never who."""
    today = supervised.today_of(service)
    state, said, row = state_of(session, text, today)
    zh, en = ANSWERS[state]
    told: dict[str, Any] = {
        "authorised": state == "authorised",
        "answer": state,
        "words": {"zh": zh, "en": en},
        "today": today.isoformat(),
    }
    if said is not None and state in ("authorised", "not-yet", "expired"):
        told["days"] = [said.first.isoformat(), said.last.isoformat()]
    if row is not None and state == "authorised":
        told |= row.shown
    return told


def etag(row: EntryCodeRow) -> str:
    """Return a code's ETag."""
    return f'"code.{row.id}.{2 if row.revoked_at else 1}"'


def address(service: Service, row: EntryCodeRow) -> str:
    """Return what a code's QR holds: a page that checks it, or the code where no address is set.

    All of it in capitals, which a QR code holds in two thirds of the room.
    """
    public = service.settings.public_address.rstrip("/").upper()
    return f"{public}/E/{row.code}" if public else row.code


def show(service: Service, session: Session, row: EntryCodeRow) -> dict[str, Any]:
    """Return an issued code as answers show it."""
    state, _, _ = state_of(session, row.code, supervised.today_of(service))
    base = f"/v1/entry-codes/{row.id}"
    return {
        "entry_code": row.id,
        "campaign": row.campaign,
        "visit": f"/v1/visits/{row.visit}",
        "day": row.day,
        "state": state,
        "code": row.code,
        "kid": row.kid,
        "sha256": row.hash,
        **row.shown,
        "issued_by": row.issued_by,
        "issued_at": row.issued_at,
        "revoked_by": row.revoked_by,
        "revoked_at": row.revoked_at,
        "reason": row.reason,
        "links": {
            "self": base,
            "qr": f"{base}/qr.svg",
            "page": f"{base}/page",
            "check": f"/v1/public/entry-codes/{row.code}",
        },
    }
