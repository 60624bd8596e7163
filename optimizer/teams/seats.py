"""Seats as groups, who may fill them, and the parts that the lottery falls into.

The meaning of group, part and *may fill*: ``docs/formats/teams.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Registers
from optimizer.domain.visit import Visit
from optimizer.errors import Fault, InputError

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """Seats of one visit that the same people may fill.

    Attributes
    ----------
    skill
        Whose holders may fill it; ``""``: anyone eligible.
    seats
        How many; 1 where `skill` is named.
    """

    visit: str
    enterprise: str
    day: date
    unit: str
    effort: int
    skill: str
    seats: int


@dataclass(frozen=True, slots=True)
class Part:
    """One unit's seats of one effort: a lottery of its own.

    Pairs (g, i) are listed by group, then inspector; rows (i, visit) by first pair; day rows
    (i, day) by first row.

    Attributes
    ----------
    inspectors
        Identifiers of the unit's inspectors, sorted; also those without a pair.
    pair_group, pair_inspector, pair_row
        Shape (pairs,).
    row_day, row_pairs
        Shape (rows,): the day row above, and the number of pairs below.
    day_inspector, day_cap, day_rows
        Shape (day rows,): whose it is, most visits that day, and rows below.
    """

    unit: str
    effort: int
    inspectors: tuple[str, ...]
    groups: tuple[Group, ...]
    pair_group: Indices
    pair_inspector: Indices
    pair_row: Indices
    row_day: Indices
    row_pairs: Indices
    day_inspector: Indices
    day_cap: Indices
    day_rows: Indices

    @property
    def seats(self) -> Indices:
        """Seats of each group."""
        return np.array([g.seats for g in self.groups], dtype=np.int64)


def groups_of(visits: Iterable[Visit], period: Span | None) -> dict[str, list[Group]]:
    """Return the groups of the visits in the period, by unit, each in order of visit.

    Parameters
    ----------
    visits
        In the plan's order.
    period
        ``None``: all of them.
    """
    by_unit: dict[str, list[Group]] = {}
    for visit in visits:
        if period is not None and visit.day not in period:
            continue
        for seat in visit.seats:
            groups = by_unit.setdefault(seat.unit, [])
            for skill in seat.skills:
                groups.append(
                    Group(visit.id, visit.enterprise, visit.day, seat.unit, seat.effort, skill, 1)
                )
            others = seat.inspectors - len(seat.skills)
            if others > 0:
                groups.append(
                    Group(visit.id, visit.enterprise, visit.day, seat.unit, seat.effort, "", others)
                )
    return {unit: by_unit[unit] for unit in sorted(by_unit)}


def by_unit(registers: Registers) -> dict[str, tuple[Inspector, ...]]:
    """Return each unit's inspectors in order of identifier."""
    units: dict[str, list[Inspector]] = {unit: [] for unit in registers.units}
    for _, inspector in sorted(registers.inspectors.items()):
        units.setdefault(inspector.unit, []).append(inspector)
    return {unit: tuple(members) for unit, members in units.items()}


def make_part(
    unit: str,
    effort: int,
    groups: Sequence[Group],
    inspectors: Sequence[Inspector],
    on_duty: Callable[[date, str], bool],
) -> Part:
    """Build a part: everyone who may fill each group, and the caps they are under.

    Parameters
    ----------
    groups
        The unit's groups of this effort, in order.
    inspectors
        The unit's inspectors in order of identifier.
    on_duty
        Whether an inspector serves full days (and nothing else) for the unit on a day.
    """
    wanted = effort == 2
    recused = [frozenset(r.enterprise for r in i.recusals) for i in inspectors]
    present: dict[date, list[int]] = {}
    pair_group: list[int] = []
    pair_inspector: list[int] = []
    pair_row: list[int] = []
    rows: dict[tuple[int, str], int] = {}
    row_day: list[int] = []
    row_pairs: list[int] = []
    days: dict[tuple[int, date], int] = {}
    day_rows: list[int] = []
    for g, group in enumerate(groups):
        here = present.get(group.day)
        if here is None:
            here = present[group.day] = [
                k
                for k, i in enumerate(inspectors)
                if i.is_present(group.day) and on_duty(group.day, i.id) is wanted
            ]
        for k in here:
            if group.enterprise in recused[k]:
                continue
            if group.skill and group.skill not in inspectors[k].skills:
                continue
            row = rows.get((k, group.visit))
            if row is None:
                row = rows[(k, group.visit)] = len(row_day)
                day = days.setdefault((k, group.day), len(day_rows))
                if day == len(day_rows):
                    day_rows.append(0)
                day_rows[day] += 1
                row_day.append(day)
                row_pairs.append(0)
            row_pairs[row] += 1
            pair_group.append(g)
            pair_inspector.append(k)
            pair_row.append(row)
    caps = [1 if wanted else inspectors[k].max_half_days for k, _ in days]
    return Part(
        unit,
        effort,
        tuple(i.id for i in inspectors),
        tuple(groups),
        *(
            np.array(values, dtype=np.int64)
            for values in (
                pair_group,
                pair_inspector,
                pair_row,
                row_day,
                row_pairs,
                [k for k, _ in days],
                caps,
                day_rows,
            )
        ),
    )


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


def split_by_day(groups: Sequence[Group]) -> Mapping[date, list[Group]]:
    """Return the groups by day, in order of day."""
    days: dict[date, list[Group]] = {}
    for group in groups:
        days.setdefault(group.day, []).append(group)
    return dict(sorted(days.items()))
