"""Dice rolled in public."""

from __future__ import annotations

import re
from dataclasses import dataclass

from optimizer.domain.registry import Document
from optimizer.errors import Fault, InputError

MAX_ROLLS = 1000
MAX_SIDES = 1000
_TEN = 10


@dataclass(frozen=True, slots=True)
class Dice:
    """Rolls of a die in the order rolled.

    Attributes
    ----------
    rolls
        With up to ten sides one digit a roll (a ten-sided die shows 0 to 9, others 1 to their
        number of sides); with more sides numbers from 1, joined by ``-``.
    sides
        2 to 1000.

    Raises
    ------
    InputError
        On rolls that such dice do not show.
    """

    rolls: str
    sides: int = _TEN

    def __post_init__(self) -> None:
        if not 2 <= self.sides <= MAX_SIDES:
            raise InputError(
                Fault(
                    "dice-sides",
                    "seed",
                    field="sides",
                    value=str(self.sides),
                    expected=f"expected 2 to {MAX_SIDES} sides",
                    mend="Write the number of sides of the dice.",
                )
            )
        shown = self._shown()
        if not shown or len(shown) > MAX_ROLLS or not all(map(self._is_face, shown)):
            raise InputError(
                Fault(
                    "dice-rolls",
                    "seed",
                    field="rolls",
                    value=self.rolls,
                    expected=f"expected 1 to {MAX_ROLLS} rolls, {self._faces()}",
                    mend="Write the rolls as they were shown, without spaces.",
                )
            )

    @property
    def test(self) -> bool:
        """Dice count."""
        return False

    def announced(self) -> Document:
        """Return kind and sides."""
        return {"source": "dice", "sides": self.sides}

    def evidence(self) -> Document:
        """Return kind, sides and rolls."""
        return {**self.announced(), "rolls": self.rolls}

    def words(self) -> str:
        """Return such as ``dice10=3141``."""
        return f"dice{self.sides}={self.rolls}"

    def entropy_millibits(self) -> int:
        """Return floor(1000 · rolls · log2 sides), exactly."""
        return int(self.sides ** (1000 * len(self._shown()))).bit_length() - 1

    def _shown(self) -> list[str]:
        return list(self.rolls) if self.sides <= _TEN else self.rolls.split("-")

    def _is_face(self, shown: str) -> bool:
        if not re.fullmatch(r"0|[1-9][0-9]*", shown):
            return False
        low = 0 if self.sides == _TEN else 1
        return len(shown) <= len(str(self.sides)) and low <= int(shown) < low + self.sides

    def _faces(self) -> str:
        if self.sides == _TEN:
            return "each a digit 0 to 9"
        if self.sides < _TEN:
            return f"each a digit 1 to {self.sides}"
        return f"numbers 1 to {self.sides} joined by -"
