"""Groups of the fewest visits: those of every such plan and no others; nobody is worse off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from plan_instances import Mix, make_instance
from small_town import check, town

from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet
from optimizer.plan import build_problem
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.big import LEFT
from optimizer.plan.kernel.desk import D_RESULT, SMALL
from optimizer.plan.kernel.fewest import list_fewest
from optimizer.plan.kernel.groups import (
    G_AMOUNT,
    G_ASIDE,
    G_AT,
    G_DAYS,
    G_FROM,
    G_MASK,
    G_ROW,
    G_ROW_AT,
    G_WORD_AT,
    Groups,
)
from optimizer.plan.kernel.negotiate import _choose_among
from optimizer.plan.kernel.room import R_PRICE, make_room
from optimizer.plan.kernel.search import choose
from optimizer.plan.kernel.table import T_CHECK_AT, T_DAYS, T_ROWS, Table
from optimizer.plan.seat import _alone, _few

MIXED = Mix(checks=400, counties=2, departments=3, days=60, windows=(3, 30), tail=0.85)
GAPS = Mix(200, 1, 2, days=40, windows=(3, 20), tail=0.85, settings={"gap_days": 10})
MIXES = pytest.mark.parametrize(("mix", "seed"), [(MIXED, 0), (MIXED, 1), (GAPS, 0), (GAPS, 2)])

Made = tuple[Table, Groups, Groups, Any, Any]
Group = tuple[Any, ...]


def made(mix: Mix, seed: int) -> Made:
    """Table, all groups, those of the fewest visits, and the least that each could do alone."""
    problem = build_problem(**make_instance(mix, seed).arguments())
    table, groups, desk, _, best = _alone(problem, _few(problem))
    return table, groups, list_fewest(table, groups, desk, best), desk, best


def listed(groups: Groups, site: int) -> list[Group]:
    """The groups of an enterprise: checks, days and what each takes."""
    at = view(groups, G_AT, site + 2)
    found: list[Group] = []
    for g in range(int(at[site]), int(at[site + 1])):
        mask, origin = (int(view(groups, name, g + 1)[g]) for name in (G_MASK, G_FROM))
        words, rows = (
            slice(*view(groups, name, g + 2)[g : g + 2].tolist()) for name in (G_WORD_AT, G_ROW_AT)
        )
        days = view(groups, G_DAYS, words.stop)[words].tolist()
        takes = (view(groups, name, rows.stop)[rows].tolist() for name in (G_ROW, G_AMOUNT))
        found.append((mask, origin, days, *takes))
    return found


def partitions(rest: int, masks: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every way to part checks into groups, with 0 for each check left out that is in none."""
    if not rest:
        yield ()
        return
    low = rest & -rest
    if low not in masks:
        yield from ((0, *others) for others in partitions(rest ^ low, masks))
    for mask in masks:
        if mask & low and mask & rest == mask:
            yield from ((mask, *others) for others in partitions(rest ^ mask, masks))


def of_the_fewest(masks: tuple[int, ...], whole: int) -> tuple[set[int], int]:
    """The groups of all plans with the least cost, days aside; and that cost."""
    ways = [(sum(1 if m else LEFT for m in way), way) for way in partitions(whole, masks)]
    least = min(cost for cost, _ in ways)
    return {mask for cost, way in ways if cost == least for mask in way} - {0}, least


@MIXES
def test_kept_are_those_of_some_plan_with_the_fewest_visits(mix: Mix, seed: int) -> None:
    """By every partition of enterprises with up to six checks; of all where days ask for more."""
    table, groups, fewest, _, best = made(mix, seed)
    first = view(table, T_CHECK_AT, len(best) + 1)
    aside = view(fewest, G_ASIDE, len(best)).tolist()
    assert not view(groups, G_ASIDE, len(best)).any()
    same = fewer = 0
    for site in range(len(best)):
        n = int(first[site + 1] - first[site])
        every, own = listed(groups, site), listed(fewest, site)
        if n > 6:
            assert all(group in every for group in own)
            continue
        kept, least = of_the_fewest(tuple(group[0] for group in every), (1 << n) - 1)
        if least != best[site]:
            assert own == every
            assert not aside[site]
            same += 1
            continue
        assert own == [group for group in every if group[0] in kept]
        single = [mask for mask, *_ in every if mask & (mask - 1) == 0 and mask not in kept]
        assert aside[site] == sum(single)
        fewer += len(own) < len(every)
    assert fewer > (10 if mix is MIXED else 3)
    assert same > 0 or mix is MIXED


@MIXES
def test_whoever_chooses_leaves_no_more_out_than_among_all(mix: Mix, seed: int) -> None:
    """Without prices all do what they could alone; at any prices they miss no place."""
    table, groups, fewest, desk, best = made(mix, seed)
    room = make_room(table)
    first = view(table, T_CHECK_AT, len(best) + 1)
    small = [site for site in range(len(best)) if first[site + 1] - first[site] <= SMALL]
    found = [choose(table, fewest, room, site, desk, 1 << 24, 0, 2, -1) for site in small]
    assert np.array_equal(found, best[small])
    rows, days = int(table[T_ROWS]), int(table[T_DAYS])
    prices = view(room, R_PRICE, rows).reshape(rows, days)
    chance = np.random.default_rng(seed)
    for _ in range(10):
        prices[:] = chance.integers(0, 1 << 29, (rows, days))
        for site in small:
            lost = int(choose(table, groups, room, site, desk, 1 << 24, 0, 2, -1)) // LEFT
            few = _choose_among(table, groups, fewest, room, site, desk, 1 << 24)
            left_out = int(desk[desk[D_RESULT] + 1]).bit_count()
            assert left_out == 0 if few else left_out == lost


def test_all_groups_are_asked_where_those_of_the_fewest_visits_collide() -> None:
    """Two checks find the only day of two others cheapest: no visit at all, but for more groups."""
    apart = {
        name: Item(name, "", "mine", incompatible=frozenset({other}))
        for name, other in (("mine-1", "mine-2"), ("mine-2", "mine-1"))
    }
    checks = [check(n, (5, 9), item="mine-1") for n in (1, 2)]
    checks += [check(n, 7, item="mine-2") for n in (3, 4)]
    problem = build_problem(**town(checks, RuleSet(caps=(), gap_days=0), items=apart).arguments())
    table, groups, desk, room, best = _alone(problem, _few(problem))
    fewest = list_fewest(table, groups, desk, best)
    assert best.tolist() == [2]
    assert [mask for mask, *_ in listed(fewest, 0)] == [0b11, 0b1100]
    rows, days = int(table[T_ROWS]), int(table[T_DAYS])
    prices = view(room, R_PRICE, rows).reshape(rows, days)
    prices[:] = 1 << 20
    prices[:, 2] = 0  # 7 January
    choose(table, fewest, room, 0, desk, 1 << 24, 0, 2, -1)
    assert int(desk[desk[D_RESULT] + 1]) == 0b1111
    assert not _choose_among(table, groups, fewest, room, 0, desk, 1 << 24)
    assert int(desk[desk[D_RESULT] + 1]) == 0b1100
