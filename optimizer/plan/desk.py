"""One enterprise at the moment of a request: what stands there, and the days still open."""

from __future__ import annotations

from datetime import date

from optimizer.domain.check import Check
from optimizer.domain.visit import Visit
from optimizer.plan.caps import over_limits
from optimizer.plan.days import Days, bits, lowest
from optimizer.plan.site import Count, Group, Mask
from optimizer.plan.standing import PlanState


class Desk:
    """A check that asks, its enterprise, and what stands there.

    Raises
    ------
    InputError
        If the check does not fit the registers, or is in the plan already.

    Attributes
    ----------
    site
        The enterprise; the check that asks is its last.
    bit
        The check that asks.
    standing
        Visits with their days, in order.
    """

    __slots__ = ("_counts", "_place", "bit", "site", "standing", "state")

    def __init__(self, state: PlanState, check: Check) -> None:
        self.state = state
        self.site = site = state.site(check)
        self.bit: Mask = 1 << (len(site.checks) - 1)
        index = state.problem.calendar.index
        self.standing = [(v, index(v.day)) for v in state.visits.get(site.enterprise.id, ())]
        self._place: dict[str, int] | None = None
        self._counts: list[tuple[tuple[Count, ...], int]] | None = None

    def mask(self, visit: Visit) -> Mask:
        """Return the checks of a visit that stands."""
        if self._place is None:
            self._place = {check.id: i for i, check in enumerate(self.site.checks)}
        place, mask = self._place, 0
        for check in visit.checks:
            mask |= 1 << place[check]
        return mask

    def group(self, mask: Mask) -> Group:
        """Return a group of the enterprise's checks."""
        return self.state.problem.group(self.site, mask)

    def joined(self, k: int) -> Group | None:
        """Return what the visit at place `k` would be with the check, if every rule allows it."""
        visit, day = self.standing[k]
        state, site = self.state, self.site
        if not site.hard[-1] >> day & 1:
            return None
        mask = self.mask(visit)
        if site.clashes[-1] & mask:
            return None
        group = self.group(mask | self.bit)
        if not group.open >> day & 1:
            return None
        if not state.room.holds(group.rows, day, state.takes(visit)):
            return None
        if not group.exempt and any(
            at != day and not other.exempt and state.closed(at, True) >> day & 1
            for other, at in self.standing
        ):
            return None
        if site.counters and self.broken(group, day, instead=k):
            return None
        return group

    def any_day(self) -> Days:
        """Return the days on which the check could be done, in a new visit or one that stands."""
        days = self.days(self.group(self.bit))
        for k, (_, day) in enumerate(self.standing):
            if not days >> day & 1 and self.joined(k) is not None:
                days |= 1 << day
        return days

    def moved(self, k: int) -> tuple[Group, Days] | None:
        """Return what the visit at place `k` would be with the check, and its days elsewhere.

        ``None`` where there are none; most often windows and quiet days leave none.
        """
        visit, day = self.standing[k]
        mask = self.mask(visit)
        if self.site.clashes[-1] & mask or not self.site.common(mask | self.bit):
            return None
        group = self.group(mask | self.bit)
        days = group.open & ~self.near(group, instead=k)
        if days:
            room, takes = self.state.room, self.state.takes(visit)
            room.give(takes, day)
            days = room.days(group.rows, days)
            room.take(takes, day)
        days = self.capped(group, days, instead=k)
        return (group, days) if days else None

    def days(self, group: Group) -> Days:
        """Return the days on which a new visit keeps every rule beside what stands."""
        days = group.open & ~self.near(group)
        return self.capped(group, self.state.room.days(group.rows, days))

    def near(self, group: Group, instead: int = -1) -> Days:
        """Return the days that other visits close to one (the same day, the gap)."""
        closed = 0
        for k, (visit, day) in enumerate(self.standing):
            if k != instead:
                closed |= self.state.closed(day, not (group.exempt or visit.exempt))
        return closed

    def capped(self, group: Group, days: Days, instead: int = -1) -> Days:
        """Return those of some days on which a visit keeps the caps."""
        if not days or not self.site.counters:
            return days
        for year in self.state.problem.years:
            if days & year and self.broken(group, lowest(days & year), instead):
                days &= ~year
        return days

    def broken(self, group: Group, day: int, instead: int = -1) -> tuple[int, ...]:
        """Return the counters that a visit would break, beside or in place of one that stands."""
        if self._counts is None:
            self._counts = [(self.site.counts(self.mask(v)), at) for v, at in self.standing]
        counts = [(group.counts, day)]
        counts += [own for k, own in enumerate(self._counts) if k != instead]
        return over_limits(self.state.problem, self.site, counts)

    def visit(self, name: str, day: date, checks: tuple[str, ...], group: Group) -> Visit:
        """Return a group as a visit."""
        sources = [self.site.checks[i].source for i in bits(group.mask)] if group.exempt else []
        exempt = self.state.problem.rules.exempt_sources
        code = min((source for source in sources if source in exempt), default="")
        enterprise = self.site.enterprise.id
        return Visit(name, enterprise, day, checks, group.team.lead, group.team.seats, code)
