"""Folders are written as a whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.errors import CheckFailedError, InputError
from optimizer.io import write_folder

DOCUMENTS = {"manifest.json": b"{}", "transcript/draw.json": b"[]"}


def listed(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_a_folder_is_written_and_replaced(tmp_path: Path) -> None:
    """All files stand there, none of the old ones remains, nothing is left beside."""
    out = tmp_path / "deep" / "out"
    write_folder(out, {**DOCUMENTS, "old.txt": b"old"})
    write_folder(out, DOCUMENTS)
    assert listed(out) == DOCUMENTS
    assert [p.name for p in out.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("before", [False, True])
def test_failed_check_leaves_things_as_they_were(tmp_path: Path, before: bool) -> None:
    """What the check sees is complete; when it fails nothing new remains."""
    out = tmp_path / "out"
    if before:
        write_folder(out, {"manifest.json": b"first"})
    seen: list[dict[str, bytes]] = []

    def check(folder: Path) -> None:
        seen.append(listed(folder))
        raise CheckFailedError("no")

    with pytest.raises(CheckFailedError):
        write_folder(out, DOCUMENTS, check=check)
    assert seen == [DOCUMENTS]
    assert listed(tmp_path) == ({"out/manifest.json": b"first"} if before else {})
    assert [p.name for p in tmp_path.iterdir()] == (["out"] if before else [])


def test_a_file_that_cannot_be_written_leaves_no_folder(tmp_path: Path) -> None:
    """A document below another document fails half-way; no half-written folder remains."""
    with pytest.raises(InputError) as caught:
        write_folder(tmp_path / "out", {"a": b"1", "a/b": b"2"})
    assert caught.value.faults[0].code == "out-unwritable"
    assert list(tmp_path.iterdir()) == []


def test_a_name_outside_the_folder_is_refused(tmp_path: Path) -> None:
    """A document's path cannot lead out of the folder."""
    with pytest.raises(ValueError, match="outside"):
        write_folder(tmp_path / "out", {"../evil": b"1"})
    assert list(tmp_path.iterdir()) == []


def test_foreign_folders_and_files_are_refused(tmp_path: Path) -> None:
    """What is not ours stays untouched; an empty folder may be used."""
    foreign, file, empty = tmp_path / "foreign", tmp_path / "file", tmp_path / "empty"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("years of work", "utf-8")
    file.write_text("mine", "utf-8")
    empty.mkdir()
    for out, code in ((foreign, "out-foreign"), (file, "out-no-folder")):
        with pytest.raises(InputError) as caught:
            write_folder(out, DOCUMENTS)
        assert caught.value.faults[0].code == code
    write_folder(empty, DOCUMENTS)
    assert listed(empty) == DOCUMENTS
    assert (foreign / "thesis.txt").read_text("utf-8") == "years of work"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "file", "foreign"]
