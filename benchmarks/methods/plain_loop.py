"""The definition, written as anyone would: one hash an identifier, then sort."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from heapq import nsmallest
from typing import ClassVar


class PlainLoop:
    """A loop over hashlib, without midstate."""

    question: ClassVar[str] = "draw"
    name: ClassVar[str] = "hashlib loop"
    order: ClassVar[str] = "ticket"
    largest: ClassVar[int] = 10**6
    needs: ClassVar[tuple[str, ...]] = ()

    def draw(self, ids: Sequence[str], seed: str, take: int) -> list[str]:
        """Return the sample in order of ticket."""
        key = hashlib.sha256(seed.encode()).hexdigest()
        tickets = ((hashlib.sha256((key + name).encode()).digest(), name) for name in ids)
        return [name for _, name in nsmallest(take, tickets)]
