"""Every outcome of chance, each with its exact probability, through the interface of the draw."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import permutations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.canon import SHA256, Hash
from optimizer.chance import Chance, Stream
from optimizer.domain.campaign import STRATUM_FIELDS
from optimizer.domain.earlier import EarlierDraw
from optimizer.draw import Spec
from optimizer.draw.tickets import Tickets

Result = TypeVar("Result")


def every(run: Callable[[Chance], Result]) -> Iterator[tuple[Result, Fraction]]:
    """Run again and again until each answer of `Stream.below` was given at each place.

    Parameters
    ----------
    run
        What asks for chance; the same answers must lead to the same questions.

    Yields
    ------
    tuple
        What it returned, and the probability of these answers: 1 / Π m.
    """
    path: list[int] = []
    while True:
        sizes: list[int] = []
        scripted = _Scripted(path, sizes)
        result = run(lambda _, stream=scripted: stream)  # type: ignore[misc]
        yield result, Fraction(1, math.prod(sizes))
        while path and path[-1] + 1 == sizes[len(path) - 1]:
            path.pop()
        if not path:
            return
        path[-1] += 1


class _Scripted(Stream):
    """A stream that answers what is written, then 0, and writes that down."""

    def __init__(self, path: list[int], sizes: list[int]) -> None:
        super().__init__(bytes(32))
        self._path = path
        self._sizes = sizes

    def below(self, m: int) -> int:
        place = len(self._sizes)
        self._sizes.append(m)
        if place == len(self._path):
            self._path.append(0)
        return self._path[place]


def all_tickets(count: int) -> list[Tickets]:
    """Return tickets in every order, all equally likely."""
    return [_tickets(order) for order in permutations(range(count))]


def _tickets(order: Sequence[int]) -> Tickets:
    made = np.zeros((len(order), 4), dtype=np.uint64)
    made[:, 0] = order
    return made


@dataclass(frozen=True, eq=False)
class Population:
    """Enterprises to draw from; a frame as the draw needs it.

    Attributes
    ----------
    fields
        Field of `STRATUM_FIELDS` → label of each enterprise.
    can
        Key of each order → who can be drawn for it.
    """

    campaign: str
    ids: tuple[str, ...]
    fields: Mapping[str, Sequence[str]]
    can: Mapping[str, NDArray[np.bool_]]
    weights: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    root: str = "00" * 32
    hash: Hash = SHA256

    @property
    def labels(self) -> dict[str, tuple[NDArray[np.int32], tuple[str, ...]]]:
        """Codes and values of each field."""
        made = {}
        for name in STRATUM_FIELDS:
            values, codes = np.unique(self._texts(name), return_inverse=True)
            made[name] = (codes.astype(np.int32), tuple(map(str, values)))
        return made

    @property
    def eligible(self) -> dict[str, NDArray[np.int32]]:
        """Positions by order."""
        return {key: np.flatnonzero(can).astype(np.int32) for key, can in self.can.items()}

    def earlier(self, spec: Spec, drawn: Sequence[str], *, is_counted: bool = True) -> EarlierDraw:
        """Return what a later campaign takes over of a draw from this population."""
        lines = [
            {
                "id": identifier,
                "items": sorted(key for key, can in self.can.items() if can[place]),
                "labels": {name: self._texts(name)[place] for name in STRATUM_FIELDS},
                "weight": int(self.weights[place]) if len(self.weights) else 0,
            }
            for place, identifier in enumerate(self.ids)
        ]
        draw = {"items": [{"strata": [{"sample": list(drawn)}]}]}
        return EarlierDraw(
            self.campaign,
            {
                "frame.jsonl": "\n".join(map(json.dumps, lines)).encode(),
                "frame.json": b"{}",
                "spec.json": json.dumps(spec.document).encode(),
                "seed.json": b"{}",
                "draw.json": json.dumps(draw).encode(),
            },
            is_counted,
        )

    def _texts(self, name: str) -> Sequence[str]:
        return self.fields.get(name) or [""] * len(self.ids)
