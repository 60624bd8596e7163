"""``/v1/public/entry-codes``: anyone may ask whether a visit is authorised."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from api.answers import answer
from api.deps import UseService
from api.routes.respond import html_response
from api.security.entry_codes import LONGEST
from api.services import entry_codes
from optimizer.domain.outcome import OUTCOMES
from optimizer.publication.page_entry_code import check_page

router = APIRouter(prefix="/v1/public", tags=["public"])
door = APIRouter(include_in_schema=False)
"""Pages for phones: what QR codes lead to, in capitals so that the codes stay small."""

Code = Annotated[str, Path(min_length=1, max_length=2 * LONGEST)]


@router.get("/entry-codes/{code}")
def check_code(service: UseService, code: Code) -> Response:
    """Say whether a visit is authorised, by whom, what for and how many come; never who."""
    with service.store.read() as session:
        told = entry_codes.check(service, session, code)
    return answer(told, 200, {"cache-control": "no-store"}).response()


@door.get("/E/{code}")
def show_code(service: UseService, code: Code) -> Response:
    """Show the same on a phone, in Chinese or English."""
    with service.store.read() as session:
        told = entry_codes.check(service, session, code)
    return html_response(check_page(told))


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
