"""Beginning from an earlier plan: what is new is taken in, and little else changes."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from plan_instances import Instance, Mix, make_instance
from verified import hold

from benchmarks.plan_instances import make_plan_instance
from optimizer.domain.check import Check
from optimizer.errors import InputError
from optimizer.plan import Plan, PlanState, Refused, build_problem, diff_plans, solve

CHAIN = 16
"""Enterprises that one move of the search may touch, in the half of its moves that reach far."""


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_visit_pinned_on_another_day_stands_once(seed: int) -> None:
    """Its old day is given up: every check stands once, the pin where it was put."""
    instance = make_instance(Mix(checks=40, made=0.0), seed)
    before = solve(build_problem(**instance.arguments()), effort=0)
    tried = 0
    for visit in before.visits:
        for other in sorted({v.day for v in before.visits} - {visit.day}):
            pin = replace(visit, day=other)
            try:
                problem = build_problem(**instance.arguments(), pinned=(pin,))
            except InputError:
                continue
            after = solve(problem, previous=before, effort=0)
            checks = [check for v in after.visits for check in v.checks]
            assert len(checks) == len(set(checks))
            assert (pin.day, pin.checks) in [(v.day, v.checks) for v in after.visits]
            tried += 1
    assert tried >= 3


def refiled(before: Plan, after: Plan) -> int:
    """Visits of the later plan that the one before did not have."""
    return len(diff_plans(before.document, after.document)["refile"]["after"])


def parted(instance: Instance, every: int = 10) -> tuple[list[Check], list[Check]]:
    """The checks known at first, and one of so many that comes later."""
    known = [check for k, check in enumerate(instance.checks) if k % every]
    return known, [check for k, check in enumerate(instance.checks) if not k % every]


def some_instance(seed: int) -> Instance:
    """A small area with room to spare, or too little."""
    rng = random.Random(seed)
    mix = Mix(
        checks=rng.choice([30, 60, 120]),
        utilisation=rng.choice([0.5, 0.9, 1.1]),
        tail=rng.choice([0.5, 0.9]),
        counties=1,
    )
    return make_instance(mix, seed)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6), st.sampled_from([0, 5]))
def test_with_nothing_new_nothing_changes(seed: int, effort: int) -> None:
    """The plan of the same problem is the same plan, whatever effort is spent on it."""
    arguments = some_instance(seed).arguments()
    first = solve(build_problem(**arguments), effort=0)
    again = solve(build_problem(**arguments), previous=first, effort=effort)
    assert again.visits == first.visits
    assert again.left_out == first.left_out


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6))
def test_what_gains_no_check_and_no_visit_is_not_done(seed: int) -> None:
    """With other documents the search runs again; only fewer left out or visits change anything."""
    arguments = some_instance(seed).arguments()
    first = solve(build_problem(**arguments), effort=0)
    problem = build_problem(**{**arguments, "checks_digest": "1" * 64})
    again = solve(problem, previous=first, effort=5)
    if again.visits != first.visits:
        most = [most_at_one(plan) for plan in (again, first)]
        assert (len(again.left_out), len(again.visits), most[0]) < (
            len(first.left_out),
            len(first.visits),
            most[1],
        )


def most_at_one(plan: Plan) -> int:
    """The most visits at one enterprise."""
    names = [visit.enterprise for visit in plan.visits]
    return max(map(names.count, names), default=0)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10**6), st.sampled_from([0, 5]))
# Enterprises of 13 and 14 checks, whose visits take new ones in where they stand.
@example(107, 0)
@example(12, 5)
def test_a_new_check_has_one_visit_filed_but_for_what_is_gained(seed: int, effort: int) -> None:
    """Answered one by one, k checks change k visits at most; more change only for a gain.

    Each check or visit that is gained over the answers is worth one move of the search.
    """
    instance = some_instance(seed)
    known, new = parted(instance)
    arguments = instance.arguments()
    before = solve(build_problem(**{**arguments, "checks": known}), effort=effort)
    after = solve(build_problem(**arguments), previous=before, effort=effort)
    hold(instance, after)
    answers = PlanState.of(before)
    refused = sum(isinstance(answers.insert(check), Refused) for check in new)
    visits = sum(len(own) for own in answers.visits.values())
    checks = len(before.left_out) + refused - len(after.left_out)
    gained = max(checks, 0) + max(visits - len(after.visits), 0)
    assert refiled(before, after) <= len(new) + CHAIN * gained


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_few_visits_are_filed_again_on_the_county(seed: int) -> None:
    """Where 95 of 100 checks stand, two visits a new check are filed at the most."""
    arguments = make_plan_instance("S", 80, seed).arguments()
    known = [check for k, check in enumerate(arguments["checks"]) if k % 20]
    before = solve(build_problem(**{**arguments, "checks": known}), effort=5)
    after = solve(build_problem(**arguments), previous=before, effort=5)
    anew = solve(build_problem(**arguments), effort=5)
    new = len(arguments["checks"]) - len(known)
    assert refiled(before, after) <= 2 * new < refiled(before, anew) / 3
    cost = len(after.left_out) + len(after.visits)
    assert cost <= 1.015 * (len(anew.left_out) + len(anew.visits))


def test_filed_is_what_change_is_counted_against() -> None:
    """Where a plan begins from a step, visits go back to those that were filed, not to its own."""
    instance = make_instance(Mix(checks=60, counties=1, utilisation=0.5), 3)
    arguments = instance.arguments()
    known, _ = parted(instance)
    filed = solve(build_problem(**{**arguments, "checks": known}), effort=0)
    step = solve(build_problem(**arguments), effort=0)
    begun = solve(build_problem(**arguments), previous=step, filed=filed.visits, effort=0)
    assert refiled(filed, begun) < refiled(filed, step)
    assert len(begun.left_out) + len(begun.visits) <= len(step.left_out) + len(step.visits)
