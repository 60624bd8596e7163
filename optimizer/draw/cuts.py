"""Who can be among a stratum's smallest tickets: those under a cut that is known beforehand.

Tickets are uniform, so the n smallest of N lie below a little more than n/N, but for a chance
that is nearly none. Only those are kept, at whatever place they are hashed; where a stratum has
fewer than n of them after all, it is gone through again with a higher cut. So the result never
depends on the cut.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from optimizer.chance import hash_of
from optimizer.draw.packed import Packed, concat, pack
from optimizer.draw.tickets import FAST_FROM, Tickets

ALL = 2**64 - 1
"""The cut that keeps everyone; told by the first 64 bits of a ticket."""
_MORE = 4.0
"""By how much more the cut is lifted where too few were under it."""
_CHUNK = 1 << 14
"""Identifiers packed at a time: few enough to stay in the processor's cache."""

Found = tuple[NDArray[np.int64], Tickets]
"""Positions, and their tickets."""
Finder = Callable[[Packed, NDArray[np.int64], NDArray[np.uint64]], Found]
"""Of identifiers, ranges and cuts."""


def cut_for(count: int, population: int, *, slack: float = 1.0) -> int:
    """Return the cut under which `count` of `population` tickets are all but sure to lie.

    Parameters
    ----------
    count
        How many are wanted.
    population
        Of how many.
    slack
        Six standard deviations and twenty, times this.

    Returns
    -------
    int
        The largest first 64 bits of a ticket that are kept.
    """
    expected = count + math.ceil(slack * (6 * math.isqrt(count) + 20))
    return ALL if expected >= population else expected * 2**64 // population


def below(key: bytes, many: int, *, fast: bool | None = None) -> Finder:
    """Return what finds the identifiers under a cut, in the quickest way at hand.

    Parameters
    ----------
    key
        32 bytes.
    many
        How many identifiers there will be.
    fast
        Whether to use Numba; by default if it is installed and there is enough to do.

    Returns
    -------
    callable
        From identifiers, ranges of shape (m, 2) (from which position up to which) and a cut for
        each range to those whose ticket's first 64 bits are at most the cut.
    """
    return _fast(key, many, fast) or partial(_loop_below, key)


def _fast(key: bytes, many: int, fast: bool | None) -> Finder | None:
    if fast or (fast is None and many >= FAST_FROM):
        try:
            from optimizer.draw.fast import fast_below
        except ImportError:
            if fast:
                raise
        else:
            return fast_below(key)
    return None


def _loop_below(
    key: bytes, packed: Packed, ranges: NDArray[np.int64], cuts: NDArray[np.uint64]
) -> Found:
    places: list[int] = []
    digests: list[bytes] = []
    for (low, high), cut in zip(ranges.tolist(), cuts.tolist(), strict=True):
        texts = packed.take(np.arange(low, high)).texts()
        found = _loop(texts, key, cut)
        places += [low + place for place, _ in found]
        digests += [digest for _, digest in found]
    return np.array(places, dtype=np.int64), _words(digests)


def _loop(ids: Iterable[str], key: bytes, cut: int) -> list[tuple[int, bytes]]:
    """Return position and digest of those under the cut: the reference, a plain loop."""
    copy = hash_of(key).start(key.hex().encode()).copy
    # First bits of at most the cut are a digest below the next number of 64 bits.
    limit = (cut + 1).to_bytes(8, "big") if cut < ALL else b"\xff" * 33
    found = []
    for place, identifier in enumerate(ids):
        state = copy()
        state.update(identifier.encode())
        digest = state.digest()
        if digest < limit:
            found.append((place, digest))
    return found


def take_smallest(
    ids: Sequence[str] | Packed, key: bytes, count: int, *, fast: bool | None = None
) -> list[str]:
    """Return the identifiers with the `count` smallest tickets, in order of ticket.

    Parameters
    ----------
    ids
        Distinct identifiers of one stratum, as texts or packed, in order.
    key
        32 bytes.
    count
        Fewer are returned where there are fewer identifiers.
    fast
        Whether to use Numba; by default if it is installed and there is enough to do.
    """
    count, slack = max(0, min(count, len(ids))), 1.0
    find = _fast(key, len(ids), fast)
    while count:
        cut = cut_for(count, len(ids), slack=slack)
        names, tickets = _under(ids, key, find, cut)
        if len(tickets) >= count:
            order = in_order(tickets, np.arange(len(tickets)))[:count]
            if isinstance(names, Packed):
                return names.take(order).texts()
            return [names[place] for place in order.tolist()]
        slack *= _MORE
    return []


def _under(
    ids: Sequence[str] | Packed, key: bytes, find: Finder | None, cut: int
) -> tuple[Packed | list[str], Tickets]:
    """Return those under a cut, with their tickets."""
    if find is None:
        texts = ids.texts() if isinstance(ids, Packed) else ids
        found = _loop(texts, key, cut)
        return [texts[place] for place, _ in found], _words([digest for _, digest in found])
    cuts = np.array([cut], dtype=np.uint64)
    names: list[Packed] = []
    all_tickets = [np.empty((0, 4), dtype=np.uint64)]
    for packed in [ids] if isinstance(ids, Packed) else _packed(ids):
        places, tickets = find(packed, np.array([[0, len(packed)]]), cuts)
        names.append(packed.take(places))
        all_tickets.append(tickets)
    return concat(names), np.concatenate(all_tickets)


def _packed(ids: Sequence[str]) -> Iterator[Packed]:
    for start in range(0, len(ids), _CHUNK):
        yield pack(ids[start : start + _CHUNK])


def _words(digests: Sequence[bytes]) -> Tickets:
    words = np.frombuffer(b"".join(digests), dtype=">u8").reshape(-1, 4)
    return words.astype(np.uint64)


def in_order(
    tickets: Tickets,
    places: NDArray[np.integer],
    group: NDArray[np.integer] | None = None,
) -> NDArray[np.intp]:
    """Return the permutation that puts tickets in order of group, ticket, then place.

    Parameters
    ----------
    tickets
        Of those to be put in order.
    places, group
        Shape (n,).
    """
    first = tickets[:, 0]
    order = np.argsort(first) if group is None else np.lexsort((first, group))
    ordered = first[order]
    tied = ordered[1:] == ordered[:-1]
    if group is not None:
        tied &= group[order][1:] == group[order][:-1]
    if tied.any():
        by = (places, tickets[:, 3], tickets[:, 2], tickets[:, 1], first)
        return np.lexsort(by if group is None else (*by, group))
    return order
