"""`double-random bench plan`: rows have their shape, and every method keeps every rule."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.checker import check_plan
from benchmarks.columns import groups_of, make_columns
from benchmarks.cover import greedy_cover, starting_plan
from benchmarks.method import Answer
from benchmarks.plan_instances import PlanInstance, make_plan_instance
from benchmarks.registry import is_ready, plan_methods
from optimizer.cli import main
from optimizer.errors import CheckFailedError
from optimizer.plan import build_problem
from optimizer.plan.methods import greedy_due, no_merge

FIELDS = [
    "method",
    "size",
    "utilisation",
    "seed",
    "checks",
    "visits",
    "left_out",
    "left_proved",
    "lower_bound",
    "gap",
    "seconds",
    "cpu_seconds",
    "peak_mib",
]


@pytest.fixture(scope="module")
def tiny() -> PlanInstance:
    return make_plan_instance("XS", 95, 1)


def planned(name: str, instance: PlanInstance, seconds: float = 2.0) -> Answer:
    method = plan_methods()[name]()
    return method.plan(method.ready(instance), seconds)


@pytest.mark.parametrize("name", sorted(plan_methods().keys() - {"Timefold"}))
def test_every_method_keeps_every_rule(name: str, tiny: PlanInstance) -> None:
    """The one checker accepts its plan, which is never below the bound of ours."""
    if not is_ready(plan_methods()[name]):
        pytest.skip(f"{name} is not installed")
    counted = check_plan(tiny.arguments(), planned(name, tiny).days)
    bound = planned("ours", tiny).bound
    assert bound is not None
    assert bound <= counted.visits + counted.left_out
    assert counted.visits > 0


@pytest.mark.slow
def test_timefold_keeps_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    """Its plan passes the checker; in a process of its own, as the virtual machine stays."""
    if not is_ready(plan_methods()["Timefold"]) or shutil.which("java") is None:
        pytest.skip("Timefold or Java is not installed")
    row = _document(capsys, "--methods", "Timefold", "--seconds", "2")["rows"][0]
    assert row["method"] == "Timefold"
    assert row["lower_bound"] <= row["visits"] + row["left_out"] < 120


def test_solvers_are_no_worse_than_the_plan_they_begin_from(tiny: PlanInstance) -> None:
    """CP-SAT never ends above its start, as the start is among its columns."""
    board = starting_plan(build_problem(**tiny.arguments()))
    placed = {
        check.id
        for site in board.problem.sites
        for mask in board.places[site.index].values()
        for i, check in enumerate(site.checks)
        if mask >> i & 1
    }
    begun = sum(map(len, board.places)) + 10 * (120 - len(placed))
    counted = check_plan(tiny.arguments(), planned("CP-SAT", tiny).days)
    assert counted.visits + 10 * counted.left_out <= begun


def test_checker_refuses_what_breaks_a_rule(tiny: PlanInstance) -> None:
    """A day outside the window, and a whole unit's year on one day, are found."""
    arguments = tiny.arguments()
    days = planned("greedy by due date", tiny).days
    check = arguments["checks"][0]
    late = {**days, check.id: check.due + timedelta(days=1)}
    with pytest.raises(CheckFailedError, match=r"window|working day"):
        check_plan(arguments, late)
    shared = max(
        days.values(), key=lambda day: sum(c.release <= day <= c.due for c in arguments["checks"])
    )
    crowd = {c.id: shared for c in arguments["checks"] if c.release <= shared <= c.due}
    with pytest.raises(CheckFailedError):
        check_plan(arguments, crowd)


def test_columns_hold_the_start_and_all_small_groups(tiny: PlanInstance) -> None:
    """Each visit of the start is a column, and up to six checks no group is missing."""
    problem = build_problem(**tiny.arguments())
    start = greedy_due(problem)
    made = make_columns(problem, start, days=3)
    begun = {(made.columns[k].site, made.columns[k].day, made.columns[k].mask) for k in made.start}
    assert begun == {
        (site, day, mask)
        for site, places in enumerate(start.places)
        for day, mask in places.items()
    }
    for site in problem.sites:
        if len(site.checks) <= 6:
            open_masks = {m for m in range(1, site.all + 1) if problem.group(site, m).open}
            assert {group.mask for group in groups_of(problem, site)} == open_masks
            assert open_masks <= {made.columns[k].mask for k in made.by_site[site.index]}


def test_merging_saves_visits() -> None:
    """Across departments saves more than inside them, a cover more than by due date."""
    instance = make_plan_instance("S", 50, 1)
    costs = {
        name: sum(check_plan(instance.arguments(), planned(name, instance).days))
        for name in ("no merging", "department merging", "greedy by due date")
    }
    assert costs["no merging"] == 1000
    assert costs["greedy by due date"] < costs["department merging"] < 1000
    problem = build_problem(**instance.arguments())
    cover, apart = greedy_cover(problem), no_merge(problem)
    assert sum(map(len, cover.places)) < costs["greedy by due date"]
    assert sum(map(len, apart.places)) <= 1000


def _document(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    argv = ["bench", "plan", "--json", "--size", "XS", "--utilisation", "80", *options]
    assert main(argv) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_rows_have_exactly_the_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """Stdout is one document; gap follows from the other fields and the bound of ours."""
    found = _document(capsys, "--methods", "no merging", "ours")
    assert [row["method"] for row in found["rows"]] == ["ours", "no merging"]
    for row in found["rows"]:
        assert list(row) == FIELDS
        assert (row["size"], row["utilisation"], row["seed"], row["checks"]) == ("XS", 80, 1, 120)
        cost = row["visits"] + row["left_out"]
        assert row["gap"] == round((cost - row["lower_bound"]) / row["lower_bound"], 6)
        assert row["lower_bound"] == found["rows"][0]["lower_bound"]
        assert row["seconds"] > 0
        assert row["cpu_seconds"] > 0
        assert row["peak_mib"] > 20
    assert found["rows"][1]["visits"] + found["rows"][1]["left_out"] == 120


def test_the_bound_is_ours_even_where_ours_is_not_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only the methods named have rows, at each seed."""
    found = _document(capsys, "--methods", "greedy by due date", "--seeds", "1", "2")
    assert [(r["method"], r["seed"]) for r in found["rows"]] == [
        ("greedy by due date", 1),
        ("greedy by due date", 2),
    ]
    assert all(row["lower_bound"] > 0 for row in found["rows"])


def test_unknown_methods_and_percentages(capsys: pytest.CaptureFixture[str]) -> None:
    """A method that is none is bad input, answered by the list."""
    assert main(["bench", "plan", "--methods", "magic"]) == 2
    assert "greedy by due date" in capsys.readouterr().err
    assert main(["bench", "plan", "--utilisation", "101"]) == 2
    assert "a whole number from 1 to 100" in capsys.readouterr().err
