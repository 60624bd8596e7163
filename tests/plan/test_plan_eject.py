"""Trees of whole visits: checks come in, all others keep what they had, every rule holds."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from plan_instances import Instance, Mix, make_instance
from small_town import check, town
from verified import hold

from optimizer.domain.days import Span
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet
from optimizer.plan import build_problem, solve
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.augment import make_line, take_in
from optimizer.plan.kernel.big import LEFT, put_visit
from optimizer.plan.kernel.eject import E_VAIN, NEAR, make_tree, take_in_by_trees
from optimizer.plan.kernel.room import R_LEFT, R_VISITS, Room, make_room
from optimizer.plan.kernel.search import cost_of, place_all
from optimizer.plan.kernel.share import put_all, visits_of
from optimizer.plan.kernel.table import T_CHECKS, T_DAYS, T_ROWS, Table
from optimizer.plan.seat import _alone, _few

TIGHT = Mix(300, 1, 3, days=60, windows=(5, 25), utilisation=1.2, tail=0.4, skills=0.5)
YEARS = replace(TIGHT, start=date(2026, 12, 1))
"""Over the turn of a year, as caps count from anew."""

FOUR = Item("mine-9", "", "mine", inspectors=4)
"""Asks for twice as many inspectors as others."""

Placed = tuple[Table, Any, Any, Room, Any]


def placed(instance: Instance, *, chains: bool = True) -> Placed:
    """The kernels' arrays with all that has room, and all that chains of visits can take in."""
    problem = build_problem(**instance.arguments())
    table, groups, desk, _, best = _alone(problem, _few(problem))
    room, everyone = make_room(table), np.arange(len(best))
    place_all(table, groups, room, desk, everyone, 10)
    if chains:
        take_in(table, groups, room, desk, make_line(table), everyone, best)
    return table, groups, desk, room, best


def taken(where: Placed, tree: Any = None) -> int:
    """Take checks in by trees; return how many."""
    table, groups, desk, room, best = where
    tree = make_tree(table, 3) if tree is None else tree
    own = (make_line(table), tree, np.arange(len(best)), best)
    return int(take_in_by_trees(table, groups, room, desk, *own))


