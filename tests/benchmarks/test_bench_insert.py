"""`double-random bench insert`: answers are counted, timed and checked."""

from __future__ import annotations

import json
import re

import pytest

from optimizer.cli import main


def test_rows_of_a_small_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """Each way has a row; every request is answered; moving never makes more visits."""
    argv = ["bench", "insert", "--json", "--size", "S", "--requests", "100", "--effort", "0"]
    assert main(argv) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["moves"] for row in rows] == ["none", "unpinned"]
    for row in rows:
        assert list(row)[1:] == [
            "visits", "requests", "joined", "new", "refused",
            "median_ms", "p99_ms", "max_ms", "excess_after",
        ]  # fmt: skip
        assert row["joined"] + row["new"] + row["refused"] == row["requests"] == 100
        assert 0 < row["median_ms"] <= row["p99_ms"] <= row["max_ms"]
    assert rows[1]["joined"] >= rows[0]["joined"] > 0


def test_no_answers_end_below_the_floor(capsys: pytest.CaptureFixture[str]) -> None:
    """The notes say how near to the plan made anew any answers could end with nothing moved."""
    argv = ["bench", "insert", "--json", "--size", "S", "--requests", "100", "--effort", "0"]
    assert main(argv) == 0
    found = json.loads(capsys.readouterr().out)
    [said] = re.findall(r"no answers whatever end below (-?[\d.]+)%", " ".join(found["notes"]))
    assert float(said) / 100 <= found["rows"][0]["excess_after"] + 1e-6
