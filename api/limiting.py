"""Who asks too often is told so, and when to ask again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from api.problems import ProblemError
from api.security.limits import Limit, address_of


def needs_key(path: str) -> bool:
    """Return whether everything below a path needs a key, whose own limit holds then."""
    return path.startswith("/v1/") and not path.startswith("/v1/public/")


def address(scope: Mapping[str, Any]) -> str:
    """Return whom a request of ASGI comes from."""
    client = scope.get("client")
    return address_of(client[0]) if client else ""


def hold(limit: Limit, subject: str) -> ProblemError | None:
    """Count a request; return the problem of one too many."""
    wait = limit.take(subject)
    if not wait:
        return None
    return ProblemError(
        "too-many-requests",
        headers={"retry-after": str(math.ceil(wait))},
        per_second=limit.rate.per_second,
        burst=limit.rate.burst,
    )
