"""Alerts: raised once, read by whom they concern, acknowledged by a supervisor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.security.keys import Caller
from api.store.database import Write, first_of
from api.store.tables import AlertRow
from optimizer.supervision import ALERTS, Finding

STATES = ("open", "acknowledged")


def raise_found(
    write: Write, name: str, found: Iterable[Finding], *, visit: int | None = None
) -> list[AlertRow]:
    """Store the findings that are new; each is in the log, without names.

    Parameters
    ----------
    visit
        Number of the visit that they are about, if there is one.
    """
    session = write.session
    raised = []
    for each in found:
        known = select(AlertRow.number).where(
            AlertRow.campaign == name,
            AlertRow.alert == each.alert,
            AlertRow.subject == each.subject,
        )
        if session.scalar(known) is not None:
            continue
        row = AlertRow(
            campaign=name,
            alert=each.alert,
            subject=each.subject,
            severity=ALERTS[each.alert].severity,
            visit=visit,
            enterprise=each.enterprise,
            day=each.day.isoformat() if each.day else None,
            departments=list(each.departments),
            facts=dict(each.facts),
            state="open",
            version=1,
            raised_at=write.now,
            acknowledged_by=None,
            acknowledged_at=None,
            reason=None,
        )
        session.add(row)
        session.flush()
        write.record("alert", {"alert": row.number, "rule": row.alert}, campaign=name)
        raised.append(row)
    return raised


def listed(
    session: Session,
    caller: Caller,
    name: str,
    *,
    after: int = 0,
    limit: int | None = None,
    state: str | None = None,
    alert: str | None = None,
) -> list[AlertRow]:
    """Return alerts of a campaign in order of number; a department sees those that concern it."""
    wanted = (
        select(AlertRow)
        .where(AlertRow.campaign == name, AlertRow.number > after)
        .order_by(AlertRow.number)
    )
    if state is not None:
        wanted = wanted.where(AlertRow.state == state)
    if alert is not None:
        wanted = wanted.where(AlertRow.alert == alert)
    return first_of(
        session,
        wanted,
        lambda row: caller.sees_everything or caller.department in row.departments,
        limit,
    )


def find(session: Session, caller: Caller, number: int) -> AlertRow:
    """Return an alert.

    Raises
    ------
    ProblemError
        If there is none that the caller may see.
    """
    row = session.get(AlertRow, number)
    if row is None or not (caller.sees_everything or caller.department in row.departments):
        raise ProblemError("not-found", f"there is no alert {number}")
    return row


def acknowledge(
    caller: Caller, number: int, reason: str, *, tags: tuple[str, ...]
) -> Callable[[Write], AlertRow]:
    """Return what acknowledges an alert; what was written stays, and may be added to.

    Raises
    ------
    ProblemError
        If there is none, or it has changed since it was read.
    """

    def act(write: Write) -> AlertRow:
        row = find(write.session, caller, number)
        if tags and etag(row) not in tags:
            raise ProblemError("precondition-failed", f"the alert is now {etag(row)}")
        row.state = "acknowledged"
        row.version += 1
        row.acknowledged_by, row.acknowledged_at, row.reason = caller.key, write.now, reason
        write.record(
            "alert-acknowledged",
            {"actor": caller.key, "alert": row.number, "reason": reason},
            campaign=row.campaign,
        )
        return row

    return act


def etag(row: AlertRow) -> str:
    """Return an alert's ETag."""
    return f'"alert.{row.number}.{row.version}"'


def show(row: AlertRow) -> dict[str, Any]:
    """Return an alert as answers show it."""
    rule = ALERTS[row.alert]
    return {
        "alert": f"/v1/alerts/{row.number}",
        "number": row.number,
        "campaign": row.campaign,
        "rule": row.alert,
        "clause": rule.clause,
        "severity": row.severity,
        "title": {"zh": rule.zh, "en": rule.en},
        "state": row.state,
        "visit": None if row.visit is None else f"/v1/visits/{row.visit}",
        "enterprise": row.enterprise or None,
        "day": row.day,
        "departments": row.departments,
        "facts": row.facts,
        "raised_at": row.raised_at,
        "acknowledged_by": row.acknowledged_by,
        "acknowledged_at": row.acknowledged_at,
        "reason": row.reason,
    }
