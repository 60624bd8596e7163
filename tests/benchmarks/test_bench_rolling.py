"""`double-random bench rolling`: the year is run as it comes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest

from benchmarks.night import Pace, plan_night
from benchmarks.replay import Replayed, replay
from benchmarks.reserve import Reserve, less_reserved, read_reserve, spare
from benchmarks.rolling_case import read_case
from optimizer.cli import main
from optimizer.domain.check import Check
from optimizer.errors import InputError
from optimizer.plan import Case, capacity_of, solve

NIGHT = 6
"""Night, counted from the first, at which the tests cut a year in two."""


@pytest.fixture(scope="module")
def year() -> tuple[Case, list[Check]]:
    """Return a case of 200 enterprises, and its requests."""
    return read_case("", "small", "1/10")


@pytest.fixture(scope="module")
def pace() -> Pace:
    """Return a night a month, and visits told of three weeks ahead."""
    return Pace(every=30, notice=21, effort=0)


@pytest.fixture(scope="module")
def whole(year: tuple[Case, list[Check]], pace: Pace) -> Replayed:
    """Return the whole year."""
    return replay(*year, pace)


@pytest.fixture(scope="module")
def night(year: tuple[Case, list[Check]], pace: Pace) -> date:
    """Return the night at which the year is cut."""
    return year[0].calendar.start + timedelta(days=NIGHT * pace.every - 1)


def test_rows_of_a_tiny_year(capsys: pytest.CaptureFixture[str]) -> None:
    """Each way has a row; every request is answered, and hindsight is never beaten."""
    argv = ["bench", "rolling", "--json", "--preset", "small", "--scale", "1/10"]
    assert main([*argv, "--every", "30", "--effort", "0"]) == 0
    report = json.loads(capsys.readouterr().out)
    rows = report["rows"]
    assert [row["method"] for row in rows] == [
        "answers, nothing moves",
        "answers only",
        "re-optimised",
        "hindsight",
    ]
    asked = {row["joined"] + row["new"] + row["refused"] for row in rows[:3]}
    assert len(asked) == 1
    assert report["notes"][0].startswith(f"{asked.pop()} of {rows[0]['checks']} checks come")
    assert rows[2]["moved"] <= rows[2]["refiled"]
    for row in rows[:3]:
        assert row["excess"] >= 0
        assert row["refiled"] >= row["new"]
        assert row["visits"] + row["saved"] + row["left_out"] == row["checks"]
    assert [row["nights"] for row in rows[:3]] == [0, 0, 12]
    assert rows[0]["fetched"] == rows[0]["moved"] == rows[1]["moved"] == 0


def test_nothing_is_known_before_it_is_received(
    year: tuple[Case, list[Check]], pace: Pace, whole: Replayed, night: date
) -> None:
    """Up to a night the year is the same whatever is asked for after it."""
    case, arrivals = year
    later = {check.id for check in arrivals if check.release > night}
    assert 0 < len(later) < len(arrivals)
    fewer = replace(case, checks=tuple(c for c in case.checks if c.id not in later))
    other = replay(fewer, [c for c in arrivals if c.id not in later], pace)
    assert made(other, night) == made(whole, night)


def test_what_is_told_of_stays(
    year: tuple[Case, list[Check]], pace: Pace, whole: Replayed, night: date
) -> None:
    """A visit that a night's notice reaches keeps its day, and its checks at least."""
    until = replay(*year, replace(pace, last=night))
    days = {check: visit.day for visit in whole.visits for check in visit.checks}
    told = made(until, night + timedelta(days=pace.notice))
    assert len(told) > len(made(until, night))
    for day, _, checks in told:
        assert {days[check] for check in checks} == {day}


def test_a_request_is_visited_in_its_window(
    year: tuple[Case, list[Check]], whole: Replayed
) -> None:
    """No visit before the request is received, none after it is due."""
    days = {check: visit.day for visit in whole.visits for check in visit.checks}
    arrivals = [check for check in year[1] if check.id in days]
    assert arrivals
    for check in arrivals:
        assert check.release <= days[check.id] <= check.due


def test_a_visit_that_moved_for_a_request_stands_once(year: tuple[Case, list[Check]]) -> None:
    """A night after a visit was moved and made knows it on its new day alone."""
    case, calendar = year[0], year[0].calendar
    known = {check.id: check for check in case.checks}
    pace = Pace(effort=0)
    plan, _ = plan_night(case, known, (), None, calendar.start - timedelta(days=1), pace)
    done = {visit.day for visit in plan.visits}
    gap, found = timedelta(days=case.rules.gap_days), None
    for visit in plan.visits:
        due = min(known[check].due for check in visit.checks)
        for day in sorted(d for d in done if visit.day + gap < d <= due):
            moved = replace(visit, day=day)
            standing = [moved if other is visit else other for other in plan.visits]
            pinned = tuple(other for other in standing if other.day <= day)
            try:
                replace(case, pinned=pinned).problem()
            except InputError:
                continue
            found = (moved, standing)
    assert found is not None
    moved, standing = found
    after, _ = plan_night(case, known, standing, plan, moved.day, pace)
    checks = [check for visit in after.visits for check in visit.checks]
    assert len(checks) == len(set(checks))
    assert (moved.day, moved.checks) in [(visit.day, visit.checks) for visit in after.visits]


