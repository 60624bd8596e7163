"""The answer at once: the best visit to join, a new one, or a refusal, and nothing moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from optimizer.domain.check import Check
from optimizer.domain.visit import Visit
from optimizer.plan.days import Days, between, lowest
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
        As it is now; its number and day are those it had.
    with_checks
        The checks it joins.
    """

    visit: Visit
    with_checks: tuple[str, ...]

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


def insert(state: PlanState, check: Check, *, name: str = "") -> Joined | New | Refused:
    """Answer a request at once: join, new visit or refusal; visits that stand keep their days.

    A visit is joined if one can be, the earliest; else a new one is made: of a triggered check on
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
            near |= between(day - reach, day + reach, horizon)
        if best & ~near:
            return lowest(best & ~near)
    return lowest(best)
