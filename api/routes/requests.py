"""``/v1/requests``: when may we go to this enterprise? Answered at once."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.answers import answer
from api.deps import Requester, UseService
from api.idempotency import UseOnce
from api.schemas.checks import VisitWanted
from api.services import requests

router = APIRouter(prefix="/v1/requests", tags=["requests"])


@router.post("", status_code=201)
def request_visit(
    service: UseService, caller: Requester, body: VisitWanted, once: UseOnce
) -> Response:
    """Ask for a merged schedule: a visit to join, a new one, or 409 with rule, clause and mends."""
    return once.perform(
        lambda: requests.ask(service, caller, body),
        lambda granted: answer(granted.show(), 201, {"location": f"/v1/visits/{granted.visit}"}),
    )
