"""The lower bound against brute force, and the plan against the exact optimum."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_instances import Mix, make_instance
from test_plan_rules import mixes

from optimizer.plan import build_problem, solve
from optimizer.plan.board import Board
from optimizer.plan.bound import largest_apart, lower_bound, lower_bounds, possible_days
from optimizer.plan.kernel.apart import largest_apart as compiled
from optimizer.plan.kernel.desk import SMALL
from optimizer.plan.methods import exact_cost, greedy_due, no_merge
from optimizer.plan.problem import Problem
from optimizer.plan.site import Site


def _partitions(things: list[int]) -> Iterator[list[int]]:
    if not things:
        yield []
        return
    bit = 1 << things[0]
    for parts in _partitions(things[1:]):
        yield [bit, *parts]
        for k in range(len(parts)):
            yield [*parts[:k], parts[k] | bit, *parts[k + 1 :]]


def _brute(problem: Problem, site: Site) -> int:
    best = len(site.checks)
    for parts in _partitions(list(range(len(site.checks)))):
        if len(parts) < best and all(
            not part & (part - 1) or problem.group(site, part).lone for part in parts
        ):
            best = len(parts)
    return best


def _problem(mix: Mix, seed: int) -> Problem:
    return build_problem(**make_instance(mix, seed).arguments())


def _apart(problem: Problem, site: Site, a: int, b: int) -> bool:
    days = possible_days(problem, site, a) & possible_days(problem, site, b)
    return bool(site.clashes[a] >> b & 1) or not days


def _most_apart(problem: Problem, site: Site) -> int:
    """The most checks of which no two can share a visit, every set tried."""
    n = len(site.checks)
    pairs = {(a, b) for a, b in combinations(range(n), 2) if _apart(problem, site, a, b)}
    return max(
        size
        for size in range(1, n + 1)
        for some in combinations(range(n), size)
        if pairs.issuperset(combinations(some, 2))
    )


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(mixes, st.integers(0, 10**6))
def test_bound_is_the_least_number_of_groups(mix: Mix, seed: int) -> None:
    """Up to 7 checks every partition is tried; a list proves its length pair by pair."""
    problem = _problem(mix, seed)
    for site in problem.sites:
        lower = lower_bound(problem, site)
        if len(site.checks) <= 7:
            assert lower.groups == _brute(problem, site)
        if isinstance(lower.proof, tuple):
            assert len(lower.proof) == lower.groups
            places = [k for k, c in enumerate(site.checks) if c.id in lower.proof]
            assert len(places) == lower.groups
            assert all(_apart(problem, site, a, b) for a, b in combinations(places, 2))


def test_subset_tables_beat_pairs() -> None:
    """Three checks of which each two can meet but not all three need two visits."""
    found = 0
    for seed in range(400):
        problem = _problem(Mix(checks=9, tail=0.9, clash=0.0, windows=(4, 12), full=0.5), seed)
        for site in problem.sites:
            lower = lower_bound(problem, site)
            if 3 <= len(site.checks) <= 8 and _most_apart(problem, site) < lower.groups >= 2:
                assert lower.groups == _brute(problem, site)
                found += 1
    assert found > 50


def _cost(board: Board) -> int:
    visits = sum(len(places) for places in board.places)
    done = sum(mask.bit_count() for places in board.places for mask in places.values())
    return visits + sum(len(site.checks) for site in board.problem.sites) - done


def test_never_below_the_optimum_and_close_to_it() -> None:
    """On tight small instances of every rule the plan is within 3 % of the optimum in sum."""
    ours = optimum = bound = greedy = plain = proved = 0
    for seed in range(24):
        mix = Mix(
            checks=26,
            counties=1,
            departments=2,
            days=24,
            windows=(3, 14),
            utilisation=0.9,
            planned_rides=bool(seed % 2),
            settings={"exempt_uses_cap": seed % 3 == 0, "joint_counts_each": seed % 5 == 0},
        )
        instance = make_instance(mix, seed)
        problem = build_problem(**instance.arguments())
        if max(len(site.checks) for site in problem.sites) > 7:
            continue
        exact = exact_cost(problem)
        if exact is None:
            continue
        plan = solve(problem)
        cost = len(plan.visits) + len(plan.left_out)
        assert plan.lower_bound <= exact <= cost
        proved += 1
        ours, optimum, bound = ours + cost, optimum + exact, bound + plan.lower_bound
        greedy += _cost(greedy_due(problem))
        plain += _cost(no_merge(problem))
    assert proved >= 10
    print(ours, optimum, bound, greedy, plain, proved)
    assert ours <= 1.03 * optimum
    assert bound <= optimum <= greedy <= plain


@given(mixes, st.integers(0, 10_000))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_days_of_a_group_without_making_it(mix: Mix, seed: int) -> None:
    """The days are those of the group, and it is not made; of one that is, they are its own."""
    problem, other = _problem(mix, seed), _problem(mix, seed)
    for site in problem.sites:
        known = len(site.groups)
        masks = range(1, min(site.all, 63) + 1)
        found = [problem.lone(site, mask) for mask in masks]
        assert len(site.groups) == known
        assert found == [other.group(other.sites[site.index], mask).lone for mask in masks]
        problem.group(site, 1)
        assert problem.lone(site, 1) == found[0]


@given(mixes, st.integers(0, 10_000))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_numbers_without_documents(mix: Mix, seed: int) -> None:
    """A problem of which no documents are made has the same bounds, if not always their proof."""
    arguments = make_instance(mix, seed).arguments()
    named = lower_bounds(build_problem(**arguments))
    unnamed = lower_bounds(build_problem(**arguments, published=False))
    assert [(o.groups, o.left_out) for o in named] == [(o.groups, o.left_out) for o in unnamed]


@pytest.mark.parametrize("clash", [0.0, 4.0])
def test_enterprises_with_many_checks_in_one_go(clash: float) -> None:
    """All of them at once have the bounds, and the proofs, that each has by itself."""
    mix = Mix(900, 1, 2, days=90, windows=(3, 40), tail=0.8, items=8, clash=clash, made=0.1)
    kinds = set()
    for seed in range(4):
        problem = _problem(mix, seed)
        for site, lower in zip(problem.sites, lower_bounds(problem), strict=True):
            if len(site.checks) > SMALL:
                assert lower == lower_bound(problem, site)
                kinds.add((type(lower.proof), lower.left_out > 0))
    assert len(kinds) > 1


@pytest.mark.parametrize("limit", [5, 40, 2_000])
def test_checks_that_are_apart_by_the_kernel(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel finds the same checks as the search in Python, given up at the same node."""
    monkeypatch.setattr("optimizer.plan.bound.SEARCH_LIMIT", limit)
    for seed in range(150):
        random = Random(seed)
        n = random.randint(1, 40)
        apart = [0] * n
        for i, j in combinations(range(n), 2):
            if random.random() < seed % 10 / 10:
                apart[i] |= 1 << j
                apart[j] |= 1 << i
        members = random.getrandbits(n) | 1
        assert compiled(np.array(apart), members, limit) == largest_apart(apart, members)
