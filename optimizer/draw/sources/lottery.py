"""Numbers of public lotteries (公开彩票), as in RFC 3797."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.domain.moments import instant, micros
from optimizer.domain.registry import Document
from optimizer.draw.rfc3797 import canonical_text
from optimizer.draw.sources.fields import check_fields, make_fault, records, within
from optimizer.errors import Fault, InputError

MAX_INPUTS = 20
MAX_COUNT = 20
MAX_NUMBER = 10**6
_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]{1,200}")


@dataclass(frozen=True, slots=True)
class LotteryInput:
    """Numbers that one drawing will show without regard to their order.

    Where order counts, as in a lottery of digits, each place is an input of its own.

    Attributes
    ----------
    name
        Which drawing, and which of its numbers, so that anybody finds the same ones.
    at
        RFC 3339: when they are drawn.
    count
        How many; no number twice.
    low, high
        The least and the greatest that can be drawn.
    """

    name: str
    at: str
    count: int
    low: int
    high: int

    def __post_init__(self) -> None:
        faults = []
        if not _NAME.fullmatch(self.name):
            faults.append(make_fault("lottery-name", "name", self.name))
        if not 0 <= self.low <= self.high <= MAX_NUMBER:
            span = f"{self.low}-{self.high}"
            faults.append(make_fault("lottery-bounds", "high", span, most=MAX_NUMBER))
        elif not 1 <= self.count <= min(MAX_COUNT, self.high - self.low + 1):
            faults.append(make_fault("lottery-how-many", "count", self.count, most=MAX_COUNT))
        if faults:
            raise InputError(faults)
        instant(self.at, file="seed", field="at")

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> LotteryInput:
        """Read an input."""
        check_fields(
            value, {"name": str, "at": str, "count": int, "low": int, "high": int}, source=False
        )
        return cls(value["name"], value["at"], value["count"], value["low"], value["high"])

    def document(self) -> Document:
        """Return its fields."""
        return {
            "name": self.name,
            "at": self.at,
            "count": self.count,
            "low": self.low,
            "high": self.high,
        }

    def entropy_millibits(self) -> int:
        """Return floor(1000 · log2 C(numbers, count)), exactly (RFC 3797, 3.2)."""
        ways = math.comb(self.high - self.low + 1, self.count)
        return int(ways**1000).bit_length() - 1


@dataclass(frozen=True, slots=True)
class LotteryAnnounced:
    """Drawings whose numbers will be used, in this order."""

    inputs: tuple[LotteryInput, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.inputs) <= MAX_INPUTS:
            raise InputError(
                make_fault("lottery-inputs", "inputs", len(self.inputs), most=MAX_INPUTS)
            )
        names = [one.name for one in self.inputs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise InputError(make_fault("lottery-name-twice", "inputs", name) for name in twice)

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> LotteryAnnounced:
        """Read an announcement."""
        check_fields(value, {"inputs": list})
        inputs = []
        for index, one in enumerate(records(value["inputs"], "inputs")):
            with within(f"inputs[{index}]"):
                inputs.append(LotteryInput.read(one))
        return cls(tuple(inputs))

    def document(self) -> Document:
        """Return kind and inputs."""
        return {"source": "lottery", "inputs": [one.document() for one in self.inputs]}

    def entropy_millibits(self) -> int:
        """Return the sum over the inputs, each rounded down."""
        return sum(one.entropy_millibits() for one in self.inputs)

    def known(self) -> tuple[int, int]:
        """Return when the first and the last of them is drawn."""
        moments = [micros(instant(one.at)) for one in self.inputs]
        return min(moments), max(moments)


@dataclass(frozen=True, slots=True)
class Lottery:
    """Drawings with the numbers they showed.

    Attributes
    ----------
    of
        The drawings.
    results
        The numbers of each, ascending.

    Raises
    ------
    InputError
        On numbers that a drawing cannot show.
    """

    of: LotteryAnnounced
    results: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        inputs, results = self.of.inputs, self.results
        if len(results) != len(inputs):
            raise InputError(
                make_fault("lottery-missing", "results", len(results), wanted=len(inputs))
            )
        faults: list[Fault] = []
        for index, (one, numbers) in enumerate(zip(inputs, results, strict=True)):
            field, shown = f"results[{index}]", ".".join(map(str, numbers))
            if len(numbers) != one.count:
                faults.append(
                    make_fault("lottery-count", field, shown, wanted=one.count, name=one.name)
                )
            faults += [
                make_fault("lottery-range", field, n, low=one.low, high=one.high, name=one.name)
                for n in numbers
                if not one.low <= n <= one.high
            ]
            if len(set(numbers)) != len(numbers):
                faults.append(make_fault("lottery-twice", field, shown, name=one.name))
        if faults:
            raise InputError(faults)
        object.__setattr__(self, "results", tuple(tuple(sorted(numbers)) for numbers in results))

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Lottery:
        """Read evidence: the announcement and the numbers."""
        announced = {name: item for name, item in value.items() if name != "results"}
        of = LotteryAnnounced.read(announced)
        results = value.get("results")
        if not isinstance(results, list):
            raise InputError(make_fault("seed-field", "results", results, fields="results (list)"))
        return cls(of, tuple(_numbers(item, f"results[{i}]") for i, item in enumerate(results)))

    @property
    def test(self) -> bool:
        """A lottery counts."""
        return False

    def announced(self) -> Document:
        """Return kind and inputs."""
        return self.of.document()

    def evidence(self) -> Document:
        """Return the announcement and the numbers."""
        return {**self.announced(), "results": [list(numbers) for numbers in self.results]}

    def words(self) -> str:
        """Return ``lottery=`` and RFC 3797's text, such as ``lottery=9319./2.5.8.10.12./``."""
        return "lottery=" + canonical_text(self.results)

    def entropy_millibits(self) -> int:
        """Return the sum over the inputs, each rounded down."""
        return self.of.entropy_millibits()

    def marks(self) -> tuple[str, ...]:
        """Return the drawings' names."""
        return tuple(one.name for one in self.of.inputs)

    def warnings(self) -> tuple[str, ...]:
        """Return nothing."""
        return ()


def _numbers(value: object, field: str) -> tuple[int, ...]:
    if not isinstance(value, Sequence) or any(type(number) is not int for number in value):
        raise InputError(make_fault("lottery-numbers", field, value))
    return tuple(value)
