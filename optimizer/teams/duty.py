"""Full-day duty: who serves full-day visits on a day, by a lottery nobody could steer.

A full-day visit takes both half-days of an inspector, which no laminar family can hold together
with half-day visits. So each day is divided beforehand: full days first. The key was public
before the odds were made. Rules: ``docs/formats/teams.md``, *Duty*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from optimizer.chance import hash_of, sub_key
from optimizer.domain.inspector import Inspector
from optimizer.teams.network import maximum_flow
from optimizer.teams.seats import Group, Part, make_part, split_by_day

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


@dataclass(frozen=True, slots=True)
class Duty:
    """Who serves full days for a unit on a day.

    Attributes
    ----------
    rule
        ``first``: the first by ticket; ``fitted``: chosen because those could not fill the seats.
    lot
        Which of the day's lots it is: 0, unless caps over time kept earlier ones from being
        staffed (`optimizer.teams.lots`).
    """

    unit: str
    day: date
    rule: str
    inspectors: frozenset[str]
    lot: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """The most seats of one unit and day that can be filled, duty being free to choose.

    Attributes
    ----------
    filled
        Seats.
    full_day
        Who fills the full-day seats.
    """

    filled: int
    full_day: frozenset[str]


def ticket(key: bytes, inspector: str) -> tuple[bytes, str]:
    """Return what inspectors are ordered by: ``H(hex(key) ‖ id)``, then the id."""
    return hash_of(key).digest(f"{key.hex()}{inspector}".encode()), inspector


def duty_size(full_capable: int, full_seats: int, half_seats: int) -> int:
    """Return how many are on duty: a share by half-days asked for, at least the full-day seats."""
    share = full_capable * 2 * full_seats // (2 * full_seats + half_seats)
    return min(full_capable, max(full_seats, share))


def duty_of(
    unit: str,
    day: date,
    groups: Sequence[Group],
    inspectors: Sequence[Inspector],
    key: bytes,
    lot: int = 0,
) -> Duty | None:
    """Return who is on duty, or ``None`` when the day's seats cannot be filled in any way.

    Parameters
    ----------
    groups
        The unit's groups of that day, some of effort 2.
    inspectors
        The unit's, in order of identifier.
    key
        The duty key: that of the first draw.
    lot
        Which of the day's lots.
    """
    order, first = first_by_ticket(unit, day, groups, inspectors, key, lot)
    seating = _Seating(unit, groups, inspectors)
    if seating.suits(first):
        return Duty(unit, day, "first", first, lot)
    seats = sum(g.seats for g in groups)
    fit = most_seats(groups, inspectors)
    if fit.filled < seats:
        return None
    # The first set in order of ticket, whatever the solver found: nobody's choice, and the same
    # with every solver. Mostly a place for the next in order is found by exchange with one who is
    # not settled yet; only where none is does the solver have to say.
    full_day = fit.full_day
    chosen: dict[str, bool] = {}
    for name in order:
        if name not in full_day:
            open_places = [other for other in order if other in full_day and other not in chosen]
            swaps = (full_day - {other} | {name} for other in reversed(open_places))
            swapped = next((duty for duty in swaps if seating.suits(duty)), None)
            if swapped is None and open_places:
                other_fit = most_seats(groups, inspectors, {**chosen, name: True})
                swapped = other_fit.full_day if other_fit.filled == seats else None
            full_day = swapped or full_day
        chosen[name] = name in full_day
    return Duty(unit, day, "fitted", full_day, lot)


def first_by_ticket(
    unit: str,
    day: date,
    groups: Sequence[Group],
    inspectors: Sequence[Inspector],
    key: bytes,
    lot: int = 0,
) -> tuple[list[str], frozenset[str]]:
    """Return who may serve the whole day, in order of ticket, and the first choice of those.

    In lots of odd number no more than the full-day seats: that leaves most people for half-days.
    """
    full = sum(g.seats for g in groups if g.effort == 2)
    half = sum(g.seats for g in groups if g.effort == 1)
    place = f"{unit}/{day.isoformat()}" + (f"/{lot}" if lot else "")
    day_key = sub_key(key, "duty", place)
    able = (i.id for i in inspectors if i.is_present(day) and i.max_half_days == 2)
    order = sorted(able, key=lambda name: ticket(day_key, name))
    size = min(len(order), full) if lot % 2 else duty_size(len(order), full, half)
    return order, frozenset(order[:size])


def can_staff(
    unit: str, day: date, groups: Sequence[Group], inspectors: Sequence[Inspector], key: bytes
) -> bool:
    """Return whether `duty_of` finds someone, without finding out who: far less work."""
    _, first = first_by_ticket(unit, day, groups, inspectors, key)
    if can_fill(unit, groups, inspectors, first):
        return True
    return most_seats(groups, inspectors).filled == sum(g.seats for g in groups)


def can_fill(
    unit: str, groups: Sequence[Group], inspectors: Sequence[Inspector], duty: frozenset[str]
) -> bool:
    """Return whether all seats of a day can be filled with these people on full-day duty."""
    return _Seating(unit, groups, inspectors).suits(duty)


def _all(_day: date, _name: str) -> bool:
    return True


def _none(_day: date, _name: str) -> bool:
    return False


class _Seating:
    """One unit and day: who may fill what, to be asked of one duty after the other."""

    def __init__(self, unit: str, groups: Sequence[Group], inspectors: Sequence[Inspector]) -> None:
        self._names = [i.id for i in inspectors]
        self._parts: list[tuple[Part, bool]] = []
        for effort in (2, 1):
            mine = [g for g in groups if g.effort == effort]
            if mine:
                whole = effort == 2
                part = make_part(unit, effort, mine, inspectors, _all if whole else _none)
                self._parts.append((part, whole))

    def suits(self, duty: frozenset[str]) -> bool:
        """Return whether all seats can be filled with these people on full-day duty."""
        for part, whole in self._parts:
            serves = np.array([(name in duty) == whole for name in self._names], dtype=np.int64)
            flow = maximum_flow(
                part,
                part.seats,
                np.ones(len(part.pair_group), dtype=np.int64),
                np.ones(len(part.row_day), dtype=np.int64),
                part.day_cap * serves[part.day_inspector],
                part.limit_cap,
            )
            if not flow.full:
                return False
        return True


def most_seats(
    groups: Sequence[Group],
    inspectors: Sequence[Inspector],
    decided: Mapping[str, bool] = MappingProxyType({}),
) -> Fit:
    """Return the most seats of one unit and day that can be filled together.

    Parameters
    ----------
    decided
        Whether an inspector fills a full-day seat, as far as that is settled.

    Notes
    -----
    Exact, by CP-SAT with one worker: dividing the people between full days and half-days is a
    packing problem, not a flow. Only days that the lottery's first choice cannot fill come here.
    """
    # It brings pandas along, which takes a while to load, and not every process solves.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    on_duty = {i.id: model.new_bool_var("") for i in inspectors if i.max_half_days == 2}
    served: dict[str, list[cp_model.IntVar]] = {}
    in_visit: dict[tuple[str, str], list[cp_model.IntVar]] = {}
    full_day: dict[str, list[cp_model.IntVar]] = {}
    chosen: list[cp_model.IntVar] = []
    for group in groups:
        fills = []
        for i in inspectors:
            if (
                not i.is_present(group.day)
                or (group.skill and group.skill not in i.skills)
                or any(r.enterprise == group.enterprise for r in i.recusals)
                or i.id in group.barred
                or (group.effort == 2 and i.id not in on_duty)
            ):
                continue
            x = model.new_bool_var("")
            fills.append(x)
            in_visit.setdefault((i.id, group.visit), []).append(x)
            if group.effort == 2:
                full_day.setdefault(i.id, []).append(x)
            else:
                served.setdefault(i.id, []).append(x)
        model.add(sum(fills) <= group.seats)
        chosen += fills
    for variables in in_visit.values():
        model.add_at_most_one(variables)
    cap = {i.id: i.max_half_days for i in inspectors}
    for name, variables in served.items():
        whole = on_duty.get(name)
        model.add(sum(variables) <= cap[name] * (1 if whole is None else 1 - whole))
    for name, variables in full_day.items():
        model.add(sum(variables) == on_duty[name])
    for name, serves in decided.items():
        if name in on_duty:
            model.add(on_duty[name] == int(serves))
    model.maximize(sum(chosen))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = 20.0
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Fit(0, frozenset())
    filled = sum(solver.value(x) for x in chosen)
    who = frozenset(
        name for name, variables in full_day.items() if any(solver.value(x) for x in variables)
    )
    return Fit(filled, who)


def duties(
    groups: Mapping[str, Sequence[Group]],
    people: Mapping[str, tuple[Inspector, ...]],
    key: bytes,
) -> tuple[dict[tuple[str, date], Duty], list[tuple[str, date]]]:
    """Divide every day of every unit that has full-day seats.

    Returns
    -------
    tuple
        The duties, in order of unit and day; and the units and days that cannot be staffed.
    """
    found: dict[tuple[str, date], Duty] = {}
    failed: list[tuple[str, date]] = []
    for unit, mine in sorted(groups.items()):
        for day, today in split_by_day(mine).items():
            if any(g.effort == 2 for g in today):
                duty = duty_of(unit, day, today, people[unit], key)
                if duty is None:
                    failed.append((unit, day))
                else:
                    found[(unit, day)] = duty
    return found, failed
