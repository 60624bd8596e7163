"""Spans of days and seed sources, as they are given on the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from optimizer.domain.days import Span
from optimizer.domain.moments import instant, micros
from optimizer.draw.sources import make_announcement
from optimizer.draw.sources.chain import CHAINS
from optimizer.errors import Fault, InputError
from optimizer.flow.teamsteps import Draws
from optimizer.registers.fault import make_fault

LARGEST_FILE = 10**6
"""Bytes of a file with a source."""


def read_period(text: str, option: str = "--period") -> Span:
    """Read ``2026-02-01/2026-02-28``.

    Raises
    ------
    InputError
        On anything else.
    """
    try:
        first, last = (date.fromisoformat(part) for part in text.split("/"))
        if first <= last:
            return Span(first, last)
    except ValueError:
        pass
    raise InputError(
        Fault(
            "period-malformed",
            option,
            value=text,
            expected="expected first and last day",
            mend="Write it like 2026-02-01/2026-02-28.",
        )
    )


def read_draws(text: str) -> Draws | tuple[Span, ...]:
    """Read ``whole``, ``daily``, ``weekly`` or spans of days joined by commas.

    Raises
    ------
    InputError
        On anything else.
    """
    match text:
        case "whole" | "daily" | "weekly":
            return text
    return tuple(read_period(part, "--draws") for part in text.split(","))


def read_source(text: str, option: str = "--seed-source") -> Mapping[str, Any]:
    """Read where a seed will come from, before it shows anything.

    ``dice`` (ten sides), ``dice6``, ``fixed`` (a test), ``quicknet@TIME`` or ``default@TIME`` (the
    first round of a chain of drand that is due then or later), or a JSON file.

    Raises
    ------
    InputError
        On anything else.
    """
    dice = re.fullmatch(r"dice(\d{1,4})?", text)
    if dice:
        found: object = {"source": "dice", "sides": int(dice[1] or 10)}
    elif text == "fixed":
        return {"source": "fixed"}
    elif "@" in text and text.split("@")[0] in CHAINS:
        name, _, moment = text.partition("@")
        chain = CHAINS[name]
        late = micros(instant(moment)) // 10**6 - chain.genesis_time
        found = {
            "source": "drand",
            "chain": chain.document(),
            "round": max(1, -(-late // chain.period) + 1),
        }
    else:
        try:
            with Path(text).open("rb") as file:
                found = json.loads(file.read(LARGEST_FILE))
        except (OSError, ValueError, RecursionError):
            found = None
    if not isinstance(found, dict):
        raise InputError(make_fault("seed-source-file", option, value=text))
    return make_announcement(found).document()
