"""First places by prices that rise: beyond no room, better than one after the other, repeatable."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from plan_instances import Mix, make_instance

from optimizer.plan import build_problem
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.big import LEFT, visit_price
from optimizer.plan.kernel.choose import LOST
from optimizer.plan.kernel.desk import SMALL
from optimizer.plan.kernel.fewest import list_fewest
from optimizer.plan.kernel.negotiate import (
    HIGHEST,
    LACK,
    SCALE,
    _look_ahead,
    _mark_beside,
    _raise,
    _rework,
    _stands_over,
    negotiate,
)
from optimizer.plan.kernel.room import (
    DEAREST,
    R_BASE,
    R_LEFT,
    R_PRICE,
    Room,
    discount,
    lift,
    make_room,
    seen_by,
)
from optimizer.plan.kernel.search import choose, cost_of, place, place_all
from optimizer.plan.kernel.share import visits_of
from optimizer.plan.kernel.table import MOST, T_CHECK_AT, T_DAYS, T_ROWS, T_SITES, Table
from optimizer.plan.seat import _alone, _few

SWEEPS = 60
TIGHT = Mix(checks=300, counties=2, departments=2, days=40, utilisation=1.3)
TAIL = Mix(checks=300, counties=1, departments=2, days=60, utilisation=3, tail=0.9)
AMPLE = Mix(checks=120, counties=2, departments=2, days=40, utilisation=0.2)


def made(mix: Mix, seed: int) -> tuple[Table, Any, Any, Any]:
    """The kernels' arrays of an instance, and what each could do alone."""
    problem = build_problem(**make_instance(mix, seed).arguments())
    table, groups, desk, _, best = _alone(problem, _few(problem))
    return table, groups, desk, best


