"""Visits as the store holds them: those of a version, and of the live schedule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from api.store.tables import VisitRow
from optimizer.domain.check import Check
from optimizer.domain.visit import Seat, Visit
from optimizer.plan import Joined, New

_GIVEN = ("R-", "N-")
_ADD = insert(VisitRow).returning(VisitRow.number)
_TO_JOIN = select(VisitRow.number, VisitRow.departments, VisitRow.version).where(
    VisitRow.campaign == bindparam("campaign"),
    VisitRow.plan == bindparam("plan"),
    VisitRow.id == bindparam("id"),
)
_CHANGE = update(VisitRow).where(VisitRow.number == bindparam("which"))


def reserved_id(check: str) -> str:
    """Return the number of a visit that no plan's document numbers, after one of its checks."""
    return f"{_GIVEN[0]}{check}"


def is_given(number: str) -> bool:
    """Return whether a visit's number comes from a request rather than a plan's document."""
    return number.startswith(_GIVEN)


def of_version(session: Session, name: str, version: int) -> list[VisitRow]:
    """Return the visits of a version; of the newest, with what came since: the live schedule."""
    return list(
        session.scalars(
            select(VisitRow)
            .where(VisitRow.campaign == name, VisitRow.plan == version)
            .order_by(VisitRow.number)
        )
    )


def standing(session: Session, name: str, version: int) -> list[Visit]:
    """Return the visits of a version as the planner knows them."""
    return [visit_of(row) for row in of_version(session, name, version)]


def add_visits(
    session: Session,
    name: str,
    version: int,
    visits: Iterable[Visit],
    department: Mapping[str, str],
    reserved: set[tuple[str, str]],
) -> None:
    """Store the visits of a version; those at a reserved (enterprise, day) stay reserved.

    Parameters
    ----------
    department
        Check → department.
    """
    rows = [
        row_values(
            name, version, visit, department, (visit.enterprise, visit.day.isoformat()) in reserved
        )
        for visit in visits
    ]
    if rows:
        session.execute(insert(VisitRow), rows)


def reserve(session: Session, name: str, version: int, result: Joined | New, check: Check) -> int:
    """Store what a request's check got, a visit to join or a new one; return its number."""
    connection, visit = session.connection(), result.visit
    if isinstance(result, New):
        department = {check.id: check.department}
        values = row_values(name, version, visit, department, reserved=True)
        return connection.execute(_ADD, values).scalar_one()
    asked = {"campaign": name, "plan": version, "id": visit.id}
    known = connection.execute(_TO_JOIN, asked).one()
    connection.execute(
        _CHANGE,
        {
            "which": known.number,
            "departments": sorted({*known.departments, check.department}),
            "reserved": True,
            "version": known.version + 1,
            **visit_values(visit),
        },
    )
    return int(known.number)


def row_values(
    name: str, version: int, visit: Visit, department: Mapping[str, str], reserved: bool
) -> dict[str, Any]:
    """Return a visit as the store holds it."""
    return {
        "campaign": name,
        "plan": version,
        "id": visit.id,
        "version": 1,
        "reserved": reserved,
        "departments": sorted({department[check] for check in visit.checks}),
        **visit_values(visit),
    }


def visit_values(visit: Visit) -> dict[str, Any]:
    """Return what a visit says, as the store holds it."""
    return {
        "enterprise": visit.enterprise,
        "day": visit.day.isoformat(),
        "lead": visit.lead,
        "exempt": visit.exempt,
        "checks": list(visit.checks),
        "seats": [
            {
                "unit": seat.unit,
                "inspectors": seat.inspectors,
                "effort": seat.effort,
                "skills": list(seat.skills),
            }
            for seat in visit.seats
        ],
    }


def visit_of(row: VisitRow) -> Visit:
    """Return a stored visit as the planner knows it."""
    return Visit(
        row.id,
        row.enterprise,
        date.fromisoformat(row.day),
        tuple(row.checks),
        row.lead,
        tuple(
            Seat(seat["unit"], seat["inspectors"], seat["effort"], tuple(seat["skills"]))
            for seat in row.seats
        ),
        row.exempt,
    )


def show(row: VisitRow) -> dict[str, Any]:
    """Return a visit as answers show it."""
    return {
        "visit": f"/v1/visits/{row.number}",
        "number": row.number,
        "campaign": row.campaign,
        "plan": row.plan,
        "id": row.id,
        "enterprise": row.enterprise,
        "day": row.day,
        "lead": row.lead,
        "exempt": row.exempt,
        "checks": row.checks,
        "departments": row.departments,
        "seats": row.seats,
    }
