"""A plan as it stands while requests come in: it changes with every answer, and can go back."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from optimizer.domain.check import Check
from optimizer.domain.visit import Visit, VisitMade
from optimizer.errors import InputError
from optimizer.plan.days import active_days, between
from optimizer.plan.faults import MOST_CHECKS, crowded_faults, request_faults
from optimizer.plan.problem import Problem, Row
from optimizer.plan.result import Plan
from optimizer.plan.room import Room, Takes
from optimizer.plan.seats import Part
from optimizer.plan.site import Site

if TYPE_CHECKING:
    from optimizer.plan.insert import Joined, New
    from optimizer.plan.refuse import Refused


class _Change(NamedTuple):
    """What an answer changed; `visits`, `checks` and `site` are the enterprise's before it."""

    check: Check
    visits: tuple[Visit, ...] | None
    checks: tuple[Check, ...] | None
    site: Site | None
    visit: Visit
    instead: Visit | None


Stood = tuple[Sequence[Visit], Sequence[Check]]
"""Visits of an enterprise, and their checks."""


class Adopted(NamedTuple):
    """What was taken over of another state.

    Attributes
    ----------
    enterprises
        Those asked for, then those that went back for lack of room.
    lost
        Checks that had a visit, have none there, and found no other.
    """

    enterprises: tuple[str, ...]
    lost: tuple[Check, ...]


