"""A campaign as supervision sees it: visits with their checks, teams and where they stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, undefer

from api.problems import ProblemError
from api.security.keys import Caller
from api.services import campaigns
from api.services.service import Service
from api.store.tables import CheckRow, DocumentRow, PlanRow, ScanRow, VisitRow
from optimizer import canon
from optimizer.domain.registry import Registers
from optimizer.flow import Standing
from optimizer.supervision import Entry, Task, Visited

Teams = Mapping[str, Mapping[str, Sequence[str]]]
"""Visit of the plan's first version → unit → inspectors."""


def registers_of(service: Service, name: str) -> Registers:
    """Return the registers that a campaign was committed with."""
    return campaigns.load(service, name).committed.registers


def today_of(service: Service) -> date:
    """Return the day that the server's clock shows in its own zone."""
    return date.fromisoformat(service.store.now()[:10])


def local_day(service: Service, moment: datetime) -> date:
    """Return the day of a moment in the zone of the server's clock, whatever its own."""
    zone = datetime.fromisoformat(service.store.now()).tzinfo
    return moment.astimezone(zone).date()


def visible(session: Session, caller: Caller, number: int) -> VisitRow:
    """Return a visit of any plan version.

    Raises
    ------
    ProblemError
        If there is none; what a department may not see does not exist for it.
    """
    row = session.get(VisitRow, number)
    if row is None or not (caller.sees_everything or caller.department in row.departments):
        raise ProblemError("not-found", f"there is no visit {number}")
    return row


def in_force(
    session: Session, name: str, *, enterprise: str | None = None, day: str | None = None
) -> list[VisitRow]:
    """Return the visits of the live schedule, of one enterprise or at one place if named."""
    newest = select(func.max(PlanRow.version)).where(PlanRow.campaign == name).scalar_subquery()
    wanted = select(VisitRow).where(VisitRow.campaign == name, VisitRow.plan == newest)
    if enterprise is not None:
        wanted = wanted.where(VisitRow.enterprise == enterprise)
    if day is not None:
        wanted = wanted.where(VisitRow.day == day)
    return list(session.scalars(wanted.order_by(VisitRow.number)))


def content(row: VisitRow) -> str:
    """Return the digest of what a visit says: where, when, what, how many of whom."""
    seats = [[seat["unit"], seat["inspectors"]] for seat in row.seats]
    said = [row.campaign, row.enterprise, row.day, list(row.checks), seats]
    return canon.digest(canon.canonical(said))


def visited(service: Service, session: Session, rows: Sequence[VisitRow]) -> list[Visited]:
    """Return stored visits of one campaign as supervision sees them."""
    if not rows:
        return []
    name = rows[0].campaign
    enterprises = registers_of(service, name).enterprises
    known = tasks(service, session, name, {check for row in rows for check in row.checks})
    drawn = teams(service, session, name)
    first = _first_version(session, rows) if drawn else {}
    return [
        Visited(
            row.enterprise,
            enterprises[row.enterprise].county,
            date.fromisoformat(row.day),
            tuple(known[check] for check in row.checks),
            row.exempt,
            tuple(seat["unit"] for seat in row.seats),
            _team(row, drawn.get(first.get((row.enterprise, row.day), ""), {})),
        )
        for row in rows
    ]


def tasks(
    service: Service, session: Session, name: str, wanted: Collection[str]
) -> dict[str, Task]:
    """Return checks by id, drawn, registered or submitted."""
    drawn = service.memory.get(("tasks", name), lambda: _drawn(service, name))
    found = {check: drawn[check] for check in wanted if check in drawn}
    missing = [check for check in wanted if check not in found]
    if missing:
        chosen = select(CheckRow).where(CheckRow.campaign == name)
        if len(missing) <= 500:
            chosen = chosen.where(CheckRow.id.in_(missing))
        for row in session.scalars(chosen):
            units = tuple(row.report["units"])
            found[row.id] = Task(row.id, row.item, row.department, row.kind, row.source, units)
    return found


