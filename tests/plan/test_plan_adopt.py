"""A new plan takes over what an earlier one's live schedule promised meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from plan_instances import Mix, make_instance
from rule_checker import broken_rules, check_documents
from verified import books_of

from optimizer.domain.check import Check
from optimizer.domain.visit import Visit
from optimizer.plan import PlanState, Refused, amend, build_problem, plan_visits
from optimizer.plan.transcript import visit_document
from optimizer.verifier import verify


def test_promises_are_taken_over() -> None:
    """Old plan, requests, new plan with further checks: every promised day holds afterwards, no
    rule is broken, and the room left is what the visits leave. Where the units' room does not
    suffice, as few enterprises as it takes go back to what they had; nothing is lost that stood.
    """
    whole = back = lost = 0
    for seed in range(60):
        instance = make_instance(Mix(checks=60, utilisation=0.5 + 0.1 * (seed % 6)), seed)
        n = len(instance.checks)
        old, later, asked = (
            instance.checks[: n * 4 // 6],
            instance.checks[n * 4 // 6 : n * 5 // 6],
            instance.checks[n * 5 // 6 :],
        )
        arguments = instance.arguments()
        live = PlanState.of(plan_visits(**{**arguments, "checks": old}, effort=0))
        made = plan_visits(**{**arguments, "checks": (*old, *later)}, effort=20)
        granted = [check for check in asked if not isinstance(live.insert(check), Refused)]
        promised = {
            check.id: visit.day
            for check in granted
            for visit in live.visits[check.enterprise]
            if check.id in visit.checks
        }
        state = made.live
        touched = dict.fromkeys(check.enterprise for check in granted)

        def stands(
            enterprise: str, live: PlanState = live
        ) -> tuple[Sequence[Visit], Sequence[Check]]:
            return live.visits.get(enterprise, ()), live.checks.get(enterprise, ())

        adopted = state.adopt(touched, stands, after=None)
        assert adopted.enterprises[: len(touched)] == tuple(touched)
        back += len(adopted.enterprises) > len(touched)
        lost += len(adopted.lost)
        whole += len(adopted.enterprises) == len(touched) > 0
        assert not {check.id for check in adopted.lost} & {
            check.id for own in live.checks.values() for check in own
        }
        assert state.room.lacking() == []
        visits = sorted(
            (v for vs in state.visits.values() for v in vs), key=lambda v: (v.day, v.enterprise)
        )
        days = {check: visit.day for visit in visits for check in visit.checks}
        assert {check: days[check] for check in promised} == promised
        planned = {c for v in made.visits for c in v.checks}
        assert planned - {check.id for check in adopted.lost} <= days.keys()
        problem = build_problem(**arguments)
        document = {
            "visits": [
                visit_document(replace(v, id=f"V{n:06d}")) for n, v in enumerate(visits, start=1)
            ],
            "left_out": [{"check": c.id} for c in instance.checks if c.id not in days],
        }
        assert broken_rules(problem.document, document, check_documents(instance.checks)) == []
        anew = PlanState(problem, visits)
        rows = {(r.kind, r.unit, r.skill): n for n, r in enumerate(anew.problem.rows)}
        for n, row in enumerate(state.problem.rows):
            assert state.room.left[n] == anew.room.left[rows[row.kind, row.unit, row.skill]]
    assert whole > 10
    assert back
    assert lost


def test_checks_that_ask_again_take_later_days() -> None:
    """Who loses a visit finds another behind the days that are fixed, or none."""
    later = 0
    for seed in range(20):
        instance = make_instance(Mix(checks=60, utilisation=0.5), seed)
        arguments = instance.arguments()
        state = plan_visits(**arguments, effort=0).live
        after = instance.calendar.day(10)
        here = {e: {c for v in vs for c in v.checks} for e, vs in state.visits.items()}
        adopted = state.adopt(list(state.visits), lambda _: ((), ()), after=after)
        assert not [v for vs in state.visits.values() for v in vs if v.day <= after]
        placed = {c for vs in state.visits.values() for v in vs for c in v.checks}
        assert placed | {c.id for c in adopted.lost} == set().union(*here.values())
        later += len(placed)
    assert later


def test_they_are_published_with_the_windows_that_were_asked_for() -> None:
    """That days before were fixed changes no window, and the bound of what is amended holds."""
    for seed in range(8):
        instance = make_instance(Mix(checks=60, utilisation=0.5), seed)
        plan = plan_visits(**instance.arguments(), effort=0)
        state = plan.live
        state.adopt(list(state.visits), lambda _: ((), ()), after=instance.calendar.day(10))
        asked = {check.id: check for check in instance.checks}
        assert all(asked[check.id] == check for own in state.checks.values() for check in own)
        later = amend(state, plan, reason="other days", checks_digest="0" * 64).plan
        books = books_of(instance, later)
        books.version, books.parent = 2, later.document["parent"]
        verify.check_plan(books)
        verify.check_bound(books)
