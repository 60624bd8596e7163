"""`double-random registers validate`."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import pytest

from optimizer.cli import registers

BASE = Path(__file__).parents[1] / "faulty" / "base"


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    registers.add_verb(parser.add_subparsers())
    args = parser.parse_args(["registers", "validate", *words])
    return int(args.func(args))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "scenario"))


def spoil(folder: Path) -> None:
    path = folder / "registers" / "enterprises.csv"
    path.write_text(path.read_text("utf-8").replace("140311,0610", "140399,0610"), "utf-8")


@pytest.mark.parametrize("bare", [False, True])
def test_good_folders_pass(folder: Path, bare: bool, capsys: pytest.CaptureFixture[str]) -> None:
    """A scenario folder and a bare folder of registers pass, with the rows counted."""
    place = folder / "registers" if bare else folder
    assert call(str(place), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["ok"]
    assert report["rows"] == {
        "enterprises": 4, "units": 5, "inspectors": 9, "items": 3, "triggered": 2, "visits_made": 1,
    }  # fmt: skip


@pytest.mark.parametrize("place", ["", "registers"])
def test_a_bare_folder_brings_its_own_codes_and_headings(
    folder: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Areas and a mapping beside the registers, or beside their folder, are read as over HTTP."""
    spoil(folder)
    units = folder / "registers" / "units.csv"
    text = units.read_text("utf-8")
    head, rest = text.split("\n", 1)
    units.write_text(head.replace("name", "bureau", 1) + "\n" + rest, "utf-8")
    bare = Path(shutil.copytree(folder / "registers", folder.parent / "bare" / "registers"))
    assert call(str(bare.parent), "--json") == 2
    codes = {fault["code"] for fault in json.loads(capsys.readouterr().out)["faults"]}
    assert codes == {"county-unknown", "column-missing"}
    beside = bare.parent / place
    rows = ["140300,City", *(f"{code},County" for code in (140302, 140303, 140311, 140321, 140322))]
    (beside / "areas.csv").write_text("\n".join(["code,name", *rows, "140399,New", ""]), "utf-8")
    (beside / "mapping.yaml").write_text("units:\n  columns: {bureau: name}\n", "utf-8")
    assert call(str(bare.parent), "--json") == 0, capsys.readouterr().out


def test_faults_are_a_table_in_the_language_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, each fault a line with file, row, column, value and words."""
    spoil(folder)
    assert call(str(folder)) == 2
    out = capsys.readouterr().out
    assert "registers/enterprises.csv  4    county  140399  no county has this code." in out
    assert call(str(folder), "--lang", "zh") == 2
    captured = capsys.readouterr()
    assert "没有此区划代码的区县" in captured.out
    assert "发现 1 处错误" in captured.err


def test_faults_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One document on stdout with stable codes."""
    spoil(folder)
    assert call(str(folder), "--json") == 2
    report = json.loads(capsys.readouterr().out)
    assert not report["ok"]
    assert [(f["code"], f["row"]) for f in report["faults"]] == [("county-unknown", 4)]


def test_what_exclusion_leaves(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With exclusion the rows that remain are counted and the fault is a warning."""
    spoil(folder)
    assert call(str(folder), "--json", "--exclude-faulty") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["rows"]["enterprises"] == 3
    assert report["excluded"] == 1
    assert [w["code"] for w in report["warnings"]] == ["county-unknown"]


def test_mapping_file_of_the_command_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bureau's headings need no scenario: a mapping file beside is enough."""
    units = folder / "registers" / "units.csv"
    units.write_text(units.read_text("utf-8").replace("id,name", "编号,name"), "utf-8")
    assert call(str(folder / "registers")) == 2
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("units: {columns: {编号: id}}\n", "utf-8")
    assert call(str(folder / "registers"), "--mapping", str(mapping)) == 0
    assert call(str(folder), "--mapping", str(mapping)) == 0
    capsys.readouterr()


def test_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong path names the registers it lacks."""
    assert call(str(tmp_path / "nowhere"), "--json") == 2
    report = json.loads(capsys.readouterr().out)
    assert {f["code"] for f in report["faults"]} == {"register-missing"}


def test_workbooks_as_bureaus_keep_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A title is passed over; headings that are none, and old workbooks, are told as such."""
    place = folder / "registers" / "enterprises.csv"
    text = place.read_text("utf-8")
    place.write_text("检查对象名录,,\n" + text, "utf-8")
    assert call(str(folder)) == 0
    place.write_text("检查对象名录,2025年\n" + text, "utf-8")
    capsys.readouterr()
    assert call(str(folder), "--json") == 2
    codes = {f["code"] for f in json.loads(capsys.readouterr().out)["faults"]}
    assert codes == {"column-missing"}
    place.rename(place.with_suffix(".xls"))
    assert call(str(folder / "registers"), "--json") == 2
    (fault,) = json.loads(capsys.readouterr().out)["faults"]
    assert (fault["code"], fault["file"]) == ("file-kind", "enterprises.xls")
