"""Which items apply to whom, and how much work of which unit follows from the rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from optimizer.domain.days import Calendar, Span
from optimizer.io.calendars import builtin_days, calendar_for
from scenarios.generator.chance import Ints
from scenarios.generator.enterprises import RISKS, City, classes
from scenarios.generator.orders import per_cent
from scenarios.generator.profiles import Profile
from scenarios.generator.tables import Area, Department, ItemRow, areas, departments, items

QUIET_DAYS = (1, 20)
"""Days of the month on which planned checks do not enter the high-tech zone."""


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit of the simulated city.

    Attributes
    ----------
    place
        Index of its county or zone, or -1 for the city's unit.
    """

    id: str
    name: str
    department: Department
    place: int
    area: str


def chosen_departments(profile: Profile) -> tuple[Department, ...]:
    """Return the departments of a profile."""
    return tuple(d for d in departments() if d.small or profile.all_departments)


def chosen_items(profile: Profile) -> tuple[ItemRow, ...]:
    """Return the items of a profile."""
    if profile.all_departments:
        return items()
    return tuple(replace(i, windows=i.small_windows) for i in items() if i.small)


def make_units(profile: Profile) -> tuple[UnitRow, ...]:
    """Return every unit: a department at the city, in each county and in the zone.

    A department whose items are all the city's has no unit below it.
    """
    made = []
    for department in chosen_departments(profile):
        own = [i for i in chosen_items(profile) if i.department == department.id]
        levels = {level for item in own for level in item.levels}
        for place, area in enumerate(areas(profile.region), -1):
            level = "city" if place < 0 else "county"
            # The city's unit also takes over where an enterprise is major or crosses counties.
            if level in levels or level == "city":
                made.append(
                    UnitRow(
                        f"{department.id}-{area.code}",
                        _unit_name(areas(profile.region), department, place),
                        department,
                        place,
                        area.code,
                    )
                )
    return tuple(made)


def _unit_name(own: tuple[Area, ...], department: Department, place: int) -> str:
    area = own[place + 1]
    if area.kind == "county" and len(own) < 20 and not area.name.endswith("县"):
        return f"{own[0].name}{area.name}{department.name}"
    return f"{area.name}{department.name}"


@lru_cache(maxsize=512)
def applies(item: str) -> NDArray[np.bool_]:
    """Return for each class whether the item applies to it."""
    row = next(i for i in items() if i.id == item)
    return np.array([row.covers(code, section) for code, section in classes()])


def work_calendar(profile: Profile) -> Calendar:
    """Return the working days of a profile's horizon."""
    return calendar_for(builtin_days("cn"), profile.horizon)


def open_days(calendar: Calendar, window: Span, *, quiet: bool) -> list[int]:
    """Return the day indices of a window that are working and, in the zone, not quiet."""
    return [
        calendar.index(day)
        for day in window
        if calendar.is_working(day) and not (quiet and QUIET_DAYS[0] <= day.day <= QUIET_DAYS[1])
    ]


def daily_load(
    profile: Profile, city: City, units: tuple[UnitRow, ...], calendar: Calendar
) -> Mapping[str, Ints]:
    """Return unit → expected half-days of planned work, unmerged, on every day, in thousandths.

    Work is spread evenly over the open days of its window. Rounding down in thousandths loses
    nothing that matters.
    """
    by_place = {(u.department.id, u.place): u.id for u in units}
    load = {u.id: np.zeros(len(calendar), dtype=np.int64) for u in units}
    places = areas(profile.region)[1:]
    active = city.status == 0
    upward = city.major | city.cross
    group = 2 * city.area + upward
    for item in chosen_items(profile):
        if not item.onsite:
            continue
        here = np.flatnonzero(active & applies(item.id)[city.industry])
        rates = np.array([per_cent(item.rates, risk) for risk in RISKS], dtype=np.int64)
        # Sums of small integers: exact in the floats that NumPy counts with.
        expected = np.bincount(
            group[here], weights=rates[city.risk[here]], minlength=2 * len(places)
        ).astype(np.int64)
        for number, checks in enumerate(expected.tolist()):
            if not checks:
                continue
            place, up = divmod(number, 2)
            quiet = places[place].kind == "zone"
            for unit, seats in _attending(item, place, bool(up), by_place):
                work = checks * 10 * seats * item.effort
                for key in item.windows:
                    days = _open_days(calendar, profile.windows[key], quiet)
                    if days:
                        load[unit][list(days)] += work // len(days)
    return load


@lru_cache(maxsize=64)
def _open_days(calendar: Calendar, window: Span, quiet: bool) -> tuple[int, ...]:
    return tuple(open_days(calendar, window, quiet=quiet))


def _attending(
    item: ItemRow, place: int, up: bool, by_place: Mapping[tuple[str, int], str]
) -> list[tuple[str, int]]:
    """Return (unit, inspectors) that an item's check asks for."""
    county, city = by_place.get((item.department, place)), by_place[(item.department, -1)]
    if item.mode == "joint":
        return [(city, item.inspectors), *([(county, item.inspectors)] if county else [])]
    if item.mode == "city" or "county" not in item.levels or county is None:
        return [(city, item.inspectors)]
    if item.mode == "auto" and up and "city" in item.levels:
        return [(city, item.inspectors)]
    return [(county, item.inspectors)]
