"""What is left of every unit's day, kept with the visits in place."""

from __future__ import annotations

import random

from plan_instances import Mix, make_instance

from optimizer.plan import build_problem
from optimizer.plan.board import Board
from optimizer.plan.problem import Problem
from optimizer.plan.solve import solve_board
from optimizer.plan.trips import Stop, stops_of


def _planned() -> tuple[Problem, list[Stop]]:
    """Return a town with a visit on every day asked for, and beyond the room on some."""
    problem = build_problem(**make_instance(Mix(checks=120, joint=0.4, skills=0.3), 3).arguments())
    stops = stops_of(solve_board(problem, effort=5).board)
    days = [day for _, _, day in stops]
    draw = random.Random(5)
    draw.shuffle(days)
    spread = {
        (site.index, day): (site, group, day)
        for (site, group, _), day in zip(stops, days, strict=True)
    }
    return problem, list(spread.values())


def _same(one: Board, other: Board) -> bool:
    return (one.left, one.ok, one.on, one.places) == (other.left, other.ok, other.on, other.places)


def test_many_visits_are_put_and_taken_off_as_one_after_the_other() -> None:
    """Room, sets of days and who is where are those of each visit put and taken alone."""
    problem, stops = _planned()
    assert len(stops) > 50
    one, other, empty = Board(problem), Board(problem), Board(problem)
    one.put_all(stops)
    for stop in stops:
        other.put(*stop)
    assert _same(one, other)
    assert not _same(one, empty)
    assert min(left for line in one.left for left in line) < 0, "nothing beyond the room"
    half = stops[::2]
    one.take_all(half)
    for site, _, day in half:
        other.take(site, day)
    assert _same(one, other)
    one.take_all(stops[1::2])
    assert (one.left, one.ok, one.places) == (empty.left, empty.ok, empty.places)
