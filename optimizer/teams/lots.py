"""Full-day duty under caps over time: the first lots with which a unit's days can be staffed.

Whoever is on duty on a day cannot serve half-days then; where visits are capped in a week, month
or year, that may leave too few for other days. Then the next lots count, in an order that nobody
chose. Rules: ``docs/formats/teams.md``, *Lots*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from optimizer.domain.days import calendar_span
from optimizer.domain.inspector import Inspector
from optimizer.teams.duty import Duty, duty_of
from optimizer.teams.network import Flow, fill
from optimizer.teams.seats import Group, Part, make_part, split_by_day

LOTS = 32
"""Lots that may count on a day."""
TESTS = 512
"""Tests for the days of a run, after which no lots are found."""

Duties = Mapping[date, Duty]
NO_DUTY: Duties = MappingProxyType({})


def serving(duty: Duties) -> Callable[[date, str], bool]:
    """Return whether an inspector is on full-day duty on a day."""
    return lambda day, name: day in duty and name in duty[day].inspectors


def part_with(
    groups: Sequence[Group],
    inspectors: Sequence[Inspector],
    start: date,
    duty: Duties = NO_DUTY,
) -> Part:
    """Return a unit's seats of both efforts under all caps; days without duty as half-days.

    Where duty is not settled whoever serves a whole day could as well have made one visit, so
    what cannot be filled then cannot be with any duty.

    Parameters
    ----------
    start
        First day of the period.
    duty
        Of the days with full-day seats on which it is settled.
    """
    lighter = [g if g.effort == 1 or g.day in duty else replace(g, effort=1) for g in groups]
    return make_part(groups[0].unit, 0, lighter, inspectors, serving(duty), start)


def capped_kinds(inspectors: Sequence[Inspector]) -> set[str]:
    """Return the kinds of spans (``week``, …) in which somebody's visits are capped."""
    return {cap.kind for i in inspectors for cap in i.visit_caps}


def runs(groups: Sequence[Group], inspectors: Sequence[Inspector]) -> list[list[Group]]:
    """Return a unit's groups parted into runs of days that caps over time join.

    A day belongs to the run of the day with visits before it where a week, month or year, of a
    kind in which somebody of the unit is capped, holds both.
    """
    kinds = capped_kinds(inspectors)
    found: list[list[Group]] = []
    last: date | None = None
    for day, today in split_by_day(groups).items():
        if last is not None and any(day in calendar_span(kind, last) for kind in kinds):
            found[-1] += today
        else:
            found.append(list(today))
        last = day
    return found


def settle(
    groups: Sequence[Group],
    inspectors: Sequence[Inspector],
    key: bytes,
    start: date,
    drawn: Duties = NO_DUTY,
) -> Duties | None:
    """Return the duty of a run with which all its seats can be filled, by the first lots.

    Parameters
    ----------
    groups
        Of one run of a unit; each day by itself can be staffed.
    inspectors
        The unit's, in order of identifier.
    key, start
        The duty key, and the first day of the period.
    drawn
        The duty of lot 0, as far as it is known.

    Returns
    -------
    Mapping or None
        By day with full-day seats; ``None`` where no lots were found in so many tests.
    """
    if not groups:
        return {}
    by_day = split_by_day(groups)
    days = [day for day, today in by_day.items() if any(g.effort == 2 for g in today)]

    def filled(duty: Duties) -> bool:
        return fill(part_with(groups, inspectors, start, duty)).full

    def of(day: date, lot: int) -> Duty | None:
        if lot == 0 and day in drawn:
            return drawn[day]
        return duty_of(groups[0].unit, day, by_day[day], inspectors, key, lot)

    first = {day: found for day in days if (found := of(day, 0)) is not None}
    if len(first) < len(days):
        return None
    if filled(first):
        return first
    if not days or not filled({}):
        return None
    tests = 0
    known: dict[tuple[date, int], Duty | None] = {(day, 0): first[day] for day in days}

    def search(chosen: Duties) -> Duties | None:
        nonlocal tests
        day = days[len(chosen)]
        tried: set[frozenset[str]] = set()
        for lot in range(LOTS):
            if tests == TESTS:
                return None
            if (day, lot) not in known:
                known[day, lot] = of(day, lot)
            duty = known[day, lot]
            if duty is None or duty.inspectors in tried:
                continue
            tried.add(duty.inspectors)
            tests += 1
            here = {**chosen, day: duty}
            if filled(here):
                found = here if len(here) == len(days) else search(here)
                if found is not None:
                    return found
        return None

    return search({})


def settled(
    duty: Mapping[tuple[str, date], Duty],
    groups: Mapping[str, Sequence[Group]],
    people: Mapping[str, tuple[Inspector, ...]],
    key: bytes,
    start: date,
) -> dict[tuple[str, date], Duty]:
    """Return duties, in order, with later lots where those of lot 0 leave seats empty.

    Parameters
    ----------
    duty
        Of lot 0, in order of unit and day, of the units whose days can be staffed one by one.
        Where no lots are found it stays.
    """
    found = dict(duty)
    for unit in dict.fromkeys(unit for unit, _ in duty):
        if any(i.visit_caps for i in people[unit]):
            own = {day: one for (u, day), one in duty.items() if u == unit}
            for run in runs(groups[unit], people[unit]):
                for day, one in (settle(run, people[unit], key, start, own) or {}).items():
                    found[unit, day] = one
    return found


def shortage(
    groups: Sequence[Group], inspectors: Sequence[Inspector], key: bytes, start: date
) -> frozenset[str] | None:
    """Return visits of a unit that cannot be staffed together; ``None``: all can be.

    Parameters
    ----------
    groups, inspectors, key, start
        As of `settle`, of any number of runs.
    """
    if not groups:
        return None
    flow = fill(part_with(groups, inspectors, start))
    if not flow.full:
        return frozenset(g.visit for g, short in zip(groups, flow.violator, strict=True) if short)
    if all(g.effort == 1 for g in groups):
        return None
    for run in runs(groups, inspectors):
        if any(g.effort == 2 for g in run) and settle(run, inspectors, key, start) is None:
            return frozenset(g.visit for g in run)
    return None


def by_first_lots(
    groups: Sequence[Group], inspectors: Sequence[Inspector], key: bytes, start: date
) -> tuple[Part, Flow]:
    """Return how far seats can be filled, with the duty of lot 0 where days are not enough.

    Without any duty, where even so the seats cannot be filled.
    """
    part = part_with(groups, inspectors, start)
    flow = fill(part)
    if not flow.full:
        return part, flow
    duty = {}
    for day, today in split_by_day(groups).items():
        if any(g.effort == 2 for g in today):
            found = duty_of(today[0].unit, day, today, inspectors, key)
            if found is not None:
                duty[day] = found
    part = part_with(groups, inspectors, start, duty)
    return part, fill(part)
