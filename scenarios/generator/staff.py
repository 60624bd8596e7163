"""Inspectors: how many, when on the rota, with which skills, certificates, leave and recusals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from optimizer.domain.days import Span
from scenarios.generator.chance import Chance, Ints
from scenarios.generator.demand import UnitRow, chosen_items
from scenarios.generator.enterprises import City
from scenarios.generator.names import person_names
from scenarios.generator.profiles import Profile
from scenarios.generator.tables import areas

_LEAST = 5
"""Fewest inspectors of a unit: two can go while others are on leave."""
_LEAST_ON_DUTY = 3
_PRESENT = 920
"""Per mille of working days on which an inspector on the rota is there."""
_DAYS = (3, 1, 2, 0, 4)
"""Weekdays (Monday is 0) in order of becoming inspection days: all units share the first ones."""
_RECUSALS = ("利害关系", "近亲属", "原工作单位", "被投诉")


@dataclass(frozen=True, slots=True)
class Staffing:
    """How a unit is manned.

    Attributes
    ----------
    inspectors
        On the register.
    groups
        The rota: each week one of so many groups serves, the others have different duties.
    days
        Inspection days of a week, the first so many of `_DAYS`.
    full_days
        Per mille of inspectors who may serve two half-days a day.
    """

    inspectors: int
    groups: int
    days: int
    full_days: int


def staffing(profile: Profile, unit: UnitRow, peak: int) -> Staffing:
    """Choose a unit's staffing so that its busiest days are used to the profile's target.

    Parameters
    ----------
    peak
        Half-days that its checks ask for on its busiest day, in thousandths.
    """
    if profile.one_inspector:
        return Staffing(1, 1, 5, 1000)
    counties = areas(profile.region)[1:]
    shares = [a.share for a in counties]
    size = unit.department.staff * profile.staff
    # In thousandths of an inspector: the city's unit is four fifths of a county's.
    listed = (
        size * 4 // 5 if unit.place < 0 else size * shares[unit.place] * len(shares) // sum(shares)
    )
    wanted = peak * profile.peak_share // profile.load_target
    n = max(_LEAST, listed // 1000)
    in_zone = unit.place >= 0 and counties[unit.place].kind == "zone"
    # The zone has few open days as it is; full-day visits beside half-day ones need more people at
    # once than their half-days add up to.
    steady = profile.inspection_days and _goes_full_days(profile, unit)
    weeks = (5,) if in_zone or steady or not profile.inspection_days else (1, 2, 3, 5)
    choices = [
        (n * _PRESENT * (1000 + full) * days // 5000 // groups, groups, days, full)
        for groups in (range(1, 2) if steady else range(1, 7))
        for days in weeks
        for full in (300, 900)
        if groups == 1 or n // groups >= _LEAST_ON_DUTY
    ]
    enough = [choice for choice in choices if choice[0] >= wanted]
    if enough:
        # Of those that fit about as well, the one that goes out on most days.
        close = min(enough)[0] * 5 // 4
        _, groups, days, full = min((c for c in enough if c[0] <= close), key=lambda c: (-c[2], c))
        return Staffing(n, groups, days, full)
    return Staffing(max(n, -(-wanted * 1000 // (_PRESENT * 1900))), 1, 5, 900)


def _goes_full_days(profile: Profile, unit: UnitRow) -> bool:
    level = "city" if unit.place < 0 else "county"
    return any(
        item.effort == 2 and level in item.levels
        for item in chosen_items(profile)
        if item.department == unit.department.id
    )


@dataclass(frozen=True, slots=True)
class Roster:
    """Inspectors as columns of text."""

    ids: list[str]
    names: list[str]
    units: list[str]
    certificates: list[str]
    valid_from: list[str]
    valid_to: list[str]
    skills: list[str]
    leave: list[str]
    recusals: list[str]
    max_half_days: list[str]
    workload: list[str]


def make_roster(
    profile: Profile,
    seed: int,
    city: City,
    units: tuple[UnitRow, ...],
    load: Mapping[str, Ints],
) -> Roster:
    """Generate the inspector register."""
    manned = [staffing(profile, unit, int(load[unit.id].max(initial=0))) for unit in units]
    n = sum(s.inspectors for s in manned)
    issued = Chance(seed, "issued").below(1400, n).tolist()
    half = Chance(seed, "half-days").below(1000, n).tolist()
    workload = Chance(seed, "workload").below(13, n).tolist()
    skills_of = _skills(profile)
    # So many of each rota group hold every skill; where they go out seldom, they must be enough.
    common = 8 if profile.inspection_days else 3
    roster = Roster([], [], [], [], [], [], [], [], [], [], [])
    roster.names.extend(person_names(seed, n))
    leave = _leaves(profile, seed, n)
    recusals = _recusals(profile, seed, city, units, manned)
    person = 0
    for unit, manning in zip(units, manned, strict=True):
        for member in range(manning.inspectors):
            group, rank = member % manning.groups, member // manning.groups
            number = f"{person + 1:05d}"
            roster.ids.append(f"I{number}")
            roster.units.append(unit.id)
            roster.certificates.append(f"晋C{unit.area[2:]}{number}")
            first = date(2021, 9, 1) + timedelta(days=issued[person])
            roster.valid_from.append(first.isoformat())
            roster.valid_to.append((first + timedelta(days=5 * 365)).isoformat())
            held = [
                skill
                for place, skill in enumerate(skills_of.get(unit.department.id, ()))
                if profile.one_inspector or rank < common or (rank + place) % 2 == 0
            ]
            roster.skills.append(";".join(held))
            away = [*_off_rota(profile.horizon, group, manning), *leave[person]]
            roster.leave.append(";".join(sorted({str(span) for span in away})))
            roster.recusals.append(recusals[person])
            full = rank < 3 or half[person] < manning.full_days
            roster.max_half_days.append("2" if full else "1")
            roster.workload.append(str(workload[person]))
            person += 1
    return roster


def _skills(profile: Profile) -> dict[str, tuple[str, ...]]:
    """Return department → the skills its items ask for."""
    found: dict[str, tuple[str, ...]] = {}
    for item in chosen_items(profile):
        own = found.get(item.department, ())
        found[item.department] = (*own, *(s for s in item.skills if s not in own))
    return found


def _off_rota(horizon: Span, group: int, manning: Staffing) -> list[Span]:
    """Return the days on which a group has other duties, as spans; weekends do not part them."""
    if manning.groups == 1 and manning.days == 5:
        return []
    out = frozenset(_DAYS[: manning.days])
    monday = horizon.first - timedelta(days=horizon.first.weekday())
    spans: list[Span] = []
    for day in horizon:
        serves = (day - monday).days // 7 % manning.groups == group
        if serves and (day.weekday() in out or day.weekday() > 4):
            continue
        if spans and spans[-1].last + timedelta(days=1) == day:
            spans[-1] = Span(spans[-1].first, day)
        else:
            spans.append(Span(day, day))
    return spans


def _leaves(profile: Profile, seed: int, n: int) -> list[list[Span]]:
    """Return one or two leaves of each inspector, 4 to 11 days long."""
    days = len(profile.horizon)
    chance = Chance(seed, "leave")
    starts = chance.below(days, 2 * n).reshape(n, 2).tolist()
    lengths = chance.below(8, 2 * n).reshape(n, 2).tolist()
    second = chance.happens(400, n).tolist()
    made = []
    for own_starts, own_lengths, two in zip(starts, lengths, second, strict=True):
        spans = []
        for start, extra in list(zip(own_starts, own_lengths, strict=True))[: 1 + two]:
            first = profile.horizon.first + timedelta(days=start)
            spans.append(Span(first, min(first + timedelta(days=3 + extra), profile.horizon.last)))
        made.append(spans)
    return made


def _recusals(
    profile: Profile, seed: int, city: City, units: tuple[UnitRow, ...], manned: list[Staffing]
) -> list[str]:
    """Give every twenty-fifth inspector or so one enterprise of the own area to stay away from."""
    n = sum(s.inspectors for s in manned)
    chance = Chance(seed, "recusal")
    has = chance.happens(40, n).tolist()
    which = chance.below(1 << 30, n).tolist()
    kind = chance.pick([30, 45, 20, 5], n).tolist()
    local = [np.flatnonzero(city.area == place) for place in range(len(areas(profile.region)) - 1)]
    everyone = np.arange(len(city))
    made: list[str] = []
    for unit, manning in zip(units, manned, strict=True):
        near = everyone if unit.place < 0 else local[unit.place]
        for _ in range(manning.inspectors):
            i = len(made)
            if has[i] and len(near) and not profile.one_inspector:
                made.append(f"{city.ids[int(near[which[i] % len(near)])]}:{_RECUSALS[kind[i]]}")
            else:
                made.append("")
    return made
