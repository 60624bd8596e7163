"""A run that fails leaves no folder behind."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from test_faulty_inputs import lay

from optimizer.cli import run
from optimizer.errors import InputError


@pytest.mark.parametrize("case", ["all-at-once", "seed-too-short", "csv-quote-open"])
@pytest.mark.parametrize("before", [False, True])
def test_failed_run_leaves_no_half_written_folder(case: str, before: bool, tmp_path: Path) -> None:
    """Bad input: nothing is written, and an earlier publication stays as it was."""
    parser = argparse.ArgumentParser()
    run.add_verb(parser.add_subparsers())
    out = tmp_path / "results" / "out"
    if before:
        out.mkdir(parents=True)
        (out / "manifest.json").write_text("earlier", "utf-8")
    scenario = lay(case, tmp_path / "scenario")
    args = parser.parse_args(["run", str(scenario), "--out", str(out)])
    with pytest.raises(InputError):
        args.func(args)
    left = sorted(p.relative_to(tmp_path / "results").as_posix() for p in out.parent.rglob("*"))
    assert left == (["out", "out/manifest.json"] if before else [])
    if before:
        assert (out / "manifest.json").read_text("utf-8") == "earlier"
