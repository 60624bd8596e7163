"""A fixed text instead of chance: for tests, and it says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.domain.registry import Document
from optimizer.draw.sources.fields import check_fields
from optimizer.errors import Fault, InputError


@dataclass(frozen=True, slots=True)
class FixedAnnounced:
    """A text that someone will choose."""

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> FixedAnnounced:
        """Read an announcement."""
        check_fields(value, {})
        return cls()

    def document(self) -> Document:
        """Return the kind."""
        return {"source": "fixed"}

    def known(self) -> None:
        """Say nothing of when."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text that someone chose.

    Attributes
    ----------
    text
        1 to 200 visible ASCII characters.
    """

    text: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[!-~]{1,200}", self.text):
            raise InputError(
                Fault(
                    "fixed-text",
                    "seed",
                    field="text",
                    value=self.text,
                    expected="expected 1 to 200 visible ASCII characters",
                    mend="Write such a text, without spaces.",
                )
            )

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Fixed:
        """Read evidence."""
        check_fields(value, {"text": str})
        return cls(value["text"])

    @property
    def test(self) -> bool:
        """A fixed text proves nothing."""
        return True

    def announced(self) -> Document:
        """Return the kind."""
        return {"source": "fixed"}

    def evidence(self) -> Document:
        """Return kind and text."""
        return {"source": "fixed", "text": self.text}

    def words(self) -> str:
        """Return ``fixed=<text>``."""
        return f"fixed={self.text}"

    def entropy_millibits(self) -> int:
        """Return 0: nothing was left to chance."""
        return 0

    def marks(self) -> tuple[str, ...]:
        """Return nothing: a test may repeat itself."""
        return ()

    def warnings(self) -> tuple[str, ...]:
        """Return nothing: `test` says it."""
        return ()
