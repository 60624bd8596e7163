"""Quiet days, dated and recurring, of zones, enterprises and sectors; each plan verified."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_town import check, left, planned, town

from optimizer.domain.days import Span, YearDays, make_calendar
from optimizer.domain.rules import ClosedRule, QuietRule, RuleSet
from optimizer.plan.days import active_days
from optimizer.verifier import verify


def open_days(rule: QuietRule, *, source: str = "daily", **about: object) -> list[int]:
    """Days of 5 to 14 January 2026 on which a check of the source has a visit."""
    found = []
    for day in (5, 6, 7, 8, 9, 12, 13, 14):
        instance = town([check(1, day, source=source)], RuleSet(quiet=(rule,)), **about)
        plan = planned(instance)
        assert set(left(plan).values()) <= {"quiet"}
        found += [visit.day.day for visit in plan.visits]
    return found


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (QuietRule("q", month_days=(1, 12)), [13, 14]),
        (QuietRule("q", spans=(Span(date(2026, 1, 6), date(2026, 1, 13)),)), [5, 14]),
        (QuietRule("q", weekdays=(1, 3)), [6, 8, 9, 13]),
        (QuietRule("q", yearly=(YearDays("12-20", "01-07"),)), [8, 9, 12, 13, 14]),
        (QuietRule("q", yearly=(YearDays("01-08", "01-08"),), weekdays=(1,)), [6, 7, 9, 13, 14]),
    ],
)
def test_days(rule: QuietRule, days: list[int]) -> None:
    """Days of the month, dated, of the week, of the year across its end, and several together."""
    assert open_days(rule) == days


@pytest.mark.parametrize(
    ("whom", "quiet"),
    [
        ({"zones": ("high-tech",)}, True),
        ({"zones": ("port",)}, False),
        ({"enterprises": ("E",)}, True),
        ({"industries": ("06",)}, True),
        ({"industries": ("B",)}, True),
        ({"industries": ("52",)}, False),
        ({"zones": ("port",), "enterprises": ("E",)}, True),
        ({}, True),
    ],
)
def test_whom(whom: dict[str, tuple[str, ...]], quiet: bool) -> None:
    """A rule covers a zone, an enterprise or a sector; one that names nobody covers everyone."""
    days = open_days(QuietRule("q", month_days=(1, 31), **whom), zones=("high-tech",))
    assert (days == []) is quiet


def test_each_rule_has_its_own_exempt_kinds() -> None:
    """A source enters where every rule that is active lets it in."""
    rules = RuleSet(
        quiet=(
            QuietRule("month", month_days=(1, 8), exempt=("complaint", "assigned")),
            QuietRule(
                "exam", spans=(Span(date(2026, 1, 7), date(2026, 1, 7)),), exempt=("complaint",)
            ),
        )
    )
    checks = [
        check(1, 6, source="assigned"),
        check(2, 7, source="assigned"),
        check(3, 7, source="complaint", enterprise="F"),
    ]
    plan = planned(town(checks, rules))
    assert left(plan) == {"c2": "quiet"}
    assert plan.left_out[0].reason["rules"] == ["exam"]


@pytest.mark.parametrize("rides", [False, True])
def test_planned_checks_ride_only_where_the_rule_says_so(rides: bool) -> None:
    """On a quiet day a planned check joins an exempt visit if `planned_rides`, else never."""
    rule = QuietRule("q", month_days=(1, 31), exempt=("complaint",), planned_rides=rides)
    checks = [check(1, (5, 9), source="complaint"), check(2, (5, 9))]
    plan = planned(town(checks, RuleSet(quiet=(rule,))))
    assert left(plan) == ({} if rides else {"c2": "quiet"})
    assert len(plan.visits) == 1


def test_a_quiet_rule_in_place_of_another() -> None:
    """Where a rule covers, those it replaces do not hold; elsewhere they do."""
    zone = QuietRule("zone", zones=("high-tech",), month_days=(1, 31))
    own = QuietRule("own", enterprises=("E",), month_days=(1, 7), replaces=("zone",))
    checks = [check(1, 6), check(2, 8), check(3, 8, enterprise="F")]
    plan = planned(town(checks, RuleSet(quiet=(zone, own)), zones=("high-tech",)))
    assert left(plan) == {"c1": "quiet", "c3": "quiet"}
    assert {out.check: out.reason["rules"] for out in plan.left_out} == {
        "c1": ["own"],
        "c3": ["zone"],
    }


DAY = st.dates(date(2027, 12, 1), date(2028, 12, 31))
OF_YEAR = DAY.map(lambda day: day.isoformat()[5:])


@settings(max_examples=100, deadline=None)
@given(
    st.none() | st.tuples(st.integers(1, 31), st.integers(1, 31)),
    st.lists(st.tuples(DAY, DAY), max_size=2),
    st.sets(st.integers(1, 7), max_size=3),
    st.lists(st.tuples(OF_YEAR, OF_YEAR), max_size=2),
)
def test_verifier_and_planner_read_the_days_alike(
    month: tuple[int, int] | None,
    spans: list[tuple[date, date]],
    weekdays: set[int],
    yearly: list[tuple[str, str]],
) -> None:
    """The days of any rule are the same in both, over a year with 29 February."""
    rule = ClosedRule(
        "c",
        month_days=month,
        spans=tuple(Span(*pair) for pair in spans),
        weekdays=tuple(sorted(weekdays)),
        yearly=tuple(YearDays(*pair) for pair in yearly),
    )
    calendar = make_calendar(Span(date(2027, 12, 1), date(2028, 12, 31)))
    document = {
        "month_days": list(month) if month else None,
        "spans": [str(span) for span in rule.spans],
        "weekdays": list(rule.weekdays),
        "yearly": [str(days) for days in rule.yearly],
    }
    first = calendar.start.toordinal()
    assert active_days(rule, calendar) == verify.active_mask(document, first, len(calendar), "")
