"""The main job with SM3 and a ledger signed with SM2 by a program outside, as a bureau runs it."""

from __future__ import annotations

import base64
import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import gmalg
import pytest
from flow_program import ROOT, SMALL, contents, program

SIGN = """
import sys, gmalg
signer = gmalg.SM2(bytes.fromhex(sys.argv[1]), b"1234567812345678")
parts = signer.sign(sys.stdin.buffer.read())
sys.stdout.buffer.write(b"".join(part.rjust(32, b"\\0") for part in parts))
"""
WITHOUT_SM3 = """
import hashlib, runpy, sys
new = hashlib.new
def without(name, *more, **others):
    if name == "sm3":
        raise ValueError("unsupported hash type sm3")
    return new(name, *more, **others)
hashlib.new = without
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
NODE = shutil.which("node") or shutil.which("nodejs")


class Bureau(NamedTuple):
    """A scenario of SM3, its publication, and the options that name the key."""

    scenario: Path
    out: Path
    signer: tuple[str, ...]


def device(folder: Path, private: int) -> tuple[str, ...]:
    """A key behind a program: the options that name it."""
    secret = private.to_bytes(32, "big")
    (folder / f"sign-{private}.py").write_text(SIGN)
    public = gmalg.SM2().generate_pk(secret)
    der = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200") + public
    pem = folder / f"public-{private}.pem"
    text = base64.encodebytes(der).decode()
    pem.write_text(f"-----BEGIN PUBLIC KEY-----\n{text}-----END PUBLIC KEY-----\n")
    command = shlex.join([sys.executable, str(folder / f"sign-{private}.py"), secret.hex()])
    return ("--signer-command", command, "--signer-public", str(pem))


def with_hash(folder: Path, name: str, secrets: str = "demo") -> Path:
    """A copy of the small city whose campaign names a hash."""
    shutil.copytree(SMALL, folder)
    text = (folder / "scenario.yaml").read_text("utf-8")
    text = text.replace("campaign:\n", f"campaign:\n  hash: {name}\n", 1)
    text = text.replace("secrets: demo", f"secrets: {secrets}")
    (folder / "scenario.yaml").write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def bureau(tmp_path_factory: pytest.TempPathFactory) -> Bureau:
    """The small city, run once."""
    folder = tmp_path_factory.mktemp("sm")
    scenario = with_hash(folder / "city", "sm3", "new")
    signer = device(folder, 7)
    out = folder / "out"
    code, figures, words = program("run", scenario, "--out", out, "--workers", "1", *signer)
    assert code == 0, words
    assert figures["verified"] is True
    return Bureau(scenario, out, signer)


def test_the_publication_is_of_sm3_and_sm2(bureau: Bureau) -> None:
    """The manifest names the hash; the key is an SM2 one; the README speaks of SM3."""
    files = contents(bureau.out)
    assert json.loads(files["manifest.json"])["hash"] == "sm3"
    vkey = base64.b64decode(files["ledger/log.vkey"].split(b"+", 2)[2])
    assert vkey.startswith(b"\xffdouble-random/sm2-sm3/v1\x04")
    assert "SM3" in files["README.txt"].decode()
    assert "Key = SM3(seed text)" in files["index.html"].decode()
    secrets = bureau.out.with_name("out.private") / "secrets.json"
    # The device keeps the log's key; the publication's digest is no secret.
    assert set(json.loads(secrets.read_text())) == {"publication", "salt_master"}


def test_it_verifies_where_hashlib_has_no_sm3(bureau: Bureau) -> None:
    """verify.py, alone and isolated, in an interpreter without SM3."""
    verify = bureau.out / "verify.py"
    command = [sys.executable, "-I", "-S", "-c", WITHOUT_SM3, str(verify), str(bureau.out)]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["ok"], report["first_fault"]


@pytest.mark.skipif(NODE is None, reason="no node here")
def test_both_verifiers_say_the_same(bureau: Bureau) -> None:
    """verify.js recomputes it too, in the same words."""
    commands = ([sys.executable, "-I", "-S", "verify.py"], [str(NODE), "verify.js"])
    reports = []
    for command in commands:
        done = subprocess.run(
            [*command, ".", "--json"], cwd=bureau.out, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout
        checks = json.loads(done.stdout)["checks"]
        reports.append([(check["name"], check["detail"]) for check in checks])
    assert reports[0] == reports[1]


def test_a_later_round_is_signed_by_the_device(bureau: Bureau, tmp_path: Path) -> None:
    """`teams` asks the device again; without it, or with another, nothing is written."""
    out = tmp_path / "later"
    shutil.copytree(bureau.out, out)
    secrets = bureau.out.with_name("out.private") / "secrets.json"
    words = ("teams", "round", bureau.scenario, out, "--seed", "16180339887498948482")
    words = (*words, "--period", "2026-02-01/2026-02-28", "--secrets", secrets)
    before = contents(out)
    for signer, code in (((), "secrets-signer"), (device(tmp_path, 8), "secrets-other")):
        status, fault, _ = program(*words, *signer)
        assert status == 2
        assert fault["faults"][0]["code"] == code
        assert contents(out) == before
    status, done, text = program(*words, *bureau.signer)
    assert status == 0, text
    assert (done["round"], done["verified"]) == (2, True)


def test_a_plan_of_sm3_is_read_again(bureau: Bureau, tmp_path: Path) -> None:
    """`plan check` and `plan amend` go on with the publication's hash."""
    status, report, words = program("plan", "check", bureau.out)
    assert (status, report["ok"]) == (0, True), words
    request = tmp_path / "more.json"
    plan = json.loads((bureau.out / "transcript" / "checks.json").read_bytes())
    some = next(check for check in plan["checks"] if check["kind"] == "planned")
    asked = {"id": "T-9", "enterprise": some["enterprise"], "item": some["item"]}
    request.write_text(json.dumps([{**asked, "due": some["due"], "units": some["units"]}]))
    out = tmp_path / "amended"
    status, _, words = program(
        "plan", "amend", bureau.out, "--add", request, "--reason", "a complaint", "--out", out
    )
    assert status == 0, words
    status, report, words = program("plan", "check", out, "--parent", bureau.out)
    assert (status, report["ok"]) == (0, True), words


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--signer-command", "sign"), "signer-half"),
        (("--signer-command", "no-such-program-anywhere"), "signer-start"),
        (("--signer-command", "'"), "signer-words"),
    ],
)
def test_bad_signers_are_refused(more: tuple[str, ...], code: str, tmp_path: Path) -> None:
    """Half an option, no program, no words: refused before anything is written."""
    options = () if code == "signer-half" else device(tmp_path, 7)[2:]
    status, fault, _ = program("run", SMALL, "--out", tmp_path / "out", *more, *options)
    assert status == 2
    assert [each["code"] for each in fault["faults"]] == [code]
    assert not (tmp_path / "out").exists()


