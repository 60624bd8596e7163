"""Our draw without the extra ``fast``: the standard library alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import ClassVar

from optimizer.draw import take_smallest


class OursHashlib:
    """A loop over hashlib from a copied midstate; only those under a cut are kept."""

    question: ClassVar[str] = "draw"
    name: ClassVar[str] = "ours-hashlib"
    order: ClassVar[str] = "ticket"
    largest: ClassVar[int] = 10**6
    needs: ClassVar[tuple[str, ...]] = ()

    def draw(self, ids: Sequence[str], seed: str, take: int) -> list[str]:
        """Return the sample in order of ticket."""
        return take_smallest(ids, hashlib.sha256(seed.encode()).digest(), take, fast=False)
