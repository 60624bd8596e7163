"""Before the opening, what is published tells nothing of who was drawn, sizes aside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from stages import SECRET, SEED, campaign, given

from optimizer.canon import digest, parse
from optimizer.draw import draw_enterprises, sealed_digest, told_document
from optimizer.flow import Dossier, own_proof
from optimizer.flow.restored import restore_committed
from optimizer.verifier.verify import verify

SHUT = ("seal", "reveal", "early", "plan", "teams", "late", "later")
DIFFERS = {
    # what hangs on the secret, and nothing else does
    ("ledger/entries.jsonl", "body.commitment"),
    ("ledger/entries.jsonl", "body.sealed"),
    ("ledger/entries.jsonl", "body.results.root"),
    ("ledger/entries.jsonl", "body.leaves.root"),
    ("ledger/checkpoint.txt", "root and signature"),
    ("manifest.json", "files"),
}


@pytest.fixture(scope="module")
def pair(tiny: Any) -> tuple[dict[str, Dossier], dict[str, Dossier]]:
    """Two campaigns of two secrets that happen to give the same sizes, and other names."""
    first = campaign(tiny, sealed=True)
    base = restore_committed(first["commit"], given(tiny, "commit").scenario)
    told = parse(first["reveal"].public["transcript/draw-sealed.json"])
    drawn = parse(first["reveal"].private["transcript/draw.json"])["items"]
    for number in range(1, 4000):
        secret = bytes.fromhex(digest(str(number).encode()))
        other = draw_enterprises(base.frame, base.spec, seed=SEED, secret=secret).document
        if told_document(other) == told:
            assert other["items"] != drawn
            return first, campaign(tiny, sealed=True, secret=secret)
    raise AssertionError("no such secret")


def places(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Yield the places at which two values differ, without indices."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from places(one[key], other[key], f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for a, b in zip(one, other, strict=True):
            yield from places(a, b, path)
    elif one != other:
        yield path


@pytest.mark.parametrize("stage", SHUT)
def test_two_secrets_cannot_be_told_apart(
    pair: tuple[dict[str, Dossier], dict[str, Dossier]], stage: str
) -> None:
    """Same files, same sizes of files, same fields but for hashes that hold the secret."""
    one, other = (stages[stage].public for stages in pair)
    assert {path: len(data) for path, data in one.items()} == {
        path: len(data) for path, data in other.items()
    }
    found = set()
    for path, data in one.items():
        if data == other[path]:
            continue
        if path.endswith(".jsonl"):
            rows = [
                [json.loads(line) for line in text.splitlines()] for text in (data, other[path])
            ]
            found |= {(path, place) for place in places(*rows)}
        elif path == "manifest.json":
            a, b = (json.loads(text) for text in (data, other[path]))
            assert {key: value for key, value in a.items() if key != "files"} == {
                key: value for key, value in b.items() if key != "files"
            }
            changed = {name for name in a["files"] if a["files"][name] != b["files"][name]}
            assert changed <= {"ledger/entries.jsonl", "ledger/checkpoint.txt"}
            found.add((path, "files"))
        else:
            assert path == "ledger/checkpoint.txt"
            assert data.splitlines()[:2] == other[path].splitlines()[:2]
            found.add((path, "root and signature"))
    assert found <= DIFFERS, found - DIFFERS
    assert ("ledger/entries.jsonl", "body.commitment") in found


@pytest.mark.parametrize("stage", SHUT)
def test_no_guessable_digest_is_published(
    pair: tuple[dict[str, Dossier], dict[str, Dossier]], stage: str
) -> None:
    """No plain digest of a document that waits, no identifier, key, ticket or salt is there."""
    dossier = pair[0][stage]
    public = b"\n".join(dossier.public.values())
    for path, data in dossier.private.items():
        assert digest(data).encode() not in public, path
    assert SECRET.hex().encode() not in public
    assert not re.search(rb"E-[0-9]{2}\b", public)
    if "transcript/draw.json" in dossier.private:
        draw = parse(dossier.private["transcript/draw.json"])
        assert draw["key"].encode() not in public
        for item in draw["items"]:
            for stratum in item["strata"]:
                assert not stratum["cutoff"] or stratum["cutoff"].encode() not in public


def test_a_right_guess_cannot_be_confirmed(
    pair: tuple[dict[str, Dossier], dict[str, Dossier]],
) -> None:
    """Who guesses the whole draw right, names and all, still lacks the secret to test it with."""
    dossier = pair[0]["reveal"]
    data = dossier.private["transcript/draw.json"]
    public = dossier.public["ledger/entries.jsonl"].decode()
    assert sealed_digest(SECRET, "transcript/draw.json", data) in public
    assert sealed_digest(bytes(32), "transcript/draw.json", data) not in public


def test_a_proof_tells_of_nobody_else(
    pair: tuple[dict[str, Dossier], dict[str, Dossier]],
) -> None:
    """Own results before opening: two secrets, who is in none of the samples sees no names."""
    dossier = pair[0]["reveal"]
    proof = own_proof(dossier, "E-05", "result")
    assert not {f"E-{n:02d}" for n in range(24) if f"E-{n:02d}".encode() in proof} - {"E-05"}
    assert verify(dossier.public).ok
