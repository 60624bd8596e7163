"""Draws made separately, by departments of their own accord, whose samples are planned together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from optimizer.domain.campaign import DrawOrder
from optimizer.domain.check import Drawn
from optimizer.domain.days import Span
from optimizer.domain.earlier import EarlierDraw


def orders_of(separate: EarlierDraw) -> tuple[DrawOrder, ...]:
    """Return the orders of a separate draw, as far as checks need them."""
    spec = json.loads(separate.documents["spec.json"])
    return tuple(
        DrawOrder(
            entry["item"],
            entry["department"],
            Span(*map(date.fromisoformat, entry["window"])),
            tuple(entry["strata_by"]),
            id=entry.get("order", ""),
        )
        for entry in spec["items"]
    )


def sample_of(separate: EarlierDraw) -> Iterator[Drawn]:
    """Yield whom a separate draw sampled, without the reserves."""
    draw = json.loads(separate.documents["draw.json"])
    for item in draw["items"]:
        key = item.get("order", item["item"])
        for stratum in item["strata"]:
            for rank, identifier in enumerate(stratum["sample"]):
                yield Drawn(item["item"], stratum["stratum"], identifier, rank, key)