def numbers(where: Placed) -> tuple[Any, Any]:
    """Checks left out and visits, by enterprise."""
    table, _, _, room, best = where
    lost = [int(cost_of(table, room, site)) // LEFT for site in range(len(best))]
    return np.array(lost), view(room, R_VISITS, len(best)).copy()


def stands(where: Placed) -> tuple[list[list[int]], list[list[int]]]:
    """Who stands where, and what is left by row and day."""
    table, _, _, room, best = where
    rows, days = int(table[T_ROWS]), int(table[T_DAYS])
    left = view(room, R_LEFT, rows).reshape(rows, days)
    return sorted(visits_of(table, room, np.arange(len(best))).tolist()), left.tolist()


def crossing(more: int) -> Placed:
    """Four inspectors and two days: a check that asks for all of them, in the way of four others.

    Two of these could be on the second day, where two stand already, and `more` besides.
    """
    own: list[tuple[str, int | tuple[int, int]]] = [
        ("A", (5, 6)),
        ("B", (5, 6)),
        ("C", 5),
        ("D", 5),
    ]
    own += [("E", 6), ("F", 6), *((f"G{k}", 6) for k in range(more))]
    checks = [check(n, days, enterprise=name) for n, (name, days) in enumerate(own)]
    checks.append(check(90, 5, item=FOUR.id, enterprise="X"))
    instance = town(checks, RuleSet(gap_days=0), people=4, items={FOUR.id: FOUR})
    problem = build_problem(**instance.arguments())
    table, groups, desk, _, best = _alone(problem, _few(problem))
    room = make_room(table)
    for site in range(len(own)):
        days = own[site][1]
        first = days if isinstance(days, int) else days[0]
        put_visit(table, room, site, 1, problem.calendar.index(date(2026, 1, first)), desk)
    return table, groups, desk, room, best


def test_two_go_for_one() -> None:
    """Neither alone leaves room enough, so that no chain leads to it."""
    where = crossing(0)
    table, groups, desk, room, best = where
    everyone = np.arange(len(best))
    assert numbers(where)[0].tolist() == [0, 0, 0, 0, 0, 0, 1]
    assert take_in(table, groups, room, desk, make_line(table), everyone, best) == 0
    assert taken(where) == 1
    assert numbers(where)[0].sum() == 0
    days = {site: day for site, _, day in stands(where)[0]}
    assert days[0] == days[1] == days[4] == days[5] == days[6] + 1


def test_all_stands_as_before_where_there_is_no_way() -> None:
    """One of the two has no other day with room. Of the check that is out nothing is remembered."""
    where = crossing(1)
    before = stands(where)
    tree = make_tree(where[0], 3)
    assert taken(where, tree) == 0
    assert stands(where) == before
    vain = view(tree, E_VAIN, NEAR.depth + 1).reshape(NEAR.depth + 1, int(where[0][T_CHECKS]))
    assert vain[NEAR.depth].sum() == 0


def test_more_comes_in_than_by_chains() -> None:
    """What chains take in aside."""
    assert (
        sum(taken(placed(make_instance(mix, seed))) for mix in (TIGHT, YEARS) for seed in (1, 3))
        >= 4
    )


@pytest.mark.parametrize("mix", [TIGHT, YEARS])
@pytest.mark.parametrize("seed", range(4))
def test_all_others_keep_what_they_have(mix: Mix, seed: int) -> None:
    """As many visits and checks as before; what is left is what the visits leave."""
    where = placed(make_instance(mix, seed), chains=False)
    table, _, desk, _, best = where
    lost, visits = numbers(where)
    count = taken(where)
    after, now = numbers(where)
    assert count > 0
    assert (after <= lost).all()
    assert lost.sum() - after.sum() == count
    same = after == lost
    assert (now[same] == visits[same]).all()
    assert (now >= visits).all()
    stood, left = stands(where)
    other = make_room(table)
    put_all(table, other, np.array(stood), desk)
    assert np.array(left).min() >= 0
    assert stands((table, None, desk, other, best)) == (stood, left)


def test_the_same_again() -> None:
    """The same places give the same visits."""
    found = []
    for _ in range(2):
        where = placed(make_instance(TIGHT, 2))
        taken(where)
        found.append(stands(where))
    assert found[0] == found[1]


@pytest.mark.parametrize(("mix", "seed"), [(TIGHT, 1), (YEARS, 1), (YEARS, 3)])
def test_plans_with_trees_keep_every_rule(
    monkeypatch: pytest.MonkeyPatch, mix: Mix, seed: int
) -> None:
    """The verifier finds no fault in a plan that took checks in by trees."""
    seat, found = sys.modules["optimizer.plan.seat"], []
    # Nothing else takes them in before.
    monkeypatch.setattr(seat, "_augment", lambda *_: 0)
    monkeypatch.setattr(seat, "_rework", lambda *_: 0)
    monkeypatch.setattr(
        seat, "relieve", lambda *own: found.append(seat._eject(*own[:6])) or found[-1]
    )
    instance = make_instance(mix, seed)
    plan = solve(build_problem(**instance.arguments()), effort=5)
    assert found[0] > 0
    hold(instance, plan)


@pytest.mark.parametrize("first", [True, False])
def test_each_visit_that_it_could_join_is_tried(first: bool) -> None:
    """Also after one led nowhere, whichever of the enterprise's checks has the lowest number."""
    out, other = (0, 1) if first else (1, 0)
    # With X's other check it could come on the sixth only, where nobody goes; alone on the fifth.
    checks = [
        check(out, (5, 6), item=FOUR.id, enterprise="X"),
        check(other, (5, 6), "fire", enterprise="X"),
    ]
    own: list[tuple[str, int | tuple[int, int]]] = [
        ("A", (5, 7)),
        ("B", (5, 7)),
        ("C", 5),
        ("D", 5),
    ]
    own += [(name, 6) for name in "EFGH"]
    checks += [check(10 + n, days, enterprise=name) for n, (name, days) in enumerate(own)]
    instance = town(checks, RuleSet(gap_days=0), people=4, items={FOUR.id: FOUR})
    away = (Span(date(2026, 1, 5), date(2026, 1, 5)),)
    inspectors = {
        name: replace(one, leave=away) if one.unit == "fire-county" else one
        for name, one in instance.registers.inspectors.items()
    }
    instance = replace(instance, registers=replace(instance.registers, inspectors=inspectors))
    problem = build_problem(**instance.arguments())
    sites = _few(problem)
    table, groups, desk, _, best = _alone(problem, sites)
    room = make_room(table)
    for k, site in enumerate(sites):
        day = 6 if site.enterprise.id in "EFGHX" else 5
        mask = 1 << other if site.enterprise.id == "X" else 1
        put_visit(table, room, k, mask, problem.calendar.index(date(2026, 1, day)), desk)
    where = table, groups, desk, room, best
    assert numbers(where)[0].sum() == 1
    assert taken(where) == 1


def test_a_plan_made_again_takes_more_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checks left out come before change, and what is pinned stays."""
    seat, took, left = sys.modules["optimizer.plan.seat"], list[int](), list[int]()
    every = seat._eject
    with_trees = lambda *own: took.append(every(*own)) or took[-1]  # noqa: E731
    for seed in (1, 2):
        instance = make_instance(replace(TIGHT, checks=1500, counties=3), seed)
        known = replace(instance, checks=instance.checks[150:])
        before = solve(build_problem(**known.arguments()), effort=3)
        pinned = before.visits[::25]
        problem = build_problem(**instance.arguments(), pinned=pinned)
        for trees in (with_trees, lambda *_: 0):
            monkeypatch.setattr(seat, "_eject", trees)
            plan = solve(problem, previous=before, effort=3)
            hold(instance, plan)
            left.append(len(plan.left_out))
            places = {(v.enterprise, v.day): set(v.checks) for v in plan.visits}
            assert all(places[v.enterprise, v.day] >= set(v.checks) for v in pinned)
        monkeypatch.setattr(seat, "_eject", every)
    assert sum(took) > 0
    assert sum(left[::2]) <= sum(left[1::2])
