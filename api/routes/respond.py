"""Documents as HTTP answers."""

from __future__ import annotations

from fastapi import Request, Response

from api.deps import if_none_match
from api.services.documents import Found


def document_response(request: Request, found: Found, *, public: bool = False) -> Response:
    """Return a document's bytes; its digest is its ETag."""
    etag = f'"{found.sha256}"'
    age = "max-age=31536000, immutable" if found.final else "no-cache"
    headers = {"etag": etag, "cache-control": f"{'public' if public else 'private'}, {age}"}
    if if_none_match(request, etag):
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=found.media_type, headers=headers)
