"""An enterprise's own proof: both verifiers take it, and nothing else can be made from it."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

import pytest
from stages import SECRETS, campaign

from optimizer.canon import canonical, merkle, note, parse
from optimizer.canon.tlog_proof import TlogProof
from optimizer.errors import InputError
from optimizer.flow import Dossier, own_proof
from optimizer.verifier import verify

IDS = [f"E-{n:02d}" for n in range(24)]


@pytest.fixture(scope="module")
def sealed(tiny: Any) -> dict[str, Dossier]:
    return campaign(tiny, sealed=True)


@pytest.fixture(scope="module")
def openly(tiny: Any) -> dict[str, Dossier]:
    return campaign(tiny, sealed=False)


def report(proof: bytes, vkey: str | None = None) -> verify.Report:
    return verify.verify_proof(proof, vkey=vkey)


def extra_of(proof: bytes) -> dict[str, Any]:
    found: dict[str, Any] = parse(TlogProof.parse(proof).extra or b"")
    return found


def with_extra(proof: bytes, extra: dict[str, Any]) -> bytes:
    old = TlogProof.parse(proof)
    return TlogProof(old.index, old.hashes, old.checkpoint, canonical(extra)).to_text()


def test_every_enterprise_at_every_stage(
    sealed: dict[str, Dossier], openly: dict[str, Dossier]
) -> None:
    """Before the draw what it can be drawn for; after it, sealed or open, its result."""
    for stages in (sealed, openly):
        vkey = stages["commit"].public["ledger/log.vkey"].decode()
        for stage, dossier in stages.items():
            for identifier in IDS[:: 1 if stage == "reveal" else 9]:
                for of in ("frame", "result") if "draw" in kinds(dossier) else ("frame",):
                    found = report(own_proof(dossier, identifier, of), vkey)
                    assert found.ok, found.first_fault
                    assert found.checks[-1].detail.startswith(identifier + ": ")


def kinds(dossier: Dossier) -> list[str]:
    return [entry.kind for entry in dossier.ledger.entries]


def test_it_says_what_was_drawn(sealed: dict[str, Dossier]) -> None:
    """The result is that of the draw, for all; probabilities are the spec's."""
    dossier = sealed["reveal"]
    draw = parse(dossier.private["transcript/draw.json"])
    for identifier in IDS:
        orders = sorted(
            item["item"]
            for item in draw["items"]
            for stratum in item["strata"]
            if identifier in stratum["sample"]
        )
        said = report(own_proof(dossier, identifier)).checks[-1].detail
        wanted = f"drawn for {', '.join(orders)}" if orders else "not drawn"
        assert said.startswith(f"{identifier}: {wanted}; ticket "), said
    said = report(own_proof(dossier, "E-01", "frame")).checks[-1].detail
    assert "M-02 with 3/11" in said or "M-02 with 1/4" in said, said
    closed = report(own_proof(dossier, "E-23", "frame")).checks[-1].detail
    assert "can be drawn for nothing" in closed
    assert "closed" in closed


def test_without_the_draw_or_the_enterprise(sealed: dict[str, Dossier]) -> None:
    """No result before the draw, no proof of who is not in the frame."""
    with pytest.raises(InputError, match="must have been made"):
        own_proof(sealed["seal"], "E-01", "result")
    with pytest.raises(InputError, match="an enterprise of the frame"):
        own_proof(sealed["seal"], "E-99")


def test_another_key_is_told_apart(sealed: dict[str, Dossier]) -> None:
    """With --vkey the log's key must be that one."""
    proof = own_proof(sealed["reveal"], "E-01")
    other = note.Signer("double-random/tiny-2026", bytes(32)).vkey
    assert report(proof, other).first_fault["what"].startswith("the key given with --vkey")


def test_every_part_matters(sealed: dict[str, Dossier]) -> None:
    """Any byte of the text changed is found, by both verifiers in the same words."""
    for of in ("frame", "result"):
        proof = own_proof(sealed["reveal"], "E-02", of)
        assert report(proof).ok
        step = 3 if of == "result" else 61
        for place in range(0, len(proof), step):
            other = bytes([proof[place] ^ (1 if proof[place] != 10 else 8)])
            found = report(proof[:place] + other + proof[place + 1 :])
            assert not found.ok, (of, place)
        for cut in range(0, len(proof), 97):
            assert not report(proof[:cut]).ok
        extra = extra_of(proof)
        for field in extra:
            for value in ("", "x", 0, 10**9, [], {}, None, extra["leaf"], extra["path"]):
                if value != extra[field]:
                    found = report(with_extra(proof, {**extra, field: value}))
                    fine = field == "index" and found.ok
                    assert not found.ok or fine, (field, value)
            found = report(with_extra(proof, {k: v for k, v in extra.items() if k != field}))
            assert not found.ok


def test_nobody_elses_line_can_be_made_from_it(sealed: dict[str, Dossier]) -> None:
    """The sibling's hash is that of a salted line: all guesses without the salt miss it."""
    dossier = sealed["reveal"]
    first, second = (extra_of(own_proof(dossier, identifier)) for identifier in IDS[:2])
    sibling = base64.b64decode(first["path"][0])
    assert merkle.leaf_hash(second["leaf"].encode()) == sibling
    truth = json.loads(second["leaf"])
    orders = ["F-01", "F-02", "M-01", "M-02", "M-09", "V-01"]
    for count in range(len(orders) + 1):
        for drawn in itertools.combinations(orders, count):
            for salt in ("0" * 32, json.loads(first["leaf"])["salt"]):
                guess = canonical({**truth, "drawn": list(drawn), "salt": salt})
                assert merkle.leaf_hash(guess) != sibling
    # … and another's line with this path does not verify.
    proof = own_proof(dossier, IDS[0])
    for change in ({"leaf": second["leaf"]}, {"leaf": second["leaf"], "index": 1}):
        assert not report(with_extra(proof, {**first, **change})).ok
    frame = extra_of(own_proof(dossier, IDS[0], "frame"))
    other = extra_of(own_proof(dossier, IDS[1], "frame"))
    unsalted = {**json.loads(other["leaf"]), "salt": "0" * 32}
    assert merkle.leaf_hash(canonical(unsalted)) != base64.b64decode(frame["path"][0])


def test_the_signer_cannot_be_another(sealed: dict[str, Dossier]) -> None:
    """Who makes a log of his own makes proofs that only the key tells apart: so bring the key."""
    proof = own_proof(sealed["reveal"], "E-01")
    old = TlogProof.parse(proof)
    text = old.checkpoint.decode().split("\n\n")[0] + "\n"
    mine = note.Signer("double-random/tiny-2026", bytes(32))
    extra = {**extra_of(proof), "vkey": mine.vkey}
    forged = TlogProof(old.index, old.hashes, note.sign(text, mine), canonical(extra)).to_text()
    assert report(forged).ok
    key = note.Signer("double-random/tiny-2026", SECRETS.signer_seed).vkey
    assert not report(forged, key).ok
