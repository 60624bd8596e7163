"""What a method of each question must be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol


class DrawMethod(Protocol):
    """Draws enterprises from identifiers in memory.

    Attributes
    ----------
    question
        ``draw``.
    name
        As it stands in the table.
    order
        ``ticket`` or ``rivest``: methods of one order must draw the same enterprises.
    largest
        Most identifiers it is measured at; beyond, its rate there is carried over and said so.
    needs
        Modules without which it is left out.
    """

    question: ClassVar[str]
    name: ClassVar[str]
    order: ClassVar[str]
    largest: ClassVar[int]
    needs: ClassVar[tuple[str, ...]]

    def draw(self, ids: Sequence[str], seed: str, take: int) -> list[str]:
        """Return the first `take` identifiers in the order that `seed` gives.

        The key is SHA-256 of the seed text. Packing of identifiers is part of the work.
        """
        ...
