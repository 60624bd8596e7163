"""Beginning from an earlier plan."""

from __future__ import annotations

from dataclasses import replace

import pytest
from plan_instances import Mix, make_instance

from optimizer.errors import InputError
from optimizer.plan import build_problem, solve


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
