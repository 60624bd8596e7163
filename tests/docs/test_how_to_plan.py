"""The commands of the page on plans do what it says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from test_readme import ROOT, commands, run

PAGE = "docs/how-to/plan.md"


@pytest.mark.slow
def test_commands_run_in_order(tmp_path: Path) -> None:
    """Every shell block ends well, one after the other in one folder."""
    shutil.copytree(ROOT / "scenarios" / "presets", tmp_path / "scenarios" / "presets")
    found = commands(PAGE)
    assert len(found) >= 6
    for code in found:
        run(code, tmp_path)
    assert (tmp_path / "plans" / "second" / "diff.json").is_file()
    assert (tmp_path / "prices.html").is_file()


def test_every_act_is_on_the_page() -> None:
    """The page names each act of the verb."""
    from optimizer.cli import plan

    page = (ROOT / PAGE).read_text("utf-8")
    acts = ("solve", "whatif", "amend", "diff", "explain", "whynot", "check")
    assert all(hasattr(plan, act) for act in acts)
    assert [act for act in acts if f"double-random plan {act}" not in page] == []
