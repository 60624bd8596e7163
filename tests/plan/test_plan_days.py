"""Sets of days as whole numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from plan_instances import Mix, make_instance

from optimizer.domain.days import Span
from optimizer.domain.inspector import Recusal
from optimizer.domain.rules import ClosedRule
from optimizer.plan import build_problem
from optimizer.plan.days import at_least, levels


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(0, 12))
def test_levels_are_the_days_with_at_least_so_much(line: list[int], top: int) -> None:
    """Level by level what `at_least` says of the line, cut off at the top."""
    assert levels(line, top) == [at_least(line, amount) for amount in range(top + 1)]


def test_nobody_is_fewer_than_none() -> None:
    """Recused inspectors of a unit that is closed are not taken off twice."""
    instance = make_instance(Mix(checks=20), 1)
    unit = next(u for check in instance.checks for u in check.units)
    enterprise = next(c.enterprise for c in instance.checks if unit in c.units)
    inspectors = {
        name: replace(one, recusals=(Recusal(enterprise, "interest"),)) if one.unit == unit else one
        for name, one in instance.registers.inspectors.items()
    }
    first = instance.calendar.start
    day = next(first + timedelta(d) for d, works in enumerate(instance.calendar.working) if works)
    closed = ClosedRule("festival", units=(unit,), spans=(Span(day, day),))
    arguments = {
        **instance.arguments(),
        "registers": replace(instance.registers, inspectors=inspectors),
        "rules": replace(instance.rules, closed=(closed,)),
    }
    problem = build_problem(**arguments)
    away = [one for one in inspectors.values() if one.unit == unit]
    assert away
    assert min(problem.less(problem.capacity.present[unit], away)) == 0
