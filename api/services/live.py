"""The live schedule in memory: made from the store, then changed as the store changes.

Every server process has its own copy. It is read and changed only by who holds the store's lock,
and follows what other processes granted reservation by reservation, so that an answer is
consistent with all before it whichever process gave them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.services import campaigns, checks, visit_rows
from api.services.service import Service
from api.store.tables import CheckRow, ReservationRow, ScheduleRow, VisitRow
from optimizer import canon
from optimizer.domain.visit import Visit
from optimizer.plan import PlanState, build_problem

FEW = 1000
"""Reservations by others that are followed one by one; behind more, all is made again."""


_STANDING = select(
    ScheduleRow.campaign,
    ScheduleRow.plan,
    ScheduleRow.number,
    ScheduleRow.fixed_until,
    ScheduleRow.held_until,
    ScheduleRow.held_at,
).where(ScheduleRow.campaign == bindparam("name"))
_COUNT = (
    update(ScheduleRow)
    .where(ScheduleRow.campaign == bindparam("name"))
    .values(number=bindparam("next"))
)
_ADD = insert(ReservationRow)


class Standing(NamedTuple):
    """Where a campaign's live schedule stands, as it was read; see `ScheduleRow`."""

    campaign: str
    plan: int
    number: int
    fixed_until: str | None
    held_until: str | None
    held_at: str | None


class Mark(NamedTuple):
    """What tells one state of a live schedule from every other.

    Attributes
    ----------
    plan
        Version of the plan.
    number
        How often the schedule changed since the campaign began.
    """

    plan: int
    number: int


@dataclass(slots=True)
class Live:
    """The live schedule as the planner knows it.

    Attributes
    ----------
    mark
        State of the store that it holds, or of the transaction under way.
    """

    mark: Mark
    state: PlanState

    def keep(self) -> Callable[[], None]:
        """Make what was answered before final; return what takes back all from now on."""
        self.state.settle()
        mark, version = self.mark, self.state.version

        def undo() -> None:
            self.state.rewind(version)
            self.mark = mark

        return undo


def row_of(session: Session, name: str) -> ScheduleRow:
    """Return the row that says where the live schedule stands, to be changed.

    Raises
    ------
    ProblemError
        If there is no such campaign, or it has no plan yet.
    """
    return session.get(ScheduleRow, name) or _refuse(session, name)


def standing(session: Session, name: str) -> Standing:
    """Return where the live schedule stands.

    Raises
    ------
    ProblemError
        If there is no such campaign, or it has no plan yet.
    """
    return standing_if(session.connection(), name) or _refuse(session, name)


def _refuse(session: Session, name: str) -> NoReturn:
    campaigns.must_exist(session, name)
    raise ProblemError("wrong-order", f"the campaign {name} has no plan yet")


def standing_if(connection: Connection, name: str) -> Standing | None:
    """Return where the live schedule stands; ``None`` where there is none."""
    found = connection.execute(_STANDING, {"name": name}).first()
    return None if found is None else Standing(*found)


def reserve(session: Session, row: Standing, *, check: int, visit: int) -> Mark:
    """Store that a request changed the schedule: which check got which visit; return its mark."""
    name, number, connection = row.campaign, row.number + 1, session.connection()
    connection.execute(_COUNT, {"name": name, "next": number})
    connection.execute(_ADD, {"campaign": name, "number": number, "check": check, "visit": visit})
    return Mark(row.plan, number)


def mark_of(row: Standing | ScheduleRow) -> Mark:
    """Return the mark of a schedule as the store holds it."""
    return Mark(row.plan, row.number)


def prepare(service: Service, name: str) -> Standing:
    """Have the live schedule in memory before the lock is taken: to make it takes a while."""
    with service.store.glance() as connection:
        row = standing_if(connection, name)
    if row is not None and _near(service, row):
        return row
    with service.store.read() as session:
        row = standing(session, name)
        mark = mark_of(row)
        held = _held(service, session, name, mark)
        # One with a larger number is of a transaction that this session does not see yet.
        if mark.number - held.mark.number > FEW:
            service.memory.put(_key(name, mark), _make(service, session, name, mark))
        return row


def _near(service: Service, row: Standing) -> bool:
    """Return whether what is in memory can follow from there."""
    mark = mark_of(row)
    held = service.memory.known(_key(row.campaign, mark))
    return isinstance(held, Live) and mark.number - held.mark.number <= FEW


def current(service: Service, session: Session, row: Standing | ScheduleRow) -> Live:
    """Return the live schedule of the store's present state; to be called under its lock."""
    name, mark = row.campaign, mark_of(row)
    held = _held(service, session, name, mark)
    if held.mark != mark and not _follow(service, session, name, held, mark):
        held = _make(service, session, name, mark)
        service.memory.put(_key(name, mark), held)
    return held


def _key(name: str, mark: Mark) -> tuple[str, str, int]:
    return "live", name, mark.plan


def _held(service: Service, session: Session, name: str, mark: Mark) -> Live:
    return service.memory.get(_key(name, mark), lambda: _make(service, session, name, mark))


def _follow(service: Service, session: Session, name: str, held: Live, mark: Mark) -> bool:
    """Take over what other processes granted; return whether that was all that changed."""
    missing = mark.number - held.mark.number
    if not 0 < missing <= FEW:
        return False
    found = session.execute(
        select(ReservationRow.number, CheckRow, VisitRow)
        .join(CheckRow, CheckRow.number == ReservationRow.check)
        .join(VisitRow, VisitRow.number == ReservationRow.visit)
        .where(
            ReservationRow.campaign == name,
            ReservationRow.number > held.mark.number,
            ReservationRow.number <= mark.number,
        )
        .order_by(ReservationRow.number)
    ).all()
    if len(found) != missing:
        return False
    base = campaigns.load(service, name).committed
    for _, check, visit in found:
        (routed,) = checks.route(base, [checks.from_row(check)]).onsite
        held.state.follow(routed, visit_rows.visit_of(visit))
    held.mark = mark
    return True


def _make(service: Service, session: Session, name: str, mark: Mark) -> Live:
    visits = visit_rows.standing(session, name, mark.plan)
    state = PlanState(build_problem(**arguments(service, session, name, visits)), visits)
    # Millions of objects that stay: the collector of garbage, which would look at them all again
    # and again while requests wait, leaves them out from now on.
    gc.collect()
    gc.freeze()
    return Live(mark, state)


def arguments(
    service: Service, session: Session, name: str, visits: Iterable[Visit]
) -> dict[str, Any]:
    """Return what `optimizer.plan.build_problem` takes for the checks of some visits."""
    revealed = campaigns.load_revealed(service, name)
    base = revealed.committed
    every = checks.together(revealed.checks, checks.submitted(session, base))
    planned = {check for visit in visits for check in visit.checks}
    return {
        "checks": [check for check in every.onsite if check.id in planned],
        "rules": base.rules,
        "campaign": name,
        "registers": base.registers,
        "calendar": base.calendar,
        "checks_digest": canon.digest(canon.canonical(revealed.checks_document), base.frame.hash),
        "hash": base.frame.hash,
    }
