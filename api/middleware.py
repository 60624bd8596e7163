"""Around every request: its id, its size limit, headers that browsers heed, one line of log."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.answers import faults_problem, problem_answer
from api.fit import unfit_parts
from api.handlers import language, respond
from api.limiting import address, hold, needs_key
from api.logs import LOGGER, shown_path
from api.problems import ProblemError
from api.security.limits import Limit
from api.settings import Settings

ZIP = "application/zip"

_REQUEST_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    # The page of the API's documentation needs its inline script; nothing comes from elsewhere.
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        b"script-src 'self' 'unsafe-inline'; frame-ancestors 'none'",
    ),
)


class Around:
    """ASGI middleware.

    Parameters
    ----------
    settings
        The size limits.
    token
        Gives random bytes for request ids.
    by_address
        How often an address may ask for what needs no key.
    answered
        Hears of every answer: the route's template, method, status, seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        token: Callable[[int], bytes],
        by_address: Limit,
        answered: Callable[[str, str, int, float], None],
    ) -> None:
        self.app = app
        self._by_address = by_address
        self._answered = answered
        self._settings = settings
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        wanted = headers.get(b"x-request-id", b"").decode("latin-1")
        request_id = wanted if _REQUEST_ID.fullmatch(wanted) else self._token(8).hex()
        scope["request_id"] = request_id
        began, status, started = time.perf_counter(), 500, False

        async def tell(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                kept = [h for h in message.get("headers", []) if h[0] != b"server"]
                message = {
                    **message,
                    "headers": [*kept, (b"x-request-id", request_id.encode()), *_HEADERS],
                }
            await send(message)

        try:
            # Before a byte of the body is read.
            if not needs_key(scope["path"]) and (refused := hold(self._by_address, address(scope))):
                await respond(Request(scope), refused)(scope, receive, tell)
                return
            is_zip = headers.get(b"content-type", b"").split(b";")[0].strip() == ZIP.encode()
            limit = self._settings.max_upload if is_zip else self._settings.max_json
            try:
                said = int(headers.get(b"content-length", b"0"))
            except ValueError:
                said = 0
            if said > limit:
                await _too_large(limit)(scope, receive, tell)
                return
            body = None if is_zip else await _body(receive, limit)
            if body is None and not is_zip:
                await _too_large(limit)(scope, receive, tell)
            elif faults := unfit_parts(scope, body):
                request = Request(scope)
                problem = faults_problem(faults, lang=language(request))
                await respond(request, problem)(scope, receive, tell)
            elif body is None:
                await self.app(scope, receive, tell)
            else:
                await self.app(scope, _replay(body, receive), tell)
        except Exception as error:
            # Only its kind and place are told: its message may hold what is private.
            LOGGER.error(
                "failed",
                extra={
                    "request": request_id,
                    "error": type(error).__name__,
                    "place": place_of(error),
                },
            )
            if started:
                raise
            failed = ProblemError("internal", request_id=request_id)
            await problem_answer(failed).response()(scope, receive, tell)
        finally:
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", "")
            self._answered(route, scope["method"], status, seconds)
            LOGGER.info(
                "request",
                extra={
                    "request": request_id,
                    "method": scope["method"],
                    "path": shown_path(scope),
                    "route": route,
                    "status": status,
                    "ms": round(1000 * seconds, 1),
                    "caller": scope.get("caller", ""),
                },
            )


async def _body(receive: Receive, limit: int) -> bytes | None:
    """Return the whole body, or ``None`` where it is larger than `limit`."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def place_of(error: Exception) -> str:
    """Return function and line where an error was raised, without its message."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"


def _too_large(limit: int) -> ASGIApp:
    problem = ProblemError("too-large", limit=limit, headers={"connection": "close"})
    return problem_answer(problem).response()
