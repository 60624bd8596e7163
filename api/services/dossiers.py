"""A sealed campaign's dossier as the store holds it: what is public of it, and what waits.

The public part are documents as those of any campaign; what waits for the opening is kept apart
(`PrivateRow`) and leaves the store for the roles that are named alone (`api.services.sealed`).
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from api.services import documents
from api.services.service import Service
from api.store.tables import CampaignRow, DocumentRow, PrivateRow
from optimizer.errors import CheckFailedError
from optimizer.flow import Dossier, Given
from optimizer.io import Scenario
from optimizer.messages import fault_verdict
from optimizer.verifier.verify import verify

KEPT = ("transcript/", "superseded/")
"""Folders of the dossier whose files are the campaign's documents."""


def is_sealed(row: CampaignRow) -> bool:
    """Return whether a campaign was committed to a sealed draw."""
    return bool(row.facts.get("mode") == "sealed")


def is_shut(row: CampaignRow) -> bool:
    """Return whether results wait for the opening."""
    return is_sealed(row) and "opened_at" not in row.facts


def dossier(service: Service, row: CampaignRow, session: Session) -> Dossier:
    """Return a campaign's dossier as the store holds it."""
    stored = session.scalars(
        select(DocumentRow).where(DocumentRow.campaign == row.id).options(undefer(DocumentRow.data))
    )
    public = {each.path: each.data for each in stored if each.path.startswith(KEPT)}
    for path in documents.LEDGER:
        public[path] = documents.ledger_document(service, row, path).data
    private = session.scalars(select(PrivateRow).where(PrivateRow.campaign == row.id))
    return Dossier(public, {each.path: each.data for each in private})


def given(service: Service, now: str, scenario: Scenario | None) -> Given:
    """Return what a step is given: the log's key signs, and pages are the service's own."""
    return Given(scenario, now, {}, service.store.log.holder, pages=False)


def check(after: Dossier) -> None:
    """Hold what would be public against the verifier before it is kept.

    Raises
    ------
    CheckFailedError
        With what does not hold.
    """
    fault = verify(dict(after.public)).first_fault
    if fault is not None:
        raise CheckFailedError(fault_verdict(fault))
