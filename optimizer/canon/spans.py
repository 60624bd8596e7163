"""Merkle roots of trees too large for one place: spans of leaves, hashed apart and joined.

A span [begin, end) of a tree's leaves is the hashes of the largest subtrees that lie in it (a
*compact range*); neighbours join without their leaves, so parts of a frame can be hashed by
different processes and give the root that `optimizer.canon.merkle.root` gives for the whole.

Source: RFC 9162, section 2.1; A. Cutter and P. Hovsepian, "Compact ranges", transparency-dev.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from optimizer.canon.hashing import HASH_SIZE
from optimizer.canon.merkle import EMPTY_ROOT, node_hash

FAST_FROM = 500_000
"""Fewer hashes than this are made by hashlib in the time it takes to load a compiler."""


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring leaves of a tree.

    Attributes
    ----------
    begin, end
        Which leaves.
    nodes
        Height and hash of its largest subtrees, from left to right.
    """

    begin: int
    end: int
    nodes: tuple[tuple[int, bytes], ...]

    @property
    def root(self) -> bytes:
        """The tree's root, of a span from its first leaf to its last.

        Raises
        ------
        ValueError
            Where the span does not begin with the first leaf.
        """
        if self.begin:
            raise ValueError(f"the span begins with leaf {self.begin}, not with the first")
        if not self.nodes:
            return EMPTY_ROOT
        node = self.nodes[-1][1]
        for _, left in reversed(self.nodes[:-1]):
            node = node_hash(left, node)
        return node


def leaf_hashes(
    data: NDArray[np.uint8], bounds: NDArray[np.int64], *, fast: bool | None = None
) -> NDArray[np.uint8]:
    """Return the hashes of leaves that lie in one buffer.

    Parameters
    ----------
    data
        Their bytes.
    bounds
        Shape (n + 1,): leaf i is ``data[bounds[i] : bounds[i + 1]]``.
    fast
        Whether to use Numba with SHA instructions; by default if both are there and there is
        enough to do. The result is the same.

    Returns
    -------
    ndarray
        Shape (n, 32).
    """
    if fast or (fast is None and len(bounds) > FAST_FROM):
        try:
            from optimizer.canon.fast_tree import fast_leaf_hashes
        except ImportError:
            if fast:
                raise
        else:
            return fast_leaf_hashes(data, bounds)
    whole, sha256 = data.tobytes(), hashlib.sha256
    at = bounds.tolist()
    return _rows(sha256(b"\x00" + whole[begin:end]).digest() for begin, end in pairwise(at))


def make_span(begin: int, leaves: NDArray[np.uint8], *, fast: bool | None = None) -> Span:
    """Return the span of leaves.

    Parameters
    ----------
    begin
        Place of the first of them in the tree.
    leaves
        Their hashes, shape (n, 32).
    fast
        As of `leaf_hashes`.
    """
    if leaves.ndim != 2 or leaves.shape[1] != HASH_SIZE:
        raise ValueError(f"every leaf hash must be {HASH_SIZE} bytes")
    low, high, height, level = begin, begin + len(leaves), 0, leaves
    left: list[tuple[int, bytes]] = []
    right: list[tuple[int, bytes]] = []
    while low < high:
        # What has no sibling within the span stays as it is.
        if low & 1:
            left.append((height, level[0].tobytes()))
            level, low = level[1:], low + 1
        if high & 1 and low < high:
            right.append((height, level[-1].tobytes()))
            level, high = level[:-1], high - 1
        if low < high:
            level = _nodes(level, fast)
        low, high, height = low >> 1, high >> 1, height + 1
    return Span(begin, begin + len(leaves), (*left, *reversed(right)))


def join(spans: Iterable[Span]) -> Span:
    """Join neighbours, given in their order; of none, the span of an empty tree.

    Raises
    ------
    ValueError
        Where one does not begin where the one before ends.
    """
    nodes: list[tuple[int, bytes]] = []
    begin = end = 0
    for number, span in enumerate(spans):
        if number == 0:
            begin = end = span.begin
        if span.begin != end:
            raise ValueError(f"a span begins with leaf {span.begin}, the one before ends at {end}")
        for height, node in span.nodes:
            end += 1 << height
            # Two of one height join where the left one is a left child.
            while nodes and nodes[-1][0] == height and (end - 1) >> height & 1:
                node = node_hash(nodes.pop()[1], node)
                height += 1
            nodes.append((height, node))
    return Span(begin, end, tuple(nodes))


def _nodes(level: NDArray[np.uint8], fast: bool | None) -> NDArray[np.uint8]:
    if fast or (fast is None and len(level) > FAST_FROM):
        try:
            from optimizer.canon.fast_tree import fast_node_hashes
        except ImportError:
            if fast:
                raise
        else:
            return fast_node_hashes(level)
    whole, sha256, pair = level.tobytes(), hashlib.sha256, 2 * HASH_SIZE
    return _rows(
        sha256(b"\x01" + whole[start : start + pair]).digest()
        for start in range(0, len(whole), pair)
    )


def _rows(digests: Iterable[bytes]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, HASH_SIZE)
