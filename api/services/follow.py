"""A plan that was just made, brought up to what was granted while it was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.services import campaigns, checks
from api.services.made import visits_made
from api.services.service import Service
from api.services.visit_rows import is_given, reserved_id, visit_of
from api.store.tables import CheckRow, ReservationRow, ScheduleRow, VisitRow
from optimizer.domain.check import Check
from optimizer.domain.visit import Visit
from optimizer.plan import Plan


class Following:
    """The next version's visits, with every promise that was made since its planner began.

    An enterprise whose visits changed meanwhile keeps them all as they stand: what was promised
    is the day and who comes together, and both hang on the visits beside. So its own rules hold as
    they do in the live schedule; the rest is room on the units' days, and where that is lacking
    the version is refused.

    Parameters
    ----------
    onsite
        The checks that were planned.
    parent, schedule, fixed
        Version and state of the live schedule that the planner began from, and its last day
        whose visits no plan changes.
    reserved, made
        (enterprise, day) of the visits that were reserved, and of those made, at that state.

    Attributes
    ----------
    followed
        How many reservations were taken over.
    """

    def __init__(
        self,
        service: Service,
        plan: Plan,
        onsite: Iterable[Check],
        *,
        name: str,
        parent: int,
        schedule: int,
        fixed: str | None,
        reserved: set[tuple[str, str]],
        made: set[tuple[str, str]],
    ) -> None:
        self._base = campaigns.load(service, name).committed
        self._plan = plan
        self._state = plan.live
        self._by_id = {check.id: check for check in onsite}
        self._name, self._parent, self._schedule = name, parent, schedule
        self._fixed = fixed or ""
        self._made = made
        self._touched: dict[str, None] = {}
        self.reserved = set(reserved)
        self.followed = 0

    def catch_up(self, session: Session) -> None:
        """Take over what was granted since the last time.

        Raises
        ------
        ProblemError
            If another version came between, or a unit has no room left for what was promised.
        """
        row = session.get(ScheduleRow, self._name)
        if row is None or row.plan != self._parent:
            raise ProblemError("plan-superseded", f"{self._name} got another plan meanwhile")
        if (row.fixed_until or "") != self._fixed:
            raise ProblemError(
                "plan-superseded", f"odds up to {row.fixed_until} were fixed meanwhile"
            )
        granted = session.execute(
            select(VisitRow.enterprise, CheckRow)
            .join(ReservationRow, ReservationRow.visit == VisitRow.number)
            .join(CheckRow, CheckRow.number == ReservationRow.check)
            .where(
                ReservationRow.campaign == self._name,
                ReservationRow.number > self._schedule,
                ReservationRow.number <= row.number,
            )
            .order_by(ReservationRow.number)
        ).all()
        if len(granted) != row.number - self._schedule:
            raise ProblemError("plan-superseded", "the schedule changed by no reservation")
        routed = checks.route(self._base, [checks.from_row(check) for _, check in granted])
        self._by_id.update((check.id, check) for check in routed.onsite)
        made = visits_made(session, self._name)
        entered = sorted(enterprise for enterprise, _ in made - self._made)
        for enterprise in dict.fromkeys((*(each for each, _ in granted), *entered)):
            self._take_over(session, enterprise)
        self._schedule, self._made = row.number, made
        self.followed += len(granted)

    def _take_over(self, session: Session, enterprise: str) -> None:
        rows = session.scalars(
            select(VisitRow).where(
                VisitRow.campaign == self._name,
                VisitRow.plan == self._parent,
                VisitRow.enterprise == enterprise,
                VisitRow.day > self._fixed,
            )
        ).all()
        fixed = self._fixed_visits(enterprise)
        numbers = {v.day: v.id for v in self._state.visits.get(enterprise, ())}
        visits = [*fixed, *(self._numbered(visit_of(row), numbers) for row in rows)]
        asked = [self._by_id[check] for visit in visits for check in visit.checks]
        fits = self._state.adopt(enterprise, visits, asked)
        if not fits or self._fixed_visits(enterprise) != fixed:
            raise ProblemError(
                "plan-superseded",
                f"the new plan has no room for what was promised meanwhile at {enterprise}",
            )
        self._touched[enterprise] = None
        self.reserved.update((row.enterprise, row.day) for row in rows if row.reserved)

    def _fixed_visits(self, enterprise: str) -> list[Visit]:
        """Return the visits on days whose teams are drawn or wait for their seed."""
        standing = self._state.visits.get(enterprise, ())
        return [visit for visit in standing if visit.day.isoformat() <= self._fixed]

    @staticmethod
    def _numbered(visit: Visit, numbers: Mapping[date, str]) -> Visit:
        """Return a visit as the new plan may number it: a number of the old means another there."""
        if is_given(visit.id):
            return visit
        number = numbers.get(visit.day, "")
        own = number and not is_given(number)
        return replace(visit, id=number if own else reserved_id(min(visit.checks)))

    def visits(self) -> Iterator[Visit]:
        """Yield the visits of the new live schedule."""
        yield from (v for v in self._plan.visits if v.enterprise not in self._touched)
        for enterprise in self._touched:
            yield from self._state.visits.get(enterprise, ())

    def onsite(self) -> Iterable[Check]:
        """Return the checks of these visits, and of those left out."""
        return self._by_id.values()
