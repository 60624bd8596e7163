"""Caps over weeks, months and the year as cuts: other days, few changes, or words."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from small_town import check, town
from test_plan_rest import pin
from test_plan_restore import case_of

from optimizer import canon
from optimizer.domain.days import Span, calendar_span, make_calendar
from optimizer.domain.inspector import VisitCap
from optimizer.domain.rules import RuleSet, TeamRule
from optimizer.errors import InfeasibleError
from optimizer.flow.cases import Counted, staffed_case
from optimizer.plan import Case, Plan, restore_cuts, solve
from optimizer.teams import commit_odds

RULES = RuleSet(team=TeamRule(lead=2, other=2))
JANUARY = Span(date(2026, 1, 5), date(2026, 1, 30))
WEEK = (5, 5, 6, 6, 7, 7, 8, 9)


def capped(case: Case, *caps: VisitCap, people: int = 4, unit: str = "mine-county") -> Case:
    """The case with so many inspectors of the unit, each with these caps."""
    inspectors = {
        name: replace(one, visit_caps=caps) if one.unit == unit else one
        for name, one in case.registers.inspectors.items()
        if one.unit != unit or int(name.rsplit("-", 1)[1]) < people
    }
    return replace(case, registers=replace(case.registers, inspectors=inspectors))


def stood(
    days: tuple[int, ...],
    *,
    until: int = 30,
    departments: tuple[tuple[str, ...], ...] = (),
) -> tuple[Case, Plan]:
    """A case of visits by two of each department, and the plan that has them on these days."""
    departments = departments or (("mine",),) * len(days)
    checks = [
        check(10 * n + k, (5, until), department, enterprise=f"E{n}")
        for n, own in enumerate(departments)
        for k, department in enumerate(own)
    ]
    case = case_of(town(checks, RULES, people=8))
    pins = []
    for n, day in enumerate(days):
        names = [f"c{10 * n + k}" for k in range(len(departments[n]))]
        pins.append(pin(day, *names, enterprise=f"E{n}", name=f"V{n}"))
    return case, solve(replace(case, pinned=tuple(pins)).problem(), effort=1)


def again(case: Case, plan: Plan, **more: object) -> Plan:
    """The plan made again, so that the odds of January can be committed: they are."""
    counted = Counted(case.registers, JANUARY.first, JANUARY)
    found, cuts = staffed_case(case, previous=plan, counted=counted, effort=5, **more)
    told = restore_cuts(canon.parse(canon.canonical(found.document)))
    assert sorted(told) == sorted(replace(cut, visits=()) for cut in cuts)
    commit_odds(
        found.visits,
        case.registers,
        RULES,
        campaign="test",
        plan_digest="ab" * 32,
        roster=None,
        period=JANUARY,
        duty_key=bytes(32),
    )
    return found


def moved(before: Plan, after: Plan) -> set[str]:
    """Enterprises whose visits changed their days."""
    old, new = (sorted((v.enterprise, v.day) for v in plan.visits) for plan in (before, after))
    return {enterprise for enterprise, _ in set(old) ^ set(new)}


def weeks(plan: Plan) -> Counter[date]:
    """Monday → visits of its week."""
    return Counter(calendar_span("week", v.day).first for v in plan.visits)


def test_a_week_too_full_is_planned_anew() -> None:
    """Four who may visit three times a week, eight visits of two: two of them leave the week."""
    case, plan = stood(WEEK)
    case = capped(case, VisitCap("week", 3))
    found = again(case, plan)
    assert not found.left_out
    assert len(moved(plan, found)) == 2
    assert weeks(found)[date(2026, 1, 5)] == 6
    assert {cut["reason"] for cut in found.document["solver"]["cuts"]} == {"week"}


def test_pinned_visits_stay() -> None:
    """The two that leave are not among six that were entered already."""
    case, plan = stood(WEEK)
    case = capped(case, VisitCap("week", 3))
    pins = tuple(v for v in plan.visits if v.enterprise not in ("E0", "E5"))
    found = again(replace(case, pinned=pins), plan)
    assert moved(plan, found) == {"E0", "E5"}


def test_where_all_are_pinned_it_is_said() -> None:
    """In words, with the visits, the week, the caps and what would mend it."""
    case, plan = stood(WEEK)
    case = capped(case, VisitCap("week", 3))
    with pytest.raises(InfeasibleError) as caught:
        again(replace(case, pinned=plan.visits), plan)
    for said in caught.value.reasons:
        assert "(mine-county) from 2026-01-05 to" in said
        assert "caps on visits leave" in said
        assert "Mend: move any one of these visits to another week" in said
        assert "入企次数上限" in said.zh


def test_where_no_other_week_is_open_it_is_said() -> None:
    """Checks that are due in the week cannot leave it."""
    case, plan = stood(WEEK, until=9)
    case = capped(case, VisitCap("week", 3))
    with pytest.raises(InfeasibleError, match="another week"):
        again(case, plan)


def test_no_check_that_had_a_visit_loses_it_for_a_cap() -> None:
    """All four weeks are full: nothing is left out in silence."""
    days = tuple(d + 7 * k for k in range(4) for d in (5, 6, 7, 8, 9, 9))
    case, plan = stood((*days, 5))
    case = capped(case, VisitCap("week", 3))
    with pytest.raises(InfeasibleError, match="caps on visits leave"):
        again(case, plan)


def test_full_weeks_are_passed_over() -> None:
    """Whoever leaves takes the only week with room, though the others have room on each day."""
    days = (5, 5, 6, 7, 8, 8, 9, *(d + 7 * k for k in (1, 3) for d in (5, 6, 7, 8, 8, 9)))
    case, plan = stood(days)
    found = again(capped(case, VisitCap("week", 3)), plan)
    assert len(moved(plan, found)) == 1
    assert weeks(found) == {
        date(2026, 1, 5): 6,
        date(2026, 1, 12): 6,
        date(2026, 1, 19): 1,
        date(2026, 1, 26): 6,
    }


def test_two_units_at_once() -> None:
    """Joint visits of two units, both capped: they leave together, and as few."""
    case, plan = stood(WEEK, departments=(("mine", "fire"),) * 8)
    case = capped(case, VisitCap("week", 3))
    case = capped(case, VisitCap("week", 3), unit="fire-county")
    found = again(case, plan)
    assert not found.left_out
    assert len(moved(plan, found)) == 2
    assert len(found.visits) == len(plan.visits)


def test_two_units_with_different_room() -> None:
    """A week with room for one of its units is full for the other: a visit of both takes neither,
    but the one week with room for both."""
    full = (5, 6, 7, 8, 8, 9)
    days = (*full, 9, *(d + 7 for d in full), *(d + 21 for d in full))
    departments = (*((("mine", "fire"),) * 7), *((("fire",),) * 6), *((("mine",),) * 6))
    case, plan = stood(days, departments=departments)
    case = capped(case, VisitCap("week", 3))
    found = again(capped(case, VisitCap("week", 3), unit="fire-county"), plan)
    assert not found.left_out
    assert weeks(found) == {
        date(2026, 1, 5): 6,
        date(2026, 1, 12): 6,
        date(2026, 1, 19): 1,
        date(2026, 1, 26): 6,
    }


def test_visits_made_before_count_in_their_week_alone() -> None:
    """One made by each in the first week: four visits of two stay, four leave."""
    case, plan = stood(WEEK)
    found = again(capped(case, VisitCap("week", 3, 1)), plan)
    assert weeks(found)[date(2026, 1, 5)] == 4
    assert len(moved(plan, found)) == 4


def test_a_week_across_months_and_both_caps() -> None:
    """The last days of March and the first of April are one week: six visits, four may be."""
    span = Span(date(2026, 3, 2), date(2026, 4, 30))
    instance = town([check(n, (5, 30), enterprise=f"E{n}") for n in range(6)], RULES, people=8)
    checks = tuple(replace(one, release=span.first, due=span.last) for one in instance.checks)
    case = case_of(replace(instance, checks=checks, calendar=make_calendar(span)))
    days = [date(2026, 3, 30) + timedelta(days=k) for k in (0, 0, 1, 2, 2, 3)]
    pins = tuple(
        replace(pin(5, f"c{n}", enterprise=f"E{n}", name=f"V{n}"), day=day)
        for n, day in enumerate(days)
    )
    plan = solve(replace(case, pinned=pins).problem(), effort=1)
    case = capped(case, VisitCap("week", 2), VisitCap("month", 3))
    counted = Counted(case.registers, span.first, Span(span.first, date(2026, 3, 31)))
    found, _ = staffed_case(case, previous=plan, counted=counted, effort=5)
    assert not found.left_out
    assert len(moved(plan, found)) == 2
    assert max(weeks(found).values()) == 4


def test_later_periods_wait_for_their_turn() -> None:
    """Odds of the first week are to be committed: a later week that nothing mends stays as is."""
    days = (*(d + 14 for d in WEEK), 5)
    case, plan = stood(days)
    pins = tuple(v for v in plan.visits if v.day.day > 5)
    case = capped(replace(case, pinned=pins), VisitCap("week", 3))
    counted = Counted(case.registers, JANUARY.first, Span(date(2026, 1, 5), date(2026, 1, 11)))
    found, _ = staffed_case(case, previous=plan, counted=counted, effort=1)
    assert not moved(plan, found)
    counted = replace(counted, period=JANUARY)
    with pytest.raises(InfeasibleError):
        staffed_case(case, previous=plan, counted=counted, effort=1)


def test_a_first_plan_keeps_caps_too() -> None:
    """Planned from nothing, no week asks for more than its caps, where other weeks have room."""
    checks = [check(n, (5, 9) if n < 6 else (5, 30), enterprise=f"E{n}") for n in range(14)]
    case = capped(case_of(town(checks, RULES, people=4)), VisitCap("week", 3))
    found, _ = staffed_case(case, effort=5)
    assert not found.left_out
    assert max(weeks(found).values()) <= 6
