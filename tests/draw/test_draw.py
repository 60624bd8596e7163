"""The first draw, recounted from its documents alone."""

from __future__ import annotations

import hashlib
import math
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from draw_city import make_case, make_enterprise, make_order
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.canon import canonical, digest, parse
from optimizer.domain.campaign import Campaign
from optimizer.draw import Dice, Draw, Fixed, draw_enterprises
from optimizer.errors import InputError

ORDERS = (
    make_order(reserves=2),
    make_order("F-01", "fire", size=1, strata_by=("county",), reserves=1),
    make_order("F-02", "fire", rate=Fraction(1, 3), strata_by=()),
    make_order(rate=Fraction(1, 7), strata_by=("size",), id="M-01-autumn", reserves=3),
)
ROLLS = "31415926535897932384"


class Recount:
    """The draw repeated from frame lines, spec and key by the format page, in plain Python."""

    def __init__(self, lines, spec, key: str) -> None:
        self.records = [parse(line) for line in lines]
        self.key = key
        self.items = [self.item(entry) for entry in spec["items"]]

    def ticket(self, identifier: str) -> str:
        return hashlib.sha256(f"{self.key}{identifier}".encode()).hexdigest()

    def below(self, order: str, m: int) -> int:
        sub_key = hashlib.sha256(f"double-random/rounding/v1:{self.key}:{order}".encode()).digest()
        block = 0
        while True:
            data = hashlib.sha256(sub_key + block.to_bytes(8, "big")).digest()
            for start in range(0, 30, 6):
                word = int.from_bytes(data[start : start + 6], "big")
                if word < 2**48 - 2**48 % m:
                    return word % m
            block += 1

    def item(self, entry):
        key = entry.get("order", entry["item"])
        members: dict[str, list[str]] = {}
        for record in self.records:
            if key in record["items"]:
                name = "|".join(record["labels"][f] for f in entry["strata_by"]) or "all"
                members.setdefault(name, []).append(record["id"])
        rates = [Fraction(s["rate"]) for s in entry["strata"] if "rate" in s]
        whole = not rates and bool(entry["strata"])
        d = math.lcm(*(rate.denominator for rate in rates))
        r = None if whole else self.below(key, d)
        total, before, strata = 0, 0, []
        for s in entry["strata"]:
            assert s["population"] == len(members[s["stratum"]])
            if whole:
                size = s["size"]
                probability = Fraction(size, s["population"])
            else:
                probability = Fraction(s["rate"])
                total += int(probability * s["population"] * d)
                upto = math.ceil(Fraction(total - r, d))
                size, before = upto - before, upto
            ordered = sorted(members[s["stratum"]], key=lambda i: (self.ticket(i), i))
            strata.append(
                {
                    "stratum": s["stratum"],
                    "population": s["population"],
                    "probability": str(probability),
                    "size": size,
                    "cutoff": self.ticket(ordered[size - 1]) if size else "",
                    "sample": ordered[:size],
                    "reserves": ordered[size : size + entry["reserves"]],
                }
            )
        made = {
            "item": entry["item"],
            "rounding": None if whole else {"denominator": d, "r": r},
            "strata": strata,
        }
        return made | ({"order": entry["order"]} if "order" in entry else {})


@settings(deadline=None, max_examples=25)
@given(st.integers(3, 90), st.text("0123456789", min_size=1, max_size=25))
def test_anyone_recounts_the_draw(count: int, rolls: str) -> None:
    """From lines, spec and rolls, a plain rewriting of the format page gives the same items."""
    frame, spec = make_case(count, *ORDERS, industries={"F-02": ("F", "H")})
    draw = draw_enterprises(frame, spec, seed=Dice(rolls))
    assert (
        draw.document["key"]
        == hashlib.sha256(
            (
                f"double-random/v1 campaign=draw-2026 purpose=draw frame={frame.root} "
                f"spec={digest(canonical(spec.document))} dice10={rolls}"
            ).encode()
        ).hexdigest()
    )
    recount = Recount(frame.lines, spec.document, draw.document["key"])
    assert draw.document["items"] == recount.items


@settings(deadline=None, max_examples=10)
@given(st.integers(3, 60))
def test_anyone_recounts_the_distinct_figures(count: int) -> None:
    """Distinct, independent and bound are the sums over enterprises, floored as the page says."""
    frame, spec = make_case(count, *ORDERS, industries={"F-02": ("F", "H")})
    document = draw_enterprises(frame, spec, seed=Dice(ROLLS)).document
    probability = {
        (item.get("order", item["item"]), s["stratum"]): Fraction(s["probability"])
        for item in document["items"]
        for s in item["strata"]
    }
    by = {e.get("order", e["item"]): e["strata_by"] for e in spec.document["items"]}
    independent = bound = 0
    for record in map(parse, frame.lines):
        its = [
            probability[key, "|".join(record["labels"][f] for f in by[key]) or "all"]
            for key in record["items"]
        ]
        independent += math.floor((1 - math.prod((1 - p for p in its), start=Fraction(1))) * 10**12)
        bound += math.floor(max(its, default=Fraction(0)) * 10**12)

    def text(sum_of_terms: int) -> str:
        return f"{sum_of_terms // 10**12}.{sum_of_terms % 10**12 // 10**6:06d}"

    distinct = document["distinct"]
    sampled = [s["sample"] for item in document["items"] for s in item["strata"]]
    assert distinct["drawn"] == sum(map(len, sampled))
    assert distinct["enterprises"] == len(set().union(*sampled))
    assert (distinct["independent"], distinct["bound"]) == (text(independent), text(bound))


