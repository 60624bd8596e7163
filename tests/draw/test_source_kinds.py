"""Beacon rounds, lotteries, parties and combinations as seed sources; what each refuses."""

from __future__ import annotations

import copy
import hashlib
import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.draw import make_announcement, make_source, party_commitment, rfc3797_order
from optimizer.draw.rfc3797 import canonical_text
from optimizer.draw.sources import (
    CHAINS,
    announced_part,
    check_announced,
    check_recorded,
    check_shown,
    is_shown,
    record_reveals,
)
from optimizer.errors import InputError

DRAND = json.loads(Path("tests/vectors/drand.json").read_text("utf-8"))
RFC = json.loads(Path("tests/vectors/rfc3797.json").read_text("utf-8"))["rfc3797_section6"]
ROUNDS = {(one["chain"], one["round"]): one for one in DRAND["rounds"]}
QUICKNET = {
    "source": "drand",
    "chain": "quicknet",
    "round": 657413,
    "signature": ROUNDS["quicknet", 657413]["signature"],
}
CHAINED = {
    "source": "drand",
    "chain": "default",
    "round": 3311596,
    "signature": ROUNDS["default", 3311596]["signature"],
    "previous_signature": ROUNDS["default", 3311596]["previous_signature"],
}
LOTTERY: dict[str, Any] = {
    "source": "lottery",
    "inputs": [
        {"name": name, "at": "2026-05-10T21:15:00+08:00", "count": count, "low": 1, "high": high}
        for name, count, high in [("A", 6, 33), ("B", 1, 16), ("C", 5, 35), ("D", 2, 12),
                                  ("E", 20, 80)]
    ],
    "results": [[33, 1, 2, 3, 4, 5], [16], [1, 2, 3, 4, 35], [1, 12], list(range(1, 21))],
}  # fmt: skip
VALUES = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("a", "b", "c")}
PARTIES: dict[str, Any] = {
    "source": "parties",
    "parties": [{"party": p, "commitment": party_commitment(p, v)} for p, v in VALUES.items()],
    "deadline": "2023-09-15T10:00:00Z",
    "absent": "anew",
    "reveals": [
        {"party": p, "value": v, "time": "2023-09-15T10:00:00Z"} for p, v in VALUES.items()
    ],
}
DICE = {
    "source": "dice",
    "sides": 10,
    "at": "2023-09-15T12:00:00Z",
    "rolls": "31415926535897932384",
}
COMBINED: dict[str, Any] = {"source": "combined", "parts": [PARTIES, QUICKNET, DICE]}


def changed(value: Any, *path: Any, to: Any) -> Any:
    """The document with another value at a place; ``...`` takes the field out."""
    made = copy.deepcopy(value)
    inner = made
    for part in path[:-1]:
        inner = inner[part]
    if to is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return made


def faults(evidence: Any) -> list[tuple[str, str]]:
    """(code, field) of what is wrong with evidence."""
    with pytest.raises(InputError) as caught:
        make_source(evidence)
    assert all(fault.expected and fault.mend for fault in caught.value.faults)
    return [(fault.code, fault.field) for fault in caught.value.faults]


@pytest.mark.parametrize("evidence", [QUICKNET, CHAINED, LOTTERY, PARTIES, COMBINED])
def test_evidence_reads_back(evidence) -> None:
    """What a seed document holds makes the same seed; what is announced lies within it."""
    seed = make_source(evidence)
    again = make_source(seed.evidence())
    assert again.evidence() == seed.evidence()
    assert again.words() == seed.words()
    assert announced_part(seed.evidence()) == seed.announced()
    assert make_announcement(seed.announced()).document() == seed.announced()
    assert is_shown(seed.evidence())
    assert not is_shown(seed.announced())
    assert not seed.test


