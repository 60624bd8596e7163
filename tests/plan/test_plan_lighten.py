"""Less of what is short: who takes less of a unit, who is left out instead, and that rules hold."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from plan_instances import Mix, make_instance
from small_town import check, town
from test_plan_eject import TIGHT, YEARS, Placed, numbers, placed, stands, taken
from verified import hold

from optimizer.domain.check import Check
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet
from optimizer.plan import build_problem, solve
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.augment import L_COUNT, go_back, make_line, take_in
from optimizer.plan.kernel.big import put_visit
from optimizer.plan.kernel.eject import FAR, NEAR, Reach, make_tree
from optimizer.plan.kernel.lighten import lighten, short_rows
from optimizer.plan.kernel.room import make_room
from optimizer.plan.kernel.share import put_all
from optimizer.plan.kernel.swap import make_offers, swap
from optimizer.plan.kernel.table import T_CAP_ROW
from optimizer.plan.problem import Problem
from optimizer.plan.relief import _units_of_rows, relieve
from optimizer.plan.seat import _alone, _few

THREE = Item("fire-9", "", "fire", inspectors=3)
"""Asks for more inspectors than a check of the mines, so that these join it with one."""

FOUR = Item("mine-9", "", "mine", inspectors=4)

FILLER = Item("mine-8", "", "mine", inspectors=3)
"""Takes three of the six half-days that three people have."""

Stand = tuple[str, tuple[str, ...], int]
"""Enterprise, checks and day of January of a visit."""


def filler(day: int) -> Check:
    """A check that stands where nothing else may."""
    return check(90, day, item=FILLER.id, enterprise="F")


def standing(checks: list[Check], visits: list[Stand], people: int) -> tuple[Problem, Placed]:
    """A town in which these visits stand."""
    items = {item.id: item for item in (THREE, FOUR, FILLER)}
    instance = town(checks, RuleSet(gap_days=0), people=people, items=items)
    problem = build_problem(**instance.arguments())
    sites = _few(problem)
    table, groups, desk, _, best = _alone(problem, sites)
    room = make_room(table)
    for name, own, day in visits:
        (k,) = [k for k, site in enumerate(sites) if site.enterprise.id == name]
        mask = sum(1 << i for i, one in enumerate(sites[k].checks) if one.id in own)
        put_visit(table, room, k, mask, problem.calendar.index(date(2026, 1, day)), desk)
    return problem, (table, groups, desk, room, best)


def row_and_unit(problem: Problem, where: Placed, unit: str) -> tuple[int, int]:
    """The row of a unit's half-days, and its number."""
    row = problem.row_of[unit, "capacity", ""]
    return row, view(where[0], T_CAP_ROW, len(problem.units)).tolist().index(row)


def lightened(
    problem: Problem,
    where: Placed,
    unit: str = "mine-county",
    most: int = 9,
    reach: Reach = NEAR,
) -> int:
    """Let enterprises take less of a unit; return how often."""
    table, groups, desk, room, best = where
    own = (make_line(table), make_tree(table, 3, reach), np.arange(len(best)))
    return int(lighten(table, groups, room, desk, *own, *row_and_unit(problem, where, unit), most))


def came(where: Placed) -> int:
    """Take checks in by chains; return how many."""
    table, groups, desk, room, best = where
    everyone = np.arange(len(best))
    return int(take_in(table, groups, room, desk, make_line(table), everyone, best))


def relieved(where: Placed, reach: Any = NEAR) -> int:
    """Relieve units that are short; return how many checks come in."""
    table, groups, desk, room, best = where
    return relieve(table, groups, room, desk, best, range(len(best)), reach)


def leads_alone() -> tuple[Problem, Placed]:
    """X's mine is visited by two on the fifth, whom Y lacks; its fire check is on the sixth."""
    checks = [
        check(1, 5, enterprise="X"),
        check(2, (5, 6), "fire", item=THREE.id, enterprise="X"),
        check(3, 5, enterprise="Y"),
        filler(5),
    ]
    stand: list[Stand] = [("X", ("c1",), 5), ("X", ("c2",), 6), ("F", ("c90",), 5)]
    return standing(checks, stand, people=3)


def test_a_unit_that_leads_joins() -> None:
    """The check that asks for more comes along, and what is over is room for another."""
    problem, where = leads_alone()
    assert came(where) == 0
    assert lightened(problem, where) == 1
    assert came(where) == 1
    assert numbers(where)[0].sum() == 0
    assert lightened(problem, where) == 0


@pytest.mark.parametrize(("looks", "times"), [(0, 0), (100_000, 1)])
def test_looks_are_bounded(looks: int, times: int) -> None:
    """No more is tried for one row than looks are allowed for."""
    problem, where = leads_alone()
    before = stands(where)
    assert lightened(problem, where, reach=NEAR._replace(looks=looks)) == times
    assert (stands(where) == before) == (times == 0)


