"""Caps as supervision counts them, held to the planner's and to the verifier's count."""

from __future__ import annotations

import random
from dataclasses import replace
from types import MappingProxyType

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_instances import Mix, make_instance
from test_plan_rule_mix import mixed
from verified import hold

from optimizer.domain.rules import RuleSet
from optimizer.plan import plan_visits
from optimizer.supervision import Finding, Task, Visited, cap_findings
from optimizer.verifier import verify

MIX = Mix(checks=40, tail=0.9, triggered=0.4, zones=0.5, joint=0.5, made=0.8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 2))
def test_caps_are_counted_alike(seed: int, uses: bool, each: bool, rides: bool, lower: int) -> None:
    """A plan's visits, all entered, break no cap; with caps lowered afterwards supervision finds
    one at an enterprise exactly where the verifier does.
    """
    rng = random.Random(seed)
    instance = mixed(make_instance(MIX, seed), rng)
    rules = replace(
        instance.rules, exempt_uses_cap=uses, joint_counts_each=each, rider_counts=rides
    )
    instance = replace(instance, rules=rules)
    plan = plan_visits(**instance.arguments(), effort=2)
    books = hold(instance, plan)
    checks = {check.id: check for check in instance.checks}
    registers = instance.registers
    entered: dict[str, list[Visited]] = {}
    # Exempt visits first: the verifier counts a year as a whole, supervision as it comes.
    for visit in sorted(plan.visits, key=lambda one: (not one.exempt, one.day)):
        tasks = tuple(
            Task(c, checks[c].item, checks[c].department, "", checks[c].source, checks[c].units)
            for c in visit.checks
        )
        units = tuple(seat.unit for seat in visit.seats)
        made = Visited(
            visit.enterprise,
            registers.enterprises[visit.enterprise].county,
            visit.day,
            tasks,
            visit.exempt,
            units,
            MappingProxyType({}),
        )
        entered.setdefault(visit.enterprise, []).append(made)

    def found(name: str, held: RuleSet) -> tuple[Finding, ...]:
        firm = registers.enterprises[name]
        return cap_findings(
            entered[name],
            firm,
            registers.sections.get(firm.industry, ""),
            held,
            registers.units,
            registers.items,
            [visit for visit in registers.visits_made if visit.enterprise == name],
        )

    for name in entered:
        assert found(name, rules) == ()
    strict = replace(
        rules,
        caps=tuple(
            replace(
                cap,
                limit=max(0, cap.limit - lower),
                limits={risk: max(0, most - lower) for risk, most in cap.limits.items()},
            )
            for cap in rules.caps
        ),
    )
    assert books.problem is not None
    books.problem.caps = [
        {
            **cap,
            "limit": max(0, cap["limit"] - lower),
            "limits": {risk: max(0, most - lower) for risk, most in cap["limits"].items()},
        }
        for cap in books.problem.caps
    ]
    for name in entered:
        assert bool(found(name, strict)) == _faulty(books, name), (seed, name)


def _faulty(books: verify.Books, name: str) -> bool:
    assert books.problem is not None
    made = books.problem.made_at(name)
    visits = [visit for visit in books.visits if visit.enterprise == name]
    for year in sorted({visit.day[:4] for visit in visits}):
        mine = [visit for visit in visits if visit.day[:4] == year]
        past = [row for row in made if row["day"][:4] == year]
        try:
            verify.check_caps(books.problem, name, year, mine, past)
        except verify.Fault:
            return True
    return False
