"""The answer at once: the best visit to join, a new one, or a refusal, and nothing moves."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from optimizer.domain.check import Check
from optimizer.domain.visit import Visit
from optimizer.plan.days import Days, between, lowest, nearest
from optimizer.plan.desk import Desk
from optimizer.plan.refuse import Refused, refuse
from optimizer.plan.site import Group
from optimizer.plan.standing import PlanState

APART = (96, 64, 48, 32, 24, 16, 8, 4, 2)
"""Days that a new planned visit should lie from others of its enterprise, the most first."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The check joins a visit that stands.

    Attributes
    ----------
    visit
        As it is now; its number is the one it had, and so is its day unless it was moved.
    with_checks
        The checks it joins.
    moved_from
        The day it had, if it was movable and had to move.
    """

    visit: Visit
    with_checks: tuple[str, ...]
    moved_from: date | None = None

    @property
    def day(self) -> date:
        """Day of the visit."""
        return self.visit.day


@dataclass(frozen=True, slots=True)
class New:
    """The check gets a visit of its own."""

    visit: Visit

    @property
    def day(self) -> date:
        """Day of the visit."""
        return self.visit.day


def insert(
    state: PlanState, check: Check, *, name: str = "", movable: Container[str] = ()
) -> Joined | New | Refused:
    """Answer a request at once: join, new visit or refusal; visits that stand keep their days.

    A visit is joined if one can be, the earliest; else, where the caller allows it, one of the
    enterprise's movable visits moves to a day on which it can take the check, the nearest to its
    own; else a new one is made: of a triggered check on
    the earliest day, of a planned one on the days that leave its units most room, where later
    requests find it best (`_best_day`).

    Parameters
    ----------
    state
        Holds the answer afterwards, unless it is a refusal; `PlanState.rewind` takes it back.
    check
        On-site, of an enterprise, item and units of the registers, not in the plan yet.
    name
        Number of a new visit; by default ``N-`` and the check's id.
    movable
        Numbers of visits that may move: neither published, filed nor promised. By default none.

    Raises
    ------
    InputError
        If the check does not fit the registers, or is in the plan already.
    """
    desk = Desk(state, check)
    for k, (visit, _) in enumerate(desk.standing):
        joined = desk.joined(k)
        if joined is not None:
            checks = tuple(sorted((*visit.checks, check.id)))
            changed = desk.visit(visit.id, visit.day, checks, joined)
            state.put(check, changed, visit)
            return Joined(changed, visit.checks)
    for k, (visit, day) in enumerate(desk.standing):
        if visit.id in movable:
            found = desk.moved(k)
            if found is not None:
                joined, days = found
                moved = state.problem.calendar.day(nearest(days, day))
                checks = tuple(sorted((*visit.checks, check.id)))
                changed = desk.visit(visit.id, moved, checks, joined)
                state.put(check, changed, visit)
                return Joined(changed, visit.checks, visit.day)
    group = desk.group(desk.bit)
    days = desk.days(group)
    if not days:
        return refuse(desk, group)
    day = lowest(days) if check.kind == "triggered" else _best_day(desk, group, days)
    date = state.problem.calendar.day(day)
    made = desk.visit(name or f"N-{check.id}", date, (check.id,), group)
    state.put(check, made)
    return New(made)


def _best_day(desk: Desk, group: Group, days: Days) -> int:
    """Return the day, among the emptiest, that lies far from the enterprise's other visits.

    Visits spread over the year are met by more of the windows that later requests come with.
    """
    best = desk.state.room.emptiest(group.rows, days)
    horizon = len(desk.state.problem.calendar)
    for reach in APART if desk.standing else ():
        near = 0
        for _, day in desk.standing:
            near |= _around(day, reach, horizon)
        if best & ~near:
            return lowest(best & ~near)
    return lowest(best)


@lru_cache(maxsize=1 << 13)
def _around(day: int, reach: int, horizon: int) -> Days:
    """Return the days up to so far from one; remembered, as requests ask for few."""
    return between(day - reach, day + reach, horizon)
