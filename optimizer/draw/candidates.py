"""What is kept of a part of a frame: those that may be among the smallest of their strata."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.draw.cuts import below
from optimizer.draw.packed import Packed, concat
from optimizer.draw.parts import Names, Source
from optimizer.draw.tickets import Tickets


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """What is asked of every part.

    Attributes
    ----------
    key
        32 bytes.
    names
        The strata.
    wanted, cuts
        By order, for each stratum: whether anyone is wanted, and the first 64 bits of the largest
        ticket that is kept.
    many
        Enterprises in all parts together.
    fast
        As of `optimizer.draw.cuts.below`.
    """

    key: bytes
    names: Names
    wanted: tuple[NDArray[np.bool_], ...]
    cuts: tuple[NDArray[np.uint64], ...]
    many: int
    fast: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Those of some parts that may be among the smallest.

    Attributes
    ----------
    ids
        Their identifiers.
    tickets
        In step with `ids`.
    strata
        Shape (len(ids), orders).
    members
        By order, how many of each stratum were gone through.
    """

    ids: Packed
    tickets: Tickets
    strata: NDArray[np.int32]
    members: tuple[NDArray[np.int64], ...]


def find_candidates(source: Source, task: Task) -> Candidates:
    """Go through one source; runs wherever the executor puts it.

    Parameters
    ----------
    source
        The part.
    task
        What is asked of it.
    """
    orders = len(task.names)
    members = tuple(np.zeros(len(names), dtype=np.int64) for names in task.names.values())
    ids, tickets, strata = [], [], []
    find = None
    for part in source.parts(task.names):
        sizes = np.diff(part.bounds)
        wanted = np.zeros(len(sizes), dtype=bool)
        cuts = np.zeros(len(sizes), dtype=np.uint64)
        for number in range(orders):
            here = part.strata[:, number] >= 0
            own = part.strata[here, number]
            np.add.at(members[number], own, sizes[here])
            wanted[here] |= task.wanted[number][own]
            # The highest cut of the orders that want someone of the cell.
            lifted = np.where(task.wanted[number][own], task.cuts[number][own], np.uint64(0))
            cuts[here] = np.maximum(cuts[here], lifted)
        ranges = np.stack([part.bounds[:-1], part.bounds[1:]], axis=1)[wanted]
        if find is None:
            find = below(task.key, task.many, fast=task.fast)
        places, words = find(part.packed, ranges, cuts[wanted])
        ids.append(part.packed.take(places))
        tickets.append(words)
        strata.append(part.strata[np.searchsorted(part.bounds, places, side="right") - 1])
    return Candidates(
        concat(ids),
        np.concatenate([*tickets, np.empty((0, 4), dtype=np.uint64)]),
        np.concatenate([*strata, np.empty((0, orders), dtype=np.int32)]),
        members,
    )


def merge(found: Iterable[Candidates], orders: int) -> Candidates:
    """Put the candidates of several parts together.

    Parameters
    ----------
    found
        In any order.
    orders
        How many orders there are.
    """
    all_ids: list[Packed] = []
    tickets = [np.empty((0, 4), dtype=np.uint64)]
    strata = [np.empty((0, orders), dtype=np.int32)]
    members: tuple[NDArray[np.int64], ...] | None = None
    for one in found:
        all_ids.append(one.ids)
        tickets.append(one.tickets)
        strata.append(one.strata)
        members = (
            one.members
            if members is None
            else tuple(mine + more for mine, more in zip(members, one.members, strict=True))
        )
    return Candidates(
        concat(all_ids), np.concatenate(tickets), np.concatenate(strata), members or ()
    )


def find_in(sources: Sequence[Source], task: Task) -> Candidates:
    """Go through several sources and merge what is found."""
    return merge((find_candidates(source, task) for source in sources), len(task.names))
