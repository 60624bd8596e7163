"""Inspectors: so many half-days in each unit that a stated share of them is needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from benchmarks.instances.tables import DEPARTMENTS
from optimizer.domain.days import Calendar, Span
from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.rules import TeamRule
from optimizer.domain.unit import Unit
from scenarios.generator.chance import Chance

_VALID = Span(date(2024, 1, 1), date(2029, 12, 31))
_LEAVE = 20
"""One working day of so many, in units with more than one team's inspectors."""


def make_units(counties: Sequence[str]) -> dict[str, Unit]:
    """Return the units of a city: each department in each county, and at the city."""
    city = counties[0][:4] + "00"
    areas = [(city, "city"), *((county, "county") for county in counties)]
    made = [Unit(f"{d}-{a}", f"{d}-{a}", d, d, level, a) for d in DEPARTMENTS for a, level in areas]
    return {unit.id: unit for unit in sorted(made, key=lambda unit: unit.id)}


def half_days_needed(
    checks: pd.DataFrame, items: Mapping[str, Item], team: TeamRule
) -> tuple[dict[str, int], int]:
    """Return the half-days of each unit, and the visits, if only windows mattered.

    Each enterprise makes the least number of visits that its windows allow: by due date, a check
    joins the first visit whose day, the earliest due date in it, lies in its window. A visit
    takes what ``docs/formats/plan.md`` says of its seats.
    """
    order = np.lexsort((checks["due"].to_numpy(), checks["enterprise"].cat.codes.to_numpy()))
    owners = checks["enterprise"].cat.codes.to_numpy()[order].tolist()
    release = checks["release"].to_numpy().astype("datetime64[D]").astype(np.int64)[order].tolist()
    due = checks["due"].to_numpy().astype("datetime64[D]").astype(np.int64)[order].tolist()
    item = checks["item"].cat.codes.to_numpy()[order].tolist()
    unit = checks["units"].cat.codes.to_numpy()[order].tolist()
    needed: dict[str, int] = {}
    names = [tuple(text.split(" ")) for text in checks["units"].cat.categories]
    asked = [
        (i.inspectors, i.effort, frozenset(i.skills))
        for i in (items[name] for name in checks["item"].cat.categories)
    ]
    visits, owner = 0, -1
    groups: list[tuple[int, list[int]]] = []
    for k in range(len(owners) + 1):
        if k == len(owners) or owners[k] != owner:
            for _, members in groups:
                _add_seats(needed, [(names[unit[m]], *asked[item[m]]) for m in members], team)
            visits += len(groups)
            groups = []
            if k == len(owners):
                break
            owner = owners[k]
        for day, members in groups:
            if release[k] <= day:
                members.append(k)
                break
        else:
            groups.append((due[k], [k]))
    return needed, visits


def _add_seats(
    needed: dict[str, int],
    members: list[tuple[tuple[str, ...], int, int, frozenset[str]]],
    team: TeamRule,
) -> None:
    asked: dict[str, tuple[int, int, frozenset[str]]] = {}
    for units, inspectors, effort, skills in members:
        for unit in units:
            most, longest, held = asked.get(unit, (0, 0, frozenset()))
            asked[unit] = (max(most, inspectors), max(longest, effort), held | skills)
    lead = min(asked, key=lambda unit: (-asked[unit][0], unit))
    for unit, (most, longest, held) in asked.items():
        people = max(most, team.lead) if unit == lead else team.other
        needed[unit] = needed.get(unit, 0) + max(people, len(held)) * longest


