"""An enterprise that asks again is not made anew: it is what it was, with one check more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plan_instances import Instance, Mix, make_instance
from test_plan_rules import mixes

from optimizer.domain.check import Check
from optimizer.domain.visit import Visit
from optimizer.plan import Joined, New, PlanState, build_problem, insert, plan_visits
from optimizer.plan.site import Site


def anew(state: PlanState, check: Check) -> Site:
    """Return the site of a check that asks, made of all checks that stand there."""
    enterprise = check.enterprise
    checks = (*state.checks.get(enterprise, ()), check)
    cut_rows = [s.cut_rows for s in state.problem.sites if s.enterprise.id == enterprise]
    made = state.made.get(enterprise, ())
    most = len(state.visits.get(enterprise, ())) + 1
    return state.problem.maker.make(0, enterprise, checks, made, *cut_rows, most=most)


def begun(instance: Instance, checks: Sequence[Check]) -> PlanState:
    return PlanState.of(plan_visits(**{**instance.arguments(), "checks": checks}, effort=0))


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(mixes, st.integers(0, 10**6), st.data())
def test_who_asks_is_as_made_anew(mix: Mix, seed: int, data: st.DataObject) -> None:
    """Whatever was granted, refused or taken back before: every rule and count is the same."""
    instance = make_instance(mix, seed)
    kept = len(instance.checks) // 2
    state = begun(instance, instance.checks[:kept])
    for check in instance.checks[kept:]:
        assert state.site(check) == anew(state, check)
        insert(state, check)
        if data.draw(st.integers(0, 9)) == 0:
            state.rewind(data.draw(st.integers(0, state.version)))


def test_of_two_that_ask_one_after_the_other_both_count() -> None:
    """Who was granted meanwhile stands there too, whichever check of an enterprise asked first."""
    pairs = 0
    for seed in range(20):
        instance = make_instance(Mix(checks=80), seed)
        kept = instance.checks[:40]
        state, other = begun(instance, kept), begun(instance, kept)
        by_enterprise: dict[str, list[Check]] = {}
        for check in instance.checks[40:]:
            by_enterprise.setdefault(check.enterprise, []).append(check)
        for first, second, third in (own[:3] for own in by_enterprise.values() if len(own) > 2):
            one, two = insert(other, first), insert(other, second)
            if not (isinstance(one, New) and isinstance(two, New)):
                continue
            state.site(first)
            state.site(second)
            state.put(first, one.visit)
            state.put(second, two.visit)
            assert state.site(third) == anew(state, third)
            pairs += 1
    assert pairs


def test_who_was_taken_over_is_as_made_anew() -> None:
    """What another state promised stands here as it does there, and a check that had to ask again
    for a later day keeps its own window.
    """
    again = 0
    for seed in range(40):
        instance = make_instance(Mix(checks=60, utilisation=1.0), seed)
        n = len(instance.checks)
        live = begun(instance, instance.checks[: n // 2])
        state = begun(instance, instance.checks[: n * 3 // 4])
        for check in instance.checks[n * 3 // 4 :]:
            live.insert(check)

        def stands(
            enterprise: str, live: PlanState = live
        ) -> tuple[Sequence[Visit], Sequence[Check]]:
            return live.visits.get(enterprise, ()), live.checks.get(enterprise, ())

        planned = {check for own in state.checks.values() for check in own}
        after = instance.calendar.start + timedelta(days=5)
        held = {check for own in live.checks.values() for check in own}
        adopted = state.adopt(sorted(live.visits), stands, after=after)
        now = {check for own in state.checks.values() for check in own}
        again += sum(1 for check in (planned & now) - held if check.release <= after)
        assert now <= planned | held
        assert not set(adopted.lost) & now
        registers = instance.registers
        fresh = PlanState(
            build_problem(**{**instance.arguments(), "checks": sorted(now, key=lambda c: c.id)}),
            [visit for own in state.visits.values() for visit in own],
        )
        for enterprise in sorted(registers.enterprises):
            asks = replace(instance.checks[0], id="asks", enterprise=enterprise)
            site = state.site(asks)
            assert site == anew(state, asks)
            assert set(site.checks) == set(fresh.site(asks).checks)
    assert again


def test_a_visit_that_took_several_in_is_followed_at_once() -> None:
    """Another state may hand over a visit with checks still to follow, of units that nobody asked
    for here yet: the room left is in the end as it is there.
    """
    followed = 0
    for seed in range(60):
        instance = make_instance(Mix(checks=6, tail=0.9, departments=3, clash=0.0, caps=()), seed)
        first, *others = instance.checks
        problem = build_problem(**{**instance.arguments(), "checks": [first]})
        answer = insert(PlanState(problem, []), replace(first, id="first"))
        if not isinstance(answer, New):
            continue
        standing = [replace(answer.visit, checks=(first.id,))]
        there, here = PlanState(problem, standing), PlanState(problem, standing)
        answers = [(check, insert(there, check)) for check in others]
        joined = [c for c, a in answers if isinstance(a, Joined) and a.visit.id == standing[0].id]
        final = next(v for v in there.visits[first.enterprise] if v.id == standing[0].id)
        for check in joined:
            here.follow(check, final)
        alone = PlanState(there.problem, [])
        for check in joined:
            alone.site(check)
        alone.room.take(alone.takes(final), instance.calendar.index(final.day))
        assert _left(here) == _left(alone)
        followed += len(joined) > 1
    assert followed > 5


def _left(state: PlanState) -> dict[tuple[str, str, str], list[int]]:
    rows = zip(state.problem.rows, state.room.left, strict=True)
    return {(row.unit, row.kind, row.skill): left for row, left in rows if list(row.room) != left}


def test_who_asks_again_does_so_in_order_of_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an enterprise's checks without a visit in the state taken over, the earliest first."""
    several = 0
    for seed in range(10):
        instance = make_instance(Mix(checks=40, tail=0.8, triggered=0.3), seed)
        state = begun(instance, instance.checks)
        had = {c: v.day for own in state.visits.values() for v in own for c in v.checks}
        asked: list[Check] = []
        answer = PlanState.insert

        def heard(
            self: PlanState, check: Check, asked: list[Check] = asked, answer: Any = answer
        ) -> Any:
            asked.append(check)
            return answer(self, check)

        with monkeypatch.context() as patch:
            patch.setattr(PlanState, "insert", heard)
            state.adopt(sorted(state.visits), lambda _: ((), ()), after=None)
        order = [(check.enterprise, had[check.id]) for check in asked]
        assert order == sorted(order)
        names = [(check.enterprise, check.id) for check in asked]
        several += names != sorted(names)
        assert len(asked) == len(had)
    assert several
