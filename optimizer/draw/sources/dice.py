"""Dice rolled in public."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimizer.domain.moments import instant, micros
from optimizer.domain.registry import Document
from optimizer.draw.sources.fields import check_fields
from optimizer.draw.sources.source import ENTROPY_BITS
from optimizer.errors import Fault, InputError

MAX_ROLLS = 1000
MAX_SIDES = 1000
_TEN = 10


def rolls_needed(sides: int) -> int:
    """Return how many rolls give `ENTROPY_BITS` bits; exact."""
    rolls = 1
    while sides**rolls < 2**ENTROPY_BITS:
        rolls += 1
    return rolls


@dataclass(frozen=True, slots=True)
class DiceAnnounced:
    """Dice that will be rolled.

    Attributes
    ----------
    sides
        2 to 1000.
    at
        RFC 3339: not rolled before; ``""`` where it is not said.
    """

    sides: int = _TEN
    at: str = ""

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
        if self.at:
            instant(self.at, file="seed", field="at")

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> DiceAnnounced:
        """Read an announcement."""
        check_fields(value, {}, {"sides": int, "at": str})
        return cls(value.get("sides", _TEN), value.get("at", ""))

    def document(self) -> Document:
        """Return kind, sides, and the time if one is named."""
        made: Document = {"source": "dice", "sides": self.sides}
        return {**made, "at": self.at} if self.at else made

    def known(self) -> tuple[int, int] | None:
        """Return when they are rolled."""
        if not self.at:
            return None
        moment = micros(instant(self.at))
        return moment, moment


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
    at
        RFC 3339: not rolled before, as announced; ``""`` where it was not said.

    Raises
    ------
    InputError
        On rolls that such dice do not show.
    """

    rolls: str
    sides: int = _TEN
    at: str = ""

    def __post_init__(self) -> None:
        DiceAnnounced(self.sides, self.at)
        shown = self.shown
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

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Dice:
        """Read evidence."""
        check_fields(value, {"rolls": str}, {"sides": int, "at": str})
        return cls(value["rolls"], sides=value.get("sides", _TEN), at=value.get("at", ""))

    @property
    def test(self) -> bool:
        """Dice count."""
        return False

    @property
    def shown(self) -> list[str]:
        """The rolls, one by one."""
        return list(self.rolls) if self.sides <= _TEN else self.rolls.split("-")

    def announced(self) -> Document:
        """Return kind and sides."""
        return DiceAnnounced(self.sides, self.at).document()

    def evidence(self) -> Document:
        """Return kind, sides and rolls."""
        return {**self.announced(), "rolls": self.rolls}

    def words(self) -> str:
        """Return such as ``dice10=3141``."""
        return f"dice{self.sides}={self.rolls}"

    def entropy_millibits(self) -> int:
        """Return floor(1000 · rolls · log2 sides), exactly."""
        return int(self.sides ** (1000 * len(self.shown))).bit_length() - 1

    def marks(self) -> tuple[str, ...]:
        """Return the rolls."""
        return (self.rolls,)

    def warnings(self) -> tuple[str, ...]:
        """Return nothing: witnesses see dice fall."""
        return ()

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
