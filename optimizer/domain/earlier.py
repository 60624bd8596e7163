"""Earlier draws (此前各次抽取): what a later campaign takes over from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DRAW_DOCUMENTS = ("frame.jsonl", "frame.json", "spec.json", "seed.json", "draw.json")
"""Documents of ``transcript/`` from which a draw is recomputed."""


@dataclass(frozen=True, slots=True, repr=False)
class EarlierDraw:
    """The documents of an earlier draw, as published.

    Attributes
    ----------
    campaign
        Its identifier.
    documents
        `DRAW_DOCUMENTS` → bytes.
    is_counted
        Whether those drawn then are dealt first now; if not, it is here because one that is
        counted was itself dealt after it.
    """

    campaign: str
    documents: Mapping[str, bytes]
    is_counted: bool = True

    def __repr__(self) -> str:
        return f"<EarlierDraw {self.campaign}{'' if self.is_counted else ', not counted'}>"
