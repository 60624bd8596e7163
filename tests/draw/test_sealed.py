"""Sealed mode: what hangs on the secret."""

from __future__ import annotations

import hashlib

import pytest
from draw_city import make_case, make_order
from hypothesis import given
from hypothesis import strategies as st

from optimizer.canon import canonical, merkle, parse
from optimizer.draw import (
    Dice,
    draw_enterprises,
    draw_seed,
    make_results,
    opens,
    seal_commitment,
    sealed_digest,
    ticket,
    told_document,
)
from optimizer.errors import InputError

SECRET = bytes(range(32))
KEYS = st.binary(min_size=32, max_size=32)


def test_the_definitions() -> None:
    """Each is one plain SHA-256 of a text, as docs/formats/publication.md writes it."""
    key = SECRET.hex()
    sha = lambda text: hashlib.sha256(text.encode()).hexdigest()  # noqa: E731
    assert seal_commitment(SECRET, "c-2026") == sha(f"double-random/seal/v1:{key}:c-2026")
    wanted = sha(f"double-random/sealed/v1:{key}:transcript/x.json:{sha('data')}")
    assert sealed_digest(SECRET, "transcript/x.json", b"data") == wanted
    seed = draw_seed(Dice("1" * 20), campaign="c", frame_root="f", spec_digest="s", secret=SECRET)
    assert seed["text"] == (
        f"double-random/v1 campaign=c purpose=draw frame=f spec=s dice10={'1' * 20} secret={key}"
    )
    assert seed["key"] == sha(seed["text"])


@given(KEYS, KEYS)
def test_only_the_secret_opens(secret: bytes, other: bytes) -> None:
    """Another secret, another campaign, a shorter secret: none opens the commitment."""
    commitment = seal_commitment(secret, "c-1")
    assert opens(secret, "c-1", commitment)
    assert opens(other, "c-1", commitment) == (other == secret)
    assert not opens(secret, "c-2", commitment)
    assert not opens(secret[:-1], "c-1", commitment)


def test_a_secret_is_32_bytes() -> None:
    """Neither more nor less."""
    for size in (0, 16, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            seal_commitment(bytes(size), "c")


def test_mode_and_secret_go_together() -> None:
    """A secret in an open draw is refused, with its code."""
    frame, spec = make_case(
        60, make_order(reserves=2), make_order("F-01", "fire", size=2, strata_by=())
    )
    with pytest.raises(InputError) as raised:
        draw_enterprises(frame, spec, seed=Dice("1" * 20), secret=SECRET)
    assert raised.value.faults[0].code == "draw-secret"


def test_results_are_the_draw() -> None:
    """A line an enterprise: its own ticket, the orders that drew it, a salt of the secret."""
    frame, spec = make_case(
        60, make_order(reserves=2), make_order("F-01", "fire", size=2, strata_by=())
    )
    draw = draw_enterprises(frame, spec, seed=Dice("1" * 20)).document
    for secret in (None, SECRET):
        results = make_results(frame.ids, draw, secret=secret)
        rows = [parse(line) for line in results.lines]
        assert [row["id"] for row in rows] == list(frame.ids)
        assert all(canonical(row) == line for row, line in zip(rows, results.lines, strict=True))
        key = bytes.fromhex(draw["key"])
        assert all(row["ticket"] == ticket(key, row["id"]) for row in rows)
        assert len({row["salt"] for row in rows}) == len(rows)
        pairs = {(row["id"], order) for row in rows for order in row["drawn"]}
        assert pairs == {
            (one, item.get("order", item["item"]))
            for item in draw["items"]
            for stratum in item["strata"]
            for one in stratum["sample"]
        }
        root = merkle.root(map(merkle.leaf_hash, results.lines)).hex()
        assert results.commitment() == {"root": root, "size": len(rows)}
    assert make_results(frame.ids, draw).lines != results.lines


def test_told_is_the_draw_without_names() -> None:
    """No identifier, ticket, key or rounding number; sizes and numbers of reserves are there."""
    frame, spec = make_case(
        60, make_order(reserves=2), make_order("F-01", "fire", size=2, strata_by=())
    )
    draw = draw_enterprises(frame, spec, seed=Dice("1" * 20)).document
    told = told_document(draw)
    text = canonical(told).decode()
    assert not [one for one in frame.ids if one in text]
    assert draw["key"] not in text
    assert "cutoff" not in text
    assert "rounding" not in text
    for item, drawn in zip(told["items"], draw["items"], strict=True):
        for one, stratum in zip(item["strata"], drawn["strata"], strict=True):
            assert one["size"] == len(stratum["sample"])
            assert one["reserves"] == len(stratum["reserves"])
