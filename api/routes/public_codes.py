"""``/v1/public/entry-codes``: anyone may ask whether a visit is authorised."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from api.answers import answer
from api.deps import UseService
from api.security.entry_codes import LONGEST
from api.services import entry_codes
from optimizer.domain.outcome import OUTCOMES

router = APIRouter(prefix="/v1/public", tags=["public"])


@router.get("/entry-codes/{code}")
def check_code(
    service: UseService, code: Annotated[str, Path(min_length=1, max_length=2 * LONGEST)]
) -> Response:
    """Say whether a visit is authorised, by whom, what for and how many come; never who."""
    with service.store.read() as session:
        told = entry_codes.check(service, session, code)
    return answer(told, 200, {"cache-control": "no-store"}).response()


@router.get("/entry-code-keys")
def list_keys(service: UseService) -> dict[str, Any]:
    """List the verifier keys of entry codes: with them a code is checked without a network."""
    with service.store.read() as session:
        return {"items": entry_codes.keys(session), "next": None}


@router.get("/outcome-codes")
def list_outcome_codes() -> dict[str, Any]:
    """List the codes of outcomes with their names; they never change."""
    items = [
        {"code": o.code, "zh": o.zh, "en": o.en, "done": o.done, "fault": o.fault}
        for o in OUTCOMES.values()
    ]
    return {"items": items, "next": None}
