"""Text that every store and every answer can hold: no NUL character, no lone surrogate."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from optimizer.errors import Fault

_UNFIT = re.compile("[\x00\ud800-\udfff]")
_HINT = re.compile(rb"\x00|\\u0000|\\u[dD][89a-fA-F]")
"""What a JSON text holds if one of its strings is unfit; most bodies need no second reading."""
EXPECTED = "text without NUL characters and lone surrogates"


def unfit_parts(scope: Mapping[str, Any], body: bytes | None) -> list[Fault]:
    """Return where a request holds text that PostgreSQL and UTF-8 refuse.

    Parameters
    ----------
    scope
        Of ASGI.
    body
        The whole body, or ``None`` for uploads, whose reader judges them.
    """
    found = []
    if _UNFIT.search(scope["path"]):
        found.append(_fault("path", ""))
    query = scope["query_string"]
    # A lone surrogate cannot stand in a query: percent-encoded, it is not UTF-8.
    if b"%00" in query or b"\x00" in query:
        for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            if "\x00" in name + value:
                found.append(_fault("query", _shown(name)))
    for name, value in scope["headers"]:
        if b"\x00" in value:
            found.append(_fault("header", name.decode("latin-1")))
    if body and _HINT.search(body):
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            # The route says what is wrong with it.
            return found
        found += [_fault("body", where) for where in _unfit_in(value)]
    return found


def _unfit_in(value: Any) -> list[str]:
    """Return the fields, as ``a.0.b``, that hold unfit text or are named with it."""
    found = []
    waiting = [("", value)]
    while waiting:
        where, one = waiting.pop()
        if isinstance(one, str):
            if _UNFIT.search(one):
                found.append(where)
            continue
        inside: list[tuple[str, Any]] = []
        if isinstance(one, dict):
            inside = list(one.items())
            found += [_under(where, name) for name in one if _UNFIT.search(name)]
        elif isinstance(one, list):
            inside = [(str(i), each) for i, each in enumerate(one)]
        waiting += [(_under(where, name), each) for name, each in reversed(inside)]
    return found


def _under(where: str, name: str) -> str:
    shown = _shown(name)
    return f"{where}.{shown}" if where else shown


def _shown(name: str) -> str:
    return _UNFIT.sub(lambda match: f"\\u{ord(match[0]):04x}", name)[:80]


def _fault(part: str, field: str) -> Fault:
    return Fault("unfit-text", part, field=field, expected=EXPECTED, mend="Leave them out.")
