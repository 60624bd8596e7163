"""Checks put on days beyond the room: they come in, nobody leaves more out, every day has room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plan_instances import Mix, make_instance

from optimizer.plan import build_problem
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.augment import make_line, take_in
from optimizer.plan.kernel.big import LEFT
from optimizer.plan.kernel.crowd import U_VAIN, VAIN, crowd_in, make_crowd
from optimizer.plan.kernel.room import R_BASE, R_LEFT, R_PRICE, Room, make_room
from optimizer.plan.kernel.search import cost_of, place_all
from optimizer.plan.kernel.share import put_all, visits_of
from optimizer.plan.kernel.table import T_DAYS, T_ROWS, Table
from optimizer.plan.seat import _alone, _few, seat
from optimizer.plan.solve import start

TIGHT = Mix(300, 1, 3, days=60, windows=(5, 25), utilisation=1.2, tail=0.4, skills=0.5)

Placed = tuple[Table, Any, Any, Room, Any]


def placed(seed: int) -> Placed:
    """The kernels' arrays with all that chains of whole visits can take in."""
    problem = build_problem(**make_instance(TIGHT, seed).arguments())
    table, groups, desk, _, best = _alone(problem, _few(problem))
    room, everyone = make_room(table), np.arange(len(best))
    place_all(table, groups, room, desk, everyone, 10)
    take_in(table, groups, room, desk, make_line(table), everyone, best)
    return table, groups, desk, room, best


def crowded(where: Placed, steps: int) -> int:
    """Put checks left out in beyond the room, with so many steps for each enterprise."""
    table, groups, desk, room, best = where
    tries = (make_crowd(table), np.arange(len(best)), best, steps, 3)
    return int(crowd_in(table, groups, room, desk, *tries))


def lost(table: Table, room: Room, count: int) -> Any:
    """Checks left out, by enterprise."""
    return np.array([int(cost_of(table, room, site)) // LEFT for site in range(count)])


def by_day(table: Table, room: Room, name: int) -> Any:
    """What is left, or a price, by row and day."""
    rows, days = int(table[T_ROWS]), int(table[T_DAYS])
    return view(room, name, rows).reshape(rows, days).copy()


@pytest.mark.parametrize("seed", [0, 2, 3, 5])
def test_checks_come_in_beyond_what_chains_find(seed: int) -> None:
    """What is left is what the visits leave, worked out anew, and prices are as before."""
    where = placed(seed)
    table, _, desk, room, best = where
    before, base = lost(table, room, len(best)), by_day(table, room, R_BASE)
    gained = crowded(where, 300)
    after = lost(table, room, len(best))
    assert gained > 0
    assert before.sum() - after.sum() >= gained
    assert (after <= before).all()
    left = by_day(table, room, R_LEFT)
    assert left.min() >= 0
    other = make_room(table)
    put_all(table, other, visits_of(table, room, np.arange(len(best))), desk)
    assert (left == by_day(table, other, R_LEFT)).all()
    assert (by_day(table, room, R_BASE) == base).all()
    assert (by_day(table, room, R_PRICE) == by_day(table, other, R_PRICE) + base).all()


@pytest.mark.parametrize("seed", range(2))
def test_what_finds_no_room_moves_nothing(seed: int) -> None:
    """Without a step nothing comes in, and who gave up stands as before."""
    where = placed(seed)
    table, _, _, room, best = where
    everyone = np.arange(len(best))
    stood = sorted(visits_of(table, room, everyone).tolist())
    assert lost(table, room, len(best)).sum() > (best // LEFT).sum()
    assert crowded(where, 0) == 0
    assert sorted(visits_of(table, room, everyone).tolist()) == stood


def test_the_same_again() -> None:
    """The same places give the same visits."""
    found = []
    for _ in range(2):
        where = placed(2)
        crowded(where, 300)
        found.append(visits_of(where[0], where[3], np.arange(len(where[4]))).tolist())
    assert found[0] == found[1]


def test_a_plan_from_nothing_is_crowded_and_one_with_visits_is_not() -> None:
    """What stands keeps its visits: nobody is put beyond the room for it."""
    problem = build_problem(**make_instance(TIGHT, 1).arguments())
    board = start(problem)
    assert seat(board, problem.sites, effort=5).crowded
    assert not seat(board, problem.sites, effort=5).crowded


def test_where_tries_came_to_nothing_none_is_made() -> None:
    """With as many tries in vain nothing comes in, and who is passed over counts as no try."""
    where = placed(2)
    table, groups, desk, room, best = where
    crowd, everyone = make_crowd(table), np.arange(len(best))
    vain = view(crowd, U_VAIN, int(table[T_ROWS]))
    vain[:] = VAIN
    stood = sorted(visits_of(table, room, everyone).tolist())
    assert crowd_in(table, groups, room, desk, crowd, everyone, best, 300, 3) == 0
    assert sorted(visits_of(table, room, everyone).tolist()) == stood
    assert (vain == VAIN).all()
    vain[:] = VAIN - 1
    assert crowd_in(table, groups, room, desk, crowd, everyone, best, 300, 3) > 0
    assert vain.min() < VAIN - 1


def test_a_try_counts_once_for_each_row() -> None:
    """However many days of a row lacked room when it began."""
    table, groups, desk, room, best = placed(2)
    left_out = lost(table, room, len(best)) > best // LEFT
    for site in np.flatnonzero(left_out):
        crowd = make_crowd(table)
        crowd_in(table, groups, room, desk, crowd, np.array([site]), best, 0, 3)
        assert view(crowd, U_VAIN, int(table[T_ROWS])).max() == 1