class PlanState:
    """A plan as it stands, ready for requests.

    `insert` changes it; `rewind` goes back. Whoever shares a state between threads holds a lock
    from the request until the answer is kept or taken back.

    Parameters
    ----------
    problem
        What the plan was made from: rules, calendar, registers, capacities, with every check
        that is in a visit.
    visits
        All that stand, in any order.

    Attributes
    ----------
    problem
        As given, with rows for units that entered later.
    checks
        Enterprise → its checks that are in visits.
    visits
        Enterprise → its visits, in order of day.
    room
        What the visits leave of the units' days.
    made
        Enterprise → visits made.
    quiet
        Quiet rules with the days on which they are active.
    """

    __slots__ = (
        "_asked",
        "_cut_rows",
        "_ids",
        "_journal",
        "_kept",
        "_near",
        "_ready",
        "_row_of",
        "_sites",
        "checks",
        "made",
        "problem",
        "quiet",
        "room",
        "visits",
    )

    def __init__(self, problem: Problem, visits: Iterable[Visit]) -> None:
        registers = problem.registers
        self._row_of = dict(problem.row_of)
        self.problem = replace(
            problem, items=registers.items, units=registers.units, row_of=self._row_of
        )
        self.problem.forget()
        self.room = Room(problem.rows)
        self.made: dict[str, tuple[VisitMade, ...]] = {}
        for past in registers.visits_made:
            self.made[past.enterprise] = (*self.made.get(past.enterprise, ()), past)
        self.quiet = [(rule, active_days(rule, problem.calendar)) for rule in problem.rules.quiet]
        self._cut_rows = {s.enterprise.id: s.cut_rows for s in problem.sites if s.cut_rows}
        days, reach = len(problem.calendar), max(problem.rules.gap_days - 1, 0)
        self._near = [between(d - reach, d + reach, days) for d in range(days)]
        self.visits: dict[str, tuple[Visit, ...]] = {}
        self.checks: dict[str, tuple[Check, ...]] = {}
        self._ids: set[str] = set()
        self._ready: set[Part] = set()
        self._journal: list[_Change] = []
        self._kept = 0
        # Enterprises as they stand, ``None`` where nobody made them; and the one that asked last,
        # with the check that asks: as it will stand if nothing changes before it is granted.
        self._sites: dict[str, Site | None] = {}
        self._asked: Site | None = None
        by_id = {check.id: check for site in problem.sites for check in site.checks}
        for visit in sorted(visits, key=attrgetter("day")):
            enterprise = visit.enterprise
            self.visits[enterprise] = (*self.visits.get(enterprise, ()), visit)
            own = tuple(by_id[check] for check in visit.checks)
            self.checks[enterprise] = (*self.checks.get(enterprise, ()), *own)
            self._ids.update(visit.checks)
            self.room.take(self.takes(visit), problem.calendar.index(visit.day))
        for site in problem.sites:
            enterprise = site.enterprise.id
            if not site.pinned and len(site.checks) == len(self.checks.get(enterprise, ())):
                # All its checks are in visits: the same ones, in the order that the site has.
                self.checks[enterprise], self._sites[enterprise] = site.checks, site

    @classmethod
    def of(cls, plan: Plan) -> PlanState:
        """Return the state of a plan."""
        return cls(plan.problem, plan.visits)

    @property
    def version(self) -> int:
        """Requests that were granted."""
        return self._kept + len(self._journal)

    def insert(
        self, check: Check, *, name: str = "", movable: Container[str] = ()
    ) -> Joined | New | Refused:
        """Answer a request at once; see `optimizer.plan.insert`."""
        from optimizer.plan.insert import insert

        return insert(self, check, name=name, movable=movable)

    def follow(self, check: Check, visit: Visit) -> None:
        """Take over an answer that another state of the same plan gave.

        Parameters
        ----------
        check
            That was granted.
        visit
            That holds it; it may hold others that follow.

        Raises
        ------
        InputError
            If the check does not fit the registers, or is in the plan already.
        """
        self.site(check)
        for seat in visit.seats:
            self._add_rows(seat.unit, seat.skills)
        standing = self.visits.get(visit.enterprise, ())
        self.put(check, visit, next((v for v in standing if v.id == visit.id), None))

    def adopt(
        self, enterprises: Iterable[str], stands: Callable[[str], Stood], *, after: date | None
    ) -> Adopted:
        """Let enterprises' visits stand as another state of the same registers has them.

        An enterprise's own rules (windows, quiet days, caps, gap) they keep there, and so here.
        The room of the units is shared: where it does not suffice, further enterprises that take
        more of it here go back to what they have there, one by one, until it does; were all back,
        it would be the other state. Checks that had visits here and have none there ask again, as
        requests do.

        Parameters
        ----------
        stands
            Enterprise → its visits in the other state, and at least their checks.
        after
            Checks that ask again get days after this one; ``None``: any.

        Raises
        ------
        InputError
            If a check does not fit the registers.
        """
        from optimizer.plan.refuse import Refused

        known: dict[str, Stood] = {}
        taken: dict[str, None] = {}
        asked: list[Check] = []
        waiting = list(dict.fromkeys(enterprises))
        while waiting:
            for enterprise in waiting:
                known.setdefault(enterprise, stands(enterprise))
                asked += self._stand(enterprise, *known[enterprise])
                taken[enterprise] = None
            back = self._goes_back(taken, known, stands)
            waiting = [] if back is None else [back]
        lost: list[Check] = []
        for check in asked:
            late = check
            if after is not None and check.release <= after:
                late = replace(check, release=after + timedelta(days=1))
            if late.due < late.release or isinstance(self.insert(late), Refused):
                lost.append(check)
                continue
            if late is not check:
                # What is published of it is its own window: the later was for this answer only.
                own = self.checks[check.enterprise]
                self.checks[check.enterprise] = tuple(check if c is late else c for c in own)
                self._sites[check.enterprise] = None
        self.settle()
        return Adopted(tuple(taken), tuple(lost))

    def _stand(
        self, enterprise: str, visits: Iterable[Visit], checks: Iterable[Check]
    ) -> list[Check]:
        """Put other visits in the place of an enterprise's, whether there is room or not.

        Returns its checks that are in none of them, in order of the days that they had.
        """
        index = self.problem.calendar.index
        had = {check.id: check for check in self.checks.pop(enterprise, ())}
        asked: list[Check] = []
        self._sites[enterprise] = self._asked = None
        for visit in self.visits.pop(enterprise, ()):
            self.room.give(self.takes(visit), index(visit.day))
            asked += [had[name] for name in visit.checks]
        self._ids.difference_update(had)
        by_id = {check.id: check for check in checks}
        for visit in sorted(visits, key=attrgetter("day")):
            for check in (by_id[name] for name in visit.checks):
                self.site(check)
                self.checks[enterprise] = (*self.checks.get(enterprise, ()), check)
                self._ids.add(check.id)
            self.room.take(self.takes(visit), index(visit.day))
            self.visits[enterprise] = (*self.visits.get(enterprise, ()), visit)
        return [check for check in asked if check.id not in self._ids]

    def _goes_back(
        self, taken: Container[str], known: dict[str, Stood], stands: Callable[[str], Stood]
    ) -> str | None:
        """Return the first enterprise whose visits here take too much of a day, and less there."""
        for row, day in self.room.lacking():
            for enterprise in sorted(self.visits):
                here = self._amount(self.visits[enterprise], row, day)
                if enterprise in taken or not here:
                    continue
                if enterprise not in known:
                    visits, checks = stands(enterprise)
                    own = {check for visit in visits for check in visit.checks}
                    for check in (check for check in checks if check.id in own):
                        self._ensure_rows(check)
                    known[enterprise] = visits, checks
                if self._amount(known[enterprise][0], row, day) < here:
                    return enterprise
        return None

    def _amount(self, visits: Iterable[Visit], row: int, day: int) -> int:
        index = self.problem.calendar.index
        own = (self.takes(visit) for visit in visits if index(visit.day) == day)
        return sum(amount for takes in own for at, amount in takes if at == row)

    def rewind(self, version: int) -> None:
        """Go back to an earlier version.

        Raises
        ------
        ValueError
            If it lies ahead, or before what `settle` made final.
        """
        if not self._kept <= version <= self.version:
            raise ValueError(f"version {version} is not among {self._kept} to {self.version}")
        while self.version > version:
            change = self._journal.pop()
            enterprise = change.visit.enterprise
            index = self.problem.calendar.index
            self.room.give(self.takes(change.visit), index(change.visit.day))
            if change.instead is not None:
                self.room.take(self.takes(change.instead), index(change.instead.day))
            self._sites[enterprise], self._asked = change.site, None
            if change.visits is None or change.checks is None:
                del self.visits[enterprise], self.checks[enterprise]
            else:
                self.visits[enterprise], self.checks[enterprise] = change.visits, change.checks
            self._ids.remove(change.check.id)

    def settle(self) -> None:
        """Make all answers so far final."""
        self._kept += len(self._journal)
        self._journal.clear()

    def put(self, check: Check, visit: Visit, instead: Visit | None = None) -> None:
        """Let a check stand in `visit`, a new one or what `instead`, which stands, becomes."""
        enterprise = visit.enterprise
        visits, checks = self.visits.get(enterprise), self.checks.get(enterprise)
        index = self.problem.calendar.index
        takes = self.takes(visit)
        if instead is not None:
            self.room.give(self.takes(instead), index(instead.day))
        self.room.take(takes, index(visit.day))
        others = [each for each in visits or () if each is not instead]
        self.visits[enterprise] = tuple(sorted([*others, visit], key=attrgetter("day")))
        self._ids.add(check.id)
        before, asked, self._asked = self._sites.get(enterprise), self._asked, None
        self._journal.append(_Change(check, visits, checks, before, visit, instead))
        if asked is not None and asked.checks[-1] is check:
            self.checks[enterprise], self._sites[enterprise] = asked.checks, asked
        else:
            self.checks[enterprise], self._sites[enterprise] = (*(checks or ()), check), None

    def site(self, check: Check) -> Site:
        """Return the check's enterprise with the checks in visits there and this one, its last.

        Raises
        ------
        InputError
            If the check does not fit the registers, or is in the plan already.
        """
        enterprise, registers = check.enterprise, self.problem.registers
        faults = request_faults(check, registers, twice=check.id in self._ids, known=self._ready)
        count = len(self.checks.get(enterprise, ())) + 1
        if count > MOST_CHECKS:
            faults += crowded_faults({enterprise: count})
        if faults:
            raise InputError(dict.fromkeys(faults))
        self._ensure_rows(check)
        maker, made = self.problem.maker, self.made.get(enterprise, ())
        stands, most = self._sites.get(enterprise), len(self.visits.get(enterprise, ())) + 1
        if stands is not None:
            site = maker.extend(stands, check, made, most)
        else:
            checks = (*self.checks.get(enterprise, ()), check)
            cut_rows = self._cut_rows.get(enterprise, ())
            site = maker.make(0, enterprise, checks, made, cut_rows, most=most)
        self._asked = site
        return site

    def closed(self, day: int, both_count: bool) -> int:
        """Return the days that a visit closes to another of its enterprise.

        Parameters
        ----------
        both_count
            Whether neither is exempt, so that the gap holds.
        """
        return self._near[day] if both_count else 1 << day

    def takes(self, visit: Visit) -> Takes:
        """Return what a visit takes of its day."""
        row_of = self._row_of
        takes: list[tuple[int, int]] = []
        for seat in visit.seats:
            takes.append((row_of[seat.unit, "capacity", ""], seat.inspectors * seat.effort))
            if seat.effort == 2:
                takes.append((row_of[seat.unit, "full", ""], seat.inspectors))
            takes.extend((row_of[seat.unit, "skill", s], seat.effort) for s in seat.skills)
        for unit, skill, row in self._cut_rows.get(visit.enterprise, ()):
            takes.extend(
                (row, 1)
                for seat in visit.seats
                if seat.unit == unit and (not skill or skill in seat.skills)
            )
        return tuple(takes)

    def _ensure_rows(self, check: Check) -> None:
        """Add the rows of units and skills that no check asked for before."""
        part = check.item, check.units
        if part in self._ready:
            return
        self._ready.add(part)
        skills = self.problem.registers.items[check.item].skills
        for unit in check.units:
            self._add_rows(unit, skills)

    def _add_rows(self, unit: str, skills: Iterable[str]) -> None:
        """Add the rows of a unit and of skills of it that are not there yet."""
        capacity = self.problem.capacity
        lines = [("capacity", "", capacity.capacity), ("full", "", capacity.full)]
        holders = capacity.skill_capacity.get(unit, {})
        lines += [("skill", s, {unit: holders[s]} if s in holders else {}) for s in skills]
        for kind, skill, line in lines:
            if (unit, kind, skill) not in self._row_of:
                none = (0,) * len(self.problem.calendar)
                row = Row(kind, unit, skill, line.get(unit, none))
                self._row_of[unit, kind, skill] = len(self.problem.rows)
                self.problem.rows = (*self.problem.rows, row)
                self.room.add(row)
