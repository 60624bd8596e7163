"""Hashes of leaves and nodes many at once, by Numba with the processor's SHA instructions.

Only loaded where the extra ``fast`` is installed; ImportError where the processor lacks them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimizer.canon.sha_instructions import (
    AVAILABLE,
    STARTED,
    blocks_2,
    copy_bytes,
    end_message,
    write_digest,
)
from optimizer.compiled import compiled

if not AVAILABLE:
    raise ImportError("this processor has no SHA instructions")


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


@compiled
def _leaves(data, bounds, scratch, begun, out):  # type: ignore[no-untyped-def]
    states = np.empty((3, 8), dtype=np.uint32)
    one, other, idle = (
        np.uint64(states.ctypes.data),
        np.uint64(states.ctypes.data) + np.uint64(32),
        np.uint64(states.ctypes.data) + np.uint64(64),
    )
    start = np.uint64(begun.ctypes.data)
    source = np.uint64(data.ctypes.data)
    text = np.uint64(scratch.ctypes.data)
    next_text = text + np.uint64(scratch.shape[1])
    digest = np.uint64(out.ctypes.data)
    byte, block = np.uint64(1), np.uint64(64)
    # The byte that begins a leaf.
    scratch[0, 0] = scratch[1, 0] = 0
    count = len(bounds) - 1
    for i in range(0, count, 2):
        j = min(i + 1, count - 1)
        length = np.uint64(bounds[i + 1] - bounds[i])
        next_length = np.uint64(bounds[j + 1] - bounds[j])
        blocks = (length + np.uint64(9)) // block + byte
        next_blocks = (next_length + np.uint64(9)) // block + byte
        copy_bytes(text + byte, source + np.uint64(bounds[i]), length)
        copy_bytes(next_text + byte, source + np.uint64(bounds[j]), next_length)
        end_message(text, length + byte, blocks)
        end_message(next_text, next_length + byte, next_blocks)
        copy_bytes(one, start, np.uint64(32))
        copy_bytes(other, start, np.uint64(32))
        both = min(blocks, next_blocks)
        for number in range(both):
            step = block * np.uint64(number)
            blocks_2(one, text + step, other, next_text + step)
        for number in range(both, blocks):
            blocks_2(one, text + block * np.uint64(number), idle, text)
        for number in range(both, next_blocks):
            blocks_2(idle, text, other, next_text + block * np.uint64(number))
        write_digest(one, digest + np.uint64(32 * i))
        write_digest(other, digest + np.uint64(32 * j))


@compiled
def _nodes(nodes, scratch, begun, out):  # type: ignore[no-untyped-def]
    states = np.empty((2, 8), dtype=np.uint32)
    one = np.uint64(states.ctypes.data)
    other = one + np.uint64(32)
    start = np.uint64(begun.ctypes.data)
    source = np.uint64(nodes.ctypes.data)
    text = np.uint64(scratch.ctypes.data)
    next_text = text + np.uint64(128)
    byte, half = np.uint64(1), np.uint64(64)
    digest = np.uint64(out.ctypes.data)
    # The byte that begins a node.
    scratch[0, 0] = scratch[1, 0] = 1
    end_message(text, np.uint64(65), np.uint64(2))
    end_message(next_text, np.uint64(65), np.uint64(2))
    for i in range(0, len(out), 2):
        j = min(i + 1, len(out) - 1)
        copy_bytes(text + byte, source + np.uint64(64 * i), half)
        copy_bytes(next_text + byte, source + np.uint64(64 * j), half)
        copy_bytes(one, start, np.uint64(32))
        copy_bytes(other, start, np.uint64(32))
        blocks_2(one, text, other, next_text)
        blocks_2(one, text + half, other, next_text + half)
        write_digest(one, digest + np.uint64(32 * i))
        write_digest(other, digest + np.uint64(32 * j))
