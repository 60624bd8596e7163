"""The vector of all visits that the later aims are worked on with."""

from __future__ import annotations

import numpy as np
from plan_instances import Mix, make_instance

from optimizer.plan import build_problem
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.polish import (
    P_AFTER,
    P_BEFORE,
    P_DAY,
    P_HEAD,
    P_LEFT,
    P_ROW_AT,
    P_SIZE,
    drop,
)
from optimizer.plan.solve import solve_board
from optimizer.plan.trips import make_trips, stops_of


def test_lists_are_as_if_one_visit_were_put_after_the_other() -> None:
    """Laid out at once, room and the lists of who is where are those of putting each visit."""
    problem = build_problem(**make_instance(Mix(checks=120, joint=0.4, skills=0.3), 3).arguments())
    board = solve_board(problem, effort=5).board
    stops = stops_of(board)
    trips = make_trips(board, stops, {site.index for site in problem.sites})
    rows, visits = len(problem.rows), len(stops)
    entries = int(trips[trips[P_ROW_AT] + visits])
    again = trips.copy()
    view(again, P_DAY, visits)[:] = -1
    view(again, P_LEFT, rows)[:] = view(again, P_SIZE, rows)
    view(again, P_HEAD, rows)[:] = -1
    view(again, P_AFTER, entries)[:] = -1
    view(again, P_BEFORE, entries)[:] = -1
    for v, (_, _, day) in enumerate(stops):
        drop(again, v, day)
    assert visits > 50
    assert view(trips, P_AFTER, entries).max() >= 0
    assert np.array_equal(trips, again)
    left = [line for row in board.left for line in row]
    assert view(trips, P_LEFT, rows).reshape(-1).tolist() == left
