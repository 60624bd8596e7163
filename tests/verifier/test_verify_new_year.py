"""A period over New Year under caps of a month and a year: each calendar year is counted alone."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from conftest import YEAR, Tiny
from late import DICE, ROLLS, on_day
from stages import ABOUT, SECRET, SECRETS, SEED
from test_verify_late import edited, fault_of
from test_verify_stages import held

from optimizer.canon import digest
from optimizer.domain.campaign import DrawOrder
from optimizer.domain.days import Span, make_calendar
from optimizer.domain.inspector import VisitCap
from optimizer.errors import InfeasibleError, InputError
from optimizer.flow import (
    Change,
    Dossier,
    commit_step,
    commit_teams_step,
    open_step,
    plan_step,
    reveal_step,
    seal_step,
    stand_in_step,
    standing_of,
    teams_step,
)
from optimizer.io.rules import rules_from
from optimizer.messages import in_language

PERIOD = Span(date(2025, 12, 8), date(2026, 1, 31))
SPANS = (
    Span(PERIOD.first, date(2025, 12, 10)),
    Span(date(2025, 12, 11), date(2026, 1, 5)),
    Span(date(2026, 1, 6), PERIOD.last),
)
MONTH, IN_YEAR, MADE = 4, 4, 1
"""Caps, and visits made in 2025 before the period: three are left of it, four of 2026."""


def year_end(tiny: Tiny, *, week: int = 0) -> Tiny:
    """Ten visits for two in each of two units of four: more seats than one year's cap leaves."""
    caps = (VisitCap("month", MONTH), VisitCap("year", IN_YEAR, MADE))
    people = {
        name: replace(
            one,
            visit_caps=((VisitCap("week", week),) if week else ()) + caps,
            valid=YEAR,
            leave=(),
            recusals=(),
            max_half_days=2,
        )
        for name, one in tiny.registers.inspectors.items()
    }
    registers = replace(tiny.registers, inspectors=people, triggered=(), visits_made=())
    windows = Span(PERIOD.first, date(2025, 12, 31)), Span(date(2026, 1, 1), date(2026, 1, 30))
    orders = (
        DrawOrder("M-02", "market", windows[0], ("county",), size=4),
        DrawOrder("M-02", "market", windows[1], ("county",), size=5, id="M-02-new"),
    )
    return replace(
        tiny,
        registers=registers,
        campaign=replace(tiny.campaign, orders=orders),
        rules=replace(tiny.rules, quiet=()),
        calendar=make_calendar(Span(date(2025, 12, 1), date(2026, 2, 28))),
        period=PERIOD,
    )


def committed(city: Tiny, *, sealed: bool = False) -> Dossier:
    """The odds of the whole period, to be drawn in three spans, one of them over New Year."""
    early = on_day(city, date(2025, 11, 28))
    now = commit_step(None, early, SECRETS, sealed=sealed, about=ABOUT)
    if sealed:
        now = seal_step(now, early, SECRET, open_after=PERIOD.last)
    now = plan_step(reveal_step(now, early, SEED), early, effort=5, odds=False)
    return commit_teams_step(now, early, period=PERIOD, draws=SPANS, announced=DICE)


def drawn(city: Tiny, now: Dossier) -> tuple[Dossier, list[int]]:
    """Draw after draw; of every team one falls ill; return the years of those replaced too."""
    years = []
    for span, rolls in zip(SPANS, ROLLS, strict=False):
        today = on_day(city, span.first - timedelta(days=1))
        now = teams_step(now, today, rolls, days=span)
        standing = standing_of(now)
        days = {visit.id: visit.day for visit in standing.visits}
        teams = standing.parsed(standing.draws[-1][1].teams)["teams"]
        for visit, units in sorted(teams.items()):
            for people in units.values():
                try:
                    now = stand_in_step(now, today, visit=visit, absent=people[0], reason="生病")
                except InfeasibleError:
                    continue
                years.append(days[visit].year)
        held(now)
    return now, years


def served(now: Dossier) -> tuple[Counter[Any], Counter[Any]]:
    """Return how often each goes in each month and year, as the teams stand."""
    standing = standing_of(now)
    days = {visit.id: visit.day for visit in standing.visits}
    months: Counter[Any] = Counter()
    for visit, units in standing.teams().items():
        for name in {name for ids in units.values() for name in ids}:
            months[name, days[visit].year, days[visit].month] += 1
    years: Counter[Any] = Counter()
    for (name, year, _), count in months.items():
        years[name, year] += count
    return months, years


@pytest.fixture(scope="module")
def city(tiny: Tiny) -> Tiny:
    return year_end(tiny)


@pytest.fixture(scope="module")
def odds(city: Tiny) -> Dossier:
    return committed(city)


def test_each_year_is_counted_alone(city: Tiny, odds: Dossier) -> None:
    """More seats than one year's cap leaves are drawn, and stand-ins found, in both years."""
    standing = standing_of(odds)
    seats = Counter(seat.unit for v in standing.visits for seat in v.seats for _ in "12")
    assert set(seats.values()) == {18}
    assert min(seats.values()) > 4 * (IN_YEAR - MADE)
    now, years = drawn(city, odds)
    assert set(years) == {2025, 2026}
    months, sums = served(now)
    assert max(months.values()) <= MONTH
    assert max(count for (_, year), count in sums.items() if year == 2025) <= IN_YEAR - MADE
    assert max(count for (_, year), count in sums.items() if year == 2026) <= IN_YEAR
    names = {name for name, _ in sums}
    assert max(sums[name, 2025] + sums[name, 2026] for name in names) > IN_YEAR
    assert held(now).state is None


