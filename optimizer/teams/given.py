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
        With every inspector capped by week and month in a period over several months, or by
        week and year in one over several years.
    """
    faults: list[Fault] = []
    for inspector in inspectors:
        kinds = [cap.kind for cap in inspector.visit_caps]
        for kind in kinds[1:] if "week" in kinds else ():
            if period.last not in calendar_span(kind, period.first):
                expected, mend = phrase("caps-nest", kind=kind)
                where = f"inspector {inspector.id}"
                field = f"max_week, max_{kind}"
                faults.append(Fault("caps-nest", where, None, field, str(period), expected, mend))
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

    def fault(visit: Visit, field: str, value: object, expected: str, mend: str) -> None:
        faults.append(
            Fault(f"visit-{field}", f"visit {visit.id}", None, field, str(value), expected, mend)
        )

    seen: set[str] = set()
    places: set[tuple[str, date]] = set()
    order = None
    for visit in visits:
        if visit.id in seen:
            fault(visit, "id", visit.id, "expected one visit of this number", "Number them anew.")
        seen.add(visit.id)
        if (visit.enterprise, visit.day) in places:
            fault(
                visit,
                "day",
                visit.day,
                "expected one visit a day at an enterprise",
                "Merge them or move one.",
            )
        places.add((visit.enterprise, visit.day))
        here = (visit.day, visit.enterprise)
        if order is not None and here < order:
            fault(visit, "order", visit.day, "expected order by day, then enterprise", "Sort them.")
        order = here
        units = [seat.unit for seat in visit.seats]
        if not units or units != sorted(set(units)):
            fault(visit, "seats", units, "expected units once each, sorted", "Plan it anew.")
        for seat in visit.seats:
            if seat.unit not in registers.units:
                fault(visit, "unit", seat.unit, "expected a unit of the registers", "Add the unit.")
            if seat.effort not in (1, 2):
                fault(visit, "effort", seat.effort, "expected 1 or 2 half-days", "Correct it.")
            if seat.inspectors < max(1, len(seat.skills)) or list(seat.skills) != sorted(
                set(seat.skills)
            ):
                fault(
                    visit,
                    "inspectors",
                    seat.inspectors,
                    "expected a seat for each skill, at least one, skills sorted",
                    "Plan it anew.",
                )
    if faults:
        raise InputError(faults)