def test_unknown_hashes_are_refused(tmp_path: Path) -> None:
    """A hash that is neither of the two is named, with what may stand there."""
    scenario = with_hash(tmp_path / "city", "md5")
    status, fault, _ = program("run", scenario, "--out", tmp_path / "out")
    assert status == 2
    (found,) = fault["faults"]
    assert (found["file"], found["field"], found["value"]) == (
        "scenario.yaml",
        "campaign.hash",
        "md5",
    )
    assert "sm3" in found["expected"] + found["mend"]


def test_a_sealed_draw_step_by_step(bureau: Bureau, tmp_path: Path) -> None:
    """Every step asks the device; without it, or with another, the campaign stays as it was."""
    folder = tmp_path / "campaign"
    code, told, words = program(
        "draw", "commit", bureau.scenario, "--out", folder, "--sealed", *bureau.signer
    )
    assert code == 0, words
    assert b"sm2-sm3" in base64.b64decode(told["vkey"].split("+", 2)[2])
    before = contents(folder)
    for signer, wrong in (((), "secrets-signer"), (device(tmp_path, 8), "secrets-other")):
        code, fault, _ = program("draw", "seal", folder, *signer)
        assert code == 2
        assert fault["faults"][0]["code"] == wrong
        assert contents(folder) == before
    code, _, words = program("draw", "seal", folder, *bureau.signer)
    assert code == 0, words
    rolls = "31415926535897932384"
    code, _, words = program("draw", "reveal", folder, "--seed", rolls, *bureau.signer)
    assert code == 0, words
    enterprise = json.loads(
        (folder / "private" / "transcript" / "frame.jsonl").read_bytes().split(b"\n")[0]
    )["id"]
    proof = tmp_path / "own.tlog-proof"
    code, _, words = program("draw", "proof", folder, "--enterprise", enterprise, "--out", proof)
    assert code == 0, words
    verify = ROOT / "optimizer" / "verifier" / "verify.py"
    command = [sys.executable, "-I", "-S", str(verify), "--proof", str(proof)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