def test_the_other_comes_from_a_visit_that_stays() -> None:
    """Of two fire checks one comes along, and the other stays where it is."""
    checks = [
        check(1, 5, enterprise="X"),
        check(2, (5, 6), "fire", item=THREE.id, enterprise="X"),
        check(4, 6, "market", enterprise="X"),
        check(3, 5, enterprise="Y"),
        filler(5),
    ]
    stand: list[Stand] = [("X", ("c1",), 5), ("X", ("c2", "c4"), 6), ("F", ("c90",), 5)]
    problem, where = standing(checks, stand, people=3)
    assert lightened(problem, where) == 1
    assert came(where) == 1
    assert numbers(where)[1].tolist() == [1, 2, 1]


def test_they_meet_on_a_third_day() -> None:
    """Neither may come on the day of the other, and a third check stays where it is."""
    checks = [
        check(1, (6, 7), enterprise="X"),
        check(2, (7, 8), "fire", item=THREE.id, enterprise="X"),
        check(4, 8, "market", enterprise="X"),
        check(3, 6, enterprise="Y"),
        check(5, 7, item=FILLER.id, enterprise="Z"),
        check(6, 7, enterprise="W"),
        filler(6),
    ]
    stand: list[Stand] = [("X", ("c1",), 6), ("X", ("c2", "c4"), 8), ("F", ("c90",), 6)]
    stand += [("Z", ("c5",), 7), ("W", ("c6",), 7)]
    problem, where = standing(checks, stand, people=3)
    # On the seventh one half-day is left: too few for who leads.
    assert came(where) == 0
    assert lightened(problem, where) == 1
    assert came(where) == 1
    assert [day for site, _, day in stands(where)[0] if site == 2] == [2, 3]


def test_two_of_one_unit_come_together() -> None:
    """A unit that comes twice where once would do takes half."""
    checks = [
        check(1, (5, 6), enterprise="X"),
        check(2, (5, 6), item="mine-2", enterprise="X"),
        check(3, 5, enterprise="Y"),
        check(4, 5, enterprise="Z"),
    ]
    stand: list[Stand] = [("X", ("c1",), 5), ("X", ("c2",), 6), ("Z", ("c4",), 5)]
    problem, where = standing(checks, stand, people=2)
    assert came(where) == 0
    assert lightened(problem, where) == 1
    assert came(where) == 1


def test_all_is_undone() -> None:
    """What moves is noted, so that it can be put back."""
    problem, where = leads_alone()
    table, groups, desk, room, best = where
    before, line = stands(where), make_line(table)
    own = (line, make_tree(table, 3), np.arange(len(best)))
    assert lighten(table, groups, room, desk, *own, *row_and_unit(problem, where, "mine-county"), 9)
    assert stands(where) != before
    go_back(table, room, desk, line, 0)
    assert line[L_COUNT] == 0
    assert stands(where) == before


def test_what_is_short_is_named() -> None:
    """The half-days that a check lacks on most of its days."""
    problem, where = leads_alone()
    table, groups, desk, room, best = where
    units = _units_of_rows(table)
    rows = [(problem.rows[row].unit, problem.rows[row].kind) for row in np.flatnonzero(units >= 0)]
    assert len(rows) == len(problem.rows)
    found = short_rows(table, groups, room, desk, np.arange(len(best)), best, units)
    assert found.tolist() == [[2, row_and_unit(problem, where, "mine-county")[0]]]


def crowded() -> tuple[Problem, Placed]:
    """Two that take four each stand where four could who take two."""
    checks = [
        check(1, 5, item=FOUR.id, enterprise="W"),
        check(2, 5, item=FOUR.id, enterprise="X"),
        check(3, 5, enterprise="Y"),
        check(4, 5, enterprise="Z"),
    ]
    return standing(checks, [("W", ("c1",), 5), ("X", ("c2",), 5)], people=4)


def test_one_that_takes_more_is_left_out_instead() -> None:
    """As many are left out, but what is over is room for a third."""
    problem, where = crowded()
    table, groups, desk, room, best = where
    assert came(where) == 0
    line, own = make_line(table), np.arange(len(best))
    row = row_and_unit(problem, where, "mine-county")
    tools = (line, make_tree(table, 3), make_offers(), own, best, *row)
    before = stands(where)
    assert swap(table, groups, room, desk, *tools) == 2
    assert sorted(numbers(where)[0].tolist()) == [0, 0, 1, 1]
    go_back(table, room, desk, line, 0)
    assert stands(where) == before
    assert relieved(where) == 1
    assert numbers(where)[0].sum() == 1


