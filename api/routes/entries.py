"""Scans and outcomes of visits, entries that stand for none, and filings."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import select

from api.answers import answer
from api.deps import Anyone, Drawer, Number, Requester, UsePage, UseService
from api.idempotency import UseOnce
from api.schemas.visits import EntrySeen, FilingWanted, OutcomesIn, ScanMade
from api.services import campaigns, entries, filings, outcomes, supervised
from api.store.tables import FilingRow

router = APIRouter(prefix="/v1", tags=["visits"])


@router.post("/campaigns/{campaign}/filings", status_code=201)
def file_plan(
    service: UseService, caller: Drawer, campaign: str, body: FilingWanted, once: UseOnce
) -> Response:
    """File the schedule as it stands: what is changed later is filed again."""
    return once.perform(
        lambda: filings.file(service, caller, campaign, body),
        lambda row: answer(filings.show(row), 201),
    )


@router.get("/campaigns/{campaign}/filings")
def list_filings(
    service: UseService, caller: Anyone, campaign: str, page: UsePage
) -> dict[str, Any]:
    """List the filings of a campaign, the oldest first."""
    with service.store.read() as session:
        campaigns.find(session, campaign)
        rows = session.scalars(
            select(FilingRow)
            .where(FilingRow.campaign == campaign, FilingRow.number > page.after_number())
            .order_by(FilingRow.number)
            .limit(page.limit + 1)
        ).all()
        return page.answer([filings.show(row) for row in rows], lambda item: item["filing"])


@router.post("/visits/{number}/scans", status_code=201)
def record_scan(
    service: UseService, caller: Requester, number: Number, body: ScanMade, once: UseOnce
) -> Response:
    """Record an entry, whatever is wrong with it; the answer lists the alerts that it set off."""
    return once.perform(
        lambda: entries.scan(service, caller, number, body),
        lambda made: answer(
            entries.show_recorded(
                made, caller, supervised.registers_of(service, made.row.campaign)
            ),
            201,
        ),
    )


@router.get("/visits/{number}/scans")
def list_scans(service: UseService, caller: Anyone, number: Number) -> dict[str, Any]:
    """List the entries of a visit; a department reads of its own people who they were."""
    with service.store.read() as session:
        visit = supervised.visible(session, caller, number)
        registers = supervised.registers_of(service, visit.campaign)
        rows = entries.of_visit(session, visit)
        return {"items": [entries.show(row, caller, registers) for row in rows], "next": None}


@router.post("/campaigns/{campaign}/entries", status_code=201)
def report_entry(
    service: UseService, caller: Drawer, campaign: str, body: EntrySeen, once: UseOnce
) -> Response:
    """Record an entry that stands for no visit, such as an enterprise reports it."""
    return once.perform(
        lambda: entries.report(service, caller, campaign, body),
        lambda made: answer(
            entries.show_recorded(made, caller, supervised.registers_of(service, campaign)), 201
        ),
    )


@router.post("/visits/{number}/outcomes", status_code=201)
def record_outcomes(
    service: UseService, caller: Requester, number: Number, body: OutcomesIn, once: UseOnce
) -> Response:
    """Record what checks of a visit found, all or none; a correction names what it corrects."""
    return once.perform(
        lambda: outcomes.record(service, caller, number, body),
        lambda rows: answer(
            {
                "items": [
                    outcomes.show(row, caller, supervised.registers_of(service, row.campaign))
                    for row in rows
                ]
            },
            201,
        ),
    )


@router.post("/campaigns/{campaign}/outcomes", status_code=201)
def record_offsite_outcomes(
    service: UseService, caller: Requester, campaign: str, body: OutcomesIn, once: UseOnce
) -> Response:
    """Record what checks off site found: they need no visit, and a clean result closes them."""
    return once.perform(
        lambda: outcomes.record_offsite(service, caller, campaign, body),
        lambda rows: answer(
            {
                "items": [
                    outcomes.show(row, caller, supervised.registers_of(service, campaign))
                    for row in rows
                ]
            },
            201,
        ),
    )


@router.get("/visits/{number}/outcomes")
def list_outcomes(service: UseService, caller: Anyone, number: Number) -> dict[str, Any]:
    """List the outcomes of a visit's checks, those that were corrected too."""
    with service.store.read() as session:
        visit = supervised.visible(session, caller, number)
        registers = supervised.registers_of(service, visit.campaign)
        rows = [
            row
            for row in outcomes.of_checks(session, visit)
            if caller.sees_everything or row.department == caller.department
        ]
        return {"items": [outcomes.show(row, caller, registers) for row in rows], "next": None}
