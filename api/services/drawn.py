"""What of a campaign's teams is drawn, as its documents hold it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from api.services import campaigns
from api.store.tables import CampaignRow, DocumentRow
from optimizer.domain.visit import Visit
from optimizer.flow import Standing


@dataclass(frozen=True, slots=True)
class Drawn:
    """Visits whose teams are drawn.

    Attributes
    ----------
    until
        The last day, ISO 8601; empty: none is.
    standing
        With the teams; ``None``: none is drawn.
    """

    until: str = ""
    visits: tuple[Visit, ...] = ()
    standing: Standing | None = None


def drawn_visits(session: Session, name: str) -> Drawn:
    """Return the visits whose teams are drawn."""
    standing = read_standing(session, campaigns.find(session, name))
    until = standing.drawn_until
    if until is None:
        return Drawn()
    visits = tuple(v for v in standing.visits if v.day <= until)
    return Drawn(until.isoformat(), visits, standing)


def read_standing(session: Session, row: CampaignRow) -> Standing:
    """Return the teams of a campaign as they stand."""
    rows = session.scalars(
        select(DocumentRow)
        .where(DocumentRow.campaign == row.id, DocumentRow.path.startswith("transcript/"))
        .options(undefer(DocumentRow.data))
    )
    documents = {one.path: one.data for one in rows}
    return Standing.read({**documents, "ledger/entries.jsonl": row.ledger})