def test_drawn_and_reserves_are_the_documents() -> None:
    """The values that the next stage takes say the same as the document, in its order."""
    draw = draw_enterprises(*make_case(90, *ORDERS), seed=Dice(ROLLS))
    for role, many in (("sample", draw.drawn), ("reserves", draw.reserves)):
        assert [(one.order, one.stratum, one.enterprise) for one in many] == [
            (item.get("order", item["item"]), s["stratum"], identifier)
            for item in draw.document["items"]
            for s in item["strata"]
            for identifier in s[role]
        ]
    ranks: dict[tuple[str, str], list[int]] = {}
    for one in draw.drawn + draw.reserves:
        ranks.setdefault((one.order, one.stratum), []).append(one.rank)
    assert all(sorted(found) == list(range(len(found))) for found in ranks.values())
    table = draw.to_frame()
    assert len(table) == len(draw.drawn) + len(draw.reserves)
    assert set(table["role"]) == {"sample", "reserve"}


def test_rate_one_takes_everyone() -> None:
    """At rate 1 the whole stratum is drawn and no reserves are left."""
    frame, spec = make_case(20, make_order(rate=Fraction(1), strata_by=(), reserves=3))
    stratum = draw_enterprises(frame, spec, seed=Dice(ROLLS)).document["items"][0]["strata"][0]
    assert sorted(stratum["sample"]) == list(frame.ids)
    assert stratum["reserves"] == []


def test_nobody_to_draw() -> None:
    """No enterprises, no orders, rates of nothing: an empty draw, not an error."""
    frame, spec = make_case(0)
    draw = draw_enterprises(frame, spec, seed=Dice(ROLLS))
    assert draw.drawn == ()
    assert draw.document["distinct"]["independent"] == "0.000000"
    frame, spec = make_case(5, campaign=Campaign("draw-2026", ()))
    assert draw_enterprises(frame, spec, seed=Dice(ROLLS)).document["items"] == []
    frame, spec = make_case(5, make_order(rate=Fraction(0), strata_by=()))
    draw = draw_enterprises(frame, spec, seed=Dice(ROLLS))
    assert draw.document["items"][0]["strata"][0]["cutoff"] == ""


def test_seed_of_another_source_is_refused() -> None:
    """Dice were announced: neither a fixed text nor dice of other sides will do."""
    frame, spec = make_case(5)
    for seed in (Fixed("x"), Dice("123", sides=6)):
        with pytest.raises(InputError) as caught:
            draw_enterprises(frame, spec, seed=seed)
        assert caught.value.faults[0].code == "seed-source-differs"


def test_spec_of_another_frame_is_refused() -> None:
    """A spec does not go with a frame it was not made from."""
    _, spec = make_case(5)
    frame, _ = make_case(6)
    with pytest.raises(InputError) as caught:
        draw_enterprises(frame, spec, seed=Dice("123"))
    assert caught.value.faults[0].code == "spec-of-other-frame"


def test_test_seeds_say_so() -> None:
    """A draw from a fixed text shows it wherever it is printed."""
    campaign = Campaign("draw-2026", (make_order(),), seed_source="fixed")
    draw = draw_enterprises(*make_case(40, campaign=campaign), seed=Fixed("x"))
    assert draw.test
    assert "TEST SEED" in repr(draw)
    assert "\n" not in repr(draw)


def test_loop_and_lanes_write_one_transcript() -> None:
    """With Numba and without it, the document is the same to the byte."""
    pytest.importorskip("numba")
    frame, spec = make_case(300, *ORDERS)
    slow, quick = (
        draw_enterprises(frame, spec, seed=Dice(ROLLS), fast=fast) for fast in (False, True)
    )
    assert canonical(slow.document) == canonical(quick.document)


def document_digest() -> str:
    """Return the digest of a draw."""
    draw: Draw = draw_enterprises(
        *make_case(60, *ORDERS, enterprise=make_enterprise), seed=Dice(ROLLS)
    )
    return digest(canonical(draw.document))


@pytest.mark.parametrize("hash_seed", ["0", "4242"])
def test_same_bytes_under_any_hash_seed(hash_seed: str) -> None:
    """Another process with another PYTHONHASHSEED writes the same bytes."""
    done = subprocess.run(
        [sys.executable, "-c", "import test_draw; print(test_draw.document_digest())"],
        cwd=Path(__file__).parent,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == document_digest()
