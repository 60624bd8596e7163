"""Packed identifiers are the identifiers, whatever they are packed from."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer.draw.packed import LONGEST, ROOM, Packed, pack, pack_array

identifiers = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", min_size=1, max_size=LONGEST)
widths = st.integers(1, LONGEST).flatmap(
    lambda width: st.lists(
        st.text("0123456789AZ-", min_size=width, max_size=width), min_size=1, max_size=9
    )
)
KINDS = [pa.string(), pa.large_string(), pa.binary(), pa.large_binary()]


def check(packed: Packed, ids: list[str], places: list[int]) -> None:
    """Texts, some of them, and the room behind each beginning."""
    assert len(packed) == len(ids)
    assert packed.texts() == ids
    taken = packed.take(np.array(places, dtype=np.int64))
    assert taken.texts() == [ids[place] for place in places]
    for one in (packed, taken):
        starts = one.starts if not one.stride else np.arange(len(one)) * one.stride
        assert not len(starts) or int(starts.max()) + ROOM <= len(one.data)


@given(st.one_of(st.lists(identifiers, max_size=12), widths), st.data())
def test_texts_come_back(ids: list[str], data: st.DataObject) -> None:
    """From texts and from every Arrow type, sliced or not, of one width or many."""
    places = data.draw(st.lists(st.integers(0, len(ids) - 1), max_size=5)) if ids else []
    check(pack(ids), ids, places)
    for kind in KINDS:
        array = pa.array(["X", *ids, "Y"], pa.string()).cast(kind)
        check(pack_array(array.slice(1, len(ids))), ids, places)
    if ids and len(set(map(len, ids))) == 1:
        fixed = pa.binary(len(ids[0]))
        own = pa.array([name.encode() for name in [ids[-1], *ids, ids[0]]], fixed)
        check(pack_array(own.slice(1, len(ids))), ids, places)


@pytest.mark.parametrize(
    "ids", [["A\nB"], ["A\n", "B"], ["A\n", ""], ["\n"], ["AB", "C\n", "D", "EF"], ["é"]]
)
def test_what_is_no_identifier_is_refused(ids: list[str]) -> None:
    """A newline would shift those after it, even where all seem of one width."""
    with pytest.raises(ValueError, match=r"newline|empty|ascii"):
        pack(ids)


@pytest.mark.parametrize(
    "array",
    [
        pa.array(["A", None]),
        pa.array([1, 2]),
        pa.array(["A", ""]),
        pa.array(["A" * 56]),
        pa.array([b"A" * 56], pa.binary(56)),
    ],
)
def test_arrays_that_hold_no_identifiers_are_refused(array: pa.Array) -> None:
    """Nulls, numbers, empty texts, those of two blocks."""
    with pytest.raises(ValueError, match=r"missing|texts|empty"):
        pack_array(array)
