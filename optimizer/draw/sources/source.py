"""What every seed source can say."""

from __future__ import annotations

from typing import Protocol

from optimizer.domain.registry import Document


class Seed(Protocol):
    """A source of public chance together with what it showed."""

    @property
    def test(self) -> bool:
        """Whether it is fit for tests only; said in every output."""
        ...

    def announced(self) -> Document:
        """Return what is committed before the source shows anything."""
        ...

    def evidence(self) -> Document:
        """Return what was announced and what was shown."""
        ...

    def words(self) -> str:
        """Return the last words of the seed text, such as ``dice10=3141``."""
        ...

    def entropy_millibits(self) -> int:
        """Return thousandths of a bit of chance in what was shown, rounded down."""
        ...