def test_words_and_entropy() -> None:
    """The words of the seed text, and what they are worth."""
    seed = make_source(QUICKNET)
    randomness = ROUNDS["quicknet", 657413]["randomness"]
    assert seed.words() == f"drand={CHAINS['quicknet'].hash}:657413:{randomness}"
    assert seed.entropy_millibits() == 256_000
    lottery = make_source(LOTTERY)
    assert lottery.words() == (
        "lottery=1.2.3.4.5.33./16./1.2.3.4.35./1.12./"
        "1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20./"
    )
    ways = [math.comb(33, 6), 16, math.comb(35, 5), math.comb(12, 2), math.comb(80, 20)]
    assert lottery.entropy_millibits() == sum(math.floor(1000 * math.log2(n)) for n in ways)
    combined = make_source(COMBINED)
    assert combined.words() == (
        f"parties={':'.join(VALUES.values())} {seed.words()} dice10=31415926535897932384"
    )
    assert combined.entropy_millibits() == 256_000


def test_chains_are_those_of_the_vectors() -> None:
    """The hash of each chain's information is the one under which it is known."""
    known = {chain["chain"]: chain for chain in DRAND["chains"]}
    assert set(CHAINS) == {"quicknet", "default"}
    for name, chain in CHAINS.items():
        found = known[name]
        assert chain.hash == found["chain_hash"]
        assert (chain.public_key, chain.scheme) == (found["public_key"], found["scheme"])
        assert chain.time_of(1) == found["genesis_time"]
        made = make_announcement({"source": "drand", "chain": chain.document(), "round": 5})
        assert made.document()["chain"]["hash"] == chain.hash


def test_the_example_of_rfc_3797() -> None:
    """Section 6, to the last number: key, hashes, order."""
    text = canonical_text(RFC["inputs"])
    assert text == RFC["key"]
    order = rfc3797_order(text, RFC["pool"], len(RFC["rounds"]))
    assert order == [turn["selected"] for turn in RFC["rounds"]]
    for place, turn in enumerate(RFC["rounds"]):
        edge = place.to_bytes(2, "big")
        found = hashlib.md5(edge + text.encode() + edge).hexdigest()
        assert found.upper() == turn["md5"]
    assert sorted(rfc3797_order(text, RFC["pool"])) == list(range(1, RFC["pool"] + 1))


def test_the_seed_text_holds_the_text_of_rfc_3797() -> None:
    """The worked example's inputs as a seed source."""
    inputs = [("stock", 1, 0, 9999), ("five", 5, 1, 40), ("six", 6, 1, 45)]
    at = "2026-05-10T21:15:00+08:00"
    evidence = {
        "source": "lottery",
        "inputs": [
            {"name": n, "at": at, "count": c, "low": low, "high": high}
            for n, c, low, high in inputs
        ],
        "results": RFC["inputs"],
    }
    assert make_source(evidence).words() == "lottery=" + RFC["key"]


