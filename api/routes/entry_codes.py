"""``/v1/visits/{number}/entry-codes`` and ``/v1/entry-codes``: issue, show, revoke."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlalchemy.orm import object_session

from api.answers import Answer, answer
from api.deps import IfMatch, Number, Requester, UseService, if_none_match
from api.idempotency import UseOnce
from api.routes.respond import html_response
from api.schemas.visits import CodeWanted, Revocation
from api.services import entry_codes
from api.services.service import Service
from api.store.tables import EntryCodeRow
from optimizer.publication.page_entry_code import code_page
from optimizer.publication.qr import qr_svg

router = APIRouter(prefix="/v1", tags=["entry codes"])

CodeId = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]


@router.post("/visits/{number}/entry-codes", status_code=201)
def issue_code(
    service: UseService, caller: Requester, number: Number, body: CodeWanted, once: UseOnce
) -> Response:
    """Issue the entry code of a filed visit; one that it has already is revoked."""
    return once.perform(
        lambda: entry_codes.issue(service, caller, number, body),
        lambda row: _shown(service, row, 201),
    )


@router.get("/entry-codes/{code}")
def read_code(service: UseService, caller: Requester, code: CodeId) -> Response:
    """Read an issued code, and whether it holds."""
    with service.store.read() as session:
        row = entry_codes.find(session, caller, code)
        return _shown(service, row, 200).response()


@router.get(
    "/entry-codes/{code}/qr.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}},
)
def draw_code(request: Request, service: UseService, caller: Requester, code: CodeId) -> Response:
    """Read the code as a QR code."""
    with service.store.read() as session:
        row = entry_codes.find(session, caller, code)
        etag = f'"qr.{row.id}"'
        headers = {"etag": etag, "cache-control": "private, no-cache"}
        if if_none_match(request, etag):
            return Response(status_code=304, headers=headers)
        svg = qr_svg(entry_codes.address(service, row))
    return Response(svg, media_type="image/svg+xml", headers=headers)


@router.get(
    "/entry-codes/{code}/page",
    response_class=Response,
    responses={200: {"content": {"text/html": {}}}},
)
def print_code(service: UseService, caller: Requester, code: CodeId) -> Response:
    """Read the page that is printed for the visit: the QR code, and what it stands for."""
    with service.store.read() as session:
        row = entry_codes.find(session, caller, code)
        told = {**row.shown, "days": [row.day]}
        page = code_page(told, letters=row.code, qr=qr_svg(entry_codes.address(service, row)))
    return html_response(page)


@router.post("/entry-codes/{code}/revocation")
def revoke_code(
    service: UseService,
    caller: Requester,
    code: CodeId,
    body: Revocation,
    once: UseOnce,
    tags: IfMatch,
) -> Response:
    """Revoke a code from now on; the log says so, and so does everyone's check."""
    return once.perform(
        lambda: entry_codes.revoke(caller, code, body.reason, tags=tags),
        lambda row: _shown(service, row, 200),
    )


def _shown(service: Service, row: EntryCodeRow, status: int) -> Answer:
    session = object_session(row)
    assert session is not None
    headers = {"etag": entry_codes.etag(row)}
    if status == 201:
        headers["location"] = f"/v1/entry-codes/{row.id}"
    return answer(entry_codes.show(service, session, row), status, headers)
