"""``/v1/public``: what anyone may read, without a key: the log with its proofs, transcripts."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import select

from api.answers import answer
from api.deps import UsePage, UseService
from api.idempotency import IdempotencyKey, make_once
from api.problems import ProblemError
from api.routes.respond import DOCUMENT, TEXT, document_response
from api.schemas.base import MOST_NUMBER
from api.schemas.ledger import CosignatureGiven
from api.security.keys import Caller
from api.services import campaigns, cosigning, documents, ledger
from api.store.tables import CampaignRow

router = APIRouter(prefix="/v1/public", tags=["public"])

Index = Annotated[int, Path(ge=0, le=MOST_NUMBER)]
Size = Annotated[int | None, Query(ge=1, le=MOST_NUMBER)]


@router.get("/ledger/checkpoint", response_class=Response, responses=TEXT)
def read_checkpoint(
    service: UseService,
    size: Annotated[Size, Query(description="an earlier checkpoint's size")] = None,
    cosigned: Annotated[
        int, Query(ge=0, le=100, description="the newest that so many witnesses have cosigned")
    ] = 0,
) -> Response:
    """Read the newest signed checkpoint (C2SP tlog-checkpoint), or an earlier one."""
    with service.store.read() as session:
        note = ledger.checkpoint(session, size, cosigned)
    return _text(note)


@router.post("/ledger/checkpoints/{size}/cosignatures", status_code=201)
def add_cosignature(
    request: Request,
    service: UseService,
    size: Annotated[int, Path(ge=1, le=MOST_NUMBER)],
    body: CosignatureGiven,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Add a witness's cosignature (C2SP tlog-cosignature); it needs no key but that witness's."""
    given = cosigning.open_given(service, size, body.cosignature)
    digest = hashlib.sha256(body.cosignature.encode()).hexdigest()
    caller = Caller(f"witness:{given.name}", "witness")
    once = make_once(request, service, caller, idempotency_key, digest)
    return once.perform(lambda: cosigning.keep(size, given), lambda kept: answer(kept, 201))


@router.get("/ledger/witnesses")
def list_witnesses(service: UseService) -> dict[str, Any]:
    """List the witnesses whose cosignatures are taken, with their verifier keys."""
    known = cosigning.witnesses(service)
    return {"items": [{"name": each.name, "vkey": each.vkey} for each in known], "next": None}


@router.get("/ledger/key", response_class=Response, responses=TEXT)
def read_key(service: UseService) -> Response:
    """Read the log's verifier key; take it from elsewhere too, and compare."""
    return _text(f"{service.store.log.signer.vkey}\n".encode())


@router.get("/ledger/entries")
def list_entries(
    service: UseService,
    page: UsePage,
    campaign: Annotated[str | None, Query(max_length=60)] = None,
) -> dict[str, Any]:
    """List entries of the log in their order; `line` is the leaf's data."""
    after = -1 if page.after is None else page.after_number()
    with service.store.read() as session:
        items = ledger.entries(session, after=after, limit=page.limit + 1, campaign=campaign)
    return page.answer(items, lambda item: item["index"])


@router.get("/ledger/entries/{index}")
def read_entry(service: UseService, index: Index) -> dict[str, Any]:
    """Read an entry."""
    with service.store.read() as session:
        return ledger.entry(session, index)


@router.get("/ledger/entries/{index}/proof")
def prove_inclusion(service: UseService, index: Index, size: Size = None) -> dict[str, Any]:
    """Prove that an entry is in the log of a checkpoint, the newest by default (RFC 9162)."""
    with service.store.read() as session:
        return ledger.inclusion(service.store.log, session, index, size)


@router.get("/ledger/consistency")
def prove_consistency(
    service: UseService,
    old: Annotated[int, Query(ge=1, le=MOST_NUMBER)],
    new: Size = None,
) -> dict[str, Any]:
    """Prove that a later log extends an earlier one (RFC 9162)."""
    with service.store.read() as session:
        return ledger.consistency(service.store.log, session, old, new)


@router.get("/campaigns")
def list_campaigns(service: UseService, page: UsePage) -> dict[str, Any]:
    """List all campaigns with their commitments; results only of published ones."""
    with service.store.read() as session:
        rows = session.scalars(
            select(CampaignRow)
            .where(CampaignRow.number > page.after_number())
            .order_by(CampaignRow.number)
            .limit(page.limit + 1)
        ).all()
        return page.answer([_show(row) for row in rows], lambda item: item["number"])


@router.get("/campaigns/{campaign}/documents")
def list_published(service: UseService, campaign: str, page: UsePage) -> dict[str, Any]:
    """List the documents of a published campaign; all of them are what `verify.py` reads."""
    with service.store.read() as session:
        row = _published(session, campaign)
        return page.cut(documents.list_documents(service, row, session))


@router.get(
    "/campaigns/{campaign}/documents/{path:path}", response_class=Response, responses=DOCUMENT
)
def read_published(request: Request, service: UseService, campaign: str, path: str) -> Response:
    """Read a document of a published campaign."""
    with service.store.read() as session:
        found = documents.read_document(service, _published(session, campaign), session, path)
    return document_response(request, found, public=True)


def _published(session: Any, name: str) -> CampaignRow:
    row = campaigns.find(session, name)
    if row.published_at is None:
        raise ProblemError("not-found", f"the campaign {name} is not published yet")
    return row


def _show(row: CampaignRow) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "campaign": row.id,
        "number": row.number,
        "title": row.title,
        "state": row.state,
        "committed_at": row.committed_at,
        "frame_root": row.facts["frame_root"],
        "spec": row.facts["spec"],
        "seed_source": row.facts["seed_source"],
        "published_at": row.published_at,
    }
    if row.published_at is not None:
        shown["documents"] = f"/v1/public/campaigns/{row.id}/documents"
    return shown


def _text(data: bytes) -> Response:
    return Response(
        data, media_type="text/plain; charset=utf-8", headers={"cache-control": "no-cache"}
    )
