"""What befalls the secret of a sealed campaign: each refusal to the word, and how it goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from draw_folder import DAY, OTHER, SEED, Verb, snapshot, write_scenario


def said(verb: Verb, *words: object) -> str:
    """Return what is said of a refusal: field, expected, mend; the fault is the only one."""
    (fault,) = verb(*words, code=2)["faults"]
    assert f"{fault['expected']}. {fault['mend']}" in verb.words
    return f"{fault['field']}: {fault['expected']}. {fault['mend']}"


def test_the_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Too early, too late, changed, lost, opened early: refused, and the folder as before."""
    verb = Verb(capsys)
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    verb("commit", scenario, "--out", out, "--sealed", "--time", DAY.format(1, 5))
    reveal = ("reveal", out, "--seed", SEED, "--time", DAY.format(1, 7))
    assert said(verb, *reveal) == (
        "reveal: the seal must come first. Run `double-random draw seal`."
    )
    verb("seal", out, "--open-after", "2026-05-29", "--time", DAY.format(1, 6))
    secret = out / "private" / "secret.json"
    kept = secret.read_bytes()
    changed = json.dumps({"campaign": "hamlet-2026", "secret": "00" * 32}).encode()
    for data, words in (
        (changed, "the secret does not match its commitment in the ledger, entry 3. Put the secret "
         "back that was sealed; if it is lost, declare the draw void (`double-random draw void`)."),
        (None, "the sealed secret is not in the private folder. Put it back from its copy; if it "
         "is lost, declare the draw void (`double-random draw void`)."),
    ):  # fmt: skip
        secret.unlink() if data is None else secret.write_bytes(data)
        before = snapshot(out)
        assert said(verb, *reveal) == f": {words}"
        assert snapshot(out) == before
        secret.write_bytes(kept)
    verb(*reveal)
    before = snapshot(out)
    assert said(verb, "open", out, "--time", DAY.format(3, 1)) == (
        "open: the secret is to be opened after 2026-05-29. Wait, or give --reason: it stands in "
        "the ledger for ever."
    )
    again = ("commit", scenario, "--out", out, "--again", "--reason", "out of date")
    assert said(verb, *again, "--time", DAY.format(1, 8)) == (
        "commit: the seed is known: whoever commits now has seen it. Declare the draw void with "
        "its reason (`double-random draw void`), then commit again."
    )
    assert snapshot(out) == before
    verb("void", out, "--reason", "the disk broke", "--time", DAY.format(1, 8))
    verb(*again, "--sealed", "--time", DAY.format(1, 9))
    verb("seal", out, "--time", DAY.format(1, 9))
    assert said(verb, *reveal[:4], "--time", DAY.format(2, 1)) == (
        "source: an earlier seed of this publication showed it: it was known before the odds. "
        "Use a source that shows something new."
    )
    assert verb("reveal", out, "--seed", OTHER, "--time", DAY.format(2, 1))["drawn"]


def test_nobody_to_draw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What nobody can be drawn for is not committed to; nothing is left of the step."""
    scenario, out = write_scenario(tmp_path / "s"), tmp_path / "c"
    items = scenario / "registers" / "items.csv"
    head, *rows = items.read_text("utf-8").splitlines()
    rows = [row + (",0111" if row.startswith("F-1") else ",5212") for row in rows]
    items.write_text("\n".join([head + ",industries", *rows, ""]), "utf-8")
    time = ("--time", DAY.format(1, 5))
    assert said(Verb(capsys), "commit", scenario, "--out", out, *time) == (
        "orders.F-1: no enterprise of the frame can be drawn for this order. Look at its item's "
        "industries, its exclusions and rest period; else take the order out."
    )
    assert set(snapshot(out)) <= {"private/.lock"}
