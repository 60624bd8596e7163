"""Strata: the eligible enterprises of an order, parted by their labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from optimizer.draw.given import FrameLike, Positions

WHOLE = "all"
"""Name of the only stratum where an order names no fields."""


class Sized(Protocol):
    """What sizes and documents need of a stratum."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def population(self) -> int: ...  # noqa: D102
    @property
    def probability(self) -> Fraction: ...  # noqa: D102
    @property
    def size(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True, slots=True, eq=False)
class Stratum:
    """One stratum of one order.

    Attributes
    ----------
    name
        The labels joined by ``|``.
    values
        The labels, in step with the order's ``strata_by``.
    members
        Positions in the frame, ascending, so in order of identifier.
    rate
        Sampling rate, or ``None`` where `size` is given.
    size
        Whole sample size, or ``None``.
    group, level
        Where strata are parted into levels: the stratum's name without the level, and the level.
    weights
        Weight of each member where members have probabilities of their own, or ``None``.
    share
        Probability of a member by unit of weight; those who would reach 1 are certain.
    """

    name: str
    values: tuple[str, ...]
    members: Positions
    rate: Fraction | None = None
    size: int | None = None
    group: str = ""
    level: str = ""
    weights: NDArray[np.int64] | None = None
    share: Fraction = Fraction(0)

    @property
    def population(self) -> int:
        """Number of eligible enterprises."""
        return len(self.members)

    @property
    def probability(self) -> Fraction:
        """Each member's inclusion probability; the mean, where members have their own."""
        if self.rate is not None:
            return self.rate
        return Fraction(self.size or 0, self.population)

    @property
    def expected(self) -> Fraction:
        """Expected size of the sample."""
        return self.probability * self.population

    def classes(self) -> list[tuple[Positions, Fraction]]:
        """Return the members who have the same probability, and that probability."""
        if self.weights is None:
            return [(self.members, self.probability)]
        found, of = np.unique(self.weights, return_inverse=True)
        return [
            (self.members[of == place], min(Fraction(1), self.share * int(weight)))
            for place, weight in enumerate(found)
        ]


def part(frame: FrameLike, key: str, strata_by: Sequence[str]) -> list[Stratum]:
    """Return the strata of an order that have members, sorted by name, without sizes.

    Parameters
    ----------
    frame
        The committed frame.
    key
        The order.
    strata_by
        Fields of the labels.
    """
    members = frame.eligible[key]
    if not len(members):
        return []
    combined = np.zeros(len(members), dtype=np.int64)
    for field in strata_by:
        codes, values = frame.labels[field]
        combined = combined * len(values) + codes[members]
    found, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
    by_stratum = np.argsort(inverse, kind="stable")
    parts = np.split(members[by_stratum], np.cumsum(np.bincount(inverse))[:-1])
    strata = []
    for number in range(len(found)):
        labels = tuple(
            frame.labels[field][1][frame.labels[field][0][members[first[number]]]]
            for field in strata_by
        )
        strata.append(Stratum("|".join(labels) if labels else WHOLE, labels, parts[number]))
    return sorted(strata, key=lambda stratum: stratum.name)
