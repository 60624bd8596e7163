"""Chains of visits that make room for checks left out."""

from __future__ import annotations

import pytest
from plan_instances import Mix, make_instance
from verified import hold

from optimizer.plan import build_problem
from optimizer.plan.board import Board
from optimizer.plan.bound import lower_bounds
from optimizer.plan.chains import take_in_by_chains
from optimizer.plan.excess import cost_of
from optimizer.plan.local import best
from optimizer.plan.seat import seat
from optimizer.plan.solve import solve_board, start
from optimizer.plan.transcript import make_plan

TIGHT = Mix(300, 1, 3, days=60, windows=(5, 25), utilisation=0.95, tail=0.4, skills=0.5)
APART = Mix(150, 1, 3, tail=0.6, settings={"gap_days": 10})
"""Room for all, but days so far apart that the kernels do not find each enterprise's best."""


def placed_once(seed: int) -> Board:
    """A board on which each enterprise took its best of what those before it left."""
    problem = build_problem(**make_instance(TIGHT, seed).arguments())
    board = start(problem)
    for site in problem.sites:
        for group, day in best(board, site).visits:
            board.put(site, group, day)
    return board


def costs(board: Board) -> list[tuple[int, int]]:
    return [cost_of(board, site) for site in board.problem.sites]


@pytest.mark.parametrize("seed", range(4))
def test_chains_take_checks_in(seed: int) -> None:
    """Checks come in, nobody loses one or gets a visit for another, and every rule is kept."""
    board = placed_once(seed)
    problem = board.problem
    lowers = lower_bounds(problem)
    before = costs(board)
    taken = take_in_by_chains(board, problem.sites, lowers)
    after = costs(board)
    assert taken == sum(lost for lost, _ in before) - sum(lost for lost, _ in after)
    assert taken > 0
    for (lost, visits), (lost_now, visits_now) in zip(before, after, strict=True):
        assert lost_now <= lost
        assert visits <= visits_now <= visits + lost - lost_now
    assert min(map(min, board.left)) >= 0
    used = [[0] * len(row.room) for row in problem.rows]
    for site in problem.sites:
        for group, day in board.placed(site):
            for row, amount in group.rows:
                used[row][day] += amount
    for line, left, row in zip(used, board.left, problem.rows, strict=True):
        assert [n + free for n, free in zip(line, left, strict=True)] == list(row.room)
    hold(make_instance(TIGHT, seed), make_plan(board, lowers, solver={"cuts": []}))


def test_chains_leave_pinned_visits() -> None:
    """A pinned visit keeps its day and its checks, whoever would want the day."""
    seed = 1
    free = placed_once(seed)
    plan = make_plan(free, lower_bounds(free.problem), solver={"cuts": []})
    pinned = plan.visits[::3]
    problem = build_problem(**make_instance(TIGHT, seed).arguments(), pinned=pinned)
    board = start(problem)
    for site in problem.sites:
        for group, day in best(board, site).visits:
            board.put(site, group, day)
    take_in_by_chains(board, problem.sites, lower_bounds(problem))
    after = make_plan(board, lower_bounds(problem), solver={"cuts": []}).visits
    stand = {(visit.enterprise, visit.day, visit.checks) for visit in after}
    assert {(visit.enterprise, visit.day, visit.checks) for visit in pinned} <= stand


def test_the_same_again() -> None:
    """The same board gives the same visits."""
    one, two = placed_once(2), placed_once(2)
    for board in (one, two):
        take_in_by_chains(board, board.problem.sites, lower_bounds(board.problem))
    assert one.places == two.places


def test_who_could_do_better_than_the_kernels_found_is_asked_by_chains() -> None:
    """A plan from nothing has checks that the kernels leave out though nothing proves it."""
    problem = build_problem(**make_instance(APART, 1).arguments())
    board = start(problem)
    assert seat(board, problem.sites, effort=1, lowers=lower_bounds(problem)).crowded
    planned = solve_board(problem, effort=1).board
    by_kernels = sum(lost for lost, _ in costs(board))
    assert sum(lost for lost, _ in costs(planned)) < by_kernels
