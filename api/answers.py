"""An answer as bytes, so that it can be stored and given again; and errors as answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from fastapi import Response

from api.problems import MEDIA_TYPE, ProblemError
from api.store.engine import is_busy
from api.store.trouble import NO_ROOM, READ_ONLY, trouble
from api.wording import shown_fault
from optimizer.errors import (
    CheckFailedError,
    DoubleRandomError,
    Fault,
    InfeasibleError,
    InputError,
    OrderError,
)
from optimizer.messages import in_chinese

PASSING = ("busy", "no-room", "read-only")
"""Problems of the moment: the same act succeeds once the store takes writes again."""

MOST_FAULTS = 1000
"""Faults listed in one answer; `fault_count` says how many there are."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of an answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def response(self) -> Response:
        """Return it as the web framework wants it."""
        return Response(self.body, self.status, headers=dict(self.headers))


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a JSON answer; keys keep their order."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Answer(status, body, {"content-type": "application/json", **(headers or {})})


def problem_answer(problem: ProblemError, *, lang: str = "en") -> Answer:
    """Return a problem as its answer."""
    made = answer(problem.document(lang=lang), problem.kind.status, problem.headers)
    return Answer(made.status, made.body, {**made.headers, "content-type": MEDIA_TYPE})


def as_problem(error: Exception, *, lang: str = "en") -> ProblemError | None:
    """Return the problem that stands for an error, or ``None`` for one that nobody meant."""
    match error:
        case ProblemError():
            return error
        case InputError():
            return faults_problem(error.faults, lang=lang)
        case OrderError():
            return ProblemError("wrong-order", str(error))
        case InfeasibleError():
            said = in_chinese if lang == "zh" else str
            return ProblemError("infeasible", reasons=[said(one) for one in error.reasons])
        case CheckFailedError():
            what = error.args[0]
            return ProblemError("check-failed", in_chinese(what) if lang == "zh" else str(what))
        case DoubleRandomError():
            return ProblemError("bad-request", str(error))
    if is_busy(error):
        return ProblemError("busy", headers={"retry-after": "1"})
    found = trouble(error)
    if found == NO_ROOM:
        return ProblemError("no-room", headers={"retry-after": "60"})
    if found == READ_ONLY:
        return ProblemError("read-only", headers={"retry-after": "60"})
    return None


def faults_problem(faults: tuple[Fault, ...] | list[Fault], *, lang: str = "en") -> ProblemError:
    """Return the problem that lists faults, each with field, what was expected, and the mend."""
    count = len(faults)
    shown = [shown_fault(fault, lang) for fault in faults[:MOST_FAULTS]]
    detail = f"{count} 处有误" if lang == "zh" else f"{count} fault{'s' if count != 1 else ''}"
    return ProblemError("invalid-input", detail, fault_count=count, errors=shown)
