"""A publication made with SM3 and signed with SM2: both verifiers, and what is changed in it."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import SECRETS, Tiny
from mutate import ORDER, forge, manifest, mutations, read
from sm2_key import Sm2Key
from test_mutations import is_free

from optimizer.canon import SM3, canonical, digest, note
from optimizer.draw import Dice
from optimizer.flow import Run, run_flow
from optimizer.verifier import verify

KEY = Sm2Key(bytes(31) + b"\7")
SIGNER = note.Signer("double-random/tiny-2026", KEY)
FORGER = note.Signer("double-random/tiny-2026", SECRETS.signer_seed)
"""A forger's signatures need not take long: the log of the mutations is signed with Ed25519."""


def run_sm3(tiny: Tiny, **secrets: object) -> Run:
    return run_flow(
        replace(tiny, campaign=replace(tiny.campaign, hash="sm3")),
        secrets=replace(SECRETS, **secrets),
        seed=Dice("31415926535897932384"),
        teams_seed=Dice("27182818284590452353"),
        effort=20,
    )


@pytest.fixture(scope="module")
def published(tiny: Tiny) -> dict[str, bytes]:
    """The tiny city with SM3 and SM2, every file."""
    return dict(run_sm3(tiny, key_holder=KEY).documents)


@pytest.fixture(scope="module")
def files(tiny: Tiny) -> dict[str, bytes]:
    """The same with an Ed25519 key, without the pages."""
    made = run_sm3(tiny).documents
    kept = {p: d for p, d in made.items() if p.startswith(("transcript/", "ledger/"))}
    return manifest(kept | {"manifest.json": made["manifest.json"]})


def test_it_holds(published: dict[str, bytes], files: dict[str, bytes]) -> None:
    """With the key from elsewhere, and with its own checkpoint as one that was kept."""
    kept = published["ledger/checkpoint.txt"]
    for documents in (published, files):
        vkey = documents["ledger/log.vkey"].decode()
        report = verify.verify(documents, vkey=vkey, seen=[documents["ledger/checkpoint.txt"]])
        assert report.ok, report.first_fault
    assert verify.verify(published, vkey=SIGNER.vkey).ok
    assert not verify.verify(published, vkey=FORGER.vkey).ok
    report = verify.verify(files, seen=[kept])
    assert report.first_fault["what"] == "no signature by the key in log.vkey"


def test_nothing_of_sha256_is_left(published: dict[str, bytes]) -> None:
    """No document names it, and each digest, root and key is SM3's by another program's count."""
    for path, data in published.items():
        if path.startswith(("transcript/", "ledger/")) or path in ("manifest.json", "README.txt"):
            assert b"sha256" not in data.lower(), path
            assert b"SHA-256" not in data, path
    named = json.loads(published["manifest.json"])
    assert named["hash"] == "sm3"
    assert named["files"] == {
        path: digest(data, SM3) for path, data in published.items() if path != "manifest.json"
    }
    assert json.loads(published["transcript/spec.json"])["hash"] == "sm3"
    assert json.loads(published["transcript/problem.json"])["hash"] == "sm3"
    assert json.loads(published["transcript/frame.json"])["hash"] == "sm3"


def test_it_is_another_draw(published: dict[str, bytes], tiny_documents: dict[str, bytes]) -> None:
    """Same registers, same dice, another hash: other tickets, and other salts and labels."""
    for path in ("transcript/draw.json", "transcript/teams.json"):
        assert json.loads(published[path])["key"] != json.loads(tiny_documents[path])["key"]
    one, other = (d["transcript/frame.jsonl"].split(b"\n")[0] for d in (published, tiny_documents))
    assert json.loads(one)["salt"] != json.loads(other)["salt"]
    assert json.loads(one)["risk"] != json.loads(other)["risk"]


@pytest.mark.parametrize("path", ORDER)
def test_clumsy_changes_are_found_by_digest(path: str, files: dict[str, bytes]) -> None:
    """Any change of a document alone is found, and the document named."""
    for name, what, _, data in mutations(path, files[path], samples=1, seed=4):
        report = verify.verify({**files, path: data})
        assert not report.ok, (path, name, what)
        assert report.first_fault["file"] == path


@pytest.mark.parametrize("path", ORDER)
def test_forged_changes_are_found_by_meaning(path: str, files: dict[str, bytes]) -> None:
    """With all digests, keys and signatures put right, what matters is found all the same."""
    assert forge(files, path, files[path], FORGER) == files
    every = list(mutations(path, files[path], samples=1, seed=5))
    for name, what, place, data in random.Random(6).sample(every, min(len(every), 40)):
        report = verify.verify(forge(files, path, data, FORGER))
        if report.ok:
            assert is_free(path, name), (path, name, what, place)
        else:
            assert "made sense" not in report.first_fault["what"], (path, name, what)


