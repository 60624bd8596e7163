"""Rivest's consistent sampler, as published (consistent-sampler 1.0.10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar


class Rivest:
    """His `sampler` without replacement."""

    question: ClassVar[str] = "draw"
    name: ClassVar[str] = "rivest"
    order: ClassVar[str] = "rivest"
    largest: ClassVar[int] = 10**6
    needs: ClassVar[tuple[str, ...]] = ("consistent_sampler",)

    def draw(self, ids: Sequence[str], seed: str, take: int) -> list[str]:
        """Return the sample as his program yields it."""
        from consistent_sampler import sampler

        return list(sampler(ids, seed, take=take, output="id"))
