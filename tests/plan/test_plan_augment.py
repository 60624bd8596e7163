"""Chains of whole visits: checks come in, nobody else loses anything, and every day has room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plan_instances import Mix, make_instance

from optimizer.plan import build_problem
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.augment import L_COUNT, find_room, give_best, make_line, take_in
from optimizer.plan.kernel.big import LEFT
from optimizer.plan.kernel.room import R_LEFT, Room, make_room, seen_by
from optimizer.plan.kernel.search import cost_of, place_all
from optimizer.plan.kernel.share import lift_all, put_all, visits_of
from optimizer.plan.kernel.table import T_DAYS, T_ROWS, Table
from optimizer.plan.seat import _alone, _few

TIGHT = Mix(300, 1, 3, days=60, windows=(5, 25), utilisation=0.95, tail=0.4, skills=0.5)

Placed = tuple[Table, Any, Any, Room, Any]


def placed(seed: int) -> Placed:
    """The kernels' arrays with everybody placed once, in the order of the problem."""
    problem = build_problem(**make_instance(TIGHT, seed).arguments())
    table, groups, desk, _, best = _alone(problem, _few(problem))
    room = make_room(table)
    place_all(table, groups, room, desk, np.arange(len(best)), 10)
    return table, groups, desk, room, best


def costs(table: Table, room: Room, count: int) -> list[tuple[int, int]]:
    """Checks left out and visits of each enterprise."""
    found = [int(cost_of(table, room, site)) for site in range(count)]
    return [(c // LEFT, c % LEFT) for c in found]


def left(table: Table, room: Room) -> Any:
    """What is left, by row and day."""
    rows, days = int(table[T_ROWS]), int(table[T_DAYS])
    return view(room, R_LEFT, rows).reshape(rows, days)


def worked_out(table: Table, room: Room, desk: Any, count: int) -> Any:
    """What its visits leave of an empty room, each worked out anew."""
    other = make_room(table)
    put_all(table, other, visits_of(table, room, np.arange(count)), desk)
    return left(table, other)


@pytest.mark.parametrize("seed", range(4))
def test_checks_come_in_and_nobody_loses_one(seed: int) -> None:
    """Nor gets a visit for another's check; what is left is what the visits leave."""
    table, groups, desk, room, best = placed(seed)
    everyone = np.arange(len(best))
    before = costs(table, room, len(best))
    taken = take_in(table, groups, room, desk, make_line(table), everyone, best)
    after = costs(table, room, len(best))
    assert taken == sum(lost for lost, _ in before) - sum(lost for lost, _ in after)
    assert taken > 0
    for (lost, visits), (lost_now, visits_now) in zip(before, after, strict=True):
        assert lost_now <= lost
        assert visits <= visits_now <= visits + lost - lost_now
    assert left(table, room).min() >= 0
    assert (left(table, room) == worked_out(table, room, desk, len(best))).all()


@pytest.mark.parametrize("seed", range(4))
def test_who_is_given_more_costs_nobody_anything(seed: int) -> None:
    """Each enterprise as it was, or better: never below what it could do alone."""
    table, groups, desk, room, best = placed(seed)
    everyone = np.arange(len(best))
    before = costs(table, room, len(best))
    gained = give_best(table, groups, room, desk, make_line(table), everyone, best, 5)
    after = costs(table, room, len(best))
    assert gained > 0
    assert all(now <= then for now, then in zip(after, before, strict=True))
    assert after != before
    assert left(table, room).min() >= 0
    assert (left(table, room) == worked_out(table, room, desk, len(best))).all()


@pytest.mark.parametrize("seed", range(2))
def test_what_finds_no_room_moves_nothing(seed: int) -> None:
    """A search that fails leaves every visit on its day; one that does not says what it moved."""
    table, groups, desk, room, best = placed(seed)
    everyone = np.arange(len(best))
    line = make_line(table)
    failed = 0
    for site, (lost, _) in enumerate(costs(table, room, len(best))):
        if not lost:
            continue
        stood = visits_of(table, room, everyone).tolist()
        line[L_COUNT] = 0
        missing = ~int(seen_by(table, room, site))
        if find_room(table, groups, room, desk, line, site, missing & -missing):
            assert line[L_COUNT] > 0
        else:
            failed += 1
            assert line[L_COUNT] == 0
            assert sorted(visits_of(table, room, everyone).tolist()) == sorted(stood)
    assert failed > 0


def test_the_same_again() -> None:
    """The same places give the same visits."""
    found = []
    for _ in range(2):
        table, groups, desk, room, best = placed(2)
        everyone = np.arange(len(best))
        take_in(table, groups, room, desk, make_line(table), everyone, best)
        give_best(table, groups, room, desk, make_line(table), everyone, best, 5)
        found.append(visits_of(table, room, everyone).tolist())
        lift_all(table, room, everyone)
        assert (left(table, room) == left(table, make_room(table))).all()
    assert found[0] == found[1]