def test_none_is_left_out_for_one_that_takes_as_much() -> None:
    """That would gain nothing."""
    checks = [check(n, 5, enterprise=name) for n, name in enumerate("XYZ")]
    problem, where = standing(checks, [("X", ("c0",), 5), ("Y", ("c1",), 5)], people=2)
    assert numbers(where)[0].tolist() == [0, 0, 1]
    table, groups, desk, room, best = where
    row = row_and_unit(problem, where, "mine-county")
    tools = (make_line(table), make_tree(table, 3), make_offers(), np.arange(3), best, *row)
    assert swap(table, groups, room, desk, *tools) == 0


def test_all_stands_as_before_where_nobody_comes_in() -> None:
    """X takes less, but no day of Y's has room by it: it has its visits back."""
    checks = [
        check(1, 5, enterprise="X"),
        check(2, (5, 6), "fire", item=THREE.id, enterprise="X"),
        check(3, 6, enterprise="Y"),
        check(4, 6, enterprise="Z"),
        filler(6),
    ]
    stand: list[Stand] = [("X", ("c1",), 5), ("X", ("c2",), 6), ("Z", ("c4",), 6)]
    stand.append(("F", ("c90",), 6))
    problem, where = standing(checks, stand, people=3)
    assert numbers(where)[0].sum() == 1
    before = stands(where)
    assert relieved(where) == 0
    assert stands(where) == before
    assert lightened(problem, where) == 1


def hopeless(rows: int, lost: int) -> Placed:
    """On each of so many days three visits that never move, and so many enterprises left out."""
    checks, stand = list[Check](), list[Stand]()
    for day in range(5, 5 + rows):
        for k in range(100 * day, 100 * day + 3 + lost):
            checks.append(check(k, day, ("mine", "fire")[day % 2], enterprise=f"E{k}"))
        stand += [(f"E{k}", (f"c{k}",), day) for k in range(100 * day, 100 * day + 3)]
    return standing(checks, stand, people=3)[1]


@pytest.mark.parametrize(("patience", "enough", "count"), [(999, 999, 80), (8, 99, 4), (8, 4, 2)])
def test_what_is_hopeless_is_given_up(
    monkeypatch: pytest.MonkeyPatch, patience: int, enough: int, count: int
) -> None:
    """A row after so many looks in vain, four for each check, and all rows after so many."""
    module, tried = sys.modules["optimizer.plan.relief"], list[int]()
    every = module.take_in_by_trees
    monkeypatch.setattr(
        module, "take_in_by_trees", lambda *own: tried.extend(own[-2].tolist()) or every(*own)
    )
    monkeypatch.setattr(module, "PATIENCE", patience)
    monkeypatch.setattr(module, "ENOUGH", enough)
    where = hopeless(rows=2, lost=40)
    before = stands(where)
    assert relieved(where, NEAR._replace(looks=1)) == 0
    assert stands(where) == before
    assert len(tried) == count


@pytest.mark.parametrize("reach", [NEAR, FAR])
@pytest.mark.parametrize("mix", [TIGHT, YEARS])
@pytest.mark.parametrize("seed", range(3))
def test_fewer_are_left_out(mix: Mix, seed: int, reach: Any) -> None:
    """As many come in as it says; what is left is what the visits leave."""
    where = placed(make_instance(mix, seed))
    table, _, desk, _, best = where
    lost = numbers(where)[0]
    count = relieved(where, reach)
    after = numbers(where)[0]
    assert lost.sum() - after.sum() == count
    stood, left = stands(where)
    other = make_room(table)
    put_all(table, other, np.array(stood), desk)
    assert min(map(min, left)) >= 0
    assert stands((table, None, desk, other, best)) == (stood, left)


def test_more_comes_in_than_by_trees() -> None:
    """Where units are short, more than trees of whole visits take in."""
    trees, relief = 0, 0
    for seed in range(6):
        instance = make_instance(TIGHT, seed)
        trees += taken(placed(instance))
        relief += relieved(placed(instance))
    assert relief > trees > 0


def test_the_same_again() -> None:
    """The same places give the same visits."""
    found = []
    for _ in range(2):
        where = placed(make_instance(TIGHT, 2))
        relieved(where, FAR)
        found.append(stands(where))
    assert found[0] == found[1]


@pytest.mark.parametrize(("mix", "seed"), [(TIGHT, 1), (TIGHT, 4), (YEARS, 1)])
def test_plans_keep_every_rule(monkeypatch: pytest.MonkeyPatch, mix: Mix, seed: int) -> None:
    """The verifier finds no fault in a plan in which units were relieved."""
    seat, found = sys.modules["optimizer.plan.seat"], list[int]()
    monkeypatch.setattr(seat, "_augment", lambda *_: 0)
    monkeypatch.setattr(seat, "_rework", lambda *_: 0)
    every = seat.relieve
    monkeypatch.setattr(seat, "relieve", lambda *own: found.append(every(*own)) or found[-1])
    instance = make_instance(replace(mix, skills=0.8), seed)
    plan = solve(build_problem(**instance.arguments()), effort=5)
    assert found[0] > 0
    hold(instance, plan)