def offsite(service: Service, session: Session, name: str) -> list[tuple[str, str, str, str]]:
    """Return id, item, department and enterprise of the checks that need no visit."""
    checks = campaigns.load_revealed(service, name).checks.offsite
    found = [(c.id, c.item, c.department, c.enterprise) for c in checks]
    rows = session.scalars(
        select(CheckRow).where(CheckRow.campaign == name, CheckRow.way == "offsite")
    )
    return found + [(row.id, row.item, row.department, row.enterprise) for row in rows]


def _drawn(service: Service, name: str) -> dict[str, Task]:
    return {
        check.id: Task(
            check.id, check.item, check.department, check.kind, check.source, check.units
        )
        for check in campaigns.load_revealed(service, name).checks.onsite
    }


def teams(service: Service, session: Session, name: str) -> Teams:
    """Return the teams drawn so far, with whoever stood in."""
    version = campaigns.find(session, name).version

    def make() -> tuple[int, Teams]:
        row = campaigns.find(session, name)
        documents = session.scalars(
            select(DocumentRow)
            .where(
                DocumentRow.campaign == name,
                or_(
                    DocumentRow.path.startswith("transcript/odds"),
                    DocumentRow.path.startswith("transcript/teams"),
                ),
            )
            .options(undefer(DocumentRow.data))
        )
        held = {one.path: one.data for one in documents}
        standing = Standing.read({**held, "ledger/entries.jsonl": row.ledger})
        return version, standing.teams()

    held: tuple[int, Teams] = service.memory.get(("teams", name), make)
    if held[0] != version:
        held = make()
        service.memory.put(("teams", name), held)
    return held[1]


def _first_version(session: Session, rows: Sequence[VisitRow]) -> dict[tuple[str, str], str]:
    """Return (enterprise, day) → id of the visit in the plan's first version, which was drawn."""
    if all(row.plan == 1 for row in rows):
        return {(row.enterprise, row.day): row.id for row in rows}
    chosen = select(VisitRow.enterprise, VisitRow.day, VisitRow.id).where(
        VisitRow.campaign == rows[0].campaign, VisitRow.plan == 1
    )
    if len(rows) <= 50:
        chosen = chosen.where(VisitRow.enterprise.in_({row.enterprise for row in rows}))
    return {(enterprise, day): name for enterprise, day, name in session.execute(chosen)}


def _team(row: VisitRow, drawn: Mapping[str, Sequence[str]]) -> Mapping[str, tuple[str, ...]]:
    """Return the teams of the seats that stand as they were drawn."""
    return MappingProxyType(
        {
            seat["unit"]: tuple(drawn[seat["unit"]])
            for seat in row.seats
            if len(drawn.get(seat["unit"], ())) == seat["inspectors"]
        }
    )


def entries(
    service: Service, session: Session, name: str, *, enterprise: str | None = None
) -> list[Entry]:
    """Return the entries of a campaign in the order in which they were recorded."""
    wanted = select(ScanRow).where(ScanRow.campaign == name).order_by(ScanRow.number)
    if enterprise is not None:
        wanted = wanted.where(ScanRow.enterprise == enterprise)
    return as_entries(service, session, name, session.scalars(wanted).all())


def as_entries(
    service: Service, session: Session, name: str, rows: Sequence[ScanRow]
) -> list[Entry]:
    """Return stored scans of one campaign as supervision sees them."""
    inspectors = registers_of(service, name).inspectors
    numbers = {row.visit for row in rows if row.visit is not None}
    visits = visits_by_number(session, name, numbers)
    made = dict(zip(visits, visited(service, session, list(visits.values())), strict=True))
    return [
        Entry(
            row.number,
            row.enterprise,
            date.fromisoformat(row.day),
            None if row.visit is None else made[row.visit],
            row.in_force,
            row.inspector,
            inspectors.get(row.inspector),
            row.code,
            tuple(row.items),
            row.late,
        )
        for row in rows
    ]


def visits_by_number(session: Session, name: str, numbers: Collection[int]) -> dict[int, VisitRow]:
    """Return visits of a campaign by their numbers."""
    wanted = select(VisitRow).where(VisitRow.campaign == name).order_by(VisitRow.number)
    found: dict[int, VisitRow] = {}
    for part in _parts(sorted(numbers)):
        rows = session.scalars(wanted.where(VisitRow.number.in_(part)))
        found.update((row.number, row) for row in rows)
    return found


def _parts(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(numbers), 500):
        yield numbers[start : start + 500]
