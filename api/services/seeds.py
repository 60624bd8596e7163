"""One seed serves one campaign: what another has shown is known, and so no chance any more.

A campaign's publication refuses evidence that it showed before; here the campaigns of a server are
held against each other. The same round, drawing or ceremony may be announced for several, as each
names the moment before it comes, and the key of each holds its own campaign, frame and spec.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from api.problems import ProblemError
from api.store.tables import CampaignRow, DocumentRow
from optimizer import canon
from optimizer.domain.registry import Document
from optimizer.draw import Seed, make_source
from optimizer.draw.sources import Combined
from optimizer.flow import known_never
from optimizer.ledger import Ledger


def refuse_shown(session: Session, name: str, seed: Seed) -> None:
    """Refuse a seed, or a part of one, that another campaign of the server has shown.

    Raises
    ------
    ProblemError
        Of the kind ``seed-used``, unless both announced the very same moment.
    """
    own = {mark: part for part in _parts(seed) for mark in part.marks()}
    if not own:
        return
    for other, source in _shown(session, name):
        for part in _parts(make_source(source)):
            for mark in own.keys() & set(part.marks()):
                announced = own[mark].announced()
                if known_never(announced) or announced != part.announced():
                    raise ProblemError(
                        "seed-used", f"the campaign {other} has shown this seed", campaign=other
                    )


def _parts(seed: Seed) -> tuple[Seed, ...]:
    return seed.parts if isinstance(seed, Combined) else (seed,)


def _shown(session: Session, name: str) -> Iterator[tuple[str, Document]]:
    """Yield what the seeds of the other campaigns showed, of draws and of teams."""
    rows = session.scalars(
        select(CampaignRow)
        .where(CampaignRow.id != name, CampaignRow.revealed_at.is_not(None))
        .order_by(CampaignRow.number)
        .options(undefer(CampaignRow.ledger))
    )
    for row in rows:
        yield row.id, dict(row.seed or {})
        # While a campaign is sealed, what its teams' sources showed stands in its ledger.
        for entry in Ledger.read(row.ledger).entries:
            if entry.kind == "teams-seed" and "source" in entry.body:
                yield row.id, entry.body["source"]
    documents = session.scalars(
        select(DocumentRow)
        .where(DocumentRow.campaign != name, DocumentRow.path.like("transcript/teams-seed%"))
        .order_by(DocumentRow.campaign, DocumentRow.path)
        .options(undefer(DocumentRow.data))
    )
    for document in documents:
        yield document.campaign, canon.parse(document.data)["source"]
