"""``/v1/jobs``: long work that workers do, followed by events or by asking, and cancelled."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.answers import answer
from api.deps import Anyone, Drawer, IfMatch, Number, UsePage, UseService, if_none_match
from api.idempotency import UseOnce
from api.services import jobs
from api.services.claims import OPEN
from api.services.service import Service
from api.store.tables import JobRow

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

LOOK = 0.3
"""Seconds between two looks at a job that is followed."""
QUIET = 10.0
"""Seconds after which a stream without news says that it lives."""
MOST = 600.0
"""Seconds after which a stream ends and the client, by its own rules, comes again."""


@router.get("")
def list_jobs(
    service: UseService,
    caller: Anyone,
    page: UsePage,
    campaign: Annotated[str | None, Query(max_length=200)] = None,
    state: Annotated[str | None, Query(pattern=f"^({'|'.join(jobs.STATES)})$")] = None,
) -> dict[str, Any]:
    """List jobs, the oldest first; of a campaign, in a state."""
    with service.store.read() as session:
        rows = jobs.listed(
            session,
            after=page.after_number(),
            limit=page.limit + 1,
            campaign=campaign,
            state=state,
        )
        return page.answer([jobs.show(row) for row in rows], lambda item: item["number"])


@router.get("/{number}")
def read_job(request: Request, service: UseService, caller: Anyone, number: Number) -> Response:
    """Say where a job stands: how many are ahead, how far it is, since when, and how it ended."""
    with service.store.read() as session:
        row = jobs.find(session, number)
        headers = {"etag": jobs.etag(row), "cache-control": "private, no-cache"}
        if if_none_match(request, headers["etag"]):
            return Response(status_code=304, headers=headers)
        return answer(jobs.show(row), 200, headers).response()


@router.post("/{number}/cancel")
def cancel_job(
    service: UseService, caller: Drawer, number: Number, once: UseOnce, tags: IfMatch
) -> Response:
    """Cancel a job that waits or runs: from the answer on, nothing of it will be written."""
    return once.perform(
        lambda: jobs.cancel(caller, number, tags),
        lambda row: answer(jobs.show(row), 200, {"etag": jobs.etag(row)}),
    )


@router.get(
    "/{number}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events, each the job as it then stands; ends with the job",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def follow_job(
    service: UseService,
    caller: Anyone,
    number: Number,
    last_event_id: Annotated[
        str | None, Header(max_length=100, description="The last event that was read.")
    ] = None,
) -> StreamingResponse:
    """Follow a job: an event for every change, named after its state, until it ends."""
    first = await run_in_threadpool(_look, service, number)
    return StreamingResponse(
        _events(service, number, first, last_event_id),
        media_type="text/event-stream",
        # A proxy that gathers the stream would hold back the news.
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


Seen = tuple[str, str, str]
"""Identifier of an event, state of the job, and the job as JSON."""


def _look(service: Service, number: int) -> Seen:
    with service.store.read() as session:
        row: JobRow = jobs.find(session, number)
        shown = json.dumps(jobs.show(row), ensure_ascii=False, separators=(",", ":"))
        return jobs.etag(row).strip('"'), row.state, shown


async def _events(
    service: Service, number: int, seen: Seen, last: str | None
) -> AsyncIterator[str]:
    """Give an event for what is new since the event `last`, and end when the job has.

    Every event holds the whole job, so one who was away has missed nothing by the next.
    """
    began = said = time.monotonic()
    while True:
        identifier, state, shown = seen
        if identifier != last:
            yield f"id: {identifier}\nevent: {state}\ndata: {shown}\n\n"
            last, said = identifier, time.monotonic()
        elif time.monotonic() - said >= QUIET:
            yield ":\n\n"
            said = time.monotonic()
        if state not in OPEN or service.stopping() or time.monotonic() - began >= MOST:
            return
        await asyncio.sleep(LOOK)
        seen = await run_in_threadpool(_look, service, number)
