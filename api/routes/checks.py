"""``/v1/checks``: submit planned and triggered checks, one or many, and list them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy import select

from api.answers import answer
from api.deps import Anyone, Requester, UsePage, UseService
from api.idempotency import UseOnce
from api.schemas.checks import ChecksIn
from api.services import checks
from api.store.tables import CheckRow

router = APIRouter(prefix="/v1/checks", tags=["checks"])


@router.post("", status_code=201)
def submit_checks(
    service: UseService, caller: Requester, body: ChecksIn, once: UseOnce
) -> Response:
    """Submit checks, all or none; the next plan takes them in."""
    return once.perform(
        lambda: checks.submit(service, caller, body),
        lambda rows: answer({"items": [checks.show(row) for row in rows]}, 201),
    )


@router.get("")
def list_checks(
    service: UseService,
    caller: Anyone,
    page: UsePage,
    campaign: Annotated[str | None, Query(max_length=60)] = None,
) -> dict[str, Any]:
    """List submitted checks in order; a department's key sees its own."""
    wanted = (
        select(CheckRow)
        .where(CheckRow.number > page.after_number())
        .order_by(CheckRow.number)
        .limit(page.limit + 1)
    )
    if campaign is not None:
        wanted = wanted.where(CheckRow.campaign == campaign)
    if not caller.sees_everything:
        wanted = wanted.where(CheckRow.department == caller.department)
    with service.store.read() as session:
        rows = session.scalars(wanted).all()
        return page.answer([checks.show(row) for row in rows], lambda item: item["number"])
