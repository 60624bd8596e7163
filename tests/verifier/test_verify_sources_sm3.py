"""Seed sources of a campaign of SM3: parties commit with it, drand keeps its own hash."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from conftest import SECRETS, tiny_city
from mutate import forge
from source_cases import PAIRS, TIMES, VALUES

from optimizer.canon import SM3, canonical, note
from optimizer.draw import make_announcement, make_source, party_commitment
from optimizer.errors import InputError
from optimizer.flow import run_flow
from optimizer.verifier.verify import verify

SIGNER = note.Signer("double-random/tiny-2026", SECRETS.signer_seed)


def with_sm3(source: dict[str, Any]) -> dict[str, Any]:
    """The evidence with parties who committed with SM3."""
    if "parts" in source:
        return {**source, "parts": [with_sm3(part) for part in source["parts"]]}
    if source["source"] != "parties":
        return source
    parties = [
        {"party": party, "commitment": party_commitment(party, value, SM3)}
        for party, value in VALUES.items()
    ]
    return {**source, "hash": "sm3", "parties": parties}


def published(first: dict[str, Any], second: dict[str, Any], hash: str) -> dict[str, bytes]:
    seeds = [make_source(evidence) for evidence in (first, second)]
    tiny = tiny_city()
    announced = seeds[0].announced()
    campaign = replace(
        tiny.campaign, seed_source=announced["source"], seed_announced=announced, hash=hash
    )
    run = run_flow(
        replace(tiny, campaign=campaign, times=TIMES),
        secrets=SECRETS,
        seed=seeds[0],
        teams_seed=seeds[1],
        effort=5,
    )
    return dict(run.documents)


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_every_source_holds(name: str) -> None:
    """Both verifiers take every kind of source in a campaign of SM3."""
    files = published(*(with_sm3(source) for source in PAIRS[name]), "sm3")
    report = verify(files)
    assert report.ok, report.first_fault
    for path in ("transcript/seed.json", "transcript/teams-seed.json"):
        seed = json.loads(files[path])
        assert seed["key"] == SM3.hex(seed["text"].encode())
    if name != "combined":
        return
    # Without the name of the hash, or under another, the commitments are not the campaign's.
    for wrong in ("gone", "sha256"):
        bent = json.loads(files["transcript/spec.json"])
        part = bent["seed_source"]["parts"][0]
        part["hash"] = wrong
        if wrong == "gone":
            del part["hash"]
        report = verify(forge(files, "transcript/spec.json", canonical(bent), SIGNER))
        assert not report.ok


def test_parties_must_commit_with_the_campaigns_hash() -> None:
    """Another hash is refused before anything is drawn, either way; so is an unknown one."""
    first, second = PAIRS["combined"]
    for source, hash in ((first, "sm3"), (with_sm3(first), "sha256")):
        with pytest.raises(InputError) as error:
            published(source, second, hash)
        (fault,) = error.value.faults
        assert fault.code == "parties-hash"
        assert hash in fault.expected
    alone = with_sm3(PAIRS["lottery"][1])
    announced = {name: item for name, item in alone.items() if name != "reveals"}
    assert make_announcement(announced).document() == announced
    with pytest.raises(InputError) as error:
        make_announcement({**announced, "hash": "md5"})
    assert [fault.code for fault in error.value.faults] == ["seed-hash"]
