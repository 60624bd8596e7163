"""Our compatibility order: what Rivest's program draws, without his program."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import ClassVar

from optimizer.draw import rivest_order


class OursRivest:
    """The same tickets, their decimal digits reversed."""

    question: ClassVar[str] = "draw"
    name: ClassVar[str] = "ours-rivest-order"
    order: ClassVar[str] = "rivest"
    largest: ClassVar[int] = 10**6
    needs: ClassVar[tuple[str, ...]] = ()

    def draw(self, ids: Sequence[str], seed: str, take: int) -> list[str]:
        """Return the sample in the compatibility order."""
        return rivest_order(hashlib.sha256(seed.encode()).digest(), ids)[:take]
