"""Campaigns of the tiny city, step by step, in open and in sealed mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

from optimizer import canon
from optimizer.domain.days import Span
from optimizer.draw import Dice
from optimizer.flow import (
    Dossier,
    Given,
    Secrets,
    commit_step,
    open_step,
    plan_step,
    reveal_step,
    seal_step,
    substitute_step,
    teams_step,
    void_step,
)
from optimizer.io.seeds import SeedSource

SECRETS = Secrets(bytes(range(32)), bytes(range(32, 64)))
SECRET = bytes(range(64, 96))
SEED, TEAMS_SEED, LATER_SEED = (
    Dice("31415926535897932384"),
    Dice("27182818284590452353"),
    Dice("16180339887498948482"),
)
VERIFIERS: Mapping[str, bytes] = MappingProxyType({})
DAYS = MappingProxyType(
    {
        "commit": "2025-12-22T09:00:00+08:00",
        "seal": "2025-12-22T10:00:00+08:00",
        "reveal": "2025-12-24T09:00:00+08:00",
        "early": "2025-12-25T09:00:00+08:00",
        "plan": "2025-12-26T09:00:00+08:00",
        "teams": "2025-12-27T09:00:00+08:00",
        "late": "2026-01-20T09:00:00+08:00",
        "later": "2026-01-30T09:00:00+08:00",
        "open": "2026-02-21T09:00:00+08:00",
        "after": "2026-02-22T09:00:00+08:00",
    }
)
ABOUT = {"exclude_faulty": False, "scenario": "tiny"}


def ready(tiny: Any) -> Any:
    """Return the scenario with the second draw's source named."""
    return replace(tiny, teams_seed=SeedSource("dice", 10))


def given(tiny: Any, day: str) -> Given:
    """Return what a step on a day is given."""
    return Given(ready(tiny), DAYS[day], VERIFIERS)


def drawn(dossier: Dossier, order: str, place: int = 0) -> str:
    """Return an enterprise that was drawn for an order."""
    draw = canon.parse(dossier.data("transcript/draw.json"))
    item = next(i for i in draw["items"] if i.get("order", i["item"]) == order)
    stratum = next(s for s in item["strata"] if s["sample"] and s["reserves"])
    return str(stratum["sample"][place])


def campaign(tiny: Any, *, sealed: bool, secret: bytes = SECRET) -> dict[str, Dossier]:
    """Take a campaign through all its steps; return each stage by the step that led to it."""
    found: dict[str, Dossier] = {}
    now = found["commit"] = commit_step(
        None, given(tiny, "commit"), SECRETS, sealed=sealed, about=ABOUT
    )
    if sealed:
        after = date(2026, 2, 20)
        now = found["seal"] = seal_step(now, given(tiny, "seal"), secret, open_after=after)
    now = found["reveal"] = reveal_step(now, given(tiny, "reveal"), SEED)
    now = found["early"] = substitute_step(
        now, given(tiny, "early"), order="M-02", enterprise=drawn(now, "M-02"), reason="closed"
    )
    now = found["plan"] = plan_step(now, given(tiny, "plan"), effort=5)
    now = found["teams"] = teams_step(now, given(tiny, "teams"), TEAMS_SEED)
    gone = now.substitutions()[0]["reserve"]
    now = found["late"] = substitute_step(
        now, given(tiny, "late"), order="M-02", enterprise=gone, reason="not-found"
    )
    period = Span(date(2026, 2, 1), date(2026, 2, 28))
    now = found["later"] = teams_step(now, given(tiny, "later"), LATER_SEED, period=period)
    if sealed:
        now = found["open"] = open_step(now, given(tiny, "open"))
    found["void"] = void_step(now, given(tiny, "after"), reason="a test of what void does")
    return found
