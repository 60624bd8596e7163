"""``/v1/campaigns``: commit, reveal, publish, and read what a campaign holds."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from api.answers import Answer, answer
from api.deps import (
    Anyone,
    Drawer,
    IfMatch,
    Publisher,
    Reader,
    UsePage,
    UseService,
    if_none_match,
)
from api.idempotency import IdempotencyKey, UseOnce, make_once, need_key
from api.problems import ProblemError
from api.routes.respond import (
    ACCEPTED,
    DOCUMENT,
    TEXT,
    Prefer,
    accepted,
    document_response,
    wants_job,
)
from api.routes.upload import ZIPPED, ExcludeFaulty, read_zip
from api.schemas.campaigns import Opening, PartyReveals, Reveal, Seal
from api.services import campaigns, documents, dossiers, jobs, sealed, sealed_plans
from api.store.tables import CampaignRow

router = APIRouter(prefix="/v1/campaigns", tags=["campaigns"])


@router.post(
    "",
    status_code=201,
    openapi_extra=ZIPPED,
)
async def commit_campaign(
    request: Request,
    service: UseService,
    caller: Drawer,
    idempotency_key: IdempotencyKey = None,
    exclude_faulty: ExcludeFaulty = False,
    registers: Annotated[
        str | None,
        Query(
            pattern="^[0-9a-f]{64}$",
            description="Digest of a stored version to draw from; the zip holds no registers then.",
        ),
    ] = None,
) -> Response:
    """Upload a scenario folder as a zip; its frame and spec are committed into the ledger."""
    need_key(idempotency_key)
    body = await read_zip(request, service.settings.max_upload)
    once = make_once(request, service, caller, idempotency_key, hashlib.sha256(body).hexdigest())
    return await run_in_threadpool(
        once.perform,
        lambda: campaigns.commit(
            service,
            caller,
            body,
            exclude_faulty=exclude_faulty,
            registers=registers,
        ),
        lambda row: _shown(row, 201),
    )


@router.get("")
def list_campaigns(service: UseService, caller: Anyone, page: UsePage) -> dict[str, Any]:
    """List campaigns, the oldest first."""
    with service.store.read() as session:
        rows = session.scalars(
            select(CampaignRow)
            .where(CampaignRow.number > page.after_number())
            .order_by(CampaignRow.number)
            .limit(page.limit + 1)
        ).all()
        return page.answer([show(row) for row in rows], lambda item: item["number"])


@router.get("/{campaign}")
def read_campaign(request: Request, service: UseService, caller: Anyone, campaign: str) -> Response:
    """Say where a campaign stands; its ETag is for If-Match."""
    with service.store.read() as session:
        row = campaigns.find(session, campaign)
        if if_none_match(request, campaigns.etag(row)):
            return Response(status_code=304, headers={"etag": campaigns.etag(row)})
        return _shown(row, 200).response()


@router.post("/{campaign}/reveals")
def record_reveals(
    service: UseService,
    caller: Drawer,
    campaign: str,
    body: PartyReveals,
    once: UseOnce,
    tags: IfMatch,
) -> Response:
    """Record what parties revealed: after the deadline, before the rest of the seed is known."""
    return once.perform(
        lambda: campaigns.record_reveals(service, caller, campaign, body.reveals, tags=tags),
        lambda row: _shown(row, 200),
    )


@router.post("/{campaign}/seal")
def seal_campaign(
    service: UseService,
    caller: Drawer,
    campaign: str,
    body: Seal,
    once: UseOnce,
    tags: IfMatch,
) -> Response:
    """Seal a secret of a sealed campaign, which the server makes, before the seed exists."""
    return once.perform(
        lambda: sealed.seal(
            service,
            caller,
            campaign,
            open_after=body.open_after,
            reason=body.reason,
            tags=tags,
        ),
        lambda row: _shown(row, 200),
    )


@router.post("/{campaign}/opening")
def open_campaign(
    service: UseService,
    caller: Publisher,
    campaign: str,
    body: Opening,
    once: UseOnce,
    tags: IfMatch,
) -> Response:
    """Open a sealed campaign: its secret and all that waited for it become documents."""
    return once.perform(
        lambda: sealed_plans.open_campaign(
            service, caller, campaign, reason=body.reason, tags=tags
        ),
        lambda row: _shown(row, 200),
    )


@router.post("/{campaign}/reveal")
def reveal_seed(
    service: UseService,
    caller: Drawer,
    campaign: str,
    body: Reveal,
    once: UseOnce,
    tags: IfMatch,
) -> Response:
    """Reveal the seed, as another person than the one who committed: draw and checks follow."""
    return once.perform(
        lambda: campaigns.reveal(service, caller, campaign, body.evidence(), tags=tags),
        lambda row: _shown(row, 200),
    )


@router.put("/{campaign}/publication", responses=ACCEPTED)
def publish_campaign(
    service: UseService,
    caller: Publisher,
    campaign: str,
    once: UseOnce,
    tags: IfMatch,
    prefer: Prefer = None,
) -> Response:
    """Make the campaign's documents public; If-Match says what was read before deciding.

    With ``Prefer: respond-async`` a worker does it as a job, and verifies all of it before.
    """
    if tags is None:
        raise ProblemError("precondition-required")
    if wants_job(prefer):
        return once.perform(lambda: jobs.ask_publication(caller, campaign, tags), accepted)
    return once.perform(
        lambda: campaigns.publish(service, caller, campaign, tags=tags),
        lambda row: _shown(row, 200),
    )


@router.get("/{campaign}/result")
def read_result(service: UseService, caller: Anyone, campaign: str) -> dict[str, Any]:
    """Read what was drawn; a department's key sees its own items.

    Of a sealed campaign until it is opened: for admins and supervisors, each reading in the log.
    """
    with service.store.read() as session:
        row = campaigns.find(session, campaign)
        if not dossiers.is_shut(row):
            return documents.result(service, row, session, caller)
    return sealed.read_result(service, caller, campaign)


@router.get("/{campaign}/documents")
def list_documents(
    service: UseService, caller: Reader, campaign: str, page: UsePage
) -> dict[str, Any]:
    """List the documents of transcript and ledger and their manifest, with digests."""
    with service.store.read() as session:
        row = campaigns.find(session, campaign)
        return page.cut(documents.list_documents(service, row, session))


@router.get("/{campaign}/documents/{path:path}", response_class=Response, responses=DOCUMENT)
def read_document(
    request: Request, service: UseService, caller: Reader, campaign: str, path: str
) -> Response:
    """Read a document's bytes, as they were committed."""
    with service.store.read() as session:
        row = campaigns.find(session, campaign)
        found = documents.read_document(service, row, session, path)
    return document_response(request, found)


