"""Days whose visits stay as they are: teams are drawn, wait for their seed, or get their odds now.

Odds must be for all visits of their period, and take seconds to compute while requests go on being
granted. So the period is held first, in a transaction of its own: from then on requests take later
days, and no plan version is written, until the odds are, or it is given up. A hold that nobody
ends, since its server was killed, runs out. It only lets the odds come to an end: they are held
against the visits once more where they are written, so that clocks that differ do no harm.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.services import live
from api.services.live import Standing
from api.services.service import Service
from api.store.database import Write
from api.store.engine import StoreBusyError
from api.store.tables import ScheduleRow
from optimizer.domain.moments import instant

MOST = timedelta(minutes=10)
"""After so long a hold has run out."""


class HeldError(ProblemError):
    """Days are held for odds that are being computed: to be tried again in a moment."""

    def __init__(self, row: ScheduleRow | Standing) -> None:
        super().__init__(
            "busy",
            f"odds of teams up to {row.held_until} are being committed",
            headers={"retry-after": "2"},
        )


def is_held(row: ScheduleRow | Standing, now: str) -> bool:
    """Return whether odds are being computed for days of a schedule."""
    return row.held_at is not None and instant(now) < instant(row.held_at) + MOST


def last_fixed(row: ScheduleRow | Standing, now: str) -> str | None:
    """Return the last day on which no visit is moved or added, ISO 8601, if there is one."""
    held = row.held_until if is_held(row, now) else None
    return max((day for day in (row.fixed_until, held) if day is not None), default=None)


class Hold:
    """Days of a campaign that wait for their odds; given up at the end unless they were kept.

    Parameters
    ----------
    name
        Of the campaign.
    """

    def __init__(self, service: Service, name: str) -> None:
        self._service = service
        self._name = name
        self._token = ""

    def take(self, until: date) -> None:
        """Hold all days up to this one.

        Raises
        ------
        ProblemError
            If the campaign has no plan yet, or odds of it are being committed.
        """
        token = self._service.token(16).hex()
        with self._service.store.write() as write:
            row = live.row_of(write.session, self._name)
            if is_held(row, write.now):
                raise HeldError(row)
            row.held_until, row.held_by, row.held_at = until.isoformat(), token, write.now
        self._token = token

    def keep(self, write: Write, until: date) -> None:
        """Let days up to this one stay as they are for good, and let go of the others.

        Raises
        ------
        ProblemError
            If the hold has run out and another took its place.
        """
        row = live.row_of(write.session, self._name)
        if row.held_by != self._token:
            raise HeldError(row)
        row.fixed_until = until.isoformat()
        _let_go(row)
        write.after.append(self._forget)

    def _forget(self) -> None:
        self._token = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._token:
            # Where the store takes no write just now, the hold runs out by itself.
            with suppress(SQLAlchemyError, StoreBusyError), self._service.store.write() as write:
                row = live.row_of(write.session, self._name)
                if row.held_by == self._token:
                    _let_go(row)


def _let_go(row: ScheduleRow) -> None:
    row.held_until = row.held_by = row.held_at = None


def refuse_held(session: Session, name: str, now: str) -> None:
    """Refuse to write a plan version while odds are being computed.

    Raises
    ------
    HeldError
        In such a case.
    """
    row = session.get(ScheduleRow, name)
    if row is not None and is_held(row, now):
        raise HeldError(row)
