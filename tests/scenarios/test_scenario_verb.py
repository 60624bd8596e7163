"""`double-random scenario`: what it lists loads, what it generates runs."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from optimizer.errors import InputError
from optimizer.io import load_scenario
from scenarios.catalogue import FOLDER
from scenarios.generator.profiles import PROFILES
from scenarios.verbs import add_scenario_verb


def run(*words: str) -> int:
    """Run the verb as the program does."""
    parser = argparse.ArgumentParser()
    add_scenario_verb(parser.add_subparsers(required=True))
    args = parser.parse_args(["scenario", *words])
    return int(args.func(args))


def test_list_names_every_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    """The list holds each folder with a scenario.yaml once, with titles in two languages."""
    assert run("list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["scenarios"]
    folders = {
        f"scenarios/{path.parent.relative_to(FOLDER).as_posix()}"
        for kind in ("presets", "adverse", "real")
        for path in (FOLDER / kind).glob("*/scenario.yaml")
    }
    assert {one["folder"] for one in listed} == folders
    assert len({one["name"] for one in listed}) == len(listed)
    assert all(one["title"]["en"] and one["title"]["zh"] for one in listed)
    assert {one["name"] for one in listed if one["generated"]} == set(PROFILES)


def test_list_as_words(capsys: pytest.CaptureFixture[str]) -> None:
    """Without --json a table goes to stdout."""
    assert run("list") == 0
    out = capsys.readouterr().out
    assert "small" in out
    assert "chicago" in out


def test_generate_writes_a_scenario(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folder loads, and --json names its files."""
    out = tmp_path / "city"
    assert (
        run("generate", "small", "--seed", "7", "--scale", "0.1", "--out", str(out), "--json") == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert set(told["files"]) == {
        p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()
    }
    scenario = load_scenario(out)
    assert len(scenario.registers.enterprises) == 200
    assert list(tmp_path.iterdir()) == [out]


def test_generate_does_not_overwrite(tmp_path: Path) -> None:
    """A folder that holds something else is left alone."""
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(InputError):
        run("generate", "small", "--seed", "7", "--scale", "0.1", "--out", str(tmp_path))
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_generate_refuses_nonsense(tmp_path: Path) -> None:
    """A negative seed and an unknown preset are bad input, and nothing is written."""
    for words in (("small", "--seed", "-1"), ("large", "--seed", "1")):
        with pytest.raises(InputError):
            run("generate", *words, "--out", str(tmp_path / "city"))
    assert list(tmp_path.iterdir()) == []
