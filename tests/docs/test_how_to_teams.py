"""The commands of the page on teams do what it says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from test_readme import ROOT, commands, run

PAGE = "docs/how-to/teams.md"


@pytest.mark.slow
def test_commands_run_in_order(tmp_path: Path) -> None:
    """A month from its odds to the last day, with illness and a changed plan."""
    shutil.copytree(ROOT / "scenarios" / "presets", tmp_path / "scenarios" / "presets")
    found = commands(PAGE)
    assert len(found) == 7
    run("\n".join(found), tmp_path)
    out = tmp_path / "month"
    lines = (out / "ledger" / "entries.jsonl").read_text().splitlines()
    kinds = [json.loads(line)["kind"] for line in lines]
    assert kinds.count("teams") == 4
    assert kinds.count("team-substitute") == 1
    assert kinds.count("plan") == 2
    assert json.loads((out / "transcript" / "teams-4.json").read_bytes())["days"][1] == "2026-02-28"
    assert json.loads((tmp_path / "own.json").read_bytes())
    assert "席位" in (tmp_path / "teams.html").read_text("utf-8")


def test_every_act_is_on_the_page() -> None:
    """The page names each act of the verb."""
    from optimizer.cli import build_parser

    page = (ROOT / PAGE).read_text("utf-8")
    verbs = next(a for a in build_parser()._actions if a.dest == "verb")
    teams = next(a for a in verbs.choices["teams"]._actions if a.dest == "act")
    assert [act for act in teams.choices if f"`teams {act}" not in page] == []
