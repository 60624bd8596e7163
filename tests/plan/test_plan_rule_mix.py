"""Any mix of the rules, verified by the verifier's code."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_instances import Instance, Mix, make_instance
from verified import hold

from optimizer.domain.days import Span, YearDays
from optimizer.domain.rules import CAP_KEYS, CapRule, ClosedRule, QuietRule
from optimizer.plan import plan_visits

LISTS = {
    "levels": ("city", "county"),
    "areas": ("140300", "140301"),
    "zones": ("high-tech",),
    "risks": ("k1", "k2", ""),
    "industries": ("52", "B"),
    "departments": ("d00", "d01"),
}


def mixed(instance: Instance, rng: random.Random) -> Instance:
    """The instance with rules of every kind, visits made that say more, and sizes."""
    caps = []
    for n in range(rng.randint(0, 3)):
        more = {
            name: tuple(rng.sample(words, 1))
            for name, words in LISTS.items()
            if rng.random() < 0.15
        }
        if rng.random() < 0.2:
            more["sizes"] = ("small",)
        if n and rng.random() < 0.4:
            more["replaces"] = (f"cap-{rng.randrange(n)}",)
        by = tuple(key for key in CAP_KEYS if rng.random() < 0.35)
        caps.append(CapRule(f"cap-{n}", by, rng.randint(0, 3), {"k1": rng.randint(0, 4)}, **more))
    first = instance.calendar.start
    some = Span(first + timedelta(rng.randint(0, 20)), first + timedelta(rng.randint(20, 25)))
    quiet = (
        QuietRule(
            "week", zones=("high-tech",), weekdays=(rng.randint(1, 5),), exempt=("complaint",)
        ),
        QuietRule(
            "year",
            industries=("52",),
            yearly=(YearDays("12-28", "03-05"),),
            exempt=("complaint", "assigned"),
            planned_rides=rng.random() < 0.5,
            replaces=("week",),
        ),
    )
    closed = (
        ClosedRule("festival", areas=("140301",), spans=(some,)),
        ClosedRule("training", departments=("d01",), weekdays=(rng.randint(1, 5),)),
    )
    rules = replace(
        instance.rules,
        caps=tuple(caps),
        quiet=quiet[: rng.randint(0, 2)],
        closed=closed[: rng.randint(0, 2)],
    )
    registers = instance.registers
    made = tuple(
        replace(visit, unit=unit)
        for visit in registers.visits_made
        for unit in rng.sample(["", f"{visit.department}-140300", f"{visit.department}-140301"], 2)
    )
    sized = {
        name: replace(enterprise, size=rng.choice(["small", "large"]))
        for name, enterprise in registers.enterprises.items()
    }
    return replace(
        instance, rules=rules, registers=replace(registers, visits_made=made, enterprises=sized)
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.builds(
        Mix,
        checks=st.integers(0, 40),
        departments=st.integers(2, 3),
        days=st.integers(10, 40),
        utilisation=st.sampled_from([0.5, 0.9]),
        tail=st.sampled_from([0.5, 0.9]),
        triggered=st.sampled_from([0.0, 0.4]),
        zones=st.just(0.5),
        joint=st.sampled_from([0.0, 0.5]),
        made=st.sampled_from([0.0, 0.8]),
        start=st.sampled_from([date(2026, 3, 2), date(2026, 12, 7)]),
        settings=st.fixed_dictionaries(
            {
                "exempt_uses_cap": st.booleans(),
                "joint_counts_each": st.booleans(),
                "rider_counts": st.booleans(),
                "gap_days": st.sampled_from([0, 4]),
            }
        ),
    ),
    st.integers(0, 10**6),
    st.none() | st.integers(0, 30),
)
def test_plans_keep_every_rule_there_is(mix: Mix, seed: int, later: int | None) -> None:
    """With caps by any key, closed units, recurring quiet days and a late start, plans verify."""
    rng = random.Random(seed)
    instance = mixed(make_instance(mix, seed), rng)
    not_before = None if later is None else instance.calendar.start + timedelta(later)
    plan = plan_visits(**instance.arguments(), not_before=not_before, effort=4)
    books = hold(instance, plan)
    again = plan_visits(
        **instance.arguments(), not_before=not_before, effort=4, pinned=plan.visits[::2]
    )
    hold(instance, again)
    kept = {(v.enterprise, v.day, v.checks) for v in again.visits}
    assert {(v.enterprise, v.day, v.checks) for v in plan.visits[::2]} <= kept
    assert len(books.visits) == len(plan.visits)
