"""What routes need, said by their annotations: the service, who asks, paging, preconditions."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import bindparam, select

from api.limiting import address, hold
from api.problems import ProblemError
from api.schemas.base import MOST_NUMBER
from api.security.keys import Caller, is_key, key_id
from api.services.service import Service
from api.settings import is_loopback
from api.store.tables import Key
from optimizer.errors import Fault, InputError
from optimizer.registers.near import nearest

_KEY_OF = select(Key.id, Key.hash, Key.role, Key.department, Key.revoked_at).where(
    Key.id == bindparam("name")
)
_BEARER = HTTPBearer(auto_error=False, description="A key made by `double-random serve --new-key`.")


async def known_query(request: Request) -> None:
    """Refuse query parameters that the operation does not know: a filter is not left out unseen.

    Raises
    ------
    InputError
        With every unknown name.
    """
    if not request.scope["query_string"]:
        return
    known = _query_names(request.scope["route"])
    odd = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if odd:
        listed = ", ".join(sorted(known))
        raise InputError([_unknown_query(name, known, listed) for name in odd])


def _query_names(route: APIRoute) -> frozenset[str]:
    parts = (route.dependant, *dependants(route.dependant))
    return frozenset(each.alias for part in parts for each in part.query_params)


def dependants(dependant: Dependant) -> Iterator[Dependant]:
    """Yield everything that an operation depends on."""
    for each in dependant.dependencies:
        yield each
        yield from dependants(each)


def _unknown_query(name: str, known: frozenset[str], listed: str) -> Fault:
    near = nearest(name, list(known))
    return Fault(
        "unknown-query",
        "query",
        field=name[:80],
        expected=f"expected one of {listed}" if known else "expected no query parameters",
        mend=f"Perhaps {near} is meant." if near else "Leave it out.",
    )


# Dependencies that wait for nothing are `async`: others cost a change of thread each.
async def service_of(request: Request) -> Service:
    """Return the server's service."""
    found: Service = request.app.state.service
    return found


UseService = Annotated[Service, Depends(service_of)]


def caller_of(
    request: Request,
    service: UseService,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Caller:
    """Return who asks, by the key in the Authorization header."""
    sent = credentials.credentials if credentials is not None else ""
    name = key_id(sent)
    if name is not None:
        with service.store.glance() as connection:
            row = connection.execute(_KEY_OF, {"name": name}).first()
        if row is not None and row.revoked_at is None and is_key(sent, row.hash):
            request.scope["caller"] = row.id
            if refused := hold(service.by_key, row.id):
                raise refused
            return Caller(row.id, row.role, row.department)
    # Counted only where the key is wrong: nobody locks out those who share his address.
    if refused := hold(service.by_wrong_key, address(request.scope)):
        raise refused
    raise ProblemError(
        "not-authenticated", headers={"www-authenticate": 'Bearer realm="double-random"'}
    )


def allow(*roles: str) -> Callable[..., Awaitable[Caller]]:
    """Return a dependency that lets only these roles in."""

    async def allowed(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
        if caller.role not in roles:
            raise ProblemError(
                "not-allowed", f"the key has the role {caller.role}", roles=list(roles)
            )
        return caller

    return allowed


def metrics_reader(
    request: Request,
    service: UseService,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> None:
    """Let in who may read the metrics: a key of an admin or auditor, or this machine if so set."""
    asks = "" if request.client is None else request.client.host
    if service.settings.metrics_on_loopback and is_loopback(asks):
        return
    caller = caller_of(request, service, credentials)
    if caller.role not in METRICS:
        raise ProblemError(
            "not-allowed", f"the key has the role {caller.role}", roles=list(METRICS)
        )


METRICS = ("admin", "auditor")
"""Whose keys read the metrics."""
Anyone = Annotated[Caller, Depends(caller_of)]
"""Any key."""
Drawer = Annotated[Caller, Depends(allow("admin", "supervisor", "clerk"))]
"""Who commits, reveals and plans."""
Reader = Annotated[Caller, Depends(allow("admin", "supervisor", "clerk", "auditor"))]
"""Who reads whole transcripts before they are published."""
Requester = Annotated[Caller, Depends(allow("admin", "supervisor", "clerk", "department"))]
"""Who submits checks and asks for visits."""
Publisher = Annotated[Caller, Depends(allow("admin", "supervisor"))]
"""Who publishes."""


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is asked for: `limit` entries after `after`."""

    limit: int
    after: Any = None

    def after_number(self) -> int:
        """Return `after` of a list in order of number; 0 for its beginning."""
        if self.after is None:
            return 0
        if type(self.after) is not int or not 0 <= self.after <= MOST_NUMBER:
            raise ProblemError("bad-request", "the cursor is of another list")
        return self.after

    def answer(self, items: list[Any], last: Any) -> dict[str, Any]:
        """Return a page; `items` may hold one more than `limit`, which tells that there is more.

        Parameters
        ----------
        items
            At most ``limit + 1`` entries.
        last
            Function from an entry of the page to what the next page begins after.
        """
        more = len(items) > self.limit
        shown = items[: self.limit]
        return {"items": shown, "next": _cursor(last(shown[-1])) if more else None}

    def cut(self, every: list[Any]) -> dict[str, Any]:
        """Return the page of a whole list in an order of its own; the cursor counts."""
        start = self.after_number()
        items = every[start : start + self.limit + 1]
        return self.answer(items, lambda _: start + self.limit)


async def page_of(
    service: UseService,
    limit: Annotated[int | None, Query(ge=1, description="most entries")] = None,
    cursor: Annotated[str | None, Query(max_length=400, description="`next` of a page")] = None,
) -> Page:
    """Return what part of a list is asked for."""
    wanted = min(limit or service.settings.page, service.settings.max_page)
    if cursor is None:
        return Page(wanted)
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return Page(wanted, json.loads(base64.urlsafe_b64decode(padded.encode("ascii"))))
    except (ValueError, binascii.Error):
        raise ProblemError(
            "bad-request", "the cursor is not one of ours: take `next` of a page"
        ) from None


def _cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


UsePage = Annotated[Page, Depends(page_of)]

_TAG = re.compile(r'"[!#-~]*"')


async def if_match(request: Request) -> tuple[str, ...] | None:
    """Return the ETags in If-Match; ``None`` without the header, ``()`` for ``*``."""
    sent = request.headers.get("if-match")
    if sent is None:
        return None
    if sent.strip() == "*":
        return ()
    return tuple(_TAG.findall(sent)) or ("",)


Number = Annotated[int, Path(ge=1, le=MOST_NUMBER)]
"""Number of a visit, a job, an alert, a version of a plan."""

IfMatch = Annotated[tuple[str, ...] | None, Depends(if_match)]


def if_none_match(request: Request, etag: str) -> bool:
    """Return whether the caller already holds what has this ETag."""
    sent = request.headers.get("if-none-match", "")
    return sent.strip() == "*" or etag in _TAG.findall(sent)
