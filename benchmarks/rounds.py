"""Teams of the rolling year: each month drawn before it begins, later visits when granted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType

from optimizer import canon
from optimizer.domain.days import Calendar, Span
from optimizer.domain.registry import Registers
from optimizer.domain.visit import Seat, Visit
from optimizer.errors import InfeasibleError
from optimizer.plan import Case
from optimizer.teams import commit_odds, draw_teams

People = tuple[str, ...]
"""Who a unit sends to a visit."""

Drawn = dict[str, tuple[Seat, People]]
"""Unit → its seat at a visit, and who was drawn for it."""


@dataclass(slots=True)
class Rounds:
    """Teams drawn so far.

    Attributes
    ----------
    until
        Last day of the months drawn.
    teams
        Day → enterprise → teams drawn: the two name a visit, whatever its number.
    months
        Rounds of whole months.
    drawn, added
        Visits whose team was drawn with their month, and when they were granted.
    again
        Visits that had their team and were drawn again, so that all of a day could be staffed.
    unstaffed
        Seats for which nobody was found.
    """

    case: Case
    until: date
    teams: dict[date, dict[str, Drawn]] = field(default_factory=dict)
    served: dict[str, int] = field(default_factory=dict)
    months: int = 0
    drawn: int = 0
    added: int = 0
    again: int = 0
    unstaffed: int = 0

    def due(self, calendar: Calendar, morning: date) -> Span | None:
        """Return the month to be drawn next if it begins by a morning."""
        first = self.until + timedelta(days=1)
        if first > min(morning, calendar.last):
            return None
        following = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        return Span(first, min(following - timedelta(days=1), calendar.last))

    def draw(self, visits: Iterable[Visit], period: Span) -> None:
        """Draw the teams of a month.

        Raises
        ------
        InfeasibleError
            Where its visits cannot be staffed.
        """
        chosen = [visit for visit in visits if visit.day in period]
        if chosen:
            self._draw([(visit, visit.seats) for visit in chosen], period, self._registers())
        self.until = period.last
        self.months += 1
        self.drawn += len(chosen)

    def add(self, visits: Iterable[Visit]) -> None:
        """Draw teams for visits of months drawn already that are new or have other seats."""
        missing: dict[date, list[tuple[Visit, tuple[Seat, ...]]]] = {}
        for visit in visits:
            if visit.day > self.until:
                continue
            own = self.teams.get(visit.day, {}).get(visit.enterprise, {})
            seats = tuple(s for s in visit.seats if s.unit not in own or own[s.unit][0] != s)
            if seats:
                missing.setdefault(visit.day, []).append((visit, seats))
        for day, some in sorted(missing.items()):
            self._add(day, some)

    def _add(self, day: date, some: Sequence[tuple[Visit, tuple[Seat, ...]]]) -> None:
        self.added += len(some)
        for visit, seats in some:
            self._lapse(visit.enterprise, day, {seat.unit for seat in seats})
        units = {seat.unit for _, seats in some for seat in seats}
        period = Span(day, day)
        try:
            self._draw(some, period, self._registers(units, day))
            return
        except InfeasibleError:
            pass
        # Some of those drawn before stand in the way: the units draw their whole day again.
        every = {visit.enterprise: (visit, list(seats)) for visit, seats in some}
        before = {enterprise: dict(own) for enterprise, own in self.teams.get(day, {}).items()}
        again = 0
        for enterprise, own in before.items():
            for unit in sorted(units & own.keys()):
                empty = Visit("", enterprise, day, (), "", ())
                every.setdefault(enterprise, (empty, []))[1].append(own[unit][0])
            again += bool(units & own.keys())
            self._lapse(enterprise, day, units)
        whole = [
            (visit, tuple(sorted(seats, key=lambda s: s.unit))) for visit, seats in every.values()
        ]
        try:
            self._draw(whole, period, self._registers(units, day))
            self.again += again
        except InfeasibleError:
            self.unstaffed += sum(len(seats) for _, seats in some)
            for enterprise, own in before.items():
                for unit in units & own.keys():
                    self._seat(enterprise, day, *own[unit])

    def _draw(
        self,
        some: Sequence[tuple[Visit, tuple[Seat, ...]]],
        period: Span,
        registers: Registers,
    ) -> None:
        ordered = sorted(some, key=lambda pair: (pair[0].day, pair[0].enterprise))
        visits = [
            replace(visit, id=f"V{n:06d}", seats=seats)
            for n, (visit, seats) in enumerate(ordered, start=1)
        ]
        odds = commit_odds(
            visits,
            registers,
            self.case.rules,
            campaign=self.case.campaign,
            plan_digest="0" * 64,
            period=period,
            duty_key=_key("duty"),
        )
        teams = draw_teams(odds, seed_key=_key(odds.digest)).teams
        for visit in visits:
            for seat in visit.seats:
                people = teams[visit.id][seat.unit]
                self._seat(visit.enterprise, visit.day, seat, people)

    def _seat(self, enterprise: str, day: date, seat: Seat, people: People) -> None:
        self.teams.setdefault(day, {}).setdefault(enterprise, {})[seat.unit] = seat, people
        for name in people:
            self.served[name] = self.served.get(name, 0) + seat.effort

    def _lapse(self, enterprise: str, day: date, units: Iterable[str]) -> None:
        own = self.teams.get(day, {}).get(enterprise, {})
        for unit in units:
            if unit in own:
                seat, people = own.pop(unit)
                for name in people:
                    self.served[name] -= seat.effort

    def _registers(self, units: Iterable[str] = (), day: date | None = None) -> Registers:
        """Return the inspectors with what they served; of some units, with what a day leaves."""
        registers, wanted = self.case.registers, set(units)
        busy = self._busy(day) if day else {}
        found = {}
        for name, person in registers.inspectors.items():
            if wanted and person.unit not in wanted:
                continue
            left = person.max_half_days - busy.get(name, 0)
            leave = person.leave if left > 0 or day is None else (*person.leave, Span(day, day))
            found[name] = replace(
                person,
                workload=person.workload + self.served.get(name, 0),
                max_half_days=max(left, 1),
                leave=leave,
            )
        return replace(registers, inspectors=MappingProxyType(found))

    def _busy(self, day: date) -> Mapping[str, int]:
        """Return inspector → half-days drawn on a day."""
        found: dict[str, int] = {}
        for own in self.teams.get(day, {}).values():
            for seat, people in own.values():
                for name in people:
                    found[name] = found.get(name, 0) + seat.effort
        return found


def _key(text: str) -> bytes:
    return bytes.fromhex(canon.digest(f"double-random/rolling-teams/v1:{text}".encode()))
