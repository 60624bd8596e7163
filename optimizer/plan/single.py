"""A few enterprises' share of a case: the others' visits stay, and their room is taken."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from optimizer.domain.cut import Cut
from optimizer.domain.days import Calendar
from optimizer.domain.visit import Visit
from optimizer.plan.capacity import Capacity
from optimizer.plan.case import Case


def share_of(
    case: Case,
    visits: Sequence[Visit],
    enterprises: Collection[str],
    *,
    capacity: Capacity | None = None,
) -> Case:
    """Return the case of some enterprises alone, the visits of all others left as they stand.

    Parameters
    ----------
    visits
        Of the plan.
    capacity
        What the units can do on each day, if it is known.
    """
    others = [visit for visit in visits if visit.enterprise not in enterprises]
    return replace(
        case,
        checks=tuple(c for c in case.checks if c.enterprise in enterprises),
        capacity=room_beside(capacity or case.capacity_now(), others, case.calendar),
        pinned=tuple(v for v in case.pinned if v.enterprise in enterprises),
        cuts=tuple(_cuts(case.cuts, others, enterprises)),
    )


def near_case(case: Case, enterprises: Collection[str]) -> Case:
    """Return the case of some enterprises, with the units and inspectors that concern them."""
    registers = case.registers
    checks = tuple(c for c in case.checks if c.enterprise in enterprises)
    made = tuple(v for v in registers.visits_made if v.enterprise in enterprises)
    units = {u for c in checks for u in c.units}
    people = {name: i for name, i in registers.inspectors.items() if i.unit in units}
    # What a visit made counts against depends on who came.
    units |= {v.unit for v in made if v.unit in registers.units}
    return replace(
        case,
        checks=checks,
        checks_document={},  # nothing of this is published, and its digest takes long
        registers=replace(
            registers,
            units=MappingProxyType({u: registers.units[u] for u in sorted(units)}),
            inspectors=MappingProxyType(people),
            visits_made=made,
        ),
        pinned=tuple(v for v in case.pinned if v.enterprise in enterprises),
    )


def room_beside(capacity: Capacity, visits: Iterable[Visit], calendar: Calendar) -> Capacity:
    """Return the capacity that visits leave; who is present stays as it is."""
    half_days: dict[str, dict[int, int]] = {}
    full: dict[str, dict[int, int]] = {}
    skills: dict[str, dict[str, dict[int, int]]] = {}
    for visit in visits:
        day = calendar.index(visit.day)
        for seat in visit.seats:
            _add(half_days.setdefault(seat.unit, {}), day, seat.inspectors * seat.effort)
            if seat.effort == 2:
                _add(full.setdefault(seat.unit, {}), day, seat.inspectors)
            for skill in seat.skills:
                by_day = skills.setdefault(seat.unit, {}).setdefault(skill, {})
                _add(by_day, day, seat.effort)
    return replace(
        capacity,
        full=_less(capacity.full, full),
        capacity=_less(capacity.capacity, half_days),
        skill_capacity={
            unit: _less(lines, skills[unit]) if unit in skills else lines
            for unit, lines in capacity.skill_capacity.items()
        },
    )


def without_limit(capacity: Capacity, units: Collection[str], skills: Collection[str]) -> Capacity:
    """Return a capacity in which some units have inspectors of every skill without end."""
    if not units:
        return capacity
    days = len(next(iter(capacity.present.values()), ()))
    plenty = (PLENTY,) * days

    def lines(found: Mapping[str, Any]) -> dict[str, Any]:
        return {**found, **dict.fromkeys(units, plenty)}

    def by_skill(found: Mapping[str, Any]) -> dict[str, Any]:
        return {**found, **{unit: dict.fromkeys(skills, plenty) for unit in units}}

    return Capacity(
        lines(capacity.present),
        lines(capacity.full),
        lines(capacity.capacity),
        by_skill(capacity.skill_present),
        by_skill(capacity.skill_capacity),
    )


PLENTY = 10_000
"""More half-days than any visit asks for."""


def _add(line: dict[int, int], day: int, amount: int) -> None:
    line[day] = line.get(day, 0) + amount


def _less(
    lines: Mapping[str, Sequence[int]], taken: Mapping[str, Mapping[int, int]]
) -> dict[str, tuple[int, ...]]:
    left = {}
    for name, line in lines.items():
        here = list(line)
        for day, amount in taken.get(name, {}).items():
            here[day] -= amount
        left[name] = tuple(here)
    return left


def _cuts(
    cuts: Iterable[Cut], others: Iterable[Visit], enterprises: Collection[str]
) -> Iterable[Cut]:
    """Yield the cuts that still bind: all but so many of the enterprises stand there already."""
    seats = {
        (v.enterprise, v.day, s.unit, skill)
        for v in others
        for s in v.seats
        for skill in ("", *s.skills)
    }
    for cut in cuts:
        own = tuple(e for e in cut.enterprises if e in enterprises)
        away = [e for e in cut.enterprises if e not in enterprises]
        if own and all((e, cut.day, cut.unit, cut.skill) in seats for e in away):
            yield replace(cut, enterprises=own)
