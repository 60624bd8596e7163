"""The draw of a frame that is in parts, however large: parts in, a few candidates out, merged.

Each part is gone through on its own, on any executor: only identifiers whose ticket is under the
cut of their stratum are kept. Merged by the smallest tickets they give the same samples as
`optimizer.draw.draw_enterprises`, whatever the parts and wherever they were gone through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.canon import HASHES, SHA256, hash_named
from optimizer.chance import Key
from optimizer.domain.registry import Document
from optimizer.draw.candidates import Candidates, Task, find_candidates, find_in, merge
from optimizer.draw.cuts import cut_for, in_order
from optimizer.draw.draw import item_document, stratum_document
from optimizer.draw.packed import Packed
from optimizer.draw.parts import Names, Source, strata_names
from optimizer.draw.sizes import Sizes, plain_sizes
from optimizer.draw.tickets import Tickets, hex_ticket
from optimizer.errors import Fault, InputError
from optimizer.messages import phrase

_SPEC_FIELDS = frozenset(
    ("format", "campaign", "frame_root", "hash", "mode", "seed_source", "binds", "items")
)
_ITEM_FIELDS = frozenset(
    ("item", "order", "department", "strata_by", "reserves", "window", "strata")
)
_STRATUM_FIELDS = frozenset(("stratum", "population", "rate", "size"))
_BATCHES = 256
"""Most pieces of work that an executor is handed."""
_MORE = 4.0
"""By how much more the cut is lifted for a stratum that had too few under it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A stratum as the spec states it: how many, not who.

    Attributes
    ----------
    name
        As in ``spec.json``.
    population
        Number of eligible enterprises.
    rate, size
        One of them, the other ``None``.
    """

    name: str
    population: int
    rate: Fraction | None = None
    size: int | None = None

    @property
    def probability(self) -> Fraction:
        """Each member's inclusion probability."""
        if self.rate is not None:
            return self.rate
        return Fraction(self.size or 0, self.population)


def draw_stream(
    sources: Iterable[Source],
    spec: Document,
    key: bytes,
    *,
    executor: Executor | None = None,
    fast: bool | None = None,
    slack: float = 1.0,
) -> list[Document]:
    """Draw from a frame in parts.

    Parameters
    ----------
    sources
        The parts; together the committed frame, each enterprise once. They may be gone through
        twice.
    spec
        ``spec.json``.
    key
        32 bytes, as in ``seed.json``.
    executor
        Where parts are gone through: of processes, threads, or ``client.get_executor()`` of
        ``dask.distributed``; ``None``: here. The result does not depend on it.
    fast
        Whether tickets are made with Numba; by default if it is installed and worth it.
    slack
        How far over the expected place the first cuts lie (`optimizer.draw.cuts.cut_for`). The
        result does not depend on it.

    Returns
    -------
    list
        ``items`` of ``draw.json``.

    Raises
    ------
    InputError
        Where the spec has fields that this way of drawing does not know, or the parts hold other
        numbers of enterprises than the spec, a stratum that it does not name, or an enterprise
        twice.
    """
    _check_known(spec)
    key = Key(key, hash_named(spec))
    sources = list(sources)
    names = strata_names(spec)
    strata = [_counted(entry) for entry in spec["items"]]
    sizes = [
        plain_sizes(key, order, own, whole=not own or own[0].rate is None)
        for order, own in zip(names, strata, strict=True)
    ]
    takes = [
        np.minimum(
            np.array(own.sizes, dtype=np.int64) + entry["reserves"],
            np.array([s.population for s in counted], dtype=np.int64),
        )
        for own, entry, counted in zip(sizes, spec["items"], strata, strict=True)
    ]
    missing = [take > 0 for take in takes]
    picked: list[dict[int, tuple[Packed, Tickets]]] = [{} for _ in names]
    many = max((sum(s.population for s in counted) for counted in strata), default=0)
    checked = False
    while not checked or any(wanted.any() for wanted in missing):
        task = Task(key, names, tuple(missing), _cuts(strata, takes, slack), many, fast)
        found = merge(_gone_through(sources, task, executor), len(names))
        if not checked:
            _check_members(found, names, strata)
            checked = True
        for number, take in enumerate(takes):
            picked[number].update(_smallest(found, task, number, take))
            done = np.array(list(picked[number]), dtype=np.int64)
            missing[number] = missing[number].copy()
            missing[number][done] = False
        slack = max(1.0, slack * _MORE)
    return [
        _item(entry, own, counted, picks)
        for entry, own, counted, picks in zip(spec["items"], sizes, strata, picked, strict=True)
    ]


