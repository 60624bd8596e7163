"""Faults as answers show them: what names a command or its options names a request instead."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from optimizer.errors import Fault
from optimizer.messages import in_language

_ROUTES = {
    "draw commit": "POST /v1/campaigns",
    "draw seal": "POST …/seal",
    "draw reveal": "POST …/reveal",
    "draw plan": "POST …/plans",
    "draw open": "POST …/opening",
    "draw verify": "GET /v1/campaigns/…",
    "teams commit": "POST …/teams/odds",
    # What was not announced with the draw before can be with odds that are committed anew.
    "teams announce": "POST …/teams/odds",
    "teams verify": "GET …/teams",
}
_COMMAND = re.compile(rf"(Run )?`?double-random ({'|'.join(_ROUTES)})\b(?: --[a-z-]+)*`?")
_OPTION = re.compile(r"(?<![\w-])--([a-z]+(?:-[a-z]+)*)")
_HELD = "\ue000"
_PLACES = ("double-random draw", "double-random teams")


def shown_fault(fault: Fault, lang: str) -> dict[str, Any]:
    """Return a fault as data, with its message in a language."""
    file, field = fault.file, _requested(fault.field)
    if file in _PLACES:
        file = "body"
    elif file.startswith("--"):
        file, field = "body", field or _requested(file)
    shown: dict[str, Any] = {**fault.as_dict(), "file": file, "field": field}
    shown |= {key: _requested(shown[key]) for key in ("expected", "mend")}
    # What was sent stands in the message as it was sent.
    placed = replace(fault, file=file, field=field, value=_HELD if fault.value else "")
    return {**shown, "message": _requested(in_language(placed, lang)).replace(_HELD, fault.value)}


def _requested(text: str) -> str:
    text = _COMMAND.sub(lambda found: f"{'Send ' * bool(found[1])}`{_ROUTES[found[2]]}`", text)
    return _OPTION.sub(
        lambda found: found[1].replace("-", "_") + "=true" * (found[1] == "exclude-faulty"), text
    )
