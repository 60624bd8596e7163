"""Rows of pairs in the kernels: they follow from the half-days, whoever stands or is pinned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from plan_instances import Instance, Mix, make_instance, with_odd_half_days
from verified import hold

from optimizer.plan import build_problem, solve
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.room import R_LEFT, make_room
from optimizer.plan.kernel.search import place_all
from optimizer.plan.kernel.share import visits_of
from optimizer.plan.kernel.table import (
    T_CAP_ROW,
    T_DAYS,
    T_PAIR_ROW,
    T_ROWS,
    make_table,
    rows_of,
)
from optimizer.plan.problem import Problem
from optimizer.plan.seat import _alone, _few, _use_before
from optimizer.plan.solve import start

ODD = Mix(200, 2, 3, days=20, windows=(5, 20), utilisation=1.3, joint=0.4, full=0.0, skills=0.1)


def instance_of(seed: int) -> Instance:
    return with_odd_half_days(make_instance(ODD, seed))


def pairs_of(problem: Problem) -> list[tuple[int, int]]:
    """The rows of units that lead in pairs: of their half-days, and of their pairs."""
    first = len(problem.rows)
    units = problem.paired()
    return [(problem.row_of[u, "capacity", ""], first + k) for k, u in enumerate(units)]


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_half_of_what_there_is_rounded_down(seed: int) -> None:
    """One row more for each unit with an odd half-day; the bound's tables have none."""
    problem = build_problem(**instance_of(seed).arguments())
    sites = _few(problem)
    table = make_table(problem, sites)
    own = pairs_of(problem)
    assert own
    assert int(table[T_ROWS]) == len(problem.rows) + len(own) == len(rows_of(problem))
    for whole, pairs in own:
        room = problem.rows[whole].room
        assert any(n % 2 for n in room)
        assert rows_of(problem)[pairs][1] == tuple(n // 2 for n in room)
    units = len(problem.units)
    found = dict(
        zip(
            view(table, T_CAP_ROW, units).tolist(),
            view(table, T_PAIR_ROW, units).tolist(),
            strict=True,
        )
    )
    assert {whole: pairs for whole, pairs in found.items() if pairs >= 0} == dict(own)
    relaxed = make_table(problem, sites, relaxed=True)
    assert int(relaxed[T_ROWS]) == len(problem.rows)
    assert set(view(relaxed, T_PAIR_ROW, units).tolist()) == {-1}


def test_none_where_a_visit_may_lead_with_three() -> None:
    """Or for the whole day: then an odd half-day may be of use."""
    problem = build_problem(**instance_of(0).arguments())
    unit = problem.paired()[0]
    item = next(i for s in problem.sites for i, own in s.parts if unit in own)
    for other in ({"inspectors": 3}, {"effort": 2}):
        instance = instance_of(0)
        items = {**instance.registers.items}
        items[item] = replace(items[item], **other)
        changed = replace(instance, registers=replace(instance.registers, items=items))
        assert unit not in build_problem(**changed.arguments()).paired()


@pytest.mark.parametrize("seed", range(4))
def test_they_never_lack_what_half_days_do_not(seed: int) -> None:
    """With pinned visits too: what these leave is halved, and whoever stands has room there."""
    instance = instance_of(seed)
    plan = solve(build_problem(**instance.arguments()), effort=3)
    hold(instance, plan)
    problem = build_problem(**instance.arguments(), pinned=plan.visits[::2])
    board = start(problem)
    table, groups, desk, room, _ = _alone(problem, _few(problem))
    _use_before(board, table, room)
    rows, days = int(table[T_ROWS]), int(table[T_DAYS])
    left = view(room, R_LEFT, rows).reshape(rows, days)
    for whole, pairs in pairs_of(problem):
        assert left[whole].tolist() == list(board.left[whole])
        assert (left[pairs] == left[whole] // 2).all()
    place_all(table, groups, room, desk, np.arange(len(_few(problem))), 10)
    assert left.min() >= 0
    for whole, pairs in pairs_of(problem):
        assert (left[pairs] >= left[whole] // 2).all()
    hold(instance, solve(problem, effort=3))


def test_what_is_left_is_of_the_visits() -> None:
    """A room made anew has as many pairs left as the visits leave."""
    problem = build_problem(**instance_of(1).arguments())
    table, groups, desk, room, best = _alone(problem, _few(problem))
    place_all(table, groups, room, desk, np.arange(len(best)), 10)
    sites = _few(problem)
    taken = np.zeros((int(table[T_ROWS]), int(table[T_DAYS])), np.int64)
    for site, mask, day in visits_of(table, room, np.arange(len(best))).tolist():
        amounts = dict(problem.group(sites[site], mask).rows)
        for whole, pairs in pairs_of(problem):
            taken[pairs, day] += amounts.get(whole, 0) // 2
    other = make_room(table)
    rows, days = int(table[T_ROWS]), int(table[T_DAYS])
    left = view(room, R_LEFT, rows).reshape(rows, days)
    whole = view(other, R_LEFT, rows).reshape(rows, days)
    for _, pairs in pairs_of(problem):
        assert (left[pairs] == whole[pairs] - taken[pairs]).all()
