"""Tickets: the same number by every way of making them."""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.util import find_spec
from pathlib import Path

import gmalg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.canon.hashing import HASHES, SM3
from optimizer.chance import Key
from optimizer.draw import ticket, ticket_loop, ticket_maker
from optimizer.draw.sample import smallest
from optimizer.draw.tickets import hex_ticket

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rivest.json").read_text("utf-8"))
needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="extra 'fast' is not installed")

keys = st.builds(
    Key, st.binary(min_size=32, max_size=32), st.sampled_from(sorted(HASHES.values(), key=str))
)
identifiers = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=55)


@settings(deadline=None)
@given(keys, st.lists(identifiers, max_size=5))
def test_loop_is_the_definition(key: Key, ids: list[str]) -> None:
    """ticket(e) = H(hex(key) ‖ identifier), read big-endian."""
    made = ticket_loop(ids)(key)
    assert made.shape == (len(ids), 4)
    for row, identifier in zip(made, ids, strict=True):
        data = key.hex().encode() + identifier.encode()
        expected = hashlib.new(key.hash.name, data).hexdigest()
        assert hex_ticket(row) == ticket(key, identifier) == expected
        assert int(expected, 16) == sum(int(w) << 64 * (3 - n) for n, w in enumerate(row))


@needs_numba
@settings(deadline=None)
@given(keys, st.lists(identifiers, max_size=40))
def test_lanes_equal_the_loop(key: Key, ids: list[str]) -> None:
    """Numba makes the same tickets from identifiers of mixed lengths."""
    assert (ticket_maker(ids, fast=True)(key) == ticket_loop(ids)(key)).all()


@needs_numba
@pytest.mark.parametrize("keys", [1, 2])
@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 2**14, 2**14 + 1])
def test_lanes_at_the_edges_of_a_batch(count: int, keys: int) -> None:
    """Counts around the 256 lanes and the chunks, every length, one maker for two keys."""
    ids = [f"{n:055d}"[-(1 + n % 55) :] for n in range(count)]
    make = ticket_maker(ids, keys=keys, fast=True)
    for key in (bytes(32), Key(bytes(range(32)), SM3)):
        assert (make(key) == ticket_loop(ids)(key)).all()


@needs_numba
def test_lanes_refuse_what_needs_two_blocks() -> None:
    """56 bytes do not fit beside the length in one block."""
    with pytest.raises(ValueError, match="55"):
        ticket_maker(["A", "A" * 56], fast=True)(bytes(32))


@pytest.mark.parametrize("fast", [False, pytest.param(True, marks=needs_numba)])
@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda c: f"{c['seed']}-{c['n']}")
def test_order_of_published_vectors(case, fast: bool) -> None:
    """The order by ticket is that of vectors made elsewhere, up to 10^5 identifiers."""
    ids = [f"{140300 + n % 7:06d}-{n:07d}" for n in range(case["n"])]
    key = bytes.fromhex(case["key_hex"])
    tickets = ticket_maker(ids, fast=fast)(key)
    places = smallest(tickets, np.arange(len(ids), dtype=np.int32), len(ids))
    ordered = [ids[place] for place in places]
    assert ordered[:20] == case["bigendian_first20"]
    assert [hex_ticket(tickets[p]) for p in places[:3]] == case["bigendian_first3_sha256"]
    digest = hashlib.sha256("\n".join(ordered).encode()).hexdigest()
    assert digest == case["bigendian_order_sha256"]


words = st.sampled_from([0, 1, 2**63, 2**64 - 1])


@settings(deadline=None)
@given(
    st.lists(st.tuples(words, words, words, words), max_size=12),
    st.data(),
)
def test_smallest_breaks_every_tie(rows, data) -> None:
    """Tickets alike in 64, 128, 192 or all 256 bits still come in order, then by identifier."""
    tickets = np.array(rows, dtype=np.uint64).reshape(-1, 4)
    members = [n for n in range(len(rows)) if data.draw(st.booleans())]
    count = data.draw(st.integers(0, 14))
    expected = sorted(members, key=lambda n: (rows[n], n))[:count]
    places = np.array(members, dtype=np.int32)
    assert smallest(tickets, places, count).tolist() == expected


@pytest.mark.parametrize("fast", [False, pytest.param(True, marks=needs_numba)])
def test_tickets_of_sm3_by_another_library(fast: bool) -> None:
    """SM3 of a library that shares no code with ours or OpenSSL gives the same tickets."""
    ids = [f"{n:055d}"[-(1 + n % 55) :] for n in range(110)]
    key = Key(bytes(range(32)), SM3)
    for row, identifier in zip(ticket_maker(ids, fast=fast)(key), ids, strict=True):
        state = gmalg.SM3()
        state.update(f"{key.hex()}{identifier}".encode())
        assert hex_ticket(row) == state.value().hex()


def test_without_the_extra_the_loop_stands_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Numba cannot be loaded, many tickets are made by the loop; asked for, it is missed."""
    monkeypatch.setattr("optimizer.draw.tickets.FAST_FROM", 1)
    monkeypatch.setitem(sys.modules, "numba", None)
    monkeypatch.delitem(sys.modules, "optimizer.draw.fast", raising=False)
    assert (ticket_maker(["A", "B"])(bytes(32)) == ticket_loop(["A", "B"])(bytes(32))).all()
    with pytest.raises(ImportError):
        ticket_maker(["A"], fast=True)
