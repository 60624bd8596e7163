"""The year: what every day uses of the inspectors' time, and each county's visits by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from optimizer.domain.days import YearDays
from optimizer.domain.registry import Document
from optimizer.publication.charts.heat import DayLoad


@dataclass(frozen=True, slots=True)
class MonthLoad:
    """One month added up."""

    month: tuple[int, int]
    working_days: int
    visits: int
    used: int
    capacity: int


def quiet_on(rules: Document, day: date) -> str:
    """Return whether `day` is quiet for ``all``, for a ``part`` of the enterprises, or ``""``."""
    found = ""
    for rule in rules.get("quiet", []):
        if not _active(rule, day):
            continue
        named = rule.get("zones") or rule.get("enterprises") or rule.get("industries")
        if not named:
            return "all"
        found = "part"
    return found


def _active(rule: Document, day: date) -> bool:
    month_days = rule.get("month_days") or (0, 0)
    yearly = [YearDays(*days.split("/")) for days in rule.get("yearly", [])]
    return (
        month_days[0] <= day.day <= month_days[1]
        or day.isoweekday() in rule.get("weekdays", [])
        or any(first <= day <= last for first, last in _spans(rule))
        or any(day in days for days in yearly)
    )


def _spans(rule: Document) -> list[tuple[date, date]]:
    """Return a rule's dated spans, written ``first/last`` or as a pair."""
    pairs = [s.split("/") if isinstance(s, str) else s for s in rule.get("spans", [])]
    return [(date.fromisoformat(p[0]), date.fromisoformat(p[-1])) for p in pairs]


def day_loads(problem: Document, plan: Document) -> tuple[DayLoad, ...]:
    """Return every day of the horizon with its visits and used and free half-days."""
    start = date.fromisoformat(problem["calendar"]["start"])
    working = problem["calendar"]["working"]
    capacity = [0] * len(working)
    for line in problem["capacity"].values():
        for i, half_days in enumerate(line):
            capacity[i] += half_days
    visits: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for visit in plan["visits"]:
        visits[visit["day"]] += 1
        used[visit["day"]] += sum(s["inspectors"] * s["effort"] for s in visit["seats"])
    days = [start + timedelta(days=i) for i in range(len(working))]
    return tuple(
        DayLoad(
            day,
            flag == "1",
            visits[day.isoformat()],
            used[day.isoformat()],
            capacity[i],
            quiet_on(problem["rules"], day),
        )
        for i, (day, flag) in enumerate(zip(days, working, strict=True))
    )


def month_loads(days: tuple[DayLoad, ...]) -> tuple[MonthLoad, ...]:
    """Add the days up by month."""
    months: dict[tuple[int, int], list[DayLoad]] = {}
    for load in days:
        months.setdefault((load.day.year, load.day.month), []).append(load)
    return tuple(
        MonthLoad(
            month,
            sum(d.working for d in loads),
            sum(d.visits for d in loads),
            sum(d.used for d in loads),
            sum(d.capacity for d in loads),
        )
        for month, loads in months.items()
    )


def county_months(problem: Document, plan: Document) -> Mapping[str, Mapping[tuple[int, int], int]]:
    """Return county code → month → visits, counties in order of code."""
    county_of = problem["enterprises"]
    counted: dict[str, Counter[tuple[int, int]]] = {}
    for visit in plan["visits"]:
        county = county_of[visit["enterprise"]]["county"]
        day = visit["day"]
        counted.setdefault(county, Counter())[int(day[:4]), int(day[5:7])] += 1
    return {county: dict(counted[county]) for county in sorted(counted)}
