"""`double-random bench aims`: no later aim costs an earlier one."""

from __future__ import annotations

import json

import pytest

from optimizer.cli import main


def test_rows_of_a_small_plan(capsys: pytest.CaptureFixture[str]) -> None:
    """Polishing never makes the aims worse in their order; triggered checks come earlier."""
    assert main(["bench", "aims", "--json", "--size", "XS", "--effort", "2"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [(row["plan"], row["stage"]) for row in rows] == [
        ("first", "placed"),
        ("first", "polished"),
        ("again", "placed"),
        ("again", "polished"),
    ]
    order = ("left_out", "visits", "most_at_one", "late", "uneven", "travel", "changed")
    for placed, polished in (rows[:2], rows[2:]):
        assert [polished[aim] for aim in order] <= [placed[aim] for aim in order]
    assert rows[1]["late"] < rows[0]["late"]
    assert rows[1]["visits"] == rows[0]["visits"]
    assert rows[1]["left_out"] == rows[0]["left_out"]
