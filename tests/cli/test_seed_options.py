"""Seeds on the command line: digits, dice of other sides, fixed texts, files of evidence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from optimizer.cli import main
from optimizer.cli.seeds import read_seed
from optimizer.errors import InputError

ROOT = Path(__file__).parents[2]
ROUNDS = json.loads((ROOT / "tests/vectors/drand.json").read_text("utf-8"))["rounds"]


def evidence(chain: str, number: int) -> dict[str, object]:
    """A real round as its beacon answers, with source and chain."""
    (found,) = (r for r in ROUNDS if (r["chain"], r["round"]) == (chain, number))
    answer = {key: found[key] for key in ("round", "signature", "randomness")}
    if found["previous_signature"]:
        answer["previous_signature"] = found["previous_signature"]
    return {"source": "drand", "chain": chain, **answer}


def test_every_form(tmp_path: Path) -> None:
    """What a seed may look like."""
    assert read_seed("31415926535897932384", "--seed").words() == "dice10=31415926535897932384"
    assert read_seed("dice2:" + "12" * 32, "--seed").entropy_millibits() == 64_000
    assert read_seed("fixed:x", "--seed").test
    file = tmp_path / "round.json"
    file.write_text(json.dumps(evidence("default", 72785)), "utf-8")
    assert read_seed(str(file), "--seed").words().startswith("drand=8990e7a9")


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("3141", "seed-short", "20 of 10 sides are needed for 64 bits"),
        ("dice6:" + "1" * 24, "seed-short", "25 of 6 sides are needed for 64 bits"),
        ("1" * 21, "seed-number", "exactly 20 of 10 sides count"),
        ("nowhere.json", "seed-file", "JSON file"),
    ],
)
def test_refusals_say_what_is_needed(text: str, code: str, words: str) -> None:
    """Too few rolls name the number that the wanted entropy needs."""
    with pytest.raises(InputError, match=words) as caught:
        read_seed(text, "--seed")
    assert [fault.code for fault in caught.value.faults] == [code]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"[" * 99999])
def test_files_that_are_no_evidence(tmp_path: Path, content: bytes) -> None:
    """A file that holds no object is named."""
    file = tmp_path / "seed.json"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_seed(str(file), "--seed")
    assert [(f.code, f.file) for f in caught.value.faults] == [("seed-file", str(file))]


def test_a_run_with_two_rounds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario announces two beacon rounds; evidence comes as files; both verifiers accept."""
    folder = tmp_path / "city"
    shutil.copytree(ROOT / "tests/faulty/base", folder)
    text = (folder / "scenario.yaml").read_text("utf-8")
    start, end = text.index("times:"), text.index("secrets:")
    times = {
        "committed": "2023-09-15T10:00:00Z",
        "revealed": "2023-09-15T11:05:00Z",
        "planned": "2023-09-15T11:10:00Z",
        "odds": "2023-09-15T11:15:00Z",
        "teams": "2023-09-15T11:56:00Z",
    }
    text = f"{text[:start]}times: {json.dumps(times)}\n{text[end:]}"
    for old, new in (
        ('{source: dice, sides: 10, rolls: "31415926535897932384"}', "quicknet, round: 657413"),
        ('{source: dice, sides: 10, rolls: "27182818284590452353"}', "default, round: 3311596"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, f"{{source: drand, chain: {new}}}")
    (folder / "scenario.yaml").write_text(text, "utf-8")
    files = {
        "one": evidence("quicknet", 657413),
        "two": evidence("default", 3311596),
        "other": evidence("quicknet", 1001),
    }
    for name, found in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(found), "utf-8")
    out = tmp_path / "out"
    words = ["run", str(folder), "--out", str(out), "--json", "--workers", "1", "--effort", "1"]
    one, two, other = (f"{tmp_path}/{name}.json" for name in files)
    assert main(words) == 2
    assert json.loads(capsys.readouterr().out)["faults"][0]["code"] == "seed-missing"
    assert main([*words, "--seed", other, "--teams-seed", two]) == 2
    assert json.loads(capsys.readouterr().out)["faults"][0]["code"] == "seed-source-differs"
    assert main([*words, "--seed", one, "--teams-seed", two]) == 0
    assert json.loads(capsys.readouterr().out)["verified"] is True
    page = (out / "index.html").read_text("utf-8")
    assert "round 657413 of drand&#39;s chain quicknet, signature verified (256 bits)" in page
