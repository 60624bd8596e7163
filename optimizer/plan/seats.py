"""The joint team of a visit: which unit leads, and how many inspectors each unit sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from optimizer.domain.item import Item
from optimizer.domain.rules import TeamRule
from optimizer.domain.visit import Seat

Part = tuple[str, tuple[str, ...]]
"""What a check asks of a team: its item, and the units that attend."""


@dataclass(frozen=True, slots=True)
class Team:
    """The seats of a visit, whatever its day.

    Attributes
    ----------
    seats
        Sorted by unit.
    """

    lead: str
    seats: tuple[Seat, ...]


Asked = tuple[str, int, int, tuple[str, ...]]
"""The fields of a seat."""


def seats_of(
    parts: Iterable[Part], items: Mapping[str, Item], rule: TeamRule
) -> tuple[str, tuple[Asked, ...]]:
    """Return who leads a visit that does these parts together, and its seats.

    Parameters
    ----------
    parts
        At least one, each with at least one unit.
    """
    need: dict[str, int] = {}
    effort: dict[str, int] = {}
    skills: dict[str, set[str]] = {}
    for item_id, units in parts:
        item = items[item_id]
        people, length, own = item.inspectors, item.effort, item.skills
        for unit in units:
            if people > need.get(unit, -1):
                need[unit] = people
            if length > effort.get(unit, -1):
                effort[unit] = length
            if own:
                skills.setdefault(unit, set()).update(own)
    order = sorted(need)
    # The first of those with the most: `max` takes the first of equals.
    lead = max(order, key=need.__getitem__)
    seats = []
    for unit in order:
        least = max(need[unit], rule.lead) if unit == lead else rule.other
        wanted = tuple(sorted(skills[unit])) if unit in skills else ()
        seats.append((unit, max(least, len(wanted)), effort[unit], wanted))
    return lead, tuple(seats)


def skills_asked(parts: Iterable[Part], items: Mapping[str, Item]) -> dict[str, set[str]]:
    """Return the skills that parts ask of each unit that attends one."""
    asked: dict[str, set[str]] = {}
    for item, units in parts:
        for unit in units:
            asked.setdefault(unit, set()).update(items[item].skills)
    return asked
