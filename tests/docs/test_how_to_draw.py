"""The commands of the page on draws do what it says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from test_readme import ROOT, commands, run

PAGE = "docs/how-to/draw.md"


@pytest.mark.slow
def test_commands_run_in_order(tmp_path: Path) -> None:
    """Every shell block ends well, one after the other in one folder."""
    shutil.copytree(ROOT / "scenarios" / "presets", tmp_path / "scenarios" / "presets")
    found = commands(PAGE)
    assert len(found) >= 8
    run("\n".join(found), tmp_path)
    assert (tmp_path / "shut" / "public" / "index.html").is_file()
    lines = (tmp_path / "shut" / "public" / "ledger" / "entries.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["kind"] == "open"
    modes = {p.stat().st_mode & 0o777 for p in (tmp_path / "shut" / "private").rglob("*.json")}
    assert modes == {0o600}


def test_every_act_is_on_the_page() -> None:
    """The page names each act of the verb."""
    from optimizer.cli import build_parser

    page = (ROOT / PAGE).read_text("utf-8")
    verbs = next(a for a in build_parser()._actions if a.dest == "verb")
    draw = next(a for a in verbs.choices["draw"]._actions if a.dest == "act")
    assert len(draw.choices) == 12
    assert [act for act in draw.choices if f"`{act}" not in page] == []
