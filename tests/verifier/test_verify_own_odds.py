"""Sealed odds leaf by leaf: own odds with their proof before the opening, all recomputed after."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from late import late_campaign
from test_verify_own_proof import extra_of, report, with_extra
from test_verify_stages import entries, held, resigned

from optimizer.canon import canonical, merkle, parse
from optimizer.errors import InputError
from optimizer.flow import Dossier, own_odds, standing_of
from optimizer.verifier.verify import verify

WHOLE = 10**9


@pytest.fixture(scope="module")
def shut(tiny: Any) -> dict[str, Dossier]:
    return late_campaign(tiny, sealed=True)


@pytest.fixture(scope="module")
def openly(tiny: Any) -> dict[str, Dossier]:
    return late_campaign(tiny)


def odds_of(dossier: Dossier, number: int, inspector: str) -> list[tuple[str, str, int]]:
    """Visit, skill and odds of one inspector, straight from the odds document."""
    standing = standing_of(dossier)
    found = []
    for part in standing.parsed(standing.rounds[number - 1].odds)["parts"]:
        if inspector in part["inspectors"]:
            place = part["inspectors"].index(inspector)
            found += [
                (group["visit"], group["skill"], group["odds"][place])
                for group in part["groups"]
                if group["odds"][place]
            ]
    return found


def test_everybody_sees_all_their_own_odds_and_no_others(shut: dict[str, Dossier]) -> None:
    """Of every round, at every stage, before the opening and after."""
    for stage in ("first", "ill", "amended", "whole", "open"):
        dossier = shut[stage]
        vkey = dossier.public["ledger/log.vkey"].decode()
        standing = standing_of(dossier)
        for number, one in enumerate(standing.rounds, 1):
            names = [person["id"] for person in standing.parsed(one.roster)["inspectors"]]
            for name in names[:: 1 if stage == "amended" else 9]:
                proof = own_odds(dossier, name, number)
                found = report(proof, vkey)
                assert found.ok, found.first_fault
                leaves = [json.loads(leaf) for leaf in extra_of(proof)["leaves"]]
                told = [(leaf["visit"], leaf["skill"], leaf["odds"]) for leaf in leaves]
                assert told == odds_of(dossier, number, name)
                days = {v["id"]: v["day"] for v in standing.parsed(one.plan)["visits"]}
                assert all(leaf["day"] == days[leaf["visit"]] for leaf in leaves)
                others = set(names) - {name}
                text = proof + canonical(extra_of(proof))
                assert not any(f'"{other}"'.encode() in text for other in others)
                assert b"E-" not in canonical(extra_of(proof))
                total = sum(leaf["odds"] for leaf in leaves)
                words = f"{name}: {len(leaves)} odds on {len({x['day'] for x in leaves})} days"
                assert found.checks[-1].detail == f"{words}, together {total} of {WHOLE}"


def test_the_root_is_all_that_is_public_of_them(shut: dict[str, Dossier]) -> None:
    """The entries of odds hold a sealed hash and the root; after the opening both are redone."""
    found = [e["body"] for e in entries(shut["whole"]) if e["kind"] == "odds"]
    assert len(found) == 3
    assert all(body["leaves"].keys() == {"root"} for body in found)
    words = next(c.detail for c in held(shut["open"]).checks if c.name == "odds")
    assert words.endswith("leaf by leaf as sealed")


@pytest.mark.parametrize("place", [0, 1, 2])
def test_another_root_is_found_at_the_opening(shut: dict[str, Dossier], place: int) -> None:
    """Of each round: who holds the log's key cannot have shown other odds than were drawn by."""
    lines = entries(shut["open"])
    body = [e["body"] for e in lines if e["kind"] == "odds"][place]
    body["leaves"] = {"root": "ab" * 32}
    found = verify(resigned(dict(shut["open"].public), lines))
    assert not found.ok
    assert "root of the odds, leaf by leaf" in found.first_fault["what"]
    assert found.first_fault["place"].endswith("body.leaves.root")


@pytest.mark.parametrize("value", [None, {}, {"root": "x"}, {"root": "ab" * 32, "size": 4}, []])
def test_roots_of_another_shape_are_found_at_once(shut: dict[str, Dossier], value: Any) -> None:
    """Also while the campaign is shut."""
    lines = entries(shut["amended"])
    next(e["body"] for e in lines if e["kind"] == "odds")["leaves"] = value
    found = verify(resigned(dict(shut["amended"].public), lines))
    assert not found.ok
    assert "leaves" in found.first_fault["place"]


