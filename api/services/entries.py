"""Scans and reported entries: recorded whatever is wrong with them, and looked at at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.schemas.visits import EntrySeen, Place, ScanMade
from api.security.keys import Caller
from api.services import alerts, campaigns, entry_codes, supervised, watch
from api.services.service import Service
from api.store.database import Write
from api.store.tables import AlertRow, EntryCodeRow, ScanRow, VisitRow
from optimizer import canon
from optimizer.domain.registry import Document, Registers
from optimizer.errors import Fault, InputError
from optimizer.registers.near import nearest
from optimizer.supervision.entries import FITS

LATE = timedelta(hours=24)
"""After this time a scan was not uploaded as it happened (measure 11: 实时上传)."""
AHEAD = timedelta(minutes=10)
"""How far the clock of a phone may be ahead of the server's."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A scan with the alerts that it set off."""

    row: ScanRow
    raised: Sequence[AlertRow]


def scan(
    service: Service, caller: Caller, number: int, body: ScanMade
) -> Callable[[Write], Recorded]:
    """Return what records an entry at a visit, with whatever alerts it sets off.

    Raises
    ------
    ProblemError
        If there is no such visit for the caller: a department that is not of it may still scan
        with the visit's own code.
    InputError
        Where an item is of no register, or the time lies ahead.
    """
    with service.store.read() as session:
        row = session.get(VisitRow, number)
        if row is None or not _may_scan(service, session, caller, row, body):
            raise ProblemError("not-found", f"there is no visit {number}")
        name = row.campaign
    registers = supervised.registers_of(service, name)
    campaigns.load_revealed(service, name)
    _refuse(service, registers, body.at, body.items)

    def act(write: Write) -> Recorded:
        session = write.session
        visit = session.get(VisitRow, number)
        assert visit is not None
        state, code = _code(service, session, body.code, body.at, visit)
        standing = supervised.in_force(session, name, enterprise=visit.enterprise, day=visit.day)
        holder = registers.inspectors.get(body.inspector)
        unit = registers.units.get(holder.unit) if holder is not None else None
        return _record(
            service,
            write,
            caller,
            name,
            visit=number,
            enterprise=visit.enterprise,
            departments=sorted({*visit.departments, *([unit.department] if unit else [])}),
            inspector=body.inspector,
            code=state,
            code_id=code.id if code is not None else None,
            at=body.at,
            place=_place(body.place),
            items=body.items,
            note=body.note,
            in_force=bool(standing),
        )

    return act


def report(
    service: Service, caller: Caller, name: str, body: EntrySeen
) -> Callable[[Write], Recorded]:
    """Return what records an entry that stands for no visit.

    Raises
    ------
    ProblemError
        If the campaign is unknown or has no plan.
    InputError
        Where the enterprise or an item is of no register, or the time lies ahead.
    """
    with service.store.read() as session:
        if campaigns.find(session, name).state != "planned":
            raise ProblemError("wrong-order", f"the campaign {name} must be planned first")
    registers = supervised.registers_of(service, name)
    campaigns.load_revealed(service, name)
    _refuse(service, registers, body.at, body.items, enterprise=body.enterprise)

    def act(write: Write) -> Recorded:
        return _record(
            service,
            write,
            caller,
            name,
            visit=None,
            enterprise=body.enterprise,
            departments=[body.department] if body.department else [],
            inspector=body.inspector or "",
            code="none",
            code_id=None,
            at=body.at,
            place=_place(body.place) if body.place else {},
            items=body.items,
            note=body.note,
            in_force=False,
        )

    return act


def _may_scan(
    service: Service, session: Session, caller: Caller, row: VisitRow, body: ScanMade
) -> bool:
    if caller.sees_everything or caller.department in row.departments:
        return True
    return _code(service, session, body.code, body.at, row)[0] in FITS


def _code(
    service: Service, session: Session, text: str | None, at: datetime, visit: VisitRow
) -> tuple[str, EntryCodeRow | None]:
    """Return what becomes of the code shown at a visit, and its issue."""
    if text is None:
        return "none", None
    state, said, row = entry_codes.state_of(session, text, supervised.local_day(service, at))
    if said is None or row is None or state not in ("authorised", "not-yet", "expired"):
        return state, row
    if (row.campaign, row.enterprise, row.day) != (visit.campaign, visit.enterprise, visit.day):
        return "other-visit", row
    if at + AHEAD < datetime.fromisoformat(row.issued_at):
        # Nobody makes up for a missing code afterwards.
        return "issued-later", row
    return ("authorised" if state == "authorised" else "wrong-day"), row


