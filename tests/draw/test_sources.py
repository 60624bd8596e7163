"""Seed sources and the seed text."""

from __future__ import annotations

import hashlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.draw import Dice, Fixed, Seed, draw_seed, make_source, teams_seed
from optimizer.errors import InputError


def test_worked_example_of_the_first_draw() -> None:
    """`seed.json` is as the format page writes it."""
    rolls = "31415926535897932384"
    document = draw_seed(Dice(rolls), campaign="small-2026", frame_root="aa", spec_digest="bb")
    text = (
        "double-random/v1 campaign=small-2026 purpose=draw frame=aa spec=bb "
        "dice10=31415926535897932384"
    )
    assert document == {
        "format": "double-random/seed/v1",
        "campaign": "small-2026",
        "purpose": "draw",
        "source": {"source": "dice", "sides": 10, "rolls": rolls},
        "text": text,
        "key": hashlib.sha256(text.encode()).hexdigest(),
        "entropy_millibits": 66438,
        "test": False,
    }


def test_worked_example_of_the_second_draw() -> None:
    """The teams' seed binds the odds; a fixed text says it is a test."""
    document = teams_seed(Fixed("abc"), campaign="small-2026", odds_digest="cc")
    assert document["text"] == (
        "double-random/v1 campaign=small-2026 purpose=teams odds=cc fixed=abc"
    )
    assert document["source"] == {"source": "fixed", "text": "abc"}
    assert document["test"] is True
    assert document["entropy_millibits"] == 0


@settings(deadline=None)
@given(st.integers(2, 1000), st.integers(1, 8), st.data())
def test_dice_of_any_sides(sides: int, count: int, data) -> None:
    """Every roll such a die shows is taken; entropy is the exact floor; evidence reads back."""
    low = 0 if sides == 10 else 1
    faces = data.draw(st.lists(st.integers(low, low + sides - 1), min_size=count, max_size=count))
    dice = Dice(("" if sides <= 10 else "-").join(map(str, faces)), sides=sides)
    bits = dice.entropy_millibits()
    assert 2**bits <= sides ** (1000 * count) < 2 ** (bits + 1)
    assert abs(bits - 1000 * count * math.log2(sides)) <= 1.001
    assert dice.words() == f"dice{sides}={dice.rolls}"
    assert make_source(dice.evidence()) == dice
    assert dice.announced().items() <= dice.evidence().items()


@pytest.mark.parametrize(
    ("rolls", "sides"),
    [
        ("", 10),
        ("12a", 10),
        ("1 2", 10),
        ("１２", 10),
        ("0123", 6),
        ("1237", 6),
        ("12-21", 20),
        ("1-0", 20),
        ("1--2", 20),
        ("01-2", 20),
        ("1-2-", 20),
        ("1" * 1001, 10),
    ],
)
def test_impossible_rolls_are_refused(rolls: str, sides: int) -> None:
    """Rolls that such dice do not show are a fault of the field `rolls`."""
    with pytest.raises(InputError) as caught:
        Dice(rolls, sides=sides)
    assert [(fault.code, fault.field) for fault in caught.value.faults] == [("dice-rolls", "rolls")]


@pytest.mark.parametrize("sides", [-6, 0, 1, 1001])
def test_impossible_dice_are_refused(sides: int) -> None:
    """A die has 2 to 1000 sides."""
    with pytest.raises(InputError, match="sides"):
        Dice("1", sides=sides)


@pytest.mark.parametrize("text", ["", "a b", "é", "a\n", "x" * 201])
def test_fixed_text_is_plain(text: str) -> None:
    """A fixed text cannot break the seed text into other words."""
    with pytest.raises(InputError, match="text"):
        Fixed(text)


@pytest.mark.parametrize(
    ("evidence", "fields"),
    [
        ({}, ["source"]),
        ({"source": "coin"}, ["source"]),
        ({"source": "dice"}, ["rolls"]),
        ({"source": "dice", "rolls": 123}, ["rolls"]),
        ({"source": "dice", "rolls": "123", "sides": "10"}, ["sides"]),
        ({"source": "dice", "rolls": "123", "sides": True, "text": "x"}, ["sides", "text"]),
        ({"source": "fixed", "rolls": "1"}, ["rolls", "text"]),
    ],
)
def test_evidence_is_read_strictly(evidence, fields: list[str]) -> None:
    """Unknown kinds, missing, further and mistyped fields are faults, all together."""
    with pytest.raises(InputError) as caught:
        make_source(evidence)
    assert [fault.field for fault in caught.value.faults] == fields


def test_sources_fulfil_the_protocol() -> None:
    """Each source says all that a seed must say."""
    sources: list[Seed] = [Dice("123"), Fixed("x")]
    assert [source.test for source in sources] == [False, True]
