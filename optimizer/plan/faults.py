"""What is wrong with the planner's input, all at once."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter, le

from optimizer.domain.check import Check
from optimizer.domain.days import Calendar
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.visit import Visit
from optimizer.errors import Fault
from optimizer.messages import phrase
from optimizer.plan.seats import Part, skills_asked

MOST_CHECKS = 10_000
"""Most on-site checks of one enterprise: beyond, time would grow with their square."""

MOST_SKILLS = 60
"""Most skills that the checks of a plan ask of one unit: as many as a mask of one word holds."""


def crowded_faults(counts: Mapping[str, int]) -> list[Fault]:
    """Return a fault for each enterprise with more checks than `MOST_CHECKS`."""
    faults = []
    for enterprise, count in sorted(counts.items()):
        if count > MOST_CHECKS:
            expected, mend = phrase("enterprise-crowded", count=count, most=MOST_CHECKS)
            file = f"enterprise {enterprise}"
            faults.append(Fault("enterprise-crowded", file, None, "checks", "", expected, mend))
    return faults


def skill_faults(parts: Iterable[Part], items: Mapping[str, Item]) -> list[Fault]:
    """Return a fault for each unit of which more skills are asked than `MOST_SKILLS`."""
    faults = []
    for unit, skills in sorted(skills_asked(parts, items).items()):
        if len(skills) > MOST_SKILLS:
            expected, mend = phrase("unit-skills", count=len(skills), most=MOST_SKILLS)
            faults.append(Fault("unit-skills", f"unit {unit}", None, "skills", "", expected, mend))
    return faults


def check_faults(checks: Sequence[Check], registers: Registers) -> list[Fault]:
    """Return the faults of the checks against the registers."""
    if _faultless(checks, registers):
        return []
    faults: list[Fault] = []

    def fault(check: Check, code: str, field: str, value: object, expected: str, mend: str) -> None:
        faults.append(Fault(code, f"check {check.id}", None, field, str(value), expected, mend))

    seen: set[str] = set()
    for check in checks:
        if check.id in seen:
            fault(check, "check-twice", "id", check.id, "expected each check once", "Drop one.")
        seen.add(check.id)
        if check.enterprise not in registers.enterprises:
            fault(
                check,
                "unknown-enterprise",
                "enterprise",
                check.enterprise,
                "expected an enterprise of the register",
                "Correct it, or add the enterprise.",
            )
        if check.item not in registers.items:
            fault(
                check,
                "unknown-item",
                "item",
                check.item,
                "expected an item of the list",
                "Correct it, or add the item.",
            )
        own = check.units
        if len(own) != 1 and (not own or len(set(own)) != len(own)):
            fault(
                check,
                "check-units",
                "units",
                " ".join(check.units),
                "expected one or more units, each once",
                "Route the check again.",
            )
        for unit in check.units:
            if unit not in registers.units:
                fault(
                    check,
                    "unknown-unit",
                    "units",
                    unit,
                    "expected a unit of the register",
                    "Correct it, or add the unit.",
                )
        if check.due < check.release:
            fault(
                check,
                "window-order",
                "due",
                check.due.isoformat(),
                f"expected {check.release.isoformat()} or later",
                "Correct the window.",
            )
    expected, mend = phrase("item-against-itself")
    faults.extend(
        Fault("item-against-itself", f"item {i}", None, "incompatible", i, expected, mend)
        for i in sorted({check.item for check in checks} & registers.items.keys())
        if i in registers.items[i].incompatible
    )
    return faults


def _faultless(checks: Sequence[Check], registers: Registers) -> bool:
    """Return whether no check has a fault; what many have in common is looked at once."""
    units = set(map(attrgetter("units"), checks))
    items = set(map(attrgetter("item"), checks))
    return (
        len(set(map(attrgetter("id"), checks))) == len(checks)
        and set(map(attrgetter("enterprise"), checks)) <= registers.enterprises.keys()
        and items <= registers.items.keys()
        and not any(item in registers.items[item].incompatible for item in items)
        and all(own and len(set(own)) == len(own) for own in units)
        and {unit for own in units for unit in own} <= registers.units.keys()
        and all(map(le, map(attrgetter("release"), checks), map(attrgetter("due"), checks)))
    )


def request_faults(
    check: Check, registers: Registers, *, twice: bool, known: Container[Part]
) -> list[Fault]:
    """Return the faults of a check that asks, as `check_faults` does.

    Parameters
    ----------
    twice
        Whether the plan has a check of this identifier.
    known
        Items and units that checks without a fault asked for: they are not looked at again.
    """
    if (
        not twice
        and (check.item, check.units) in known
        and check.enterprise in registers.enterprises
        and check.release <= check.due
    ):
        return []
    return check_faults((check, check) if twice else (check,), registers)


def pinned_faults(
    pinned: Sequence[Visit],
    checks: Sequence[Check],
    calendar: Calendar,
    not_before: date | None = None,
) -> list[Fault]:
    """Return the faults of pinned visits: they must hold checks of the plan, each once."""
    faults: list[Fault] = []
    if not pinned:
        return faults
    at = {check.id: check.enterprise for check in checks}
    held: set[str] = set()
    places: set[tuple[str, int]] = set()
    for visit in pinned:
        name = f"pinned visit {visit.id}"
        for check in visit.checks:
            if at.get(check) != visit.enterprise or check in held:
                faults.append(
                    Fault(
                        "pinned-check",
                        name,
                        None,
                        "checks",
                        check,
                        "expected a check of this enterprise, pinned once",
                        "Give the checks the visit was planned with.",
                    )
                )
            held.add(check)
        place = (visit.enterprise, calendar.index(visit.day))
        if not 0 <= place[1] < len(calendar) or place in places or not visit.checks:
            faults.append(
                Fault(
                    "pinned-day",
                    name,
                    None,
                    "day",
                    visit.day.isoformat(),
                    "expected a day of the horizon, one visit a day at an enterprise",
                    "Drop the pin, or give it as a visit made.",
                )
            )
        elif not calendar.working[place[1]] or (not_before and visit.day < not_before):
            faults.append(
                Fault(
                    "pinned-day-off",
                    name,
                    None,
                    "day",
                    visit.day.isoformat(),
                    "expected a working day on which visits may still be made",
                    "Drop the pin, or give it as a visit made.",
                )
            )
        places.add(place)
    return faults