@router.get("/{campaign}/enterprises/{enterprise}/proof")
def prove_enterprise(
    service: UseService, caller: Reader, campaign: str, enterprise: str
) -> dict[str, Any]:
    """Read an enterprise's own line of the frame with its inclusion proof, to be handed to it."""
    with service.store.read() as session:
        row = campaigns.find(session, campaign)
        return documents.frame_proof(service, row, session, enterprise)


@router.get(
    "/{campaign}/enterprises/{enterprise}/own-proof", response_class=Response, responses=TEXT
)
def give_own_proof(
    service: UseService,
    caller: Reader,
    campaign: str,
    enterprise: str,
    of: Annotated[
        Literal["frame", "result"],
        Query(description="What it can be drawn for; or whether it was, once there was a draw."),
    ] = "frame",
) -> Response:
    """Read an enterprise's own proof (C2SP tlog-proof), a text to be handed to it.

    A result of a sealed campaign that is not opened: as the result of all.
    """
    made = sealed.own_proof(service, caller, campaign, enterprise, of)
    return Response(
        made, media_type="text/plain; charset=utf-8", headers={"cache-control": "no-store"}
    )


@router.get("/{campaign}/sealed")
def list_sealed(
    service: UseService, caller: Anyone, campaign: str, page: UsePage
) -> dict[str, Any]:
    """List what waits for the opening of a sealed campaign: for admins and supervisors."""
    return page.cut(sealed.list_files(service, caller, campaign))


@router.get("/{campaign}/sealed/{path:path}", response_class=Response, responses=DOCUMENT)
def read_sealed(service: UseService, caller: Anyone, campaign: str, path: str) -> Response:
    """Read a document that waits for the opening: for admins and supervisors, each in the log."""
    found = sealed.read_file(service, caller, campaign, path)
    return Response(found.data, media_type=found.media_type, headers={"cache-control": "no-store"})


def show(row: CampaignRow) -> dict[str, Any]:
    """Return a campaign as answers show it."""
    base = f"/v1/campaigns/{row.id}"
    return {
        "campaign": row.id,
        "number": row.number,
        "title": row.title,
        "state": row.state,
        "committed_by": row.committed_by,
        "committed_at": row.committed_at,
        "revealed_by": row.revealed_by,
        "revealed_at": row.revealed_at,
        "published_at": row.published_at,
        **row.facts,
        "links": {
            "self": base,
            "result": f"{base}/result",
            "documents": f"{base}/documents",
            "plans": f"{base}/plans",
        },
    }


def _shown(row: CampaignRow, status: int) -> Answer:
    headers = {"etag": campaigns.etag(row)}
    if status == 201:
        headers["location"] = f"/v1/campaigns/{row.id}"
    return answer(show(row), status, headers)
