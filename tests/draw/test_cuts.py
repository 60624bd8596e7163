"""The smallest tickets are the same by every way and with every cut."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.draw import cuts as module
from optimizer.draw import ticket
from optimizer.draw.cuts import ALL, below, cut_for, in_order, take_smallest
from optimizer.draw.packed import pack

needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="extra 'fast' is not installed")
WAYS = [False, pytest.param(True, marks=needs_numba)]
keys = st.binary(min_size=32, max_size=32)
identifiers = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=55)


@pytest.mark.parametrize("fast", WAYS)
@settings(deadline=None)
@given(keys, st.sets(identifiers, max_size=40), st.integers(-1, 45))
def test_smallest_by_the_definition(fast: bool, key: bytes, names: set[str], count: int) -> None:
    """Packed or not, the first in the order of the tickets in hex."""
    ids = sorted(names)
    expected = sorted(ids, key=lambda name: ticket(key, name))[: max(0, count)]
    assert take_smallest(ids, key, count, fast=fast) == expected
    assert take_smallest(pack(ids), key, count, fast=fast) == expected


@pytest.mark.parametrize("fast", WAYS)
def test_a_cut_that_is_too_low_is_lifted(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where fewer lie under the cut than are wanted, all are gone through again."""
    ids = [f"E{n:05d}" for n in range(3000)]
    expected = sorted(ids, key=lambda name: ticket(bytes(32), name))[:300]
    monkeypatch.setattr(
        module, "cut_for", lambda count, many, slack: cut_for(10, many, slack=slack)
    )
    assert take_smallest(ids, bytes(32), 300, fast=fast) == expected


ranges = st.lists(st.integers(0, 600), min_size=2, max_size=8).map(sorted)


@needs_numba
@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize("instructions", [False, True])
@settings(deadline=None, max_examples=30)
@given(keys, ranges, st.data())
def test_every_kernel_finds_what_the_loop_finds(
    mixed: bool, instructions: bool, key: bytes, bounds: list[int], data: st.DataObject
) -> None:
    """Ranges of any size, empty ones too, each with its own cut, from none to all."""
    from optimizer.canon.sha_instructions import AVAILABLE
    from optimizer.draw.fast import fast_below

    if instructions and not AVAILABLE:
        pytest.skip("this processor has no SHA instructions")
    packed = pack([f"E{n:05d}"[: 6 - n % 3 * mixed] + "-A" for n in range(600)])
    spans = np.array(list(pairwise(bounds)), dtype=np.int64)
    cut = st.sampled_from([0, 2**55, 2**62, 2**63, ALL - 1, ALL])
    cuts = np.array([data.draw(cut) for _ in spans], dtype=np.uint64)
    places, tickets = below(key, 600, fast=False)(packed, spans, cuts)
    found, words = fast_below(key, instructions=instructions)(packed, spans, cuts)
    assert found.tolist() == places.tolist()
    assert (words == tickets).all()
    texts = packed.texts()
    for place, row in zip(places.tolist(), tickets, strict=True):
        assert row.astype(">u8").tobytes().hex() == ticket(key, texts[place])


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.floats(0, 100))
def test_cut_lies_over_the_expected_place(count: int, population: int, slack: float) -> None:
    """Never under count/population, and never over the largest number of 64 bits."""
    cut = cut_for(count, population, slack=slack)
    assert min(ALL, count * 2**64 // population) <= cut <= ALL


words = st.sampled_from([0, 1, 2**63, 2**64 - 1])


@given(st.lists(st.tuples(words, words, words, words), max_size=14), st.booleans(), st.data())
def test_order_breaks_every_tie(rows, grouped: bool, data: st.DataObject) -> None:
    """Alike in 64, 128, 192 or all bits: still by group, ticket, then place."""
    tickets = np.array(rows, dtype=np.uint64).reshape(-1, 4)
    group = np.array([data.draw(st.integers(0, 2)) * grouped for _ in rows], dtype=np.int32)
    expected = sorted(range(len(rows)), key=lambda n: (group[n], rows[n], n))
    found = in_order(tickets, np.arange(len(rows)), group if grouped else None)
    assert found.tolist() == expected
