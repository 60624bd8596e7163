"""Bodies that are a zip."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request

from api.middleware import ZIP
from api.problems import ProblemError

ZIPPED: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""What the description says of the body."""

ExcludeFaulty = Annotated[bool, Query(description="Leave faulty rows out, on record.")]


async def read_zip(request: Request, limit: int) -> bytes:
    """Read the body after the caller is known, and no more of it than allowed.

    Raises
    ------
    ProblemError
        If it is said to be something else, or is too large.
    """
    if request.headers.get("content-type", "").split(";")[0].strip() != ZIP:
        raise ProblemError("unsupported-media-type", expected=ZIP)
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > limit:
            raise ProblemError("too-large", limit=limit, headers={"connection": "close"})
    return bytes(data)
