"""`double-random bench nation`: parts, root and draw of a small country are what they should be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.nation_frame import County, counties, frame_lines, identifiers, positions
from benchmarks.nation_stages import measured
from optimizer.canon import canonical, merkle, parse
from optimizer.cli import main

COUNT = 40_000


def lines_of(county: County) -> list[bytes]:
    """The lines of the frame, one by one."""
    return [
        data[begin:end].tobytes()
        for data, bounds in frame_lines(county)
        for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    ]


def test_lines_are_those_of_a_frame() -> None:
    """Canonical JSON of the enterprise the identifier stands for, each salt another."""
    county = counties(COUNT)[7]
    ids = [row.tobytes().decode() for row in identifiers(county)]
    risk, fire = positions(county)
    records = [parse(line) for line in lines_of(county)]
    assert [canonical(record) for record in records] == lines_of(county)
    assert [record["id"] for record in records] == ids == sorted(ids)
    assert [record["labels"]["risk"] for record in records] == [f"k{n + 1}" for n in risk]
    assert [record["items"] == ["F-01", "M-01"] for record in records] == fire.tolist()
    assert len({record["salt"] for record in records}) == len(ids)
    assert np.bincount(risk, minlength=4).min() > 0


@pytest.mark.parametrize("total", [100, 40_000, 190_000_000])
def test_counties_make_up_the_country(total: int) -> None:
    """Codes once each, no enterprise twice or left out."""
    own = counties(total)
    assert len({county.code for county in own}) == len(own)
    assert sum(county.count for county in own) == total
    assert [c.first + c.count for c in own[:-1]] == [c.first for c in own[1:]]


def test_root_and_draw_of_a_small_country(tmp_path: Path) -> None:
    """The root is the reference's over all lines; the draw is the definition's in every county."""
    found = {
        stage: measured(
            {"stage": stage, "folder": str(tmp_path), "enterprises": COUNT, "workers": 2}
        )
        for stage in ("commit", "root", "read", "draw")
    }
    own = counties(COUNT)
    leaves = [merkle.leaf_hash(line) for county in own for line in lines_of(county)]
    assert found["root"]["root"] == merkle.root(leaves).hex()
    spec = json.loads((tmp_path / "spec.json").read_text("utf-8"))
    assert spec["frame_root"] == found["root"]["root"]
    assert len(list(tmp_path.glob("*.parquet"))) == found["draw"]["counties"] == len(own)
    assert sum(pq.ParquetFile(p).metadata.num_rows for p in tmp_path.glob("*.parquet")) == COUNT
    assert found["draw"]["agrees"] is True
    assert found["draw"]["checked"] == 15
    alone = measured({"stage": "draw", "folder": str(tmp_path), "enterprises": COUNT, "workers": 1})
    assert alone["digest"] == found["draw"]["digest"]


def test_json_and_a_clean_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row a stage, and nothing is left in the folder that was given."""
    argv = ["bench", "nation", "--json", "--enterprises", "3000", "--folder", str(tmp_path)]
    assert main(argv) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["stage"] for row in found["rows"]] == [
        "commit",
        "root",
        "read",
        "draw",
        "province",
    ]
    assert all(row["seconds"] > 0 and row["cpu_seconds"] > 0 for row in found["rows"])
    assert list(tmp_path.iterdir()) == []