def cost(table: Table, room: Room) -> tuple[int, int]:
    """Checks left out, and visits."""
    costs = [int(cost_of(table, room, site)) for site in range(int(table[T_SITES]))]
    return sum(c // LEFT for c in costs), sum(c % LEFT for c in costs)


def lines(table: Table, room: Room, name: int) -> Any:
    """A list of the room by row and day."""
    rows, days = int(table[T_ROWS]), int(table[T_DAYS])
    return view(room, name, rows).reshape(rows, days)


@pytest.mark.parametrize("seed", range(4))
def test_no_day_is_overfull_and_every_check_at_most_once(seed: int) -> None:
    """At the end, whatever stood beyond the room in between."""
    table, groups, desk, best = made(TIGHT, seed)
    fewest = list_fewest(table, groups, desk, best)
    room = make_room(table)
    everyone = np.arange(int(table[T_SITES]))
    sweeps = negotiate(table, groups, fewest, room, desk, everyone, SWEEPS, 5)
    assert 1 < sweeps <= SWEEPS
    assert lines(table, room, R_LEFT).min() >= 0
    first = view(table, T_CHECK_AT, len(everyone) + 1)
    visits = visits_of(table, room, everyone)
    for site in everyone.tolist():
        own = visits[visits[:, 0] == site]
        assert len(set(own[:, 2].tolist())) == len(own)
        assert sum(own[:, 1].tolist()) == int(seen_by(table, room, site))
        assert int(seen_by(table, room, site)) < 1 << int(first[site + 1] - first[site])


@pytest.mark.parametrize("seed", range(4))
def test_better_than_one_after_the_other(seed: int) -> None:
    """Fewer checks left out than where each takes what those before it have left."""
    table, groups, desk, best = made(TIGHT, seed)
    fewest = list_fewest(table, groups, desk, best)
    everyone = np.arange(int(table[T_SITES]))
    agreed, greedy = make_room(table), make_room(table)
    negotiate(table, groups, fewest, agreed, desk, everyone, SWEEPS, 5)
    place_all(table, groups, greedy, desk, everyone, 5)
    assert cost(table, agreed) < cost(table, greedy)


def overdrawn(mix: Mix, seed: int) -> tuple[Table, Any, Any, Room]:
    """All at their best, room or not: some days are overfull."""
    table, groups, desk, _ = made(mix, seed)
    room = make_room(table)
    for site in range(int(table[T_SITES])):
        choose(table, groups, room, site, desk, 1, 0, 2, -1)
        place(table, groups, room, site, desk)
    assert lines(table, room, R_LEFT).min() < 0
    return table, groups, desk, room


@pytest.mark.parametrize("seed", range(3))
def test_who_is_not_marked_stands_on_no_overfull_day(seed: int) -> None:
    """After a sweep's prices, and after one has placed itself on days that it makes overfull."""
    table, groups, desk, room = overdrawn(TIGHT, seed)
    everyone = range(int(table[T_SITES]))
    marked = np.zeros(len(everyone), np.int8)
    _raise(table, room, LACK, marked)
    assert [bool(_stands_over(table, room, k)) for k in everyone] == (marked == 1).tolist()
    assert 0 < marked.sum() < len(everyone)
    for site in everyone:
        lift(table, room, site)
        choose(table, groups, room, site, desk, 1, 0, 2, -1)
        place(table, groups, room, site, desk)
        _mark_beside(table, room, site, marked)
        over = [k for k in everyone if _stands_over(table, room, k)]
        assert all(marked[k] for k in over)


def test_the_next_three_that_are_marked_are_seen_ahead() -> None:
    """From the end of the order on, past those that are not, and those marked meanwhile; none
    where no more come, and nothing is changed."""
    table, groups, desk, best = made(TIGHT, 0)
    room = overdrawn(TIGHT, 0)[3]
    before, fewest = room.copy(), list_fewest(table, groups, desk, best)
    order = np.arange(int(table[T_SITES]))[::-1].copy()
    count = len(order)
    marked, ahead = np.zeros(count, np.int8), np.full(3, -1)
    marked[[2, 3, 7, 20, count - 1]] = 1
    seen = {}
    for k in range(count):
        if marked[k]:
            marked[k] = 0
            _look_ahead(table, fewest, room, order, marked, ahead, k)
            seen[k] = ahead.tolist()
        if k == 7:
            marked[[5, 30]] = 1
    last = count - 1
    assert seen == {
        2: [3, 7, 20],
        3: [7, 20, last],
        7: [20, last, count],
        20: [last, count, count + 1],
        30: [last, count, count + 1],
        last: [count, count + 1, count + 2],
    }
    assert np.array_equal(room, before)


@pytest.mark.parametrize("seed", range(3))
def test_discounted_is_what_is_left_without(seed: int) -> None:
    """The same room and prices as if the visits were off; and all as before at the end."""
    table, _, _, room = overdrawn(TAIL, seed)
    for site in range(int(table[T_SITES])):
        before, off = room.copy(), room.copy()
        lift(table, off, site)
        discount(table, room, site, 1)
        for name in (R_LEFT, R_PRICE):
            assert np.array_equal(lines(table, room, name), lines(table, off, name))
        discount(table, room, site, -1)
        assert np.array_equal(room, before)


@pytest.mark.parametrize("seed", [0, 2])
def test_many_checks_are_placed_anew_only_for_less(seed: int) -> None:
    """Visits of more than twelve checks taken apart: some gain, nobody pays more than before."""
    table, _, desk, room = overdrawn(TAIL, seed)
    first = view(table, T_CHECK_AT, int(table[T_SITES]) + 1)
    many = [k for k in range(int(table[T_SITES])) if first[k + 1] - first[k] > SMALL]
    held, gained = np.zeros(2 * MOST, np.int64), 0

    def pays(site: int) -> int:
        own = visits_of(table, room, np.array([site]))
        count = int(first[site + 1] - first[site])
        off = room.copy()
        lift(table, off, site)
        lost = count - int(seen_by(table, room, site)).bit_count()
        prices = [visit_price(table, off, site, m, d, desk, LACK) for _, m, d in own.tolist()]
        return LOST * lost + sum(map(int, prices))

    for salt, site in enumerate(many * 4, start=1):
        before = pays(site)
        _rework(table, room, site, desk, LACK, salt * 7919, held)
        assert pays(site) <= before
        gained += pays(site) < before
    assert gained


def test_with_room_for_all_it_ends_at_once() -> None:
    """Each at its best, and no day dearer than it was."""
    table, groups, desk, best = made(AMPLE, 1)
    fewest = list_fewest(table, groups, desk, best)
    room = make_room(table)
    everyone = np.arange(int(table[T_SITES]))
    assert negotiate(table, groups, fewest, room, desk, everyone, SWEEPS, 5) < SWEEPS // 2
    assert [int(cost_of(table, room, site)) for site in everyone.tolist()] == best.tolist()


def test_prices_are_brought_down_to_those_of_the_moves() -> None:
    """What a day got dearer stays within what moves and rounds weigh against a visit."""
    table, groups, desk, best = made(TIGHT, 2)
    fewest = list_fewest(table, groups, desk, best)
    room = make_room(table)
    negotiate(table, groups, fewest, room, desk, np.arange(int(table[T_SITES])), SWEEPS, 5)
    base = lines(table, room, R_BASE)
    assert 0 < base.max() <= DEAREST == HIGHEST >> SCALE


def test_the_same_again() -> None:
    """Nothing but the problem decides."""
    found = []
    for _ in range(2):
        table, groups, desk, best = made(TIGHT, 3)
        fewest = list_fewest(table, groups, desk, best)
        room = make_room(table)
        everyone = np.arange(int(table[T_SITES]))
        negotiate(table, groups, fewest, room, desk, everyone, SWEEPS, 5)
        found.append(visits_of(table, room, everyone).tolist())
    assert found[0] == found[1]
