"""What the plan says would help a check left out does, all else being as it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

from plan_instances import Instance, Mix, make_instance
from small_town import ALWAYS, check, planned, town

from optimizer.domain.days import Span
from optimizer.domain.item import Item
from optimizer.domain.rules import QuietRule, RuleSet
from optimizer.domain.visit import VisitMade
from optimizer.plan import Plan, PlanState, Refused, plan_visits

FEW = Mix(60, windows=(1, 8), utilisation=1.2, made=0.5, clash=0.3, skills=0.3)


def granted(plan: Plan, name: str, due: date) -> date | None:
    """The day that a check left out is given if it may be done up to another day."""
    [asked] = [c for site in plan.problem.sites for c in site.checks if c.id == name]
    answer = PlanState.of(plan).insert(replace(asked, due=due))
    return None if isinstance(answer, Refused) else answer.day


def test_a_later_due_date_helps_and_an_earlier_one_does_not() -> None:
    """As `insert` answers, which moves nothing: the first day on which the check has room."""
    found: Counter[str] = Counter()
    for seed in range(40):
        instance = make_instance(replace(FEW, days=20 + seed), seed)
        plan = plan_visits(**instance.arguments(), effort=2)
        due = {c.id: c.due for c in instance.checks}
        for out in plan.left_out:
            for mend in out.reason["mend"]:
                if mend["mend"] == "due-later":
                    day = date.fromisoformat(mend["day"])
                    assert day > due[out.check]
                    assert granted(plan, out.check, day) == day
                    before = day - timedelta(1)
                    assert before == due[out.check] or granted(plan, out.check, before) is None
                elif mend["mend"] == "next-year" and out.reason["code"] != "cap":
                    assert granted(plan, out.check, instance.calendar.last) is None
                found[out.reason["code"], mend["mend"]] += 1  # type: ignore[index]
    for code in ("no-day", "quiet", "never-staffed", "cap", "gap", "capacity"):
        assert any(own == code for own, _ in found), code
    assert sum(n for (_, mend), n in found.items() if mend == "due-later") > 100


def later(instance: Instance, name: str) -> object:
    """The first mend of a check left out."""
    [out] = [out for out in planned(instance).left_out if out.check == name]
    return out.reason["mend"][0]


def test_the_gap_goes_on_after_the_due_date() -> None:
    """The 12th is taken: with a gap of five days the next visit may be on the 17th, a Saturday."""
    two = town([check(1, 12), check(2, 13, "fire")], RuleSet(gap_days=5))
    [out] = planned(two).left_out
    assert out.reason["code"] == "gap"
    assert out.reason["mend"] == [{"mend": "due-later", "day": "2026-01-19"}]


def test_the_gap_to_a_visit_made_goes_on_too() -> None:
    made = (VisitMade("E", date(2026, 1, 11), "mine", "daily"),)
    one = town([check(1, 12)], RuleSet(gap_days=5, exempt_sources=()), made=made)
    assert later(one, "c1") == {"mend": "due-later", "day": "2026-01-16"}


def test_a_seat_for_two_needs_two() -> None:
    """From the 15th on one inspector is left, who has room for two half-days."""
    crowd = town([check(k, 14, enterprise=f"E{k}") for k in range(3)], RuleSet(), people=2)
    inspectors = {
        name: replace(one, valid=Span(ALWAYS.first, date(2026, 1, 14))) if name[-1] == "1" else one
        for name, one in crowd.registers.inspectors.items()
    }
    crowd = replace(crowd, registers=replace(crowd.registers, inspectors=inspectors))
    [out] = planned(crowd).left_out
    assert {"mend": "next-year"} in out.reason["mend"]


def test_no_day_of_an_incompatible_visit_is_named() -> None:
    """And the first day with a visit that can take the check in is."""
    items = {
        "fire-1": Item("fire-1", "", "fire", incompatible=frozenset({"mine-1"})),
        "mine-1": Item("mine-1", "", "mine", incompatible=frozenset({"fire-1"})),
    }
    three = [check(1, 12), check(2, 12, "fire"), check(3, 13)]
    plan = planned(town(three, RuleSet(), items=items))
    [out] = plan.left_out
    taken = {v.day.day: v.checks for v in plan.visits}
    assert sorted(taken) == [12, 13]
    first = {"c1": "2026-01-13", "c2": "2026-01-14"}[out.check]
    assert out.reason["mend"][0] == {"mend": "due-later", "day": first}


def test_a_planned_check_may_ride_where_the_rule_lets_it() -> None:
    """On a quiet day, with a complaint: the visit of the 14th can take it in."""
    days = (Span(date(2026, 1, 12), date(2026, 1, 30)),)
    rule = QuietRule("q", spans=days, exempt=("complaint",), planned_rides=True)
    two = [check(1, 14, "fire", source="complaint"), check(2, (12, 13))]
    assert later(town(two, RuleSet(quiet=(rule,))), "c2") == {
        "mend": "due-later",
        "day": "2026-01-14",
    }
    alone = RuleSet(quiet=(replace(rule, planned_rides=False),))
    assert later(town(two, alone), "c2") == {"mend": "next-year"}
