"""Every error becomes a problem: one shape, nothing secret in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from api.answers import as_problem, faults_problem, problem_answer
from api.problems import ProblemError
from api.store.engine import StoreBusyError
from optimizer.errors import DoubleRandomError, Fault

_MENDS = {
    "missing": "Add the field.",
    "extra_forbidden": "Leave the field out, or correct its name.",
    "json_invalid": "Send valid JSON in UTF-8.",
}
_BY_STATUS = {404: "not-found", 405: "method-not-allowed", 400: "bad-request"}


def language(request: Request) -> str:
    """Return the language that the caller asks for: ``zh`` or ``en``."""
    first = request.headers.get("accept-language", "").split(",")[0].strip().lower()
    return "zh" if first.startswith("zh") else "en"


def respond(request: Request, problem: ProblemError) -> Response:
    """Answer with a problem."""
    return problem_answer(problem, lang=language(request)).response()


def input_faults(errors: Sequence[Any]) -> list[Fault]:
    """Turn pydantic's errors into faults, all of them."""
    return [_fault(error) for error in errors]


def _fault(error: dict[str, Any]) -> Fault:
    where = [str(part) for part in error["loc"]]
    kind = str(error["type"])
    name, rest = where[0], where[1:]
    found = error.get("input")
    # The value of a missing field is the object around it, which says nothing.
    shown = "" if kind in ("missing", "json_invalid") or found is None else str(found)
    if name == "header":
        shown = ""
    if kind == "model_attributes_type" and not rest:
        return Fault(
            "json-object",
            name,
            expected="expected a JSON object, sent with Content-Type: application/json",
            mend="Send the fields as one JSON object, under that header.",
        )
    message = str(error["msg"]).removeprefix("Value error, ")
    return Fault(
        kind.replace("_", "-"),
        name,
        field=_writable(".".join(rest)),
        value=_writable(shown),
        expected=message if message[1:2].isupper() else message[:1].lower() + message[1:],
        mend=_MENDS.get(kind, "Correct the value."),
    )


def _writable(text: str) -> str:
    """Return a text with lone surrogates, which no answer can hold, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def add_handlers(app: FastAPI) -> None:
    """Let the application answer every error with a problem."""

    @app.exception_handler(ProblemError)
    @app.exception_handler(DoubleRandomError)
    @app.exception_handler(DBAPIError)
    @app.exception_handler(sqlite3.Error)
    @app.exception_handler(OSError)
    @app.exception_handler(StoreBusyError)
    async def meant(request: Request, error: Exception) -> Response:
        problem = as_problem(error, lang=language(request))
        if problem is None:
            # Nobody meant it: `api.middleware` answers, and logs its kind.
            raise error
        return respond(request, problem)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        faults = input_faults(error.errors())
        return respond(request, faults_problem(faults, lang=language(request)))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        name = _BY_STATUS.get(error.status_code, "bad-request")
        detail = "" if name in ("not-found", "method-not-allowed") else str(error.detail)
        return respond(request, ProblemError(name, detail, headers=error.headers))
