"""Whole teams, skills, effort and the gap; each plan verified."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest
from plan_instances import Instance
from small_town import check, left, planned, town

from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet, TeamRule
from optimizer.domain.visit import VisitMade


def test_whole_teams() -> None:
    """The lead sends at least `lead`, every other unit at least `other`; else nobody goes."""
    joint = [check(1, 5, levels=("county", "city"))]
    for team, sizes in ((TeamRule(2, 1), [1, 2]), (TeamRule(3, 2), [2, 3])):
        plan = planned(town(joint, RuleSet(team=team), people=3))
        assert sorted(seat.inspectors for seat in plan.visits[0].seats) == sizes
    plan = planned(town(joint, RuleSet(team=TeamRule(4, 1)), people=3))
    assert left(plan) == {"c1": "never-staffed"}


def test_an_item_may_ask_for_more() -> None:
    """The lead sends as many as the most demanding of its items asks for."""
    items = {"mine-1": Item("mine-1", "", "mine", inspectors=4)}
    plan = planned(town([check(1, 5)], RuleSet(), items=items))
    assert plan.visits[0].seats[0].inspectors == 4


@pytest.mark.parametrize(("holders", "code"), [(1, None), (0, "never-staffed")])
def test_skills_need_a_holder(holders: int, code: str | None) -> None:
    """A visit that asks for a skill takes place where somebody present holds it."""
    items = {"mine-1": Item("mine-1", "", "mine", skills=("gas",))}
    plan = planned(skilled(town([check(1, 5)], RuleSet(), items=items), holders))
    assert left(plan).get("c1") == code


def skilled(instance: Instance, holders: int) -> Instance:
    """The town with so many holders of gas in each unit."""
    people = {
        name: replace(i, skills=frozenset({"gas"} if int(name[-1]) < holders else ()))
        for name, i in instance.registers.inspectors.items()
    }
    registers = replace(instance.registers, inspectors=MappingProxyType(people))
    return replace(instance, registers=registers)


@pytest.mark.parametrize(("effort", "visits"), [(1, 2), (2, 1)])
def test_effort_takes_half_days(effort: int, visits: int) -> None:
    """Two inspectors serve two half-day visits on a day, or one that takes the whole day."""
    items = {"mine-1": Item("mine-1", "", "mine", effort=effort)}
    checks = [check(n, 5, enterprise=f"E{n}") for n in (1, 2)]
    plan = planned(town(checks, RuleSet(), people=2, items=items))
    assert len(plan.visits) == visits
    assert set(left(plan).values()) <= {"capacity"}


@pytest.mark.parametrize(("gap", "days"), [(0, [7, 8]), (1, [7, 8]), (2, [8]), (6, [8]), (7, [])])
def test_least_gap(gap: int, days: list[int]) -> None:
    """Visits lie `gap_days` apart, those made before included; exempt visits are free of it."""
    made = (VisitMade("E", date(2026, 1, 2), "mine", "daily"),)
    checks = [check(1, 7), check(2, 8)]
    plan = planned(town(checks, RuleSet(gap_days=gap), made=made))
    found = [visit.day.day for visit in plan.visits]
    assert len(found) == len(days)
    assert set(left(plan).values()) <= {"gap"}
    exempt = [check(1, 7, source="complaint"), check(2, 8, source="complaint")]
    assert len(planned(town(exempt, RuleSet(gap_days=gap), made=made)).visits) == 2
