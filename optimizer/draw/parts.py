"""A frame in parts: identifiers packed and sorted by cell when the frame is committed.

A *cell* holds the enterprises that are in the same stratum of every order. So whole runs of
identifiers share one cut, and nothing has to be looked up for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from optimizer.domain.registry import Document
from optimizer.draw.given import FrameLike
from optimizer.draw.packed import Packed, pack
from optimizer.draw.spec import Spec

Names = Mapping[str, Sequence[str]]
"""Order key → names of its strata, in the order of the spec."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Part:
    """Identifiers of a part of a frame, sorted by cell.

    Attributes
    ----------
    packed
        The identifiers.
    bounds
        Shape (cells + 1,): cell c is from ``bounds[c]`` up to ``bounds[c + 1]``.
    strata
        Shape (cells, orders): place of the stratum in the spec's order, -1 for those that the
        order cannot draw.
    """

    packed: Packed
    bounds: NDArray[np.int64]
    strata: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.packed)

    def __repr__(self) -> str:
        return f"<Part: {len(self)} enterprises in {len(self.strata)} cells>"

    def parts(self, names: Names) -> Iterator[Part]:
        """Yield the part itself: it is its own `Source`."""
        yield self


class Source(Protocol):
    """Where a part of a frame comes from.

    An executor of processes needs it to be picklable, so it rather names a file than holds it.
    """

    def parts(self, names: Names) -> Iterator[Part]:
        """Yield the identifiers, as many at a time as memory allows.

        Parameters
        ----------
        names
            The strata, whose places `Part.strata` holds.
        """
        ...


def strata_names(spec: Document) -> dict[str, tuple[str, ...]]:
    """Return the names of each order's strata, from ``spec.json``."""
    return {
        entry.get("order", entry["item"]): tuple(s["stratum"] for s in entry["strata"])
        for entry in spec["items"]
    }


def make_part(frame: FrameLike, spec: Spec, *, members: NDArray[Any] | None = None) -> Part:
    """Pack a committed frame and sort it by cell; those that no order can draw are left out.

    Parameters
    ----------
    frame, spec
        As committed.
    members
        Ascending positions of those in this part; by default all.
    """
    chosen = np.arange(len(frame.ids)) if members is None else np.asarray(members)
    codes = np.full((len(spec.orders), len(frame.ids)), -1, dtype=np.int32)
    for row, order in zip(codes, spec.orders, strict=True):
        for number, stratum in enumerate(spec.strata[order.key]):
            row[stratum.members] = number
    order_of, bounds, strata = sort_by_cell(codes[:, chosen])
    return Part(pack([frame.ids[place] for place in chosen[order_of].tolist()]), bounds, strata)


def sort_by_cell(
    codes: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """Return the permutation that sorts by cell, and the cells.

    Parameters
    ----------
    codes
        Shape (orders, n): stratum of each enterprise in each order, or -1.

    Returns
    -------
    tuple
        Places of those in some stratum, in the order they had within each cell; then `Part.bounds`
        and `Part.strata`.
    """
    orders, count = codes.shape
    cell = np.zeros(count, dtype=np.int64)
    for row in codes:
        # Numbered anew after each order, so that the number never outgrows 64 bits.
        mixed = cell * (int(row.max(initial=-1)) + 2) + row + 1
        cell = np.unique(mixed, return_inverse=True)[1] if orders > 1 else mixed
    order = np.argsort(cell, kind="stable")
    order = order[(codes.max(axis=0, initial=-1) >= 0)[order]]
    bounds, strata = runs(codes[:, order])
    return order, bounds, strata


def runs(codes: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return bounds and strata of runs of enterprises alike.

    Parameters
    ----------
    codes
        Shape (orders, n).
    """
    count = codes.shape[1]
    changes = np.zeros(max(0, count - 1), dtype=bool)
    for row in codes:
        changes |= row[1:] != row[:-1]
    starts = np.flatnonzero(changes) + 1
    bounds = np.concatenate(([0], starts, [count])) if count else np.zeros(1, dtype=np.int64)
    return bounds.astype(np.int64), np.ascontiguousarray(codes[:, bounds[:-1]].T)
