"""What each unit can do on each day: inspectors present and the half-days they can serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.domain.days import Calendar
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Registers

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