REFUSED: list[tuple[Any, str, str]] = [
    ({"source": "coin"}, "seed-source-unknown", "source"),
    ({"source": ["drand"]}, "seed-source-unknown", "source"),
    (changed(QUICKNET, "signature", to=...), "seed-field", "signature"),
    (changed(QUICKNET, "signature", to=5), "seed-field", "signature"),
    (changed(QUICKNET, "signature", to="xyz"), "drand-hex", "signature"),
    (changed(QUICKNET, "signature", to=QUICKNET["signature"].upper()), "drand-hex", "signature"),
    (changed(QUICKNET, "signature", to="00" * 48), "drand-signature", "signature"),
    (changed(QUICKNET, "signature", to="c0" + "00" * 47), "drand-signature", "signature"),
    (changed(QUICKNET, "signature", to=ROUNDS["quicknet", 1]["signature"]), "drand-signature",
     "signature"),
    (changed(QUICKNET, "round", to=657414), "drand-signature", "signature"),
    (changed(QUICKNET, "round", to=0), "drand-round", "round"),
    (changed(QUICKNET, "round", to=-1), "drand-round", "round"),
    (changed(QUICKNET, "round", to=10**30), "drand-round", "round"),
    (changed(QUICKNET, "round", to="657413"), "seed-field", "round"),
    (changed(QUICKNET, "randomness", to="00" * 32), "drand-randomness", "randomness"),
    ({**QUICKNET, "previous_signature": "00"}, "drand-not-chained", "previous_signature"),
    (changed(CHAINED, "previous_signature", to=...), "drand-previous", "previous_signature"),
    (changed(CHAINED, "previous_signature", to="x"), "drand-hex", "previous_signature"),
    (changed(CHAINED, "previous_signature", to="00" * 96), "drand-signature", "signature"),
    (changed(QUICKNET, "chain", to="slownet"), "chain-unknown", "chain"),
    (changed(QUICKNET, "chain", to=7), "chain-malformed", "chain"),
    (changed(QUICKNET, "chain", to=...), "chain-malformed", "chain"),
    (changed(QUICKNET, "chain", to={}), "seed-field", "chain.genesis_time"),
    *((changed(QUICKNET, "chain", to={**CHAINS["quicknet"].document(), **new}), code, field)
      for new, code, field in [
          ({"period": 30}, "chain-hash", "chain.hash"),
          ({"period": 2**40}, "chain-malformed", "chain.chain"),
          ({"public_key": "0"}, "chain-malformed", "chain.chain"),
          ({"schemeID": "bls-unchained-on-g1"}, "chain-closed", "chain.schemeID"),
          ({"schemeID": "pedersen-bls-unchained"}, "chain-unknown", "chain.hash"),
          ({"hash": "00" * 32}, "chain-hash", "chain.hash"),
          ({"metadata": {}}, "seed-field", "chain.beaconID"),
      ]),
    (changed(LOTTERY, "results", to=...), "seed-field", "results"),
    (changed(LOTTERY, "results", to=[]), "lottery-missing", "results"),
    (changed(LOTTERY, "results", 0, to="123"), "lottery-numbers", "results[0]"),
    (changed(LOTTERY, "results", 0, to=[1, 2, 3, 4, 5]), "lottery-count", "results[0]"),
    (changed(LOTTERY, "results", 0, 0, to=34), "lottery-range", "results[0]"),
    (changed(LOTTERY, "results", 0, 0, to=True), "lottery-numbers", "results[0]"),
    (changed(LOTTERY, "results", 0, 0, to=5), "lottery-twice", "results[0]"),
    (changed(LOTTERY, "inputs", to=[]), "lottery-inputs", "inputs"),
    (changed(LOTTERY, "inputs", 1, to=7), "seed-object", "inputs[1]"),
    (changed(LOTTERY, "inputs", 1, "name", to="A"), "lottery-name-twice", "inputs"),
    (changed(LOTTERY, "inputs", 1, "name", to=""), "lottery-name", "inputs[1].name"),
    (changed(LOTTERY, "inputs", 1, "name", to="a\nb"), "lottery-name", "inputs[1].name"),
    (changed(LOTTERY, "inputs", 1, "count", to=17), "lottery-how-many", "inputs[1].count"),
    (changed(LOTTERY, "inputs", 1, "count", to=0), "lottery-how-many", "inputs[1].count"),
    (changed(LOTTERY, "inputs", 1, "high", to=0), "lottery-bounds", "inputs[1].high"),
    (changed(LOTTERY, "inputs", 1, "low", to=-1), "lottery-bounds", "inputs[1].high"),
    (changed(LOTTERY, "inputs", 1, "at", to="soon"), "time-rfc3339", "inputs[1].at"),
    (changed(LOTTERY, "inputs", 1, "at", to=...), "seed-field", "inputs[1].at"),
    (changed(PARTIES, "parties", to=PARTIES["parties"][:1]), "parties-number", "parties"),
    (changed(PARTIES, "parties", 0, "party", to="a:b"), "party-name", "parties[0].party"),
    (changed(PARTIES, "parties", 0, "commitment", to="x"), "seed-hex", "parties[0].commitment"),
    (changed(PARTIES, "parties", 1, "party", to="a"), "party-twice", "parties.party"),
    (changed(PARTIES, "parties", 1, "commitment", to=PARTIES["parties"][0]["commitment"]),
     "party-twice", "parties.commitment"),
    (changed(PARTIES, "deadline", to="noon"), "time-rfc3339", "deadline"),
    (changed(PARTIES, "absent", to="ask"), "parties-absent", "absent"),
    (changed(PARTIES, "absent", to="go-on"), "parties-alone", "absent"),
    (changed(PARTIES, "reveals", to=...), "seed-field", "reveals"),
    (changed(PARTIES, "reveals", to=PARTIES["reveals"][:2]), "party-missing", "reveals"),
    (changed(PARTIES, "reveals", 1, "value", to="00" * 32), "party-false", "reveals"),
    (changed(PARTIES, "reveals", 1, "time", to="2023-09-15T10:00:01Z"), "party-late", "reveals"),
    (changed(PARTIES, "reveals", 1, "time", to="late"), "time-rfc3339", "reveals.b.time"),
    (changed(PARTIES, "reveals", 1, "value", to="00"), "seed-hex", "reveals.b.value"),
    (changed(PARTIES, "reveals", 1, "party", to="d"), "party-unknown", "reveals.party"),
    (changed(PARTIES, "reveals", 1, "party", to="a"), "party-twice", "reveals[1].party"),
    (changed(COMBINED, "parts", to=[QUICKNET]), "parts-number", "parts"),
    (changed(COMBINED, "parts", to=[PARTIES, COMBINED]), "parts-kind", "parts[1].source"),
    (changed(COMBINED, "parts", to=[QUICKNET, {"source": "fixed", "text": "x"}]), "parts-kind",
     "parts[1].source"),
    (changed(COMBINED, "parts", to=[DICE, QUICKNET]), "parts-order", "parts[1]"),
    (changed(COMBINED, "parts", to=[PARTIES, DICE, QUICKNET]), "parts-order", "parts[2]"),
    (changed(COMBINED, "parts", to=[QUICKNET, QUICKNET]), "parts-twice", "parts[1]"),
    (changed(COMBINED, "parts", 0, "deadline", to="2023-09-15T10:50:04Z"), "parts-deadline",
     "parts[1]"),
    (changed(COMBINED, "parts", to=[QUICKNET, changed(PARTIES, "deadline",
     to="2023-09-15T12:00:00Z")]), "parts-parties-first", "parts[1].source"),
    (changed(COMBINED, "parts", 2, "at", to=...), "parts-at", "parts[2].at"),
    (changed(COMBINED, "parts", 2, "rolls", to="31415"), "dice-number", "parts[2].rolls"),
    (changed(COMBINED, "parts", 1, "round", to=657414), "drand-signature", "parts[1].signature"),
    (changed(COMBINED, "parts", 1, to=7), "seed-object", "parts[1]"),
]  # fmt: skip
"""Evidence, code and field of its first fault."""


