"""`draw …` in a folder that goes on from other draws: dealt after them, or planned with them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from draw_folder import DAY, LATER, OTHER, SEED, TEAMS, Verb, write_scenario

from optimizer.verifier.verify import verify

NODE = shutil.which("node")


@pytest.fixture
def verb(capsys: pytest.CaptureFixture[str]) -> Verb:
    return Verb(capsys)


def whole(verb: Verb, scenario: Path, out: Path, month: int, seeds: tuple[str, str]) -> None:
    """Take a campaign to its end, opening included where it is sealed; both verifiers hold it."""
    sealed = "mode: sealed" in (scenario / "scenario.yaml").read_text("utf-8")
    verb("commit", scenario, "--out", out, "--time", DAY.format(month, 1))
    both_hold(out)
    if sealed:
        verb("seal", out, "--open-after", f"2026-0{month}-07", "--time", DAY.format(month, 2))
    verb("reveal", out, "--seed", seeds[0], "--time", DAY.format(month, 3))
    both_hold(out)
    verb("plan", out, "--time", DAY.format(month, 4), "--workers", "1")
    both_hold(out)
    verb("teams", out, "--seed", seeds[1], "--time", DAY.format(month, 5), "--workers", "1")
    if sealed:
        both_hold(out)
        verb("open", out, "--time", DAY.format(month, 8))
    both_hold(out)


def both_hold(out: Path) -> None:
    """Run both verifiers as published in the folder; they hold it with the same words."""
    report = verify(str(out / "public"))
    assert report.ok, report.first_fault
    if NODE:
        ran = subprocess.run(
            [NODE, "verify.js", ".", "--json"], cwd=out / "public", capture_output=True, text=True
        )
        assert ran.returncode == 0, ran.stdout[-2000:]
        told = [(c["name"], c["ok"], c["detail"]) for c in json.loads(ran.stdout)["checks"]]
        assert told == [(c.name, c.ok, c.detail) for c in report.checks]


def goes_on(scenario: Path, words: str, *, department: str = "") -> Path:
    """Put words into a scenario's campaign block, and leave the orders of one department."""
    path = scenario / "scenario.yaml"
    lines = path.read_text("utf-8").replace("  orders:", f"  {words}\n  orders:").splitlines()
    text = "\n".join(lines) + "\n"
    if department:
        kept = {"fire": "F-1", "market": "M-1"}[department]
        head, _, orders = text.partition("  orders:\n")
        blocks = orders.split("    - ")[1:]
        text = head + "  orders:\n" + "".join(f"    - {b}" for b in blocks if kept in b)
    path.write_text(text, "utf-8")
    return scenario


@pytest.mark.parametrize("mode", ["open", "sealed"])
def test_a_campaign_dealt_after_an_earlier_one(tmp_path: Path, verb: Verb, mode: str) -> None:
    """Also after the earlier publication and the scenario are gone; what is published holds it."""
    first = write_scenario(tmp_path / "s1", name="hamlet-q1", mode=mode)
    whole(verb, first, tmp_path / "q1", 1, (SEED, TEAMS))
    second = write_scenario(tmp_path / "s2", name="hamlet-q2", mode=mode)
    goes_on(second, "after: [../q1/public]\n  theta: 1/2")
    out = tmp_path / "q2"
    assert verb.refused("commit", second, "--out", out, "--time", DAY.format(1, 2)) == (
        "earlier-late"
    )
    verb("commit", second, "--out", out, "--time", DAY.format(2, 1))
    assert (out / "public" / "transcript" / "earlier" / "1" / "draw.json").is_file()
    if mode == "sealed":
        verb("seal", out, "--open-after", "2026-02-07", "--time", DAY.format(2, 2))
    shutil.rmtree(tmp_path / "q1")
    shutil.rmtree(second)
    verb("reveal", out, "--seed", LATER, "--time", DAY.format(2, 3))
    both_hold(out)
    verb("plan", out, "--time", DAY.format(2, 4), "--workers", "1")
    verb("teams", out, "--seed", OTHER, "--time", DAY.format(2, 5), "--workers", "1")
    both_hold(out)
    if mode == "sealed":
        verb("open", out, "--time", DAY.format(2, 8))
        both_hold(out)
    spec = json.loads((out / "public" / "transcript" / "spec.json").read_bytes())
    assert [one["campaign"] for one in spec["after"]] == ["hamlet-q1"]
    told = {c.name: c.detail for c in verify(str(out / "public")).checks}
    assert "hamlet-q1" in told["earlier draws"]


@pytest.mark.parametrize("mode", ["open", "sealed"])
def test_separate_draws_in_one_plan(tmp_path: Path, verb: Verb, mode: str) -> None:
    """A department's own draw is planned with the campaign's, also while that one is shut."""
    market = write_scenario(tmp_path / "s1", name="market-q2")
    goes_on(market, "", department="market")
    whole(verb, market, tmp_path / "market", 1, (SEED, TEAMS))
    both = write_scenario(tmp_path / "s2", name="both-q2", mode=mode)
    goes_on(both, "draws: [../market/public]", department="fire")
    whole(verb, both, tmp_path / "both", 2, (LATER, OTHER))
    public = tmp_path / "both" / "public" / "transcript"
    checks = json.loads((public / "checks.json").read_bytes())
    items = {check["item"] for kind in ("checks", "offsite") for check in checks[kind]}
    assert items == {"F-1", "M-1"}
    # Committed again, the spec set aside still names the other draws; they are kept once.
    again = tmp_path / "again"
    verb("commit", both, "--out", again, "--time", DAY.format(2, 1))
    verb("commit", both, "--out", again, "--again", "--reason", "a row was wrong", "--time",
         DAY.format(2, 2))  # fmt: skip
    both_hold(again)
    spec = json.loads((again / "public" / "superseded" / "1" / "spec.json").read_bytes())
    assert [one["campaign"] for one in spec["draws"]] == ["market-q2"]
