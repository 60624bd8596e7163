"""Units closed, plans of the rest of the year, and pinned visits; each plan verified."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from plan_instances import Instance
from small_town import CITY, COUNTY, check, left, planned, town
from test_plan_restore import case_of
from verified import books_of

from optimizer.domain.cut import Cut
from optimizer.domain.days import Span, YearDays
from optimizer.domain.inspector import Recusal
from optimizer.domain.item import Item
from optimizer.domain.rules import CapRule, ClosedRule, QuietRule, RuleSet
from optimizer.domain.visit import Visit, VisitMade
from optimizer.errors import InfeasibleError, InputError
from optimizer.flow import cases
from optimizer.messages import in_language
from optimizer.plan import PlanState, Refused, insert, solve
from optimizer.verifier import verify

FESTIVAL = Span(date(2026, 1, 6), date(2026, 1, 7))


@pytest.mark.parametrize(
    ("closed", "days"),
    [
        (ClosedRule("c", spans=(FESTIVAL,)), [5, 8, 9]),
        (ClosedRule("c", areas=(COUNTY,), spans=(FESTIVAL,)), [5, 8, 9]),
        (ClosedRule("c", areas=(CITY,), spans=(FESTIVAL,)), [5, 6, 7, 8, 9]),
        (ClosedRule("c", departments=("mine",), weekdays=(5,)), [5, 6, 7, 8]),
        (ClosedRule("c", departments=("fire",), weekdays=(5,)), [5, 6, 7, 8, 9]),
        (ClosedRule("c", levels=("county",), month_days=(1, 7)), [8, 9]),
        (ClosedRule("c", units=("mine-county",), yearly=(YearDays("01-08", "01-31"),)), [5, 6, 7]),
        (
            ClosedRule("c", units=("mine-county",), areas=(CITY,), spans=(FESTIVAL,)),
            [5, 6, 7, 8, 9],
        ),
    ],
)
def test_units_send_nobody_when_closed(closed: ClosedRule, days: list[int]) -> None:
    """A unit that every list of the rule names has no capacity on its days."""
    rules = RuleSet(closed=(closed,))
    found = []
    for day in (5, 6, 7, 8, 9):
        plan = planned(town([check(1, day)], rules))
        assert set(left(plan).values()) <= {"never-staffed"}
        found += [visit.day.day for visit in plan.visits]
    assert found == days
    line = plan.problem_document["capacity"]["mine-county"]
    assert [day for day in (5, 6, 7, 8, 9) if line[day - 5]] == days


def test_a_capacity_that_forgets_the_closing_is_refused() -> None:
    """The verifier recounts the capacity of closed days by itself."""
    instance = town([check(1, 5)], RuleSet(closed=(ClosedRule("c", spans=(FESTIVAL,)),)))
    books = books_of(instance, planned(instance))
    problem = books.doc["problem.json"]
    problem["present"]["mine-county"][1] = 6
    with pytest.raises(verify.Fault, match="recounted from the roster"):
        verify.check_capacity(books)


def test_the_rest_of_the_year() -> None:
    """No visit lies before the day, windows that end before it are told, visits made count."""
    rules = RuleSet(caps=(CapRule("cap", ("department",), 3),), gap_days=5)
    made = (VisitMade("E", date(2026, 1, 14), "mine", "daily"),)
    checks = [check(1, (5, 16)), check(2, (5, 30)), check(3, (5, 9)), check(4, (26, 30))]
    day = date(2026, 1, 15)
    plan = planned(town(checks, rules, made=made), not_before=day)
    assert plan.problem_document["not_before"] == "2026-01-15"
    assert all(visit.day >= date(2026, 1, 19) for visit in plan.visits)  # the gap from the 14th
    assert left(plan)["c3"] == "no-day"
    assert left(plan)["c1"] == "gap"
    assert len(plan.visits) == 1
    assert {c for visit in plan.visits for c in visit.checks} == {"c2", "c4"}
    one = replace(rules, caps=(CapRule("cap", ("department",), 1),))
    capped = planned(town(checks[3:], one, made=made), not_before=day)
    assert left(capped) == {"c4": "cap"}
    alone = planned(town(checks[2:3], rules), not_before=day)
    assert alone.left_out[0].reason["mend"][0] == {"mend": "due-later", "day": "2026-01-15"}


def test_a_visit_before_the_day_is_refused_by_the_verifier() -> None:
    """A plan made earlier does not pass as one of the rest of the year."""
    instance = town([check(1, 5)], RuleSet())
    plan = planned(instance)
    books = books_of(instance, plan)
    books.problem = verify.Problem(plan.problem_document | {"not_before": "2026-01-06"})
    with pytest.raises(verify.Fault, match="no working day"):
        verify.check_plan(books)


def test_requests_keep_to_the_rest_of_the_year() -> None:
    """The answer at once makes no visit before the day either."""
    instance = town([check(1, (5, 30))], RuleSet())
    plan = planned(instance, not_before=date(2026, 1, 15))
    state = PlanState.of(plan)
    found = insert(state, check(2, (5, 9), source="complaint"))
    assert isinstance(found, Refused)
    assert found.code == "no-day"


def pin(day: int, *checks: str, enterprise: str = "E", name: str = "V1") -> Visit:
    return Visit(name, enterprise, date(2026, 1, day), checks, "mine-county", ())


def test_pins_keep_their_day() -> None:
    """A pinned visit keeps day and checks, whatever would be fewer visits; others fit round it."""
    checks = [check(1, (5, 30)), check(2, (5, 30)), check(3, (26, 30))]
    instance = town(checks, RuleSet(gap_days=10))
    assert len(planned(instance).visits) == 1
    plan = planned(instance, pinned=(pin(7, "c1"),))
    assert (date(2026, 1, 7), ("c1",)) in {(v.day, v.checks) for v in plan.visits}
    assert len(plan.visits) == 2
    assert not plan.left_out


ITEMS = {"mine-2": Item("mine-2", "", "mine", incompatible=frozenset({"mine-1"}))}
TWO = [check(1, (5, 30)), check(2, (5, 16)), check(3, (5, 30), item="mine-2")]


@pytest.mark.parametrize(
    ("code", "pins", "rules", "more"),
    [
        ("pinned-day-off", [pin(10, "c1")], {}, {}),
        ("pinned-day-off", [pin(7, "c1")], {}, {"not_before": date(2026, 1, 8)}),
        ("pinned-day", [pin(4, "c1")], {}, {}),
        ("pinned-check", [pin(7, "c9")], {}, {}),
        ("pinned-window", [pin(20, "c1", "c2")], {}, {}),
        ("pinned-incompatible", [pin(7, "c1", "c3")], {}, {}),
        ("pinned-quiet", [pin(7, "c1")], {"quiet": (QuietRule("q", month_days=(7, 7)),)}, {}),
        ("pinned-unstaffed", [pin(7, "c1")], {"closed": (ClosedRule("c", spans=(FESTIVAL,)),)}, {}),
        ("pinned-gap", [pin(7, "c1"), pin(8, "c2", name="V2")], {"gap_days": 3}, {}),
        ("pinned-gap", [pin(7, "c1")], {"gap_days": 9}, {}),
        ("pinned-cap", [pin(7, "c1")], {"caps": (CapRule("one", (), 1),)}, {}),
        ("pinned-cap", [pin(7, "c1")], {"caps": (CapRule("none", (), 0),)}, {}),
    ],
)
def test_pins_that_break_a_rule_are_refused(
    code: str, pins: list[Visit], rules: dict[str, Any], more: dict[str, Any]
) -> None:
    """No plan can keep them: the fault names the pin and what it breaks."""
    made = (VisitMade("E", date(2026, 1, 2), "mine", "daily"),)
    instance = town(TWO, RuleSet(**rules), made=made, items=ITEMS)
    with pytest.raises(InputError) as caught:
        planned(instance, pinned=tuple(pins), **more)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert caught.value.faults[0].file.startswith("pinned visit V")


def test_pins_that_no_unit_can_all_serve_are_refused() -> None:
    """More pinned on a day than the unit has half-days: the unit is named."""
    checks = [check(n, (5, 30), enterprise=f"E{n}") for n in range(3)]
    instance = town(checks, RuleSet(), people=2)
    pins = tuple(pin(7, f"c{n}", enterprise=f"E{n}", name=f"V{n}") for n in range(3))
    assert len(planned(instance, pinned=pins[:2]).visits) == 3
    with pytest.raises(InputError, match="mine-county has no room left on that day"):
        planned(instance, pinned=pins)


def recused(people: int, away: int, enterprise: str = "E") -> Instance:
    """A town of which some inspectors of the unit must not come to an enterprise."""
    instance = town([check(n, (5, 30), enterprise=f"E{n or ''}") for n in range(3)], RuleSet())
    registers = instance.registers
    names = [name for name, i in registers.inspectors.items() if i.unit == "mine-county"]
    kept = {n: i for n, i in registers.inspectors.items() if n not in names[people:]}
    for name in names[:away]:
        kept[name] = replace(kept[name], recusals=(Recusal(enterprise, "family"),))
    return replace(instance, registers=replace(registers, inspectors=kept))


def test_pins_that_recusals_leave_without_a_team_are_refused() -> None:
    """Three of four may not come: the unit, and those who may not, are named; two may stay."""
    assert planned(recused(4, 2), pinned=(pin(7, "c0"),)).visits
    with pytest.raises(InputError) as caught:
        planned(recused(4, 3), pinned=(pin(7, "c0"), pin(7, "c1", enterprise="E1", name="V2")))
    [fault] = caught.value.faults
    assert (fault.code, fault.file) == ("pinned-recused", "pinned visit V1")
    assert "mine-county-0, mine-county-1, mine-county-2 being recused" in fault.expected
    assert "须对该企业回避" in in_language(fault, "zh")


def test_of_recused_inspectors_only_those_there_are_named() -> None:
    """One who is on leave that day is not what is in the way; of many, the first are named."""
    instance = recused(6, 6)
    people = dict(instance.registers.inspectors)
    people["mine-county-0"] = replace(people["mine-county-0"], leave=(FESTIVAL,))
    instance = replace(instance, registers=replace(instance.registers, inspectors=people))
    with pytest.raises(InputError, match="mine-county-1, mine-county-2, mine-county-3 … being"):
        planned(instance, pinned=(pin(7, "c0"),))


def test_pins_that_a_cut_forbids_are_refused() -> None:
    """All visits of a cut pinned on its day: the last is refused; with one of them free, none."""
    checks = [check(n, (5, 30), enterprise=f"E{n}") for n in range(2)]
    cut = Cut("mine-county", date(2026, 1, 7), "", 1, 2, (), ("E0", "E1"), "recusal")
    pins = tuple(pin(7, f"c{n}", enterprise=f"E{n}", name=f"V{n}") for n in range(2))
    plan = planned(town(checks, RuleSet()), pinned=pins[:1], cuts=(cut,))
    assert {v.day.day for v in plan.visits if v.enterprise == "E1"} != {7}
    with pytest.raises(InputError) as caught:
        planned(town(checks, RuleSet()), pinned=pins, cuts=(cut,))
    [fault] = caught.value.faults
    assert (fault.code, fault.file, fault.field) == ("pinned-cut", "pinned visit V1", "day")
    assert "mine-county" in in_language(fault, "zh")


def test_incompatible_in_a_circle() -> None:
    """Items each incompatible with the next, in a circle, are planned: three visits for three."""
    circle = {
        f"mine-{k}": Item(
            f"mine-{k}",
            "",
            "mine",
            incompatible=frozenset({f"mine-{k % 3 + 1}", f"mine-{(k + 1) % 3 + 1}"}),
        )
        for k in (1, 2, 3)
    }
    checks = [check(k, (5, 9), item=f"mine-{k}") for k in (1, 2, 3)]
    plan = planned(town(checks, RuleSet(), items=circle))
    assert (len(plan.visits), plan.lower_bound, plan.left_out) == (3, 3, ())
    assert {pair["reason"]["code"] for pair in plan.document["unmerged"]} == {"incompatible"}


def test_windows_outside_the_year() -> None:
    """A check whose window misses the horizon is left out with a word, and stops nothing else."""
    late = replace(check(2, 9), release=date(2027, 5, 3), due=date(2027, 5, 7))
    plan = planned(town([check(1, 5), late], RuleSet()))
    assert left(plan) == {"c2": "no-day"}
    assert plan.left_out[0].reason["mend"] == [{"mend": "next-year"}]


def test_quiet_every_day_and_closed_every_day() -> None:
    """Rules that leave no day at all are told by their names, not refused."""
    quiet = RuleSet(quiet=(QuietRule("always", weekdays=(1, 2, 3, 4, 5, 6, 7)),))
    plan = planned(town([check(1, (5, 30))], quiet))
    assert plan.left_out[0].reason["rules"] == ["always"]
    closed = RuleSet(closed=(ClosedRule("shut", month_days=(1, 31)),))
    plan = planned(town([check(1, (5, 30))], closed))
    assert plan.left_out[0].reason["code"] == "never-staffed"
    assert plan.left_out[0].reason["unit"] == "mine-county"


def test_pinned_visits_that_cannot_be_staffed_together_are_told_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All visits of a collision are pinned: the reasons come without planning again and again."""
    checks = [check(n, 7, enterprise=f"E{n}") for n in range(2)]
    instance = town(checks, RuleSet(), people=4)
    registers = instance.registers
    people = {name: replace(i, max_half_days=1) for name, i in registers.inspectors.items()}
    for name, away in (("0", ("E0", "E1")), ("1", ("E0",))):
        own = people[f"mine-county-{name}"]
        recusals = tuple(Recusal(e, "family") for e in away)
        people[f"mine-county-{name}"] = replace(own, recusals=recusals)
    instance = replace(instance, registers=replace(registers, inspectors=people))
    pins = tuple(pin(7, f"c{n}", enterprise=f"E{n}", name=f"V{n}") for n in range(2))
    case = replace(case_of(instance), pinned=pins)
    made = []
    monkeypatch.setattr(cases, "solve", lambda *a, **k: made.append(1) or solve(*a, **k))
    with pytest.raises(InfeasibleError, match="mine-county"):
        cases.staffed_case(case, effort=1)
    assert len(made) == 1
