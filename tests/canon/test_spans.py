"""Spans of leaves join to the tree's root, by whatever hashes them."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.canon import merkle
from optimizer.canon.spans import Span, join, leaf_hashes, make_span


def has_instructions() -> bool:
    """Whether Numba is installed and the processor has SHA instructions."""
    if find_spec("numba") is None:
        return False
    from optimizer.canon.sha_instructions import AVAILABLE

    return AVAILABLE


needs_them = pytest.mark.skipif(not has_instructions(), reason="no Numba or no SHA instructions")
WAYS = [False, pytest.param(True, marks=needs_them)]


def buffer_of(leaves: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """The leaves one after the other, and where each begins."""
    data = np.frombuffer(b"".join(leaves), dtype=np.uint8)
    return data, np.cumsum([0, *map(len, leaves)])


@pytest.mark.parametrize("fast", WAYS)
def test_leaves_of_every_length(fast: bool) -> None:
    """Around each border of a block, neighbours of other lengths, an odd one at the end."""
    rng = np.random.default_rng(1)
    lengths = [*range(140), 400, 3, 1000, 63, 64, 0, 5000]
    leaves = [rng.bytes(length) for length in lengths]
    for chosen in (leaves, leaves[1:], leaves[:1], []):
        found = leaf_hashes(*buffer_of(chosen), fast=fast)
        assert [row.tobytes() for row in found] == [merkle.leaf_hash(leaf) for leaf in chosen]


@pytest.mark.parametrize("fast", WAYS)
@settings(deadline=None)
@given(st.lists(st.integers(0, 40), max_size=8))
def test_spans_join_to_the_root(fast: bool, sizes: list[int]) -> None:
    """Cut a tree anywhere, hash each piece apart, join: the reference's root."""
    leaves = [merkle.leaf_hash(bytes([n % 256, n // 256])) for n in range(sum(sizes))]
    rows = np.frombuffer(b"".join(leaves), dtype=np.uint8).reshape(-1, 32)
    at = np.cumsum([0, *sizes]).tolist()
    spans = [make_span(a, rows[a:b], fast=fast) for a, b in pairwise(at)]
    whole = join(spans)
    assert whole.root == merkle.root(leaves)
    assert whole == make_span(0, rows, fast=fast)
    if len(spans) > 2:
        assert join([spans[0], join(spans[1:])]) == whole == join([join(spans[:-1]), spans[-1]])


def test_what_is_no_root_is_refused() -> None:
    """A span from the middle has no root, gaps do not join, hashes have 32 bytes."""
    rows = np.zeros((4, 32), dtype=np.uint8)
    assert join([]) == Span(0, 0, ())
    with pytest.raises(ValueError, match="begins with leaf 2"):
        _ = make_span(2, rows).root
    with pytest.raises(ValueError, match="ends at 4"):
        join([make_span(0, rows), make_span(5, rows)])
    with pytest.raises(ValueError, match="32"):
        make_span(0, rows[:, :31])


def test_state_after_a_block() -> None:
    """Of the block that pads the empty message, the state is its digest."""
    from optimizer.canon.sha_constants import state_after

    assert state_after(b"\x80" + bytes(63)).astype(">u4").tobytes() == merkle.EMPTY_ROOT
