"""A plan that was just made, brought up to what was granted and fixed while it was made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.services import campaigns, checks
from api.services.fixing import last_fixed
from api.services.made import visits_made
from api.services.service import Service
from api.services.visit_rows import is_given, reserved_id, visit_of
from api.store.tables import CheckRow, PlanRow, ReservationRow, ScheduleRow, VisitRow
from optimizer.domain.check import Check
from optimizer.domain.visit import Visit
from optimizer.plan import Plan

AS_IT_STOOD = "as_it_stood"
"""Figure of versions that write the live schedule down and change none of its visits."""


class Following:
    """The next version's visits, with every promise that was made since its planner began.

    An enterprise whose visits changed meanwhile keeps them all as they stand: what was promised
    is the day and who comes together, and both hang on the visits beside. So its own rules hold as
    they do in the live schedule. So does one whose visits differ on days that were fixed
    meanwhile, and where a unit's day has no room for both plans, those that take more of it in the
    new one (`optimizer.plan.PlanState.adopt`). In the end all could be as they stand: so there is
    always an end, however dense the traffic.

    Parameters
    ----------
    onsite
        The checks that were planned.
    parent, schedule, fixed
        Version and state of the live schedule that the planner began from, and its last day
        whose visits no plan changes.
    reserved, made
        (enterprise, day) of the visits that were reserved, and of those made, at that state.
    as_it_stood
        Whether the plan is that state itself, written down: its numbers are the ones that count.

    Attributes
    ----------
    parent
        The version that this one follows: that one, or one since that changed no visit.
    followed
        How many reservations were taken over.
    put_off
        Checks that lost the visit of the new plan and found no other; the next version plans them.
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
        as_it_stood: bool = False,
    ) -> None:
        self._base = campaigns.load(service, name).committed
        self._plan = plan
        self._state = plan.live
        self._by_id = {check.id: check for check in onsite}
        self._name, self._schedule = name, schedule
        self._fixed = fixed or ""
        self._made = made
        self._as_it_stood = as_it_stood
        self._touched: dict[str, None] = {}
        self._numbers: dict[tuple[str, date], str] = {}
        self.parent = parent
        self.reserved = set(reserved)
        self.followed = 0
        self.put_off: list[str] = []

    def catch_up(self, session: Session, now: str) -> None:
        """Take over what was granted and fixed since the last time.

        Raises
        ------
        ProblemError
            If a version that moves visits came between.
        """
        row = session.get(ScheduleRow, self._name)
        if row is None:
            raise ProblemError("plan-superseded", f"{self._name} has no plan any more")
        versions = self._versions_since(session, row.plan)
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
        if len(granted) + versions != row.number - self._schedule:
            raise ProblemError("plan-superseded", "the schedule changed by no reservation")
        self.parent = row.plan
        routed = checks.route(self._base, [checks.from_row(check) for _, check in granted])
        self._by_id.update((check.id, check) for check in routed.onsite)
        made = visits_made(session, self._name)
        touched = dict.fromkeys(enterprise for enterprise, _ in granted)
        touched.update(dict.fromkeys(sorted(e for e, _ in made - self._made)))
        fixed = last_fixed(row, now) or ""
        fresh = fixed > self._fixed or versions or not self._numbers
        if fixed and fresh and not self._as_it_stood:
            touched.update(dict.fromkeys(self._moved_in(session, fixed)))
        if touched:
            self._take_over(session, touched, fixed)
        self._schedule, self._made, self._fixed = row.number, made, fixed
        self.followed += len(granted)

    def _versions_since(self, session: Session, version: int) -> int:
        """Count the versions since the parent, none of which may have moved a visit."""
        count = 0
        while version != self.parent:
            made = session.get(PlanRow, (self._name, version))
            if made is None or made.parent is None or not made.figures.get(AS_IT_STOOD):
                raise ProblemError("plan-superseded", f"{self._name} got another plan meanwhile")
            version = made.parent
            count += 1
        return count

    def _moved_in(self, session: Session, fixed: str) -> list[str]:
        """Return the enterprises whose visits up to a day are not those that stand.

        The numbers of those that stand are kept: teams that are drawn name them.
        """
        rows = session.scalars(
            select(VisitRow).where(
                VisitRow.campaign == self._name,
                VisitRow.plan == self.parent,
                VisitRow.day <= fixed,
            )
        ).all()
        stands = {(row.enterprise, row.day, tuple(sorted(row.checks))) for row in rows}
        here = {
            (visit.enterprise, visit.day.isoformat(), tuple(sorted(visit.checks)))
            for visits in self._state.visits.values()
            for visit in visits
            if visit.day.isoformat() <= fixed
        }
        self._numbers = {(row.enterprise, date.fromisoformat(row.day)): row.id for row in rows}
        return sorted({enterprise for enterprise, _, _ in stands ^ here})

    def _take_over(self, session: Session, touched: Iterable[str], fixed: str) -> None:
        reserved: dict[str, list[tuple[str, str]]] = {}

        def stands(enterprise: str) -> tuple[Sequence[Visit], Sequence[Check]]:
            rows = session.scalars(
                select(VisitRow).where(
                    VisitRow.campaign == self._name,
                    VisitRow.plan == self.parent,
                    VisitRow.enterprise == enterprise,
                )
            ).all()
            reserved[enterprise] = [(row.enterprise, row.day) for row in rows if row.reserved]
            numbers = {v.day: v.id for v in self._state.visits.get(enterprise, ())}
            visits = [self._numbered(visit_of(row), numbers) for row in rows]
            return visits, [self._by_id[check] for visit in visits for check in visit.checks]

        after = date.fromisoformat(fixed) if fixed else None
        adopted = self._state.adopt(touched, stands, after=after)
        self._touched.update(dict.fromkeys(adopted.enterprises))
        self.put_off += [check.id for check in adopted.lost]
        for enterprise in adopted.enterprises:
            self.reserved.update(reserved[enterprise])

    @staticmethod
    def _numbered(visit: Visit, numbers: Mapping[date, str]) -> Visit:
        """Return a visit as the new plan may number it: a number of the old means another there."""
        number = numbers.get(visit.day, "")
        if number and not is_given(number):
            return replace(visit, id=number)
        return visit if is_given(visit.id) else replace(visit, id=reserved_id(min(visit.checks)))

    def visits(self) -> Iterator[Visit]:
        """Yield the visits of the new live schedule; those on fixed days keep their numbers."""
        kept = set(self._numbers.values())
        for visit in self._every():
            number = self._numbers.get((visit.enterprise, visit.day))
            if number is None and visit.id in kept:
                number = reserved_id(min(visit.checks))
            yield visit if number is None else replace(visit, id=number)

    def _every(self) -> Iterator[Visit]:
        yield from (v for v in self._plan.visits if v.enterprise not in self._touched)
        for enterprise in self._touched:
            yield from self._state.visits.get(enterprise, ())

    def departments(self) -> dict[str, str]:
        """Return the departments of the checks of these visits, and of those left out."""
        return {check.id: check.department for check in self._by_id.values()}
