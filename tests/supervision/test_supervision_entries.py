"""Alerts of entries, repeats, outcomes and filings: each holds where it should and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_up import DAY, entry, holder, task, visit

from optimizer.supervision import (
    ALERTS,
    Entry,
    entry_findings,
    filing_findings,
    outcome_findings,
    repeat_findings,
)

VISIT = visit(task("fire-1"), task("market-2"), team={"fire-c": ("I1", "I2")})


def codes(one: Entry, *earlier: Entry) -> list[str]:
    return [found.alert for found in entry_findings(one, earlier)]


def test_an_entry_as_it_should_be() -> None:
    """Code, day, team, certificate and items in order: nothing is found."""
    assert codes(entry(VISIT, items=("fire-1",))) == []


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"code": "none"}, ["no-code"]),
        ({"code": "forged"}, ["no-code"]),
        ({"code": "amended"}, ["no-code"]),
        ({"code": "issued-later"}, ["no-code"]),
        ({"code": "wrong-day"}, []),
        ({"day": DAY + timedelta(days=1), "code": "wrong-day"}, ["wrong-day"]),
        ({"in_force": False}, ["no-visit"]),
        ({"inspector": "I3", "holder": holder("I3")}, ["not-in-team"]),
        ({"inspector": "M1", "holder": holder("M1", "market-c")}, []),
        ({"inspector": "H1", "holder": holder("H1", "health-c")}, ["not-in-team"]),
        ({"inspector": "X", "holder": None}, ["not-in-team", "no-certificate"]),
        ({"holder": holder(last=DAY - timedelta(days=1))}, ["no-certificate"]),
        ({"holder": holder(last=DAY)}, []),
        ({"items": ("fire-1", "fire-9")}, ["other-item"]),
        ({"late": True}, ["late-upload"]),
        ({"inspector": "", "holder": None}, []),
    ],
)
def test_each_thing_that_can_be_wrong(more: dict[str, Any], wanted: list[str]) -> None:
    """One thing wrong sets off its own alert, with its clause, and no other."""
    found = entry_findings(entry(VISIT, **more), ())
    assert [each.alert for each in found] == wanted
    for each in found:
        assert ALERTS[each.alert].clause
        assert each.enterprise == "E1"
        assert each.departments == ("fire", "market")
        assert "I1" not in str(each.facts)


def test_an_entry_without_a_visit() -> None:
    """An entry that stands for no visit is one without a code, outside the schedule."""
    assert codes(entry(None, code="none")) == ["no-code", "no-visit"]


def test_twice_is_of_one_person_at_one_visit_on_one_day() -> None:
    """A second person, another visit or another day is no second scan."""
    first = entry(VISIT)
    again = entry(VISIT, 2)
    assert codes(again, first) == ["scanned-twice"]
    assert codes(replace(again, inspector="I2", holder=holder("I2")), first) == []
    other = visit(task("fire-1"), day=DAY + timedelta(days=9), team={"fire-c": ("I1",)})
    assert codes(entry(other, 2), first) == []


def test_repeats_are_closer_than_the_gap_or_of_one_visit() -> None:
    """The gap is in days between visits; exempt ones are free of it; a second day never is."""
    first = visit(task("fire-1"))
    for days, found in ((1, 1), (2, 1), (3, 0), (4, 0)):
        second = visit(task("market-2"), day=DAY + timedelta(days=days))
        rows = [entry(first), entry(second, 2)]
        assert len(repeat_findings(rows, gap_days=3)) == found
        assert repeat_findings(rows[::-1], gap_days=3) == repeat_findings(rows, gap_days=3)
        free = visit(task("market-2"), day=DAY + timedelta(days=days), exempt="complaint")
        assert repeat_findings([entry(first), entry(free, 2)], gap_days=3) == ()
    next_day = entry(first, 2, day=DAY + timedelta(days=8))
    (again,) = repeat_findings([entry(first), next_day], gap_days=0)
    assert again.facts["same_visit"]
    assert again.day == next_day.day
    assert repeat_findings([entry(first), entry(first, 2, inspector="I2")], gap_days=9) == ()


def test_visits_made_before_the_plan_keep_the_gap_too() -> None:
    """A visit of the register counts for the least gap, on its own day too; exempt ones do not."""
    first = visit(task("fire-1"))
    for days, found in ((0, 1), (2, 1), (3, 0), (-1, 0)):
        made = [DAY - timedelta(days=days)]
        rows = repeat_findings([entry(first)], gap_days=3, made=made)
        assert len(rows) == found, days
    free = visit(task("fire-1"), exempt="complaint")
    assert repeat_findings([entry(free)], gap_days=3, made=[DAY]) == ()


@given(st.lists(st.integers(0, 40), max_size=8), st.integers(0, 12))
def test_repeats_do_not_depend_on_the_order(days: list[int], gap: int) -> None:
    """However entries come in, the same days are too soon: those behind one closer than the gap."""
    rows = [
        entry(visit(task("fire-1"), day=DAY + timedelta(days=day)), number)
        for number, day in enumerate(days)
    ]
    found = repeat_findings(rows, gap_days=gap)
    assert {each.subject for each in found} == {
        each.subject for each in repeat_findings(rows[::-1], gap_days=gap)
    }
    kept = sorted(set(days))
    late = {b for a, b in pairwise(kept) if b - a < gap}
    assert {(each.day - DAY).days for each in found if each.day} == late
    assert len({each.subject for each in found}) == len(found)


def test_outcomes_need_an_entry_with_a_code() -> None:
    """One entry with the visit's code is enough; entries without leave the alert."""
    assert [f.alert for f in outcome_findings(VISIT, ())] == ["no-code"]
    assert [f.alert for f in outcome_findings(VISIT, [entry(VISIT, code="none")])] == ["no-code"]
    assert outcome_findings(VISIT, [entry(VISIT, code="none"), entry(VISIT, 2)]) == ()


@pytest.mark.parametrize(
    ("start", "filed", "today", "late"),
    [
        (date(2026, 1, 1), date(2026, 1, 31), date(2026, 6, 1), False),
        (date(2026, 1, 1), date(2026, 2, 1), date(2026, 6, 1), True),
        (date(2026, 1, 1), None, date(2026, 1, 31), False),
        (date(2026, 1, 1), None, date(2026, 2, 1), True),
        (date(2026, 7, 1), date(2026, 7, 1), date(2026, 8, 1), False),
        (date(2026, 7, 1), date(2026, 7, 2), date(2026, 8, 1), True),
    ],
)
def test_plans_filed_late(start: date, filed: date | None, today: date, late: bool) -> None:
    """The term is the end of January, or the plan's first day where that is later."""
    found = filing_findings(start, filed, today)
    assert [each.alert for each in found] == ["late-plan"] * late


def test_county_plans_ask_the_city_first() -> None:
    """Where the city has a unit of the line, its opinion is asked before the filing."""
    filed = date(2026, 1, 20)

    def found(opinion: date | None, *, needs: bool = True) -> list[str]:
        rows = filing_findings(date(2026, 1, 1), filed, filed, needs_opinion=needs, opinion=opinion)
        return [each.alert for each in rows]

    assert found(None) == ["no-opinion"]
    assert found(date(2026, 1, 21)) == ["no-opinion"]
    assert found(filed) == []
    assert found(None, needs=False) == []
