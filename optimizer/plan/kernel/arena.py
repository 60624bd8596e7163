"""One vector of whole numbers that holds several lists: what compiled functions are handed.

Handing over dozens of arrays one by one costs the compiler minutes. Its first entries are single
numbers; then come two for each list: where it begins, and how wide its lines are. Kernels say with
`optimizer.plan.kernel.cells` which number of which list they mean.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arena = NDArray[np.int64]

LARGE = 1 << 17
"""Numbers from which on a vector has pages of its own, which the system has back at its end."""


def blank(size: int) -> Arena:
    """Return a vector of zeros.

    A large one that came from the heap would leave a hole there which what comes after, made of
    small values, does not fill.
    """
    if size < LARGE or not hasattr(mmap, "MAP_PRIVATE"):
        return np.zeros(size, np.int64)
    pages = mmap.mmap(-1, 8 * size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return np.frombuffer(pages, np.int64)


def copied(arena: Arena) -> Arena:
    """Return a vector with the same numbers."""
    more = blank(arena.size)
    more[:] = arena
    return more


def make_arena(
    scalars: Sequence[str],
    lists: Sequence[str],
    numbers: Mapping[str, int],
    arrays: Mapping[str, Any],
) -> Arena:
    """Lay numbers and lists out in one vector.

    Parameters
    ----------
    scalars, lists
        Their names in order; the constants of the same module count them in this order.
    arrays
        One or two dimensions each.
    """
    found = [np.atleast_1d(np.asarray(arrays[name], np.int64)) for name in lists]
    begin = len(scalars) + 2 * len(lists)
    size = begin + sum(line.size for line in found)
    arena = blank(size)
    for k, name in enumerate(scalars):
        arena[k] = numbers[name]
    at = begin
    for k, line in enumerate(found):
        arena[len(scalars) + 2 * k] = at
        arena[len(scalars) + 2 * k + 1] = line.shape[1] if line.ndim == 2 else 1
        arena[at : at + line.size] = line.reshape(-1)
        at += line.size
    return arena


def view(arena: Arena, name: int, length: int) -> Any:
    """Return `length` lines of a list as an array that shares its memory, 2-D if it is wide."""
    at, wide = int(arena[name]), int(arena[name + 1])
    part = arena[at : at + length * wide]
    return part if wide == 1 else part.reshape(length, wide)
