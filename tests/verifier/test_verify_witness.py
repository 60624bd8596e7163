"""Cosignatures of witnesses under a publication's checkpoint, and under one that was kept."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from test_verify_steering import SIGNER

from api import witnessing
from optimizer.canon import merkle, note
from optimizer.canon.cosignature import Cosigner
from optimizer.cli import main
from optimizer.errors import CheckFailedError, InputError
from optimizer.verifier.verify import verify

PROVINCE = Cosigner("witness.example/省", bytes(range(1, 33)))
PAPER = Cosigner("paper.example", bytes(range(2, 34)))
KEY, OTHER = PROVINCE.witness.vkey, PAPER.witness.vkey


def kept(files: dict[str, bytes], size: int) -> str:
    lines = files["ledger/entries.jsonl"].splitlines()[:size]
    root = base64.b64encode(merkle.root(merkle.leaf_hash(line) for line in lines)).decode()
    return note.sign(f"{SIGNER.name}\n{size}\n{root}\n", SIGNER).decode()


def cosigned(checkpoint: str, by: Cosigner, time: int = 1_790_000_000) -> bytes:
    text, _ = note.split(checkpoint.encode())
    return f"{checkpoint}{by.cosign(text, time)}\n".encode()


def test_a_cosigned_checkpoint_holds(tiny_documents: dict[str, bytes]) -> None:
    """Under the newest checkpoint, or under an earlier one that the witness kept."""
    files = dict(tiny_documents)
    own = cosigned(files["ledger/checkpoint.txt"].decode(), PROVINCE)
    assert verify(files, seen=[own], witnesses=[KEY]).ok
    early = cosigned(kept(files, 2), PAPER)
    assert verify(files, seen=[early, own], witnesses=[f" {OTHER}\n", KEY]).ok
    for time in (1, 2**63, 2**64 - 1):
        assert verify(files, seen=[cosigned(kept(files, 2), PAPER, time)], witnesses=[OTHER]).ok


def test_what_no_witness_has_seen_is_told(tiny_documents: dict[str, bytes]) -> None:
    """No cosignature, that of another, one that does not hold, and what is no witness's key."""
    files = dict(tiny_documents)
    plain = files["ledger/checkpoint.txt"].decode()
    early = kept(files, 2)
    wrong = cosigned(early, PROVINCE).decode()
    moved = plain + wrong.splitlines()[-1] + "\n"

    def told(*witnesses: str, seen: bytes | None = None) -> str:
        kept_by = [] if seen is None else [seen]
        report = verify(files, seen=kept_by, witnesses=witnesses)
        assert not report.ok
        return str(report.first_fault["what"])

    assert "no checkpoint has a cosignature" in told(KEY)
    assert "no checkpoint has a cosignature" in told(KEY, seen=cosigned(early, PAPER))
    assert "does not hold" in told(KEY, seen=moved.encode())
    raw = base64.b64decode(wrong.split()[-1])
    for cut in (raw[:4], raw[:11], raw[:75], raw + b"\0", raw[:12] + bytes(64)):
        line = f"— {PROVINCE.witness.name} {base64.b64encode(cut).decode()}\n"
        assert "does not hold" in told(KEY, seen=(early + line).encode())
    for key in ("", "x", KEY[:-4], SIGNER.vkey, KEY.replace("省", "市")):
        told(key, seen=cosigned(early, PROVINCE))


def test_a_witness_sees_a_campaign_grow(tiny_documents: dict[str, bytes], tmp_path: Path) -> None:
    """`witness cosign DIR`: the ledger is recomputed; what it writes is what --seen takes."""
    files = dict(tiny_documents)
    folder, state = tmp_path / "publication", witnessing.State(tmp_path / "seen")
    (folder / "ledger").mkdir(parents=True)
    vkey = files["ledger/log.vkey"].decode().strip()
    total = files["ledger/entries.jsonl"].count(b"\n")

    def look(size: int, out: Path, entries: bytes | None = None) -> witnessing.Seen:
        lines = (entries or files["ledger/entries.jsonl"]).splitlines(keepends=True)[:size]
        (folder / "ledger/entries.jsonl").write_bytes(b"".join(lines))
        (folder / "ledger/checkpoint.txt").write_text(kept(files, size), "utf-8")
        log = witnessing.Published(folder, out)
        return witnessing.cosign(log, vkey, state, PROVINCE, lambda: 1_790_000_000)

    first = tmp_path / "first.txt"
    assert look(2, first).before == 0
    assert look(total, tmp_path / "second.txt").before == 2
    assert verify(files, seen=[first.read_bytes()], witnesses=[KEY]).ok
    with pytest.raises(CheckFailedError, match="shrank"):
        look(3, tmp_path / "third.txt")
    head, last = files["ledger/entries.jsonl"].rsplit(b"1970", 1)
    other = head + b"1971" + last
    with pytest.raises(CheckFailedError, match="not that of the entries"):
        look(total, tmp_path / "third.txt", other)
    with pytest.raises(InputError):
        look(total, first)
    assert not (tmp_path / "third.txt").exists()


def test_the_verb_passes_on_what_was_seen_and_by_whom(
    tiny_documents: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`double-random verify --seen --witness` says what `verify.py` says of them."""
    folder = tmp_path / "out"
    for name, data in tiny_documents.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    early = tmp_path / "early.txt"
    early.write_bytes(cosigned(kept(tiny_documents, 2), PAPER))
    other = tmp_path / "other.txt"
    foreign = {**tiny_documents, "ledger/entries.jsonl": b"{}\n{}\n"}
    other.write_bytes(cosigned(kept(foreign, 2), PAPER))

    def told(*words: str) -> str:
        code = main(["verify", str(folder), "--json", *words])
        fault = json.loads(capsys.readouterr().out)["first_fault"]
        assert code == (0 if fault is None else 1)
        return "" if fault is None else str(fault["file"])

    assert told("--seen", str(early)) == ""
    assert told("--seen", str(early), "--witness", OTHER) == ""
    assert told("--seen", str(early), "--witness", OTHER, "--witness", KEY) == "--witness"
    assert told("--seen", str(early), "--seen", str(other)) == "checkpoint seen (2)"
    assert main(["verify", str(folder), "--json", "--seen", str(tmp_path / "none")]) == 2
    assert json.loads(capsys.readouterr().out)["faults"][0]["code"] == "seen-missing"