@pytest.mark.parametrize(("evidence", "code", "field"), REFUSED)
def test_what_cannot_be_is_refused(evidence, code: str, field: str) -> None:
    """Each refusal has its code and names its field."""
    assert faults(evidence)[0] == (code, field)


def test_several_faults_come_together() -> None:
    """All that is wrong with a source is said at once."""
    bad = changed(LOTTERY, "results", to=[[34, 34, 1], [17], [1], [1, 1], []])
    assert [code for code, _ in faults(bad)] == [
        *("lottery-count", "lottery-range", "lottery-range", "lottery-twice"),
        *("lottery-range", "lottery-count", "lottery-twice", "lottery-count"),
    ]


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([QUICKNET, LOTTERY, PARTIES, COMBINED]),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=5,
    ),
    st.data(),
)
def test_hostile_evidence_is_never_a_crash(evidence, value, data) -> None:
    """Any value at any place is taken or refused with a fault."""
    paths: list[tuple[Any, ...]] = []

    def walk(inner: Any, path: tuple[Any, ...]) -> None:
        paths.append(path)
        items = inner.items() if isinstance(inner, dict) else ()
        for key, item in items or (enumerate(inner) if isinstance(inner, list) else ()):
            walk(item, (*path, key))

    walk(evidence, ())
    path = data.draw(st.sampled_from(paths[1:]))
    with suppress(InputError):
        make_source(changed(evidence, *path, to=value))