def _refuse(
    service: Service,
    registers: Registers,
    at: datetime,
    items: Sequence[str],
    *,
    enterprise: str | None = None,
) -> None:
    """Refuse what cannot be recorded as it was sent: all faults at once."""
    faults = []
    if at > datetime.fromisoformat(service.store.now()) + AHEAD:
        faults.append(
            Fault(
                "time-ahead",
                "body",
                field="at",
                value=at.isoformat(),
                expected="expected a time that has come",
                mend="Set the clock of the device, with its zone.",
            )
        )
    for place, item in enumerate(items):
        if item not in registers.items:
            near = nearest(item, list(registers.items))
            faults.append(
                Fault(
                    "unknown-item",
                    "body",
                    field=f"items.{place}",
                    value=item,
                    expected="expected an item of this campaign",
                    mend=f"Perhaps {near} is meant." if near else "Correct it.",
                )
            )
    if enterprise is not None and enterprise not in registers.enterprises:
        faults.append(
            Fault(
                "unknown-enterprise",
                "body",
                field="enterprise",
                value=enterprise,
                expected="expected an enterprise of this campaign",
                mend="Correct it, or report the entry to the campaign whose register has it.",
            )
        )
    if faults:
        raise InputError(faults)


def _place(place: Place) -> dict[str, Any]:
    return place.model_dump(exclude_none=True, exclude_defaults=True)


def _record(
    service: Service,
    write: Write,
    caller: Caller,
    name: str,
    *,
    visit: int | None,
    enterprise: str,
    departments: list[str],
    inspector: str,
    code: str,
    code_id: str | None,
    at: datetime,
    place: dict[str, Any],
    items: list[str],
    note: str,
    in_force: bool,
) -> Recorded:
    session = write.session
    salt = service.token(16)
    document: Document = {
        "campaign": name,
        "visit": visit,
        "enterprise": enterprise,
        "inspector": inspector,
        "code": code,
        "code_id": code_id,
        "at": at.isoformat(),
        "place": {key: str(value) for key, value in place.items()},
        "items": items,
        "note": note,
    }
    row = ScanRow(
        campaign=name,
        visit=visit,
        enterprise=enterprise,
        day=supervised.local_day(service, at).isoformat(),
        departments=departments,
        inspector=inspector,
        code=code,
        code_id=code_id,
        at=at.isoformat(),
        place=place,
        items=items,
        note=note,
        late=datetime.fromisoformat(write.now) - at > LATE,
        in_force=in_force,
        recorded_by=caller.key,
        recorded_at=write.now,
        salt=salt,
        commitment=commitment(salt, document),
    )
    session.add(row)
    session.flush()
    write.record(
        "scan",
        {"actor": caller.key, "scan": row.number, "commitment": row.commitment},
        campaign=name,
    )
    found = watch.look_at(service, session, name, enterprise)
    return Recorded(row, watch.raise_each(write, name, found))


def commitment(salt: bytes, document: Document) -> str:
    """Return the digest by which the log holds a record without telling it."""
    return canon.digest(salt + canon.canonical(document))


def of_visit(session: Session, visit: VisitRow) -> list[ScanRow]:
    """Return the scans of a visit, in whatever plan version it stood."""
    numbers = select(VisitRow.number).where(
        VisitRow.campaign == visit.campaign,
        VisitRow.enterprise == visit.enterprise,
        VisitRow.day == visit.day,
    )
    return list(
        session.scalars(select(ScanRow).where(ScanRow.visit.in_(numbers)).order_by(ScanRow.number))
    )


def show(row: ScanRow, caller: Caller, registers: Registers) -> Mapping[str, Any]:
    """Return a scan as answers show it; a department reads of its own people who they were."""
    return {
        "number": row.number,
        "campaign": row.campaign,
        "visit": None if row.visit is None else f"/v1/visits/{row.visit}",
        "enterprise": row.enterprise,
        "day": row.day,
        "inspector": person(row.inspector, caller, registers),
        "code": row.code,
        "entry_code": None if row.code_id is None else f"/v1/entry-codes/{row.code_id}",
        "at": row.at,
        "place": row.place,
        "items": row.items,
        "note": row.note,
        "late": row.late,
        "recorded_by": row.recorded_by,
        "recorded_at": row.recorded_at,
        "commitment": row.commitment,
    }


def person(inspector: str, caller: Caller, registers: Registers) -> str | None:
    """Return an inspector's id, or ``None`` for who may not read it.

    Keys of a department read it of that department's people; the others read it of all.
    """
    if caller.sees_everything or not inspector:
        return inspector or None
    holder = registers.inspectors.get(inspector)
    unit = registers.units.get(holder.unit) if holder is not None else None
    return inspector if unit is not None and unit.department == caller.department else None


def show_recorded(made: Recorded, caller: Caller, registers: Registers) -> dict[str, Any]:
    """Return a scan with what it set off."""
    return {
        **show(made.row, caller, registers),
        "alerts": [alerts.show(row) for row in made.raised],
    }