def test_open_odds_have_no_leaves(openly: dict[str, Dossier]) -> None:
    """Nor may they claim some: everybody reads them, and a proof is refused with a word."""
    with pytest.raises(InputError, match="not sealed"):
        own_odds(openly["whole"], "I-00")
    lines = entries(openly["whole"])
    next(e["body"] for e in lines if e["kind"] == "odds")["leaves"] = {"root": "ab" * 32}
    found = verify(resigned(dict(openly["whole"].public), lines))
    assert not found.ok
    assert found.first_fault["what"] == "stands only where the odds are sealed"


def test_who_is_not_there_is_told(shut: dict[str, Dossier]) -> None:
    """No such inspector, no such round."""
    with pytest.raises(InputError, match="of the roster"):
        own_odds(shut["first"], "I-99")
    for number in (0, 2):
        with pytest.raises(InputError, match="1 to 1"):
            own_odds(shut["first"], "I-00", number)


def test_nothing_can_be_left_out_or_put_in(shut: dict[str, Dossier]) -> None:
    """A leaf dropped, doubled, changed, exchanged or another's is found, in every field."""
    names = sorted(
        (f"I-{n}{k}" for n in range(7) for k in range(4)),
        key=lambda name: len(odds_of(shut["amended"], 1, name)),
    )
    proof, other = (own_odds(shut["amended"], name, 1) for name in names[:-3:-1])
    extra, theirs = extra_of(proof), extra_of(other)
    leaves = extra["leaves"]
    assert len(leaves) > 2
    line = json.loads(extra["leaf"])
    forged: list[dict[str, Any]] = [
        {"leaves": leaves[1:]},
        {"leaves": leaves[:-1]},
        {"leaves": [*leaves, leaves[-1]]},
        {"leaves": leaves[::-1]},
        {"leaves": theirs["leaves"]},
        {"leaf": theirs["leaf"]},
        {"leaf": theirs["leaf"], "leaves": theirs["leaves"]},
        {"leaf": canonical({**line, "leaves": line["leaves"] - 1}).decode(), "leaves": leaves[1:]},
    ]
    first = json.loads(leaves[0])
    for field, value in first.items():
        other_value = value + 1 if isinstance(value, int) else value + "0"
        changed = canonical({**first, field: other_value}).decode()
        forged.append({"leaves": [changed, *leaves[1:]]})
        root = merkle.root(merkle.leaf_hash(x.encode()) for x in [changed, *leaves[1:]]).hex()
        forged.append(
            {"leaf": canonical({**line, "root": root}).decode(), "leaves": [changed, *leaves[1:]]}
        )
    for change in forged:
        assert not report(with_extra(proof, {**extra, **change})).ok, change
    del extra["leaves"]
    assert report(with_extra(proof, extra)).first_fault["what"] == "is missing"


def test_every_byte_of_it_matters(shut: dict[str, Dossier]) -> None:
    """Any byte changed is found by both verifiers in the same words."""
    proof = own_odds(shut["amended"], "I-00")
    for place in range(0, len(proof), 97):
        other = bytes([proof[place] ^ (1 if proof[place] != 10 else 8)])
        assert not report(proof[:place] + other + proof[place + 1 :]).ok, place


def test_a_colleagues_line_cannot_be_guessed(shut: dict[str, Dossier]) -> None:
    """The path holds hashes of salted lines: the true line misses them without its own salt."""
    names = [p["id"] for p in parse(shut["first"].private["transcript/roster.json"])["inspectors"]]
    mine, theirs = (extra_of(own_odds(shut["first"], name)) for name in names[:2])
    sibling = base64.b64decode(mine["path"][0])
    assert merkle.leaf_hash(theirs["leaf"].encode()) == sibling
    salts = ["0" * 32, *(json.loads(x)["salt"] for x in (mine["leaf"], *mine["leaves"]))]
    for salt in salts:
        guess = canonical({**json.loads(theirs["leaf"]), "salt": salt})
        assert merkle.leaf_hash(guess) != sibling
    assert len({json.loads(x)["salt"] for x in (*mine["leaves"], *theirs["leaves"])}) == len(
        mine["leaves"]
    ) + len(theirs["leaves"])
