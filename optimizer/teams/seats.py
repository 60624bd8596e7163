"""Seats as groups, who may fill them, and the parts that the lottery falls into.

The meaning of group, part and *may fill*: ``docs/formats/teams.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from optimizer.domain.days import Span, calendar_span
from optimizer.domain.inspector import CAP_KINDS, Inspector
from optimizer.domain.registry import Registers
from optimizer.domain.visit import Visit

Indices = NDArray[np.int64]
LOG_DISCOUNT = -1.3862943611198906
"""Logarithm of 1/4: what weighs somebody, before anything is evened out, who would be kept out
but for want of others."""


@dataclass(frozen=True, slots=True)
class Group:
    """Seats of one visit that the same people may fill.

    Attributes
    ----------
    skill
        Whose holders may fill it; ``""``: anyone eligible.
    seats
        How many; 1 where `skill` is named.
    barred
        Who is kept out of the visit by an open rule (`bars.bars_of`).
    discounted
        Who would be, but for want of others.
    """

    visit: str
    enterprise: str
    day: date
    unit: str
    effort: int
    skill: str
    seats: int
    barred: frozenset[str] = frozenset()
    discounted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Part:
    """One unit's seats of one effort, or of both: a lottery of its own.

    Pairs (g, i) are listed by group, then inspector; rows (i, visit) by first pair; day rows
    (i, day) by first row; limits (i, week, month or year) weeks first, then months, then years.

    Attributes
    ----------
    effort
        1 or 2; 0 where an inspector's visits are capped over several days: both together, each
        group with its own.
    inspectors
        Identifiers of the unit's inspectors, sorted; also those without a pair.
    pair_group, pair_inspector, pair_row
        Shape (pairs,).
    row_day, row_pairs
        Shape (rows,): the day row above, and the number of pairs below.
    day_inspector, day_cap, day_rows
        Shape (day rows,): whose it is, most visits that day, and rows below.
    day_effort
        Shape (day rows,): half-days of each visit that day, 1 or 2.
    day_limit
        Shape (day rows,): the limit right above, −1 where there is none.
    limit_inspector, limit_cap, limit_above
        Shape (limits,): whose it is, most visits of the part under it, and the limit right
        above (of a larger index) or −1. Only limits that can bind are listed: where the day rows
        below take more than the cap.
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
    day_effort: Indices
    day_limit: Indices
    limit_inspector: Indices
    limit_cap: Indices
    limit_above: Indices

    @property
    def pair_effort(self) -> Indices:
        """Half-days of each pair."""
        return self.day_effort[self.row_day[self.pair_row]]

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
    start: date | None = None,
) -> Part:
    """Build a part: everyone who may fill each group, and the caps they are under.

    Parameters
    ----------
    effort
        1 or 2: without caps above the day; 0: both, with them.
    groups
        The unit's groups of this effort, in order.
    inspectors
        The unit's inspectors in order of identifier.
    on_duty
        Whether an inspector serves full days (and nothing else) for the unit on a day.
    start
        First day of the period: visits made before count in the week, month and year that hold
        it. By default the first day of the groups.

    Notes
    -----
    Caps above the day must nest in the days of the groups (`check_caps`).
    """
    recused = [frozenset(r.enterprise for r in i.recusals) for i in inspectors]
    present: dict[tuple[date, int], list[int]] = {}
    pair_group: list[int] = []
    pair_inspector: list[int] = []
    pair_row: list[int] = []
    rows: dict[tuple[int, str], int] = {}
    row_day: list[int] = []
    row_pairs: list[int] = []
    days: dict[tuple[int, date], int] = {}
    day_rows: list[int] = []
    day_effort: list[int] = []
    for g, group in enumerate(groups):
        here = present.get((group.day, group.effort))
        if here is None:
            here = present[group.day, group.effort] = [
                k
                for k, i in enumerate(inspectors)
                if i.is_present(group.day) and on_duty(group.day, i.id) is (group.effort == 2)
            ]
        for k in here:
            if group.enterprise in recused[k] or inspectors[k].id in group.barred:
                continue
            if group.skill and group.skill not in inspectors[k].skills:
                continue
            row = rows.get((k, group.visit))
            if row is None:
                row = rows[(k, group.visit)] = len(row_day)
                day = days.setdefault((k, group.day), len(day_rows))
                if day == len(day_rows):
                    day_rows.append(0)
                    day_effort.append(group.effort)
                day_rows[day] += 1
                row_day.append(day)
                row_pairs.append(0)
            row_pairs[row] += 1
            pair_group.append(g)
            pair_inspector.append(k)
            pair_row.append(row)
    caps = [
        1 if effort_here == 2 else inspectors[k].max_half_days
        for (k, _), effort_here in zip(days, day_effort, strict=True)
    ]
    limits = (
        ([-1] * len(days), [], [], [])
        if effort
        else _limits(
            list(days),
            list(map(min, caps, day_rows)),
            inspectors,
            start or min((g.day for g in groups), default=date.min),
        )
    )
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
                day_effort,
                *limits,
            )
        ),
    )


def _limits(
    days: Sequence[tuple[int, date]],
    most: Sequence[int],
    inspectors: Sequence[Inspector],
    start: date,
) -> tuple[list[int], list[int], list[int], list[int]]:
    """Return ``day_limit``, ``limit_inspector``, ``limit_cap`` and ``limit_above`` of `Part`.

    Parameters
    ----------
    days, most
        Day rows, and how many visits each lets through.
    """
    day_limit = [-1] * len(days)
    owner: list[int] = []
    cap: list[int] = []
    above: list[int] = []
    top = [-1] * len(days)  # highest limit so far over a day row
    for kind in CAP_KINDS:
        below: dict[tuple[int, Span], list[int]] = {}
        for row, (k, day) in enumerate(days):
            if any(c.kind == kind for c in inspectors[k].visit_caps):
                below.setdefault((k, calendar_span(kind, day)), []).append(row)
        for (k, span), rows in below.items():
            own = next(c for c in inspectors[k].visit_caps if c.kind == kind)
            left = max(0, own.most - (own.made if start in span else 0))
            if sum(most[row] for row in rows) <= left:
                continue
            limit = len(owner)
            owner.append(k)
            cap.append(left)
            above.append(-1)
            for row in rows:
                if top[row] < 0:
                    day_limit[row] = limit
                else:
                    above[top[row]] = limit
                top[row] = limit
    return day_limit, owner, cap, above


def split_by_day(groups: Sequence[Group]) -> Mapping[date, list[Group]]:
    """Return the groups by day, in order of day."""
    days: dict[date, list[Group]] = {}
    for group in groups:
        days.setdefault(group.day, []).append(group)
    return dict(sorted(days.items()))