def _gone_through(
    sources: Sequence[Source], task: Task, executor: Executor | None
) -> Iterator[Candidates]:
    if executor is None:
        for source in sources:
            yield find_candidates(source, task)
        return
    # The task names every stratum, so it is not sent with each of thousands of parts.
    batch = max(1, -(-len(sources) // _BATCHES))
    waiting = [
        executor.submit(find_in, sources[start : start + batch], task)
        for start in range(0, len(sources), batch)
    ]
    waiting.reverse()
    while waiting:
        yield waiting.pop().result()


def _cuts(
    strata: Sequence[Sequence[Counted]], takes: Sequence[NDArray[np.int64]], slack: float
) -> tuple[NDArray[np.uint64], ...]:
    return tuple(
        np.array(
            [
                cut_for(int(many), stratum.population, slack=slack)
                for many, stratum in zip(take, counted, strict=True)
            ],
            dtype=np.uint64,
        )
        for counted, take in zip(strata, takes, strict=True)
    )


def _smallest(
    found: Candidates, task: Task, number: int, take: NDArray[np.int64]
) -> Iterator[tuple[int, tuple[Packed, Tickets]]]:
    """Yield the wanted strata of an order that have enough candidates, with those taken."""
    stratum = found.strata[:, number]
    chosen = np.flatnonzero(stratum >= 0)
    own = stratum[chosen]
    near = task.wanted[number][own] & (found.tickets[chosen, 0] <= task.cuts[number][own])
    chosen, own = chosen[near], own[near]
    chosen = chosen[in_order(found.tickets[chosen], chosen, own)]
    own = stratum[chosen]
    starts = np.searchsorted(own, np.arange(len(take) + 1))
    enough = task.wanted[number] & (np.diff(starts) >= take)
    kept = np.flatnonzero(enough)
    places = [chosen[starts[k] : starts[k] + take[k]] for k in kept]
    ids = found.ids.take(np.concatenate([*places, np.empty(0, dtype=np.int64)]))
    done = 0
    for k, own_places in zip(kept.tolist(), places, strict=True):
        tickets = found.tickets[own_places]
        _check_twice(tickets, ids, done)
        yield k, (ids.take(np.arange(done, done + len(own_places))), tickets)
        done += len(own_places)


def _counted(entry: Mapping[str, Any]) -> list[Counted]:
    return [
        Counted(
            stratum["stratum"],
            stratum["population"],
            Fraction(stratum["rate"]) if "rate" in stratum else None,
            stratum.get("size"),
        )
        for stratum in entry["strata"]
    ]


def _item(
    entry: Mapping[str, Any],
    sizes: Sizes,
    counted: Sequence[Counted],
    picks: Mapping[int, tuple[Packed, Tickets]],
) -> Document:
    strata = []
    for number, (stratum, size) in enumerate(zip(counted, sizes.sizes, strict=True)):
        ids: list[str] = []
        cutoff = ""
        if number in picks:
            packed, tickets = picks[number]
            ids = packed.texts()
            cutoff = hex_ticket(tickets[size - 1]) if size else ""
        strata.append(stratum_document(stratum, size, cutoff, ids))
    return item_document(entry, sizes, strata)


def _check_known(spec: Document) -> None:
    """Refuse a spec that asks for more than the smallest tickets of each stratum."""
    found = [("", set(spec) - _SPEC_FIELDS)]
    if spec.get("hash", SHA256.name) not in HASHES:
        found.append(("", {"hash"}))
    for number, entry in enumerate(spec["items"]):
        found.append((f"items[{number}].", set(entry) - _ITEM_FIELDS))
        fields = {name for stratum in entry["strata"] for name in stratum}
        found.append((f"items[{number}].strata.", fields - _STRATUM_FIELDS))
    faults = [
        Fault(
            "parts-spec",
            "spec",
            field=f"{where}{name}",
            expected="a frame in parts is drawn by rates or sizes alone, with SHA-256 or SM3",
            mend="Draw it with draw_enterprises.",
        )
        for where, names in found
        for name in sorted(names)
    ]
    if faults:
        raise InputError(faults)


def _check_members(found: Candidates, names: Names, strata: Sequence[Sequence[Counted]]) -> None:
    faults = []
    for number, (order, own) in enumerate(zip(names, strata, strict=True)):
        for place, stratum in enumerate(own):
            there = int(found.members[number][place]) if found.members else 0
            if there != stratum.population:
                faults.append(
                    Fault(
                        "parts-population",
                        "parts",
                        field=f"{order}.{stratum.name}",
                        value=str(there),
                        expected=f"expected {stratum.population} enterprises, as in the spec",
                        mend="Give every part of the committed frame, each once.",
                    )
                )
    if faults:
        raise InputError(faults)


def _check_twice(tickets: Tickets, ids: Packed, start: int) -> None:
    same = np.flatnonzero((tickets[1:] == tickets[:-1]).all(axis=1))
    if len(same):
        raise InputError(
            Fault(
                "parts-enterprise-twice",
                "parts",
                None,
                "id",
                ids.take(same[:1] + start).texts()[0],
                *phrase("parts-enterprise-twice"),
            )
        )