@pytest.mark.parametrize("path", ["manifest.json", "frame.json", "spec.json", "problem.json"])
@pytest.mark.parametrize("named", ["sha256", "sha512", "", None, 3, "gone"])
def test_the_name_of_the_hash_is_not_free(
    path: str, named: object, published: dict[str, bytes]
) -> None:
    """Another name, none, or SHA-256 where it goes without saying: refused, and the field named."""
    path = path if path == "manifest.json" else "transcript/" + path
    value = json.loads(published[path])
    value["hash"] = named
    if named == "gone":
        del value["hash"]
    changed = {**published, path: canonical(value)}
    if path != "manifest.json":
        forged = forge(published, path, canonical(value), SIGNER)
        changed = {**published, **{p: forged[p] for p in forged}}
    report = verify.verify(changed)
    assert not report.ok
    fault = report.first_fault
    if path == "manifest.json" and named == "gone":
        # Read with SHA-256, the first file's digest is another.
        assert fault["what"].startswith("digest (manifest.json)")
    else:
        assert fault["file"] == path
        assert "hash" in fault["place"]


def test_sha256_does_not_take_the_name(tiny_documents: dict[str, bytes]) -> None:
    """In a publication of SHA-256 a document that names a hash says too much."""
    for path in ("transcript/spec.json", "transcript/problem.json"):
        for named in ("sm3", "sha256"):
            value = {**read(path, tiny_documents[path]), "hash": named}
            report = verify.verify(forge(tiny_documents, path, canonical(value), FORGER))
            assert report.first_fault["file"] == path
            assert report.first_fault["place"] == "hash"
    value = {**read("m", tiny_documents["manifest.json"]), "hash": "sm3"}
    report = verify.verify({**tiny_documents, "manifest.json": canonical(value)})
    assert report.first_fault["what"].startswith("digest (manifest.json)")


def test_sm2_checkpoints(published: dict[str, bytes]) -> None:
    """Another key, a bent signature, a key off the curve, another type: each is told apart."""
    path, note_path = "ledger/log.vkey", "ledger/checkpoint.txt"
    other = note.Signer(SIGNER.name, Sm2Key(bytes(31) + b"\x08"))

    def fault(changed: str, data: bytes) -> tuple[str, str]:
        report = verify.verify(manifest({**published, changed: data}))
        assert not report.ok
        return report.first_fault["file"], report.first_fault["what"]

    assert fault(path, other.vkey.encode()) == (note_path, "no signature by the key in log.vkey")
    text = published[note_path].decode().split("\n\n")[0] + "\n"
    assert fault(note_path, note.sign(text, other))[0] == note_path
    assert verify.verify(manifest({**published, note_path: note.sign(text, other, SIGNER)})).ok
    name, encoded = note.sign(text, other).decode().rstrip("\n").rsplit(" ", 1)
    raw = SIGNER.verifier.key_id + base64.b64decode(encoded)[4:]
    stolen = f"{name} {base64.b64encode(raw).decode()}\n".encode()
    assert fault(note_path, stolen) == (note_path, "the signature does not hold")

    malformed = (path, "is no Ed25519 or SM2 verifier key")
    good = SIGNER._key.algorithm.kind + SIGNER.public
    for data in (
        good[:-1],
        good + b"\0",
        good[:-1] + bytes([good[-1] ^ 1]),
        good[:1] + b"D" + good[2:],
        b"\xff" + SIGNER.public,
        b"\x02" + bytes(32),
        b"\x01" + bytes(33),
        b"",
    ):
        key_id = hashlib.sha256(SIGNER.name.encode() + b"\n" + data).hexdigest()[:8]
        line = f"{SIGNER.name}+{key_id}+{base64.b64encode(data).decode()}"
        assert fault(path, line.encode()) == malformed
    wrong_id = SIGNER.vkey.replace("+" + SIGNER.vkey.split("+")[1], "+00000000")
    assert fault(path, wrong_id.encode())[1].startswith("key id")


def test_a_plan_alone_knows_its_hash(published: dict[str, bytes]) -> None:
    """Problem.json names it, and the plan is checked with it; without it, nothing fits."""
    paths = [f"transcript/{name}.json" for name in ("checks", "problem", "plan")]
    three = {path: published[path] for path in paths}
    assert verify.verify_plan(three).ok
    problem = json.loads(three[paths[1]])
    del problem["hash"]
    report = verify.verify_plan({**three, paths[1]: canonical(problem)})
    assert report.first_fault["file"] == paths[1]
    for broken in (b"", b"[]", b'{"hash":3}', b'{"hash":"sm4"}'):
        report = verify.verify_plan({**three, paths[1]: broken})
        assert report.checks[-1].name == "problem"


WITHOUT = """
import hashlib, runpy, sys
new, guaranteed = hashlib.new, hashlib.algorithms_available - {"sm3"}
def without(name, *more, **others):
    if name not in guaranteed:
        raise ValueError("unsupported hash type " + name)
    return new(name, *more, **others)
hashlib.new, hashlib.algorithms_available = without, guaranteed
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_in_an_interpreter_without_sm3(published: dict[str, bytes], tmp_path: Path) -> None:
    """Where hashlib has no SM3, the verifier's own recomputes the same publication."""
    for path, data in published.items():
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_bytes(data)
    command = [sys.executable, "-I", "-S", "-c", WITHOUT, verify.__file__, str(tmp_path), "--json"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    report = json.loads(done.stdout)
    assert report["ok"], report["first_fault"]
    assert done.returncode == 0
