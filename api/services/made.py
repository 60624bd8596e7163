"""Which visits were made: what no later plan may move."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.store.tables import OutcomeRow, ScanRow, VisitRow


def visits_made(session: Session, name: str) -> set[tuple[str, str]]:
    """Return (enterprise, day) of the visits that were entered or have an outcome.

    A later plan leaves them as they are.
    """
    found: set[tuple[str, str]] = set()
    for numbers in (ScanRow.visit, OutcomeRow.visit):
        wanted = (
            select(VisitRow.enterprise, VisitRow.day)
            .join(numbers.class_, numbers == VisitRow.number)
            .where(VisitRow.campaign == name)
        )
        found.update((enterprise, day) for enterprise, day in session.execute(wanted))
    return found
