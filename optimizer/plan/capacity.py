"""What each unit can do on each day: inspectors present and the half-days they can serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optimizer.domain.days import Calendar
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Registers
from optimizer.domain.rules import ClosedRule
from optimizer.domain.unit import Unit
from optimizer.plan.days import Days, active_days
from optimizer.plan.rulebook import closes

Line = tuple[int, ...]
"""One number a calendar day of the horizon."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """Capacity of units by calendar day; 0 on days off (``docs/formats/plan.md``).

    Attributes
    ----------
    present
        Unit → inspectors present: certificate valid, not on leave.
    full
        Unit → those of them who may serve two half-days.
    capacity
        Unit → half-days they can serve.
    skill_present, skill_capacity
        Unit → skill → number of holders present, and their half-days.
    """

    present: Mapping[str, Line]
    full: Mapping[str, Line]
    capacity: Mapping[str, Line]
    skill_present: Mapping[str, Mapping[str, Line]]
    skill_capacity: Mapping[str, Mapping[str, Line]]


def days_present(inspector: Inspector, calendar: Calendar) -> list[bool]:
    """Return for each day of the horizon whether the inspector can serve."""
    n = len(calendar)
    here = [False] * n
    first = max(0, calendar.index(inspector.valid.first))
    last = min(n - 1, calendar.index(inspector.valid.last))
    for i in range(first, last + 1):
        here[i] = calendar.working[i]
    for span in inspector.leave:
        for i in range(
            max(0, calendar.index(span.first)), min(n - 1, calendar.index(span.last)) + 1
        ):
            here[i] = False
    return here


def less_closed(
    capacity: Capacity,
    closed: Sequence[ClosedRule],
    units: Mapping[str, Unit],
    calendar: Calendar,
) -> Capacity:
    """Return the capacity with nobody there on the days that rules close a unit."""
    shut: dict[str, Days] = {}
    for rule in closed:
        days = active_days(rule, calendar)
        for name, unit in units.items():
            if days and closes(rule, unit):
                shut[name] = shut.get(name, 0) | days
    if not shut:
        return capacity

    def open_line(unit: str, line: Line) -> Line:
        away = shut.get(unit, 0)
        return tuple(0 if away >> i & 1 else n for i, n in enumerate(line)) if away else line

    def lines(of: Mapping[str, Line]) -> dict[str, Line]:
        return {unit: open_line(unit, line) for unit, line in of.items()}

    def by_skill(of: Mapping[str, Mapping[str, Line]]) -> dict[str, dict[str, Line]]:
        return {u: {s: open_line(u, line) for s, line in by.items()} for u, by in of.items()}

    return Capacity(
        lines(capacity.present),
        lines(capacity.full),
        lines(capacity.capacity),
        by_skill(capacity.skill_present),
        by_skill(capacity.skill_capacity),
    )


def capacity_of(registers: Registers, calendar: Calendar) -> Capacity:
    """Add up the inspectors of every unit by day.

    Parameters
    ----------
    registers
        Units and inspectors; a unit without inspectors gets zeros.
    calendar
        Horizon; nobody serves on a day off.

    Returns
    -------
    Capacity
        With every unit of the registers and every skill that one of its inspectors holds.
    """
    n = len(calendar)
    present = {unit: [0] * n for unit in sorted(registers.units)}
    full = {unit: [0] * n for unit in present}
    half_days = {unit: [0] * n for unit in present}
    holders: dict[str, dict[str, list[int]]] = {unit: {} for unit in present}
    holder_days: dict[str, dict[str, list[int]]] = {unit: {} for unit in present}
    for _, inspector in sorted(registers.inspectors.items()):
        unit = inspector.unit
        if unit not in present:
            continue
        days = [i for i, here in enumerate(days_present(inspector, calendar)) if here]
        serves = inspector.max_half_days
        lines = [(present[unit], 1), (half_days[unit], serves)]
        if serves >= 2:
            lines.append((full[unit], 1))
        for skill in sorted(inspector.skills):
            lines.append((holders[unit].setdefault(skill, [0] * n), 1))
            lines.append((holder_days[unit].setdefault(skill, [0] * n), serves))
        for line, amount in lines:
            for i in days:
                line[i] += amount
    return Capacity(
        {unit: tuple(line) for unit, line in present.items()},
        {unit: tuple(line) for unit, line in full.items()},
        {unit: tuple(line) for unit, line in half_days.items()},
        {u: {s: tuple(line) for s, line in by.items()} for u, by in holders.items()},
        {u: {s: tuple(line) for s, line in by.items()} for u, by in holder_days.items()},
    )
