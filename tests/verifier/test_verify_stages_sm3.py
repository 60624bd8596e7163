"""Campaigns of SM3 step by step, sealed and open: both verifiers at every stage, own proofs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from mutate import manifest
from stages import ABOUT, SECRET, SECRETS, campaign, given

from optimizer.canon import SHA256, SM3, canonical, digest, parse
from optimizer.canon.tlog_proof import TlogProof
from optimizer.chance import Key
from optimizer.draw import sealed_digest
from optimizer.errors import InputError
from optimizer.flow import Dossier, commit_step, own_odds, own_proof
from optimizer.verifier import verify


def with_sm3(tiny: Any) -> Any:
    """The scenario with SM3."""
    return replace(tiny, campaign=replace(tiny.campaign, hash="sm3"))


@pytest.fixture(scope="module")
def sealed(tiny: Any) -> dict[str, Dossier]:
    return campaign(with_sm3(tiny), sealed=True)


@pytest.fixture(scope="module")
def openly(tiny: Any) -> dict[str, Dossier]:
    return campaign(with_sm3(tiny), sealed=False)


def test_every_stage_holds(sealed: dict[str, Dossier], openly: dict[str, Dossier]) -> None:
    """Whatever is public at each stage verifies, and names no other hash."""
    for stages in (sealed, openly):
        vkey = stages["commit"].public["ledger/log.vkey"].decode()
        for stage, dossier in stages.items():
            report = verify.verify(dict(dossier.public), vkey=vkey)
            assert report.ok, (stage, report.first_fault)
            assert json.loads(dossier.public["manifest.json"])["hash"] == "sm3"
            for path, data in dossier.public.items():
                if path.startswith(("ledger/", "transcript/", "superseded/")):
                    assert b"sha256" not in data, (stage, path)


def test_sealed_odds_have_leaves_of_sm3(sealed: dict[str, Dossier]) -> None:
    """An inspector's own odds, before the opening and after it."""
    for stage in ("plan", "open"):
        proof = own_odds(sealed[stage], "I-00")
        report = verify.verify_proof(proof)
        assert report.ok, report.first_fault
        assert parse(TlogProof.parse(proof).extra or b"")["hash"] == "sm3"


def test_what_is_sealed_is_sealed_with_sm3(sealed: dict[str, Dossier]) -> None:
    """The commitment of a document that waits is that of the secret with the campaign's hash."""
    dossier = sealed["reveal"]
    data = dossier.private["transcript/draw.json"]
    held = dossier.last("draw").body
    assert held["sealed"] == sealed_digest(Key(SECRET, SM3), "transcript/draw.json", data)
    assert held["sealed"] != sealed_digest(SECRET, "transcript/draw.json", data)
    told = dossier.public["transcript/draw-sealed.json"]
    assert held["told"] == {"document": "transcript/draw-sealed.json", "sm3": digest(told, SM3)}


@pytest.mark.parametrize("stage", ["commit", "reveal", "open"])
def test_another_name_is_refused(stage: str, sealed: dict[str, Dossier]) -> None:
    """The manifest cannot name another hash, or none, at any stage."""
    files = dict(sealed[stage].public)
    value = json.loads(files["manifest.json"])
    del value["hash"]
    named = {path: digest(data, SHA256) for path, data in files.items() if path != "manifest.json"}
    value["files"] = named
    report = verify.verify({**files, "manifest.json": canonical(value)})
    assert not report.ok
    assert report.first_fault["file"] in ("ledger/entries.jsonl", "transcript/frame.json")
    lines = files["ledger/entries.jsonl"].replace(b'"sm3":', b'"sha256":')
    report = verify.verify(manifest({**files, "ledger/entries.jsonl": lines}))
    assert not report.ok
    assert "sm3" in report.first_fault["place"]


def test_own_proofs(sealed: dict[str, Dossier], openly: dict[str, Dossier]) -> None:
    """An enterprise's proof names the hash; without it, or with another, it does not hold."""
    for stages in (sealed, openly):
        vkey = stages["commit"].public["ledger/log.vkey"].decode()
        for stage in ("commit", "reveal", "later"):
            for of in ("frame", "result") if stage != "commit" else ("frame",):
                proof = own_proof(stages[stage], "E-02", of)
                report = verify.verify_proof(proof, vkey=vkey)
                assert report.ok, (stage, of, report.first_fault)
                read = TlogProof.parse(proof)
                extra = parse(read.extra or b"")
                assert extra["hash"] == "sm3"
                for wrong in (None, "sha256", "sha512", 1):
                    other = {**extra, "hash": wrong}
                    if wrong is None:
                        del other["hash"]
                    bent = TlogProof(read.index, read.hashes, read.checkpoint, canonical(other))
                    assert not verify.verify_proof(bent.to_text(), vkey=vkey).ok


def test_a_ledger_keeps_its_hash(tiny: Any, openly: dict[str, Dossier]) -> None:
    """Committing anew with another hash is refused, both ways."""
    for before, scenario in (
        (openly["commit"], tiny),
        (campaign_begun(tiny), with_sm3(tiny)),
    ):
        with pytest.raises(InputError) as error:
            commit_step(
                before,
                given(scenario, "reveal"),
                SECRETS,
                sealed=False,
                about=ABOUT,
                again=True,
                reason="the hash was wrong",
            )
        assert error.value.faults[0].code == "hash-differs"


def campaign_begun(tiny: Any) -> Dossier:
    """A commitment of SHA-256."""
    return commit_step(None, given(tiny, "commit"), SECRETS, sealed=False, about=ABOUT)
