"""Rivest's published program, given our seed text, repeats an open draw."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from consistent_sampler import first_fraction, sampler
from draw_city import make_case
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.draw import Dice, draw_enterprises, rivest_fraction, rivest_order
from optimizer.flow import commit, demo_secrets, reveal, seed_of
from optimizer.io import load_scenario

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "rivest.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "case",
    [c for c in VECTORS["cases"] if c["n"] <= 1000],
    ids=lambda c: f"{c['seed']}-{c['n']}",
)
def test_published_vectors(case) -> None:
    """Fractions and order agree with vectors made by his program elsewhere."""
    ids = [f"{140300 + n % 7:06d}-{n:07d}" for n in range(case["n"])]
    key = bytes.fromhex(case["key_hex"])
    ordered = rivest_order(key, reversed(ids))
    assert ordered[:20] == case["rivest_first20"]
    digest = hashlib.sha256("\n".join(ordered).encode()).hexdigest()
    assert digest == case["rivest_order_sha256"]
    assert [rivest_fraction(key, i) for i in ordered[:3]] == case["rivest_first3_fraction"]


@settings(deadline=None)
@given(
    st.text(max_size=30),
    st.lists(st.text("0123456789AZ-", min_size=1, max_size=18), max_size=30, unique=True),
)
def test_his_program_itself(seed: str, ids: list[str]) -> None:
    """For any seed text and identifiers, his sampler lists them in our compatibility order."""
    key = hashlib.sha256(seed.encode()).digest()
    assert rivest_order(key, ids) == list(sampler(ids, seed, output="id"))
    for identifier in ids:
        assert rivest_fraction(key, identifier) == first_fraction(identifier, seed)


def test_he_finds_our_tickets_in_a_transcript() -> None:
    """From `seed.json` alone, his program has the hash behind each cut-off ticket."""
    frame, spec = make_case(60)
    draw = draw_enterprises(frame, spec, seed=Dice("31415926535897932384"))
    text = draw.seed_document["text"]
    checked = 0
    for stratum in draw.document["items"][0]["strata"]:
        if stratum["size"]:
            his = first_fraction(stratum["sample"][-1], text)
            assert int(his[2:][::-1]) == int(stratum["cutoff"], 16)
            checked += 1
    assert checked >= 3


def test_he_repeats_a_published_draw() -> None:
    """The small city's draw: his program, given text and identifiers alone, gives every ticket.

    It lists each stratum in our compatibility order; its fractions, read backwards, are our
    tickets, and sorted as numbers they give sample and reserves of every item, one by one.
    """
    city = load_scenario(Path(__file__).parents[2] / "scenarios" / "presets" / "small")
    committed = commit(city, demo_secrets(city.name), now="2026-01-01T00:00:00Z")
    revealed = reveal(committed, seed_of(city.seed, "campaign.seed"))
    text = revealed.draw.seed_document["text"]
    key = bytes.fromhex(revealed.draw.document["key"])
    frame, spec = committed.frame, committed.spec
    compared = 0
    for order, item in zip(spec.orders, revealed.draw.document["items"], strict=True):
        for stratum, found in zip(spec.strata[order.key], item["strata"], strict=True):
            members = [frame.ids[place] for place in stratum.members]
            his = list(sampler(members, text, output="ticket", digits=78))
            assert [ticket.id for ticket in his] == rivest_order(key, members)
            numbers = {ticket.id: int(ticket.ticket_number[2:][::-1]) for ticket in his}
            ordered = sorted(members, key=lambda one: (numbers[one], one))
            size = found["size"]
            assert ordered[:size] == found["sample"]
            assert ordered[size : size + order.reserves] == found["reserves"]
            compared += len(members)
    assert compared > 1000
