"""Pinned visits that no plan can keep: each refused with the rule that it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from optimizer.domain.visit import Visit
from optimizer.errors import Fault
from optimizer.messages import phrase
from optimizer.plan.capacity import days_present
from optimizer.plan.days import bits
from optimizer.plan.rulebook import falls_on, quiet_rules
from optimizer.plan.site import Group, Site

if TYPE_CHECKING:
    from optimizer.plan.problem import Problem

NAMED = 3
"""Recused inspectors that a fault names."""

Pin = tuple[Visit, Group, int]
"""A pinned visit as the problem has it, with its day."""


def broken_pins(problem: Problem, pinned: Sequence[Visit]) -> list[Fault]:
    """Return a fault for each rule of ``docs/formats/plan.md`` that pinned visits break.

    Parameters
    ----------
    pinned
        Visits whose checks and days are of the problem (`optimizer.plan.faults.pinned_faults`).
    """
    if not pinned:
        return []
    held: dict[str, list[Visit]] = {}
    for visit in sorted(pinned, key=lambda v: (v.enterprise, v.day)):
        held.setdefault(visit.enterprise, []).append(visit)
    faults: list[Fault] = []
    used: dict[tuple[int, int], int] = {}
    for site in problem.sites:
        pins: list[Pin] = []
        for visit, (mask, day) in zip(held.get(site.enterprise.id, ()), site.pinned, strict=True):
            group = problem.group(site, mask)
            broken = _alone(problem, site, visit, group, day)
            if broken:
                faults += broken
                continue
            pins.append((visit, group, day))
            for row, amount in group.rows:
                used[row, day] = used.get((row, day), 0) + amount
                if used[row, day] > problem.rows[row].room[day]:
                    code = "pinned-cut" if problem.rows[row].kind == "cut" else "pinned-capacity"
                    unit = problem.rows[row].unit
                    faults.append(fault(code, visit, "day", visit.day, unit=unit))
        faults += _together(problem, site, pins)
    return faults


def fault(code: str, visit: Visit, field: str, value: object, **params: object) -> Fault:
    """Return a fault of a pinned visit in the words of `optimizer.messages`."""
    expected, mend = phrase(code, **params)
    return Fault(code, f"pinned visit {visit.id}", None, field, str(value), expected, mend)


def _alone(problem: Problem, site: Site, visit: Visit, group: Group, day: int) -> list[Fault]:
    """Return the first rule that the visit breaks by itself."""
    own = list(bits(group.mask))
    if site.clash(group.mask):
        return [fault("pinned-incompatible", visit, "checks", " ".join(visit.checks))]
    for i in own:
        if not site.windows[i] >> day & 1:
            check = site.checks[i]
            window = f"{check.release}/{check.due}"
            return [fault("pinned-window", visit, "day", visit.day, check=check.id, window=window)]
    if not site.common(group.mask) >> day & 1:
        sources = {site.checks[i].source for i in own}
        closing = [
            rule.id
            for rule in quiet_rules(problem.rules, site.enterprise, site.section)
            if falls_on(rule, visit.day) and not sources <= set(rule.exempt)
        ]
        return [fault("pinned-quiet", visit, "day", visit.day, rules=", ".join(closing))]
    if not group.days >> day & 1:
        unit = next(
            seat.unit
            for seat in group.team.seats
            if not problem.staffed(seat.unit, seat.inspectors, seat.effort, seat.skills) >> day & 1
        )
        return [fault("pinned-unstaffed", visit, "day", visit.day, unit=unit)]
    for seat in group.team.seats:
        absent = site.recused.get(seat.unit, ())
        if absent and not problem.staffed_without(seat, absent) >> day & 1:
            words = {"unit": seat.unit, "people": _there(problem, absent, day)}
            return [fault("pinned-recused", visit, "day", visit.day, **words)]
    return []


def _there(problem: Problem, names: Sequence[str], day: int) -> str:
    """Return those of some inspectors who are present on a day, the first few by name."""
    people = problem.registers.inspectors
    here = [name for name in names if days_present(people[name], problem.calendar)[day]]
    return ", ".join(here[:NAMED]) + (" …" if len(here) > NAMED else "")


def _together(problem: Problem, site: Site, pins: Sequence[Pin]) -> list[Fault]:
    """Return the gaps and caps that the pinned visits of an enterprise break among themselves."""
    faults: list[Fault] = []
    gap = problem.rules.gap_days
    last: int | None = None
    counted: dict[tuple[int, int], int] = {}
    free: dict[tuple[int, int], int] = {}
    named: set[int] = set()
    for visit, group, day in pins:
        if not group.exempt:
            if site.near_made >> day & 1 or (last is not None and day - last < gap):
                faults.append(fault("pinned-gap", visit, "day", visit.day, days=gap))
            last = day
        year = problem.year_index(day)
        for count in group.counts:
            key = (count.counter, year)
            counted[key] = counted.get(key, 0) + count.counted
            free[key] = free.get(key, 0) + count.free
            counter = site.counters[count.counter]
            over = counted[key] and counted[key] + free[key] > counter.limits[year]
            if over and count.counter not in named:
                named.add(count.counter)
                faults.append(fault("pinned-cap", visit, "day", visit.day, rule=counter.rule))
    return faults
