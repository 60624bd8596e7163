"""`double-random bench flow`: every stage has its time."""

from __future__ import annotations

import json

import pytest

from benchmarks.child import measure
from benchmarks.flow import StageClock, measured
from optimizer.cli import main
from optimizer.errors import CheckFailedError, InfeasibleError


def test_stages_of_a_small_city(capsys: pytest.CaptureFixture[str]) -> None:
    """Each stage and the total stand in the rows; shares add up to one."""
    argv = ["bench", "flow", "--json", "--preset", "small", "--scale", "1/4", "--effort", "1"]
    assert main(argv) == 0
    found = json.loads(capsys.readouterr().out)
    rows = {row["stage"]: row for row in found["rows"]}
    assert found["bench"] == "flow"
    assert {"registers", "frame", "draw", "plan", "odds", "teams", "publication", "total"} <= set(
        rows
    )
    stages = [row for name, row in rows.items() if name != "total"]
    assert sum(row["seconds"] for row in stages) == pytest.approx(rows["total"]["seconds"])
    assert sum(row["share"] for row in stages) == pytest.approx(1)
    assert {row["enterprises"] for row in rows.values()} == {500}
    assert rows["total"]["visits"] > 0
    assert rows["total"]["peak_mib"] > 20


def test_bad_options_are_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown preset or a scale that is none exits with 2 before anything runs."""
    for options in (["--preset", "atlantis"], ["--scale", "-1"], ["--scale", "big"]):
        assert main(["bench", "flow", *options]) == 2
        assert capsys.readouterr().out == ""


def test_a_city_without_a_plan_is_reported(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stages that were reached keep their times, the reason stands in the notes, exit code 1."""

    def refuse(*_: object, progress: StageClock, **__: object) -> None:
        progress.stage("frame")
        progress.stage("plan")
        raise InfeasibleError(["nobody can go"])

    def here(module: str, job: dict[str, object]) -> dict[str, object]:
        assert module == "benchmarks.flow"
        return {**measured(job), "peak_mib": 1.0}

    monkeypatch.setattr("optimizer.flow.run_flow", refuse)
    monkeypatch.setattr("benchmarks.flow.measure", here)
    assert main(["bench", "flow", "--json", "--preset", "small", "--scale", "1/10"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [row["stage"] for row in found["rows"]] == ["registers", "frame", "plan", "total"]
    assert {row["visits"] for row in found["rows"]} == {None}
    assert "nobody can go" in found["notes"][-1]


def test_clock_adds_up_stages_that_come_again() -> None:
    """A stage entered twice is one entry; time outside of stages is nobody's."""
    clock = StageClock()
    for name in ("plan", "odds", "plan", ""):
        clock.stage(name)
    clock.step(1, 2)
    assert list(clock.seconds) == ["plan", "odds"]
    assert all(seconds >= 0 for seconds in clock.seconds.values())


def test_failed_measurement_says_why() -> None:
    """What the child process said comes back with the error."""
    with pytest.raises(CheckFailedError, match="KeyError"):
        measure("benchmarks.draw", {"method": "none", "size": 1, "repeats": 1})
