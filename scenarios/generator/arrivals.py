"""What reaches the departments over the year: triggered checks, and visits made before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from optimizer.domain.days import Calendar, Span
from scenarios.generator.chance import Chance, Ints
from scenarios.generator.demand import applies, chosen_departments, chosen_items, open_days
from scenarios.generator.enterprises import City
from scenarios.generator.profiles import Profile

SOURCES = ("complaint", "transferred", "assigned", "monitoring", "application")
_SOURCE_WEIGHTS = (60, 15, 8, 10, 7)
QUIET_EXEMPT = ("complaint", "transferred", "assigned", "application")
"""Sources that may enter the zone on quiet days; monitoring alerts wait, so their due date does."""
_MONTHS = (60, 55, 125, 85, 90, 105, 120, 115, 85, 75, 70, 80)
"""Arrivals by month: consumer day in March, food complaints in summer (assumed)."""
_RISK_WEIGHTS = (2, 3, 6, 10, 3)
_SIZE_WEIGHTS = (12, 8, 4, 2)
_DAYS_BY_SEVERITY = {1: (15, 20), 2: (10, 14), 3: (5, 7)}
"""Severity → working days until due, from and to."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Triggered checks as columns of text."""

    ids: list[str]
    enterprises: list[str]
    items: list[str]
    sources: list[str]
    received: list[str]
    due: list[str]
    severity: list[str]


def make_reports(profile: Profile, seed: int, city: City, calendar: Calendar) -> Reports:
    """Generate the triggered checks, in order of arrival."""
    n = profile.triggered if len(city) else 0
    onsite = [i for i in chosen_items(profile) if i.onsite]
    weight = {d.id: d.complaints for d in chosen_departments(profile)}
    count = {d: sum(1 for i in onsite if i.department == d) for d in weight}
    item = Chance(seed, "triggered item").pick(
        [1000 * weight[i.department] // count[i.department] for i in onsite], n
    )
    enterprise = _complained_of(seed, city, [i.id for i in onsite], item)
    days = _arrival_days(profile, seed, calendar, n)
    source = Chance(seed, "triggered source").pick(_SOURCE_WEIGHTS, n)
    severity = Chance(seed, "severity").pick((80, 16, 4), n) + 1
    slack = Chance(seed, "due").below(1 << 20, n)
    made = Reports([], [], [], [], [], [], [])
    for i in np.argsort(days, kind="stable").tolist():
        who = int(enterprise[i])
        if who < 0:
            continue
        word = SOURCES[int(source[i])]
        waits = bool(city.in_zone[who]) and word not in QUIET_EXEMPT
        received = calendar.day(int(days[i]))
        level = int(severity[i])
        due = _due(calendar, received, level, int(slack[i]), waits, profile)
        made.ids.append(f"T{len(made.ids) + 1:05d}")
        made.enterprises.append(city.ids[who])
        made.items.append(onsite[int(item[i])].id)
        made.sources.append(word)
        made.received.append(received.isoformat())
        made.due.append(due.isoformat())
        made.severity.append(str(level))
    return made


def _complained_of(seed: int, city: City, item_ids: list[str], item: Ints) -> Ints:
    """Pick an enterprise for each report: risky and large ones more often; -1 where none fits."""
    pull = (
        np.array(_RISK_WEIGHTS, dtype=np.int64)[city.risk]
        * np.array(_SIZE_WEIGHTS, dtype=np.int64)[city.size]
        * (city.status == 0)
    )
    made = np.full(len(item), -1, dtype=np.int64)
    for number, name in enumerate(item_ids):
        wanted = np.flatnonzero(item == number)
        fits = np.flatnonzero(applies(name)[city.industry] & (pull > 0))
        if len(wanted) and len(fits):
            made[wanted] = fits[Chance(seed, f"reported {name}").pick(pull[fits], len(wanted))]
    return made


def _arrival_days(profile: Profile, seed: int, calendar: Calendar, n: int) -> Ints:
    """Return day indices: by month, Mondays and Tuesdays busier, none in the last four weeks."""
    if profile.one_day is not None:
        return np.full(n, calendar.index(profile.one_day), dtype=np.int64)
    weekday = (30, 24, 20, 18, 18, 6, 4)
    weights = []
    for index in range(len(calendar)):
        day = calendar.day(index)
        late = index > len(calendar) - 35
        weights.append(0 if late else _MONTHS[day.month - 1] * weekday[day.weekday()])
    return Chance(seed, "arrival").pick(weights, n)


def _due(
    calendar: Calendar, received: date, severity: int, slack: int, waits: bool, profile: Profile
) -> date:
    """Return the last day of the response time, in working days.

    Where quiet days keep the check out, the time runs on until five days are open.
    """
    least, most = _DAYS_BY_SEVERITY[severity]
    wanted = 5 if profile.one_day is not None else least + slack % (most - least + 1)
    rest = Span(received + timedelta(days=1), calendar.last)
    working = open_days(calendar, rest, quiet=False)
    due = calendar.day(working[min(wanted, len(working)) - 1])
    if waits:
        opened = open_days(calendar, rest, quiet=True)
        due = max(due, calendar.day(opened[min(5, len(opened)) - 1]))
    return due


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits made before the plan, as columns of text."""

    enterprises: list[str]
    dates: list[str]
    departments: list[str]
    sources: list[str]


def make_visits(profile: Profile, seed: int, city: City) -> Visits:
    """Generate the visits made before the plan, of departments that check such enterprises."""
    n = profile.visits_before if len(city) else 0
    onsite = [i for i in chosen_items(profile) if i.onsite]
    item = Chance(seed, "visited item").below(len(onsite), n)
    who = _complained_of(seed + 1, city, [i.id for i in onsite], item)
    span = (profile.visits_to - profile.visits_from).days + 1
    offset = Chance(seed, "visited day").below(span, n).tolist()
    source = Chance(seed, "visited source").pick((45, 35, 8, 12), n).tolist()
    rows = set()
    for i, (number, enterprise) in enumerate(zip(item.tolist(), who.tolist(), strict=True)):
        day = profile.visits_from + timedelta(days=offset[i])
        day -= timedelta(days=max(0, day.weekday() - 4))
        if enterprise >= 0 and day >= profile.visits_from:
            word = ("draw", "daily", "special", "complaint")[source[i]]
            rows.add((day.isoformat(), city.ids[enterprise], onsite[number].department, word))
    made = Visits([], [], [], [])
    for when, name, department, word in sorted(rows):
        made.dates.append(when)
        made.enterprises.append(name)
        made.departments.append(department)
        made.sources.append(word)
    return made