def test_a_sealed_period_over_new_year(city: Tiny) -> None:
    """Odds, draws and stand-ins wait for the opening; then both verifiers recompute them."""
    now, years = drawn(city, committed(city, sealed=True))
    assert set(years) == {2025, 2026}
    assert held(open_step(now, on_day(city, date(2026, 2, 2)))).state is None


def test_odds_beyond_a_years_cap_are_found(odds: Dossier) -> None:
    """The last year's cap holds up to New Year, the next one's from then on, each by its own."""

    def lower(roster: Any) -> None:
        for person in roster["inspectors"]:
            person["max_visits"]["year"] = 2

    files = dict(odds.public)
    person, *_ = json.loads(files["transcript/roster.json"])["inspectors"]
    assert (person["max_visits"], person["visits"]) == ({"month": 4, "year": 4}, {"year": 1})
    files = edited(files, "roster.json", lower)
    roster = digest(files["transcript/roster.json"])
    file, place, words = fault_of(edited(files, "odds.json", lambda o: o.update(roster=roster)))
    assert (file, place.split(".")[0][:5]) == ("odds.json", "parts")
    assert words.startswith("more than I-4")
    assert words.endswith("may visit in the year")


def test_odds_committed_in_the_new_year_begin_its_count(city: Tiny, odds: Dossier) -> None:
    """Of registers as they were committed: the visits made in the year before are none of it."""
    now = odds
    for span, rolls in zip(SPANS[:2], ROLLS, strict=False):
        now = teams_step(now, on_day(city, span.first - timedelta(days=1)), rolls, days=span)
    rest = Span(SPANS[2].first, date(2026, 1, 30))
    today = on_day(city, SPANS[2].first - timedelta(days=1))
    now = commit_teams_step(now, today, period=rest, announced=DICE, reason="the new year")
    standing = standing_of(now)
    _, sums = served(now)
    roster = standing.parsed(standing.rounds[-1].roster)
    assert roster["since"]["changed"] == {}
    for person in roster["inspectors"]:
        assert person.get("visits", {}).get("year", 0) == sums[person["id"], 2026]
    assert any("visits" in person for person in roster["inspectors"])
    now = teams_step(now, today, ROLLS[2])
    assert held(now).state is None


def test_a_week_over_new_year_has_no_place_under_two_caps(tiny: Tiny) -> None:
    """Refused with the reason and the mend, once a unit, in both languages."""
    with pytest.raises(InputError) as caught:
        committed(year_end(tiny, week=2))
    faults = caught.value.faults
    fields = {fault.field for fault in faults}
    assert {fault.code for fault in faults} == {"caps-nest"}
    assert fields == {"max_week, max_month", "max_week, max_year"}
    assert len(faults) == 2 * len({fault.file for fault in faults})
    told = next(fault for fault in faults if fault.field == "max_week, max_year")
    assert told.mend == "Draw year by year, or take one of the caps out."
    assert in_language(told, "zh").endswith("请按年分别抽取，或去掉其中一个上限。")


def test_a_span_without_visits_is_drawn_too(city: Tiny, odds: Dossier) -> None:
    """After somebody stood in: nobody is drawn, and the next draw goes on."""
    early = on_day(city, date(2025, 11, 28))
    dark = Span(date(2025, 12, 15), date(2025, 12, 28))
    assert not [visit for visit in standing_of(odds).visits if visit.day in dark]
    spans = (
        Span(PERIOD.first, dark.first - timedelta(days=1)),
        dark,
        Span(dark.last + timedelta(days=1), PERIOD.last),
    )
    again = {"announced": DICE, "reason": "other draws"}
    now = commit_teams_step(odds, early, period=PERIOD, draws=spans, **again)
    now = teams_step(now, early, ROLLS[0])
    visit, units = next(iter(standing_of(now).teams().items()))
    absent = next(iter(units.values()))[-1]
    now = stand_in_step(now, early, visit=visit, absent=absent, reason="生病")
    now = teams_step(now, early, ROLLS[1])
    standing = standing_of(now)
    assert standing.parsed(standing.draws[-1][1].teams)["teams"] == {}
    held(now)
    now = teams_step(now, early, ROLLS[2])
    assert held(now).state is None


def test_a_plan_is_not_changed_before_its_first_odds(city: Tiny) -> None:
    """They are of the plan that the ledger holds: told, not an error within."""
    early = on_day(city, date(2025, 11, 28))
    now = commit_step(None, early, SECRETS, sealed=False, about=ABOUT)
    now = plan_step(reveal_step(now, early, SEED), early, effort=1, odds=False)
    change = Change(rules_from, effort=1)
    with pytest.raises(InputError) as caught:
        commit_teams_step(
            now, early, period=PERIOD, announced=DICE, reason="people are away", change=change
        )
    assert [fault.code for fault in caught.value.faults] == ["round-first"]
