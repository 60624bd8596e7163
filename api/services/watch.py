"""Where alerts come from: entries, outcomes and filings as the store holds them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.services import alerts, campaigns, filings, supervised
from api.services.service import Service
from api.store.database import Write
from api.store.tables import AlertRow, OutcomeRow, ScanRow
from optimizer.supervision import (
    Entry,
    Finding,
    Visited,
    cap_findings,
    entry_findings,
    outcome_findings,
    repeat_findings,
)


def look_at(
    service: Service, session: Session, name: str, enterprise: str
) -> list[tuple[int | None, Finding]]:
    """Return what the entries and outcomes at one enterprise set off, each with its visit."""
    base = campaigns.load(service, name).committed
    registers, rules = base.registers, base.rules
    entries = supervised.entries(service, session, name, enterprise=enterprise)
    rows = session.execute(
        select(ScanRow.number, ScanRow.visit).where(
            ScanRow.campaign == name, ScanRow.enterprise == enterprise
        )
    )
    numbers = {number: visit for number, visit in rows}  # noqa: C416 - rows are no pairs to mypy
    found: list[tuple[int | None, Finding]] = []
    for place, entry in enumerate(entries):
        found += [(numbers[entry.number], f) for f in entry_findings(entry, entries[:place])]
    visits = _visits(entries)
    of_visit = {e.visit.key: numbers[e.number] for e in reversed(entries) if e.visit is not None}
    made = [visit for visit in registers.visits_made if visit.enterprise == enterprise]
    past = [visit.day for visit in made if visit.source not in rules.exempt_sources]
    for each in repeat_findings(entries, gap_days=rules.gap_days, made=past):
        found.append((None, each))
    firm = registers.enterprises[enterprise]
    section = registers.sections.get(firm.industry, "")
    over = cap_findings(visits, firm, section, rules, registers.units, registers.items, made)
    found += [(of_visit.get(each.subject.rsplit(" ", 1)[0]), each) for each in over]
    return found + list(_without_entry(service, session, name, enterprise, entries))


def _visits(entries: Sequence[Entry]) -> list[Visited]:
    """Return the visits entered, each once, in order of their first entry."""
    found: dict[str, Visited] = {}
    for entry in entries:
        if entry.visit is not None:
            found.setdefault(entry.visit.key, entry.visit)
    return list(found.values())


def _without_entry(
    service: Service, session: Session, name: str, enterprise: str, entries: Sequence[Entry]
) -> Iterable[tuple[int, Finding]]:
    """Return alerts of visits with outcomes of checks on site that nobody entered with a code."""
    wanted = select(OutcomeRow.visit).where(
        OutcomeRow.campaign == name,
        OutcomeRow.enterprise == enterprise,
        OutcomeRow.outcome != "not-done",
    )
    numbers = {number for number in session.scalars(wanted) if number is not None}
    rows = supervised.visits_by_number(session, name, numbers)
    visits = supervised.visited(service, session, list(rows.values()))
    for number, visit in zip(rows, visits, strict=True):
        own = [e for e in entries if e.visit is not None and e.visit.key == visit.key]
        for each in outcome_findings(visit, own):
            yield number, each


def sweep(service: Service, name: str) -> Callable[[Write], list[AlertRow]]:
    """Look for every alert of a campaign, also those that only time brings.

    Returns what raises them. Nothing is locked while it looks: what is recorded meanwhile looks
    for its own alerts.

    Raises
    ------
    ProblemError
        If the campaign is unknown or has no plan.
    """
    with service.computing(), service.store.read() as session:
        if campaigns.find(session, name).state != "planned":
            raise ProblemError("wrong-order", f"the campaign {name} must be planned first")
        raised = session.execute(
            select(AlertRow.alert, AlertRow.subject).where(AlertRow.campaign == name)
        )
        known = {(alert, subject) for alert, subject in raised}
        found: list[tuple[int | None, Finding]] = [
            (None, each) for each in filings.found(service, session, name)
        ]
        places = {
            *session.scalars(select(ScanRow.enterprise).where(ScanRow.campaign == name)),
            *session.scalars(select(OutcomeRow.enterprise).where(OutcomeRow.campaign == name)),
        }
        for enterprise in sorted(places):
            found += look_at(service, session, name, enterprise)
    fresh = [(visit, each) for visit, each in found if (each.alert, each.subject) not in known]
    return lambda write: raise_each(write, name, fresh)


def raise_each(
    write: Write, name: str, found: Iterable[tuple[int | None, Finding]]
) -> list[AlertRow]:
    """Store the findings that are new, each with its visit."""
    raised: list[AlertRow] = []
    for visit, each in found:
        raised += alerts.raise_found(write, name, (each,), visit=visit)
    return raised
