"""Our draw with vectorised hashing and SM3."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from optimizer.canon import SM3
from optimizer.chance import Key
from optimizer.draw import take_smallest


class OursNumbaSm3:
    """The work of `ours`, with SM3, for which processors have no instructions here."""

    question: ClassVar[str] = "draw"
    name: ClassVar[str] = "ours-sm3"
    order: ClassVar[str] = "sm3"
    largest: ClassVar[int] = 10**9
    needs: ClassVar[tuple[str, ...]] = ("numba",)

    def draw(self, ids: Sequence[str], seed: str, take: int) -> list[str]:
        """Return the sample in order of ticket."""
        return take_smallest(ids, Key(SM3.digest(seed.encode()), SM3), take, fast=True)
