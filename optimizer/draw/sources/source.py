"""What every seed source can say, before it shows anything and after."""

from __future__ import annotations

from typing import Protocol

from optimizer.domain.registry import Document

MARGIN = 600
"""Seconds that lie at least between a commitment and the first moment at which what it waits for
can be known: clocks differ, and the checkpoint over the commitment has to be handed out."""

ENTROPY_BITS = 64
"""Fewest bits a seed must have: with fewer, all seeds can be tried."""


class Announcement(Protocol):
    """A source of public chance as it is named before it shows anything."""

    def document(self) -> Document:
        """Return what is committed."""
        ...

    def known(self) -> tuple[int, int] | None:
        """Return when the first and when the last of it can be known.

        Microseconds since 1970; ``None`` where the announcement does not say.
        """
        ...


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

    def marks(self) -> tuple[str, ...]:
        """Return what no other seed of the publication may show again."""
        ...

    def warnings(self) -> tuple[str, ...]:
        """Return codes of what the source does not protect from; they stand in the seed."""
        ...


def announced_document(kind: str, sides: int, announced: Document | None) -> Document:
    """Return what is committed of a source before it shows anything.

    Parameters
    ----------
    kind, sides
        As a campaign or a scenario names them.
    announced
        The document, where kind and sides do not say all of it.
    """
    if announced is not None:
        return dict(announced)
    return {"source": kind, "sides": sides} if kind == "dice" else {"source": kind}
