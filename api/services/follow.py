"""A plan that was just made, brought up to what was granted while it was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

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
    parent, schedule
        Version and state of the live schedule that the planner began from.
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
        reserved: set[tuple[str, str]],
        made: set[tuple[str, str]],
    ) -> None:
        self._base = campaigns.load(service, name).committed
        self._plan = plan
        self._state = plan.live
        self._by_id = {check.id: check for check in onsite}
        self._name, self._parent, self._schedule = name, parent, schedule
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
            )
        ).all()
        numbers = {visit.day: visit.id for visit in self._state.visits.get(enterprise, ())}
        visits = []
        for visit in map(visit_of, rows):
            number = numbers.get(visit.day, "")
            # A number of the new plan stays with its day; one of the old means another visit here.
            own = reserved_id(min(visit.checks)) if not number or is_given(number) else number
            visits.append(visit if is_given(visit.id) else replace(visit, id=own))
        asked = [self._by_id[check] for visit in visits for check in visit.checks]
        if not self._state.adopt(enterprise, visits, asked):
            raise ProblemError(
                "plan-superseded",
                f"the new plan has no room for what was promised meanwhile at {enterprise}",
            )
        self._touched[enterprise] = None
        self.reserved.update((row.enterprise, row.day) for row in rows if row.reserved)

    def visits(self) -> Iterator[Visit]:
        """Yield the visits of the new live schedule."""
        yield from (v for v in self._plan.visits if v.enterprise not in self._touched)
        for enterprise in self._touched:
            yield from self._state.visits.get(enterprise, ())

    def onsite(self) -> Iterable[Check]:
        """Return the checks of these visits, and of those left out."""
        return self._by_id.values()
