"""The exact model against the older one, and against listing everything."""

from __future__ import annotations

import pytest
from plan_instances import Mix, make_instance
from rule_checker import broken_rules, check_documents
from test_plan_restore import case_of

from optimizer.errors import InputError
from optimizer.plan import build_problem, solve
from optimizer.plan.columns import place_exactly
from optimizer.plan.methods import exact_cost
from optimizer.plan.methods.named import METHODS, plan_by

MIXES = [
    Mix(checks=12, counties=1, departments=2, days=20, utilisation=1.2, made=0.5),
    Mix(checks=12, counties=1, departments=3, days=16, tail=0.8, settings={"gap_days": 4}),
    Mix(checks=10, counties=1, days=14, triggered=0.5, settings={"exempt_uses_cap": True}),
    Mix(checks=10, counties=1, days=14, planned_rides=True, settings={"joint_counts_each": True}),
]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("mix", MIXES)
def test_exact_places_most_and_visits_least(mix: Mix, seed: int) -> None:
    """Never below the proved least sum, never above what any other method leaves out."""
    instance = make_instance(mix, seed)
    arguments = instance.arguments()
    problem = build_problem(**arguments)
    found = place_exactly(problem)
    assert found.status == "optimal"
    visits = sum(len(here) for here in found.visits)
    placed = sum(group.mask.bit_count() for here in found.visits for group, _ in here)
    left_out = len(instance.checks) - placed
    least = exact_cost(problem)
    assert least is not None
    assert visits + left_out >= least
    ours = solve(problem, effort=20)
    assert (left_out, visits) <= (len(ours.left_out), len(ours.visits))
    if left_out == len(ours.left_out):
        assert visits <= len(ours.visits)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("method", METHODS)
def test_every_method_keeps_every_rule(method: str, seed: int) -> None:
    """Plans of all methods pass the independent checker and stand on the same bound."""
    instance = make_instance(MIXES[0], seed)
    plan = plan_by(method, case_of(instance), effort=8)
    checks = check_documents(instance.checks)
    assert broken_rules(plan.problem_document, plan.document, checks) == []
    assert plan.lower_bound == plan_by("ours", case_of(instance), effort=0).lower_bound
    if method == "no-merge":
        assert all(len(visit.checks) == 1 for visit in plan.visits)
    if method == "department":
        department = {check.id: check.department for check in instance.checks}
        assert all(len({department[c] for c in visit.checks}) == 1 for visit in plan.visits)


def test_exact_refuses_what_is_too_large() -> None:
    """A case it cannot prove is refused in words, at once."""
    instance = make_instance(Mix(checks=40, tail=0.99), 1)
    with pytest.raises(InputError, match="at most 11 checks"):
        plan_by("exact", case_of(instance), effort=1)


@pytest.mark.parametrize("seed", range(8))
def test_fewer_days_lose_no_placement(seed: int) -> None:
    """For one enterprise, the days left away never decide whether all checks find a place."""
    mix = Mix(checks=5, counties=1, days=40, tail=0.99, windows=(2, 30), settings={"gap_days": 6})
    problem = build_problem(**make_instance(mix, seed).arguments())
    (site, *_) = problem.sites
    alone = place_exactly(problem, {0: site.all})
    whole = place_exactly(problem)
    lost = site.all
    for group, _ in whole.visits[0]:
        lost &= ~group.mask
    if lost == 0:
        assert alone.status == "optimal"
    if alone.status == "optimal" and len(problem.sites) == 1:
        assert lost == 0
        assert len(alone.visits[0]) == len(whole.visits[0])