def codes(check, *given: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        check(*given)
    return [(fault.code, fault.field) for fault in caught.value.faults]


def test_what_might_be_known_is_not_announced() -> None:
    """Less than ten minutes between commitment and the first that can be known: refused, named."""
    source = make_source(QUICKNET).announced()
    check_announced(source, "2023-09-15T10:50:03Z")
    assert codes(check_announced, source, "2023-09-15T10:50:04Z") == [("round-not-future", "round")]
    combined = make_source(COMBINED).announced()
    check_announced(combined, "2023-09-15T09:50:00Z")
    assert codes(check_announced, combined, "2023-09-15T11:00:00Z") == [
        ("seed-not-future", "parts[0].deadline"),
        ("round-not-future", "parts[1].round"),
    ]
    lottery = make_source(LOTTERY).announced()
    assert codes(check_announced, lottery, "2026-05-10T21:15:00+08:00") == [
        ("seed-not-future", "inputs")
    ]
    check_announced({"source": "dice", "sides": 10}, "2023-09-15T10:50:04Z")


def test_what_cannot_be_known_yet_is_no_seed() -> None:
    """The ledger's time of the seed is not before the last that can be known."""
    combined = make_source(COMBINED).announced()
    check_shown(combined, "2023-09-15T12:00:00Z")
    assert codes(check_shown, combined, "2023-09-15T11:59:59Z") == [("seed-too-early", "time")]


def test_reveals_are_recorded_in_time() -> None:
    """After the deadline, before anything that follows can be known; every outcome by name."""
    combined = make_source(COMBINED).announced()
    check_recorded(combined, "2023-09-15T10:00:00Z")
    check_recorded(combined, "2023-09-15T11:00:02Z")
    assert codes(check_recorded, combined, "2023-09-15T09:59:59Z") == [("reveals-early", "time")]
    assert codes(check_recorded, combined, "2023-09-15T11:00:03Z") == [("reveals-late", "time")]
    came = [
        {"party": "b", "value": "00" * 32, "time": "2023-09-15T09:00:00Z"},
        {"party": "a", "value": VALUES["a"], "time": "2023-09-15T10:00:01Z"},
    ]
    assert record_reveals(combined, came) == [
        {"party": "a", "outcome": "late", "value": VALUES["a"], "time": "2023-09-15T10:00:01Z"},
        {"party": "b", "outcome": "false", "value": "00" * 32, "time": "2023-09-15T09:00:00Z"},
        {"party": "c", "outcome": "missing"},
    ]


def test_a_draw_goes_on_without_an_absent_party_only_where_that_was_announced() -> None:
    """With `go-on` and something after the reveals, absent parties are a dash in the text."""
    some = changed(PARTIES, "reveals", to=PARTIES["reveals"][1:2])
    assert faults(some) == [("party-missing", "reveals"), ("party-missing", "reveals")]
    seed = make_source(changed(COMBINED, "parts", 0, to={**some, "absent": "go-on"}))
    assert seed.words().startswith(f"parties=-:{VALUES['b']}:- drand=")
    assert seed.warnings() == ()
    assert make_source(PARTIES).warnings() == ("parties-alone",)


def test_too_little_chance_is_refused_when_it_is_announced() -> None:
    """Lotteries, alone or together, must give 64 bits; with a beacon they need not."""
    few = announced_part(changed(LOTTERY, "inputs", to=LOTTERY["inputs"][:2]))
    more = changed(few, "inputs", 0, "name", to="Z")
    assert codes(make_announcement, few) == [("seed-entropy", "source")]
    both = {"source": "combined", "parts": [few, more]}
    assert codes(make_announcement, both) == [("seed-entropy", "source")]
    round_first = {"source": "combined", "parts": [announced_part(QUICKNET), few]}
    assert make_announcement(round_first).document()["parts"][1] == few


def test_a_commitment_is_its_partys_own() -> None:
    """The name is hashed with the value: nobody repeats another's commitment."""
    value = "ab" * 32
    text = f"double-random/party/v1:market:{value}"
    assert party_commitment("market", value) == hashlib.sha256(text.encode()).hexdigest()
    assert party_commitment("fire", value) != party_commitment("market", value)
