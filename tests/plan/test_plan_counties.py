"""Rounds county by county: the same at any worker count, beyond no room, never worse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from plan_instances import Mix, make_instance

from optimizer.plan import build_problem, seat
from optimizer.plan.counties import PARTS, parts_of, rounds_by_county, shared_rows, units_by_county
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.big import LEFT
from optimizer.plan.kernel.room import R_LEFT, Room, make_room
from optimizer.plan.kernel.search import cost_of, place_all
from optimizer.plan.kernel.share import visits_of
from optimizer.plan.kernel.table import T_DAYS, T_ROWS, T_SITES, Table
from optimizer.plan.problem import Problem
from optimizer.plan.seat import _alone, _few
from optimizer.plan.site import Site
from optimizer.plan.solve import solve_board

TIGHT = Mix(checks=450, counties=4, departments=2, days=40, utilisation=1.6)

Placed = tuple[Problem, Sequence[Site], Table, Any, Room, Any]


def placed(seed: int) -> Placed:
    """The kernels' arrays with everybody placed once, in the order of the problem."""
    problem = build_problem(**make_instance(TIGHT, seed).arguments())
    sites = _few(problem)
    table, groups, desk, _, best = _alone(problem, sites)
    room = make_room(table)
    place_all(table, groups, room, desk, np.arange(len(sites)), 10)
    return problem, sites, table, groups, room, best


def cost(table: Table, room: Room) -> tuple[int, int]:
    """Checks left out, and visits."""
    costs = [int(cost_of(table, room, site)) for site in range(int(table[T_SITES]))]
    return sum(c // LEFT for c in costs), sum(c % LEFT for c in costs)


@pytest.mark.parametrize("phase", range(6))
def test_parts_are_whole_counties(phase: int) -> None:
    """Every enterprise is in one part, and no county in two."""
    _, sites, *_ = placed(1)
    parts = parts_of(sites, phase)
    assert len(parts) == PARTS
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(sites)))
    homes = [{sites[k].enterprise.county for k in own.tolist()} for own in parts]
    assert not homes[0] & homes[1]


def test_a_county_stands_with_others_in_other_phases() -> None:
    """Otherwise two counties that are never together could not make room for each other."""
    _, sites, *_ = placed(1)
    assert len({tuple(parts_of(sites, phase)[0].tolist()) for phase in range(6)}) > 1


@pytest.mark.parametrize("phase", range(3))
def test_each_day_of_a_shared_row_is_of_one_part(phase: int) -> None:
    """Of those that use it; a row that one part alone uses is not shared."""
    problem, sites, *_ = placed(2)
    parts = parts_of(sites, phase)
    shared = shared_rows(problem, sites, parts, units_by_county(sites))
    assert len(shared.rows)
    days = len(problem.calendar)
    kept = np.array([shared.kept(p, phase, days) for p in range(len(parts))])
    assert (kept.sum(axis=0) == 1).all()
    units = {problem.rows[r].unit for r in shared.rows.tolist()}
    asked = [
        {u for k in own.tolist() for check in sites[k].checks for u in check.units} for own in parts
    ]
    assert units == {row.unit for row in problem.rows} & asked[0] & asked[1]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_at_any_worker_count_and_never_beyond_the_room(seed: int) -> None:
    """With 1, 2 and 4 threads: the same visits, no day overfull, nothing worse than before."""
    found = []
    for workers in (1, 2, 4):
        problem, sites, table, groups, room, best = placed(seed)
        before = cost(table, room)
        made = rounds_by_county(problem, sites, table, groups, room, best, 3_000, workers)
        assert 0 < made <= 3_000
        assert cost(table, room) < before
        rows, days = int(table[T_ROWS]), int(table[T_DAYS])
        assert view(room, R_LEFT, rows).reshape(rows, days).min() >= 0
        found.append(visits_of(table, room, np.arange(len(sites))).tolist())
    assert found[0] == found[1] == found[2]


def test_plans_of_many_enterprises_do_not_depend_on_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The whole planner, with so few enterprises taken for many."""
    monkeypatch.setattr(seat, "FEW", 10)
    places = []
    for workers in (1, 3):
        problem = build_problem(**make_instance(TIGHT, 1).arguments())
        places.append(solve_board(problem, effort=3, workers=workers).board.places)
    assert places[0] == places[1]
