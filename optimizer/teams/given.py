"""What the lottery is given, checked before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from optimizer.domain.days import Span, calendar_span
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Registers
from optimizer.domain.visit import Visit
from optimizer.errors import Fault, InputError
from optimizer.messages import phrase


def check_caps(inspectors: Iterable[Inspector], period: Span) -> None:
    """Refuse caps over time that do not nest: a week can lie in two months, or in two years.

    Raises
    ------
    InputError
        With every unit that has inspectors capped by week and month in a period over several
        months, or by week and year in one over several years: how many, and the first by id.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for inspector in inspectors:
        kinds = [cap.kind for cap in inspector.visit_caps]
        for kind in kinds if "week" in kinds else ():
            if period.last not in calendar_span(kind, period.first) and kind != "week":
                found.setdefault((inspector.unit, kind), []).append(inspector.id)
    faults = [
        Fault(
            "caps-nest",
            f"unit {unit}",
            None,
            f"max_week, max_{kind}",
            str(period),
            *phrase("caps-nest", count=len(ids), example=min(ids), kind=kind),
        )
        for (unit, kind), ids in sorted(found.items())
    ]
    if faults:
        raise InputError(faults)


def check_visits(visits: Sequence[Visit], registers: Registers) -> None:
    """Refuse visits that do not belong to the registers or are not a plan's.

    Raises
    ------
    InputError
        With every fault.
    """
    faults: list[Fault] = []

    def fault(visit: Visit, field: str, value: object) -> None:
        code = f"visit-{field}"
        faults.append(Fault(code, f"visit {visit.id}", None, field, str(value), *phrase(code)))

    seen: set[str] = set()
    places: set[tuple[str, date]] = set()
    order = None
    for visit in visits:
        if visit.id in seen:
            fault(visit, "id", visit.id)
        seen.add(visit.id)
        if (visit.enterprise, visit.day) in places:
            fault(visit, "day", visit.day)
        places.add((visit.enterprise, visit.day))
        here = (visit.day, visit.enterprise)
        if order is not None and here < order:
            fault(visit, "order", visit.day)
        order = here
        units = [seat.unit for seat in visit.seats]
        if not units or units != sorted(set(units)):
            fault(visit, "seats", units)
        for seat in visit.seats:
            if seat.unit not in registers.units:
                fault(visit, "unit", seat.unit)
            if seat.effort not in (1, 2):
                fault(visit, "effort", seat.effort)
            if seat.inspectors < max(1, len(seat.skills)) or list(seat.skills) != sorted(
                set(seat.skills)
            ):
                fault(visit, "inspectors", seat.inspectors)
    if faults:
        raise InputError(faults)
