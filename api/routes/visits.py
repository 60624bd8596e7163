"""``/v1/visits``: the live schedule."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.answers import answer
from api.deps import Anyone, Number, UsePage, UseService, if_none_match
from api.problems import ProblemError
from api.security.keys import Caller
from api.services import explanations, plans, visit_rows
from api.store.database import first_of
from api.store.tables import PlanRow, VisitRow

router = APIRouter(prefix="/v1/visits", tags=["visits"])


@router.get("")
def list_visits(
    service: UseService,
    caller: Anyone,
    page: UsePage,
    campaign: Annotated[str, Query(max_length=60)],
    enterprise: Annotated[str | None, Query(max_length=60)] = None,
    first: Annotated[date | None, Query(description="first day")] = None,
    last: Annotated[date | None, Query(description="last day")] = None,
) -> dict[str, Any]:
    """List the visits of a campaign's live schedule; a department's key sees its own."""
    newest = select(func.max(PlanRow.version)).where(PlanRow.campaign == campaign).scalar_subquery()
    wanted = (
        select(VisitRow)
        .where(
            VisitRow.campaign == campaign,
            VisitRow.plan == newest,
            VisitRow.number > page.after_number(),
        )
        .order_by(VisitRow.number)
    )
    if enterprise is not None:
        wanted = wanted.where(VisitRow.enterprise == enterprise)
    if first is not None:
        wanted = wanted.where(VisitRow.day >= first.isoformat())
    if last is not None:
        wanted = wanted.where(VisitRow.day <= last.isoformat())
    with service.store.read() as session:
        found = first_of(
            session,
            wanted,
            lambda row: caller.sees_everything or caller.department in row.departments,
            page.limit + 1,
        )
        return page.answer([visit_rows.show(row) for row in found], lambda item: item["number"])


@router.get("/{number}")
def read_visit(
    request: Request,
    service: UseService,
    caller: Anyone,
    number: Number,
) -> Response:
    """Read a visit; its ETag changes when a check joins it."""
    with service.store.read() as session:
        row = _seen(session, caller, number)
        etag = f'"visit.{row.number}.{row.version}"'
        if if_none_match(request, etag):
            return Response(status_code=304, headers={"etag": etag})
        newest = plans.newest(session, row.campaign)
        shown = {**visit_rows.show(row), "live": row.plan == newest}
        return answer(shown, 200, {"etag": etag}).response()


@router.get("/{number}/explanation")
def explain_visit(service: UseService, caller: Anyone, number: Number) -> dict[str, Any]:
    """Say why a visit is on its day, and why each other visit of its enterprise is not this one."""
    with service.store.read() as session:
        row = _seen(session, caller, number)
    return explanations.explain_visit(service, row)


def _seen(session: Session, caller: Caller, number: int) -> VisitRow:
    """Return a visit; what a department may not see does not exist for it."""
    row = session.get(VisitRow, number)
    if row is None or not (caller.sees_everything or caller.department in row.departments):
        raise ProblemError("not-found", f"there is no visit {number}")
    return row
