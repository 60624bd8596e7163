"""Hashes of leaves and nodes many at once, by Numba with the processor's SHA instructions.

Only loaded where the extra ``fast`` is installed; ImportError where the processor lacks them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimizer.canon.sha_instructions import AVAILABLE, STARTED, blocks_2, write_digest

if not AVAILABLE:
    raise ImportError("this processor has no SHA instructions")


def _cached(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile; keep the result on disk for the next time where there is a place for it."""
    compiled: Callable[..., Any]
    try:
        compiled = njit(cache=True, nogil=True)(function)
    except RuntimeError:
        compiled = njit(nogil=True)(function)
    return compiled


def fast_leaf_hashes(data: NDArray[np.uint8], bounds: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the hashes of leaves; see `optimizer.canon.spans.leaf_hashes`."""
    out = np.empty((len(bounds) - 1, 32), dtype=np.uint8)
    longest = int(np.diff(bounds).max(initial=0))
    _leaves(_frozen(data), bounds, np.empty((2, longest + 128), dtype=np.uint8), STARTED, out)
    return out


def fast_node_hashes(nodes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the hashes of the nodes above pairs; see `optimizer.canon.spans`."""
    out = np.empty((len(nodes) // 2, 32), dtype=np.uint8)
    _nodes(_frozen(nodes), np.zeros((2, 128), dtype=np.uint8), STARTED, out)
    return out


def _frozen(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the array so that it cannot be written: compiled loops meet one kind only."""
    view = np.ascontiguousarray(array).view()
    view.setflags(write=False)
    return view


@njit
def _fill(scratch, data, begin, end):  # type: ignore[no-untyped-def]
    """Write the message of a leaf with its padding; return its blocks."""
    length = end - begin + 1
    blocks = (length + 8) // 64 + 1
    scratch[0] = 0
    for i in range(length - 1):
        scratch[1 + i] = data[begin + i]
    scratch[length] = 0x80
    for i in range(length + 1, blocks * 64 - 8):
        scratch[i] = 0
    bits = np.uint64(length) * np.uint64(8)
    for i in range(8):
        scratch[blocks * 64 - 1 - i] = np.uint8((bits >> np.uint64(8 * i)) & np.uint64(0xFF))
    return blocks


@_cached
def _leaves(data, bounds, scratch, begun, out):  # type: ignore[no-untyped-def]
    states = np.empty((3, 8), dtype=np.uint32)
    one, other, idle = (
        np.uint64(states.ctypes.data),
        np.uint64(states.ctypes.data) + np.uint64(32),
        np.uint64(states.ctypes.data) + np.uint64(64),
    )
    text = np.uint64(scratch.ctypes.data)
    next_text = text + np.uint64(scratch.shape[1])
    digest = np.uint64(out.ctypes.data)
    count = len(bounds) - 1
    for i in range(0, count, 2):
        j = min(i + 1, count - 1)
        states[0] = begun
        states[1] = begun
        mine = _fill(scratch[0], data, bounds[i], bounds[i + 1])
        its = _fill(scratch[1], data, bounds[j], bounds[j + 1])
        both = min(mine, its)
        for block in range(both):
            step = np.uint64(64 * block)
            blocks_2(one, text + step, other, next_text + step)
        for block in range(both, mine):
            step = np.uint64(64 * block)
            blocks_2(one, text + step, idle, text)
        for block in range(both, its):
            step = np.uint64(64 * block)
            blocks_2(idle, text, other, next_text + step)
        write_digest(one, digest + np.uint64(32 * i))
        write_digest(other, digest + np.uint64(32 * j))


@_cached
def _nodes(nodes, scratch, begun, out):  # type: ignore[no-untyped-def]
    states = np.empty((2, 8), dtype=np.uint32)
    one = np.uint64(states.ctypes.data)
    other = one + np.uint64(32)
    text = np.uint64(scratch.ctypes.data)
    next_text = text + np.uint64(128)
    half = np.uint64(64)
    digest = np.uint64(out.ctypes.data)
    for row in range(2):
        scratch[row, 0] = 1
        scratch[row, 65] = 0x80
        # 65 bytes are 520 bits.
        scratch[row, 126] = 2
        scratch[row, 127] = 8
    for i in range(0, len(out), 2):
        j = min(i + 1, len(out) - 1)
        for row, place in ((0, i), (1, j)):
            for byte in range(32):
                scratch[row, 1 + byte] = nodes[2 * place, byte]
                scratch[row, 33 + byte] = nodes[2 * place + 1, byte]
        states[0] = begun
        states[1] = begun
        blocks_2(one, text, other, next_text)
        blocks_2(one, text + half, other, next_text + half)
        write_digest(one, digest + np.uint64(32 * i))
        write_digest(other, digest + np.uint64(32 * j))
