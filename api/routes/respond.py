"""Documents and accepted jobs as HTTP answers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Request, Response

from api.answers import Answer, answer
from api.deps import if_none_match
from api.services import jobs
from api.services.documents import DOCUMENT_TYPES, Found
from api.store.tables import JobRow

Prefer = Annotated[
    str | None,
    Header(max_length=200, description="`respond-async` (RFC 7240): as a job, answered at once."),
]
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "description": "A job that a worker will do; `Location` follows it",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}
"""What a write may answer besides, in the description of the API."""

DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document's bytes; its name's ending gives the type",
        "content": {
            kind: {"schema": {} if kind == "application/json" else {"type": "string"}}
            for kind in DOCUMENT_TYPES
        },
    }
}
TEXT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Lines of text",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}
"""What reading routes answer that give no JSON of their own."""


def wants_job(prefer: str | None) -> bool:
    """Return whether the caller would rather have a job than wait."""
    sent = (prefer or "").split(",")
    return any(each.split(";")[0].strip().lower() == "respond-async" for each in sent)


def accepted(row: JobRow) -> Answer:
    """Answer that a job was taken up, and where to follow it."""
    headers = {"location": f"/v1/jobs/{row.number}", "preference-applied": "respond-async"}
    return answer(jobs.show(row), 202, headers)


def document_response(request: Request, found: Found, *, public: bool = False) -> Response:
    """Return a document's bytes; its digest is its ETag."""
    etag = f'"{found.sha256}"'
    age = "max-age=31536000, immutable" if found.final else "no-cache"
    headers = {"etag": etag, "cache-control": f"{'public' if public else 'private'}, {age}"}
    if if_none_match(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=found.media_type, headers=headers)


def html_response(page: bytes) -> Response:
    """Return a page that is true at this moment alone."""
    return Response(
        page, media_type="text/html; charset=utf-8", headers={"cache-control": "no-store"}
    )