def test_a_reserve_leaves_room(year: tuple[Case, list[Check]]) -> None:
    """Plans keep the shares free before and after the next night; what stands keeps its room."""
    case, calendar = year[0], year[0].calendar
    capacity = case.capacity_now()
    reserve = Reserve(far=Fraction(1), near=Fraction(1, 2))
    standing = solve(case.problem(), effort=0).visits
    less = less_reserved(capacity, reserve, calendar, standing, first=10, near=20)
    taken: dict[tuple[str, int], int] = {}
    for visit in standing:
        for seat in visit.seats:
            key = (seat.unit, calendar.index(visit.day))
            taken[key] = taken.get(key, 0) + seat.inspectors * seat.effort
    for unit, line in capacity.capacity.items():
        for day, room in enumerate(line):
            kept = room if day < 10 else (room + 1) // 2 if day <= 20 else 0
            assert less.capacity[unit][day] == max(kept, taken.get((unit, day), 0) * (day >= 10))
    full = sum(sum(line[10:]) for line in capacity.capacity.values())
    left = full - sum(n for (_, day), n in taken.items() if day >= 10)
    assert spare(capacity, calendar, standing, first=10) == left
    assert less.present == capacity_of(case.registers, calendar).present


@pytest.mark.parametrize("shares", [("1", "0"), ("0", "-1/2"), ("x", "0")])
def test_a_reserve_is_a_share(shares: tuple[str, str]) -> None:
    """What is no share is refused with a word."""
    with pytest.raises(InputError) as raised:
        read_reserve(*shares)
    assert raised.value.faults[0].code == "reserve-share"


@pytest.fixture(scope="module")
def staffed(year: tuple[Case, list[Check]], pace: Pace) -> Replayed:
    """Return the whole year with teams drawn by month."""
    return replay(*year, replace(pace, teams=True))


def test_every_visit_of_the_year_has_its_team(
    year: tuple[Case, list[Check]], staffed: Replayed
) -> None:
    """Each seat is filled by inspectors who may go, nobody beyond the half-days of a day."""
    rounds, people = staffed.rounds, year[0].registers.inspectors
    assert rounds is not None
    served: dict[tuple[str, date], int] = {}
    for visit in staffed.visits:
        own = rounds.teams[visit.day][visit.enterprise]
        assert {seat.unit: seat for seat in visit.seats} == {u: s for u, (s, _) in own.items()}
        for unit, (seat, names) in own.items():
            assert len(set(names)) == seat.inspectors
            for name in names:
                assert people[name].unit == unit
                assert people[name].is_present(visit.day)
                assert visit.enterprise not in {r.enterprise for r in people[name].recusals}
                key = name, visit.day
                served[key] = served.get(key, 0) + seat.effort
    assert all(count <= people[name].max_half_days for (name, _), count in served.items())
    assert rounds.until == year[0].calendar.last
    assert rounds.unstaffed == 0
    assert rounds.drawn + rounds.added >= len(staffed.visits)
    assert sum(rounds.served.values()) == sum(served.values())


def test_visits_of_a_month_that_is_drawn_stay(
    year: tuple[Case, list[Check]], pace: Pace, staffed: Replayed, night: date
) -> None:
    """From the draw on a visit keeps its day, and its checks at least."""
    until = replay(*year, replace(pace, teams=True, last=night))
    assert until.rounds is not None
    days = {check: visit.day for visit in staffed.visits for check in visit.checks}
    # The last night is no night to re-optimise; what was drawn before it stands.
    drawn = made(until, until.rounds.until)
    assert drawn
    for day, _, checks in drawn:
        assert {days[check] for check in checks} == {day}


def test_teams_have_their_own_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """With `--teams` the re-optimised year says what was drawn, and when."""
    argv = ["bench", "rolling", "--json", "--preset", "small", "--scale", "1/10", "--teams"]
    assert main([*argv, "--every", "30", "--weeks", "12", "--effort", "0"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert "--teams" in report["command"]
    row = report["rows"][2]
    assert row["method"] == "re-optimised, teams by month"
    assert row["months"] >= 3
    assert row["drawn"] > 0 == row["unstaffed"]
    assert report["rows"][1]["months"] is None


def made(done: Replayed, until: date) -> list[tuple[date, str, tuple[str, ...]]]:
    """Return the visits up to a day."""
    return [(v.day, v.enterprise, v.checks) for v in done.visits if v.day <= until]