def make_inspectors(
    seed: int,
    label: str,
    units: Mapping[str, Unit],
    items: Mapping[str, Item],
    needed: Mapping[str, int],
    calendar: Calendar,
    utilisation: int,
) -> dict[str, Inspector]:
    """Return the inspectors of a city's units.

    A unit's half-days present are its half-days needed over `utilisation` per cent, but at least
    one team on each fifth working day. A unit that needs no more than one team goes out as one
    team on its field days, which are the same weekdays for all units of the city; a larger one
    has leave, and office days of one inspector at a time.
    """
    days = field_days(seed, label, calendar)
    made: dict[str, Inspector] = {}
    spans: dict[tuple[int, ...], tuple[Span, ...]] = {}
    for unit in units.values():
        own = [item for item in items.values() if item.department == unit.department]
        team = max(item.inspectors for item in own)
        skills = sorted({skill for item in own for skill in item.skills})
        chance = Chance(seed, f"{label}:{unit.id}")
        wanted = -(-needed.get(unit.id, 0) * 100 // utilisation)
        wanted = max(wanted, 2 * team * -(-len(days) // 5))
        absent, serves = _roster(chance, wanted, team, days)
        knows = chance.happens(500, len(absent) * len(skills) + 1)
        for k, away in enumerate(absent):
            name = f"{unit.id}-{k + 1:02d}"
            key = tuple(sorted(away))
            if key not in spans:
                spans[key] = _spans(key, calendar)
            held = frozenset(s for j, s in enumerate(skills) if k < 2 or knows[k * len(skills) + j])
            made[name] = Inspector(
                name, name, unit.id, name, _VALID, held, spans[key], (), serves[k]
            )
    return dict(sorted(made.items()))


def field_days(seed: int, label: str, calendar: Calendar) -> list[int]:
    """Return the working days, as indices, those first that units prefer to go out on.

    Weekdays in an order of the city's own, the weeks of one weekday spread evenly.
    """
    order = [*Chance(seed, f"{label}:weekdays").order(5).tolist(), 5, 6]
    found = [i for i, works in enumerate(calendar.working) if works]

    def rank(i: int) -> tuple[int, int]:
        week = (calendar.start.weekday() + i) // 7
        return order.index(calendar.day(i).weekday()), int(f"{week:06b}"[::-1], 2)

    return sorted(found, key=rank)


def _roster(
    chance: Chance, wanted: int, team: int, days: list[int]
) -> tuple[list[set[int]], list[int]]:
    """Return, for each inspector of a unit, the working days away and half-days served a day."""
    count = len(days)
    if wanted <= 2 * team * count:
        out = -(-wanted // (2 * team))
        return [set(days[out:]) for _ in range(team)], [2] * team
    half_time = int(chance.below(10, 1)[0]) < 3
    present = count - count // _LEAVE
    people = max(team + 1, -(-(wanted + half_time * present) // (2 * present)))
    serves = [2] * people
    if half_time:
        serves[-1] = 1
    by_date = sorted(days)
    absent = [
        {by_date[(int(begin) + k) % count] for k in range(count // _LEAVE)}
        for begin in chance.below(count, people)
    ]
    surplus = sum(serve * (count - len(away)) for serve, away in zip(serves, absent, strict=True))
    surplus -= wanted
    for turn, day in enumerate([*reversed(days), *reversed(days)]):
        for k in range(people):
            who = (turn + k) % people
            if serves[who] <= surplus and day not in absent[who]:
                absent[who].add(day)
                surplus -= serves[who]
                break
    return absent, serves


def _spans(away: tuple[int, ...], calendar: Calendar) -> tuple[Span, ...]:
    """Return working days away as spans; days off between two of them belong to one span."""
    found: list[list[int]] = []
    for day in away:
        if found and not any(calendar.working[found[-1][1] + 1 : day]):
            found[-1][1] = day
        else:
            found.append([day, day])
    return tuple(Span(calendar.day(first), calendar.day(last)) for first, last in found)


def half_days_present(inspectors: Mapping[str, Inspector], calendar: Calendar) -> dict[str, int]:
    """Return the half-days of each unit over the horizon."""
    working = [calendar.day(i) for i, works in enumerate(calendar.working) if works]
    found: dict[str, int] = {}
    for inspector in inspectors.values():
        away = {day for span in inspector.leave for day in span}
        here = sum(day not in away for day in working)
        found[inspector.unit] = found.get(inspector.unit, 0) + here * inspector.max_half_days
    return found
