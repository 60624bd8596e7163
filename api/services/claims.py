"""How a job changes hands: claimed, kept alive, given back, taken over, ended once.

Every change names the fence that the worker holds and is refused if the job has another by now.
So whatever dies or wakes up late, a job has one holder, and its end is written once, in the same
transaction as what it made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.store.database import Write
from api.store.tables import JobRow
from optimizer.domain.moments import instant

OPEN = ("waiting", "running")
MOST_RUNS = 5
"""A job that was begun so often without an end is marked: it may be what ends its workers."""


class LostError(Exception):
    """The job is no longer this worker's: it was cancelled or taken over."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a job, and to write its end."""

    number: int
    fence: int


def next_waiting(session: Session) -> int | None:
    """Return the job to run next: the oldest whose campaign has none running."""
    busy = select(JobRow.campaign).where(JobRow.state == "running")
    return session.scalar(
        select(JobRow.number)
        .where(JobRow.state == "waiting", JobRow.campaign.not_in(busy))
        .order_by(JobRow.number)
        .limit(1)
    )


def claim(write: Write, worker: str) -> Claim | None:
    """Begin the next job, or return ``None`` where none waits."""
    session = write.session
    number = next_waiting(session)
    if number is None:
        return None
    row = session.get_one(JobRow, number)
    held = Claim(number, row.fence + 1)
    began = _change(
        session,
        Claim(number, row.fence),
        "waiting",
        **_seen(
            state="running",
            fence=held.fence,
            beat=0,
            runs=row.runs + 1,
            worker=worker,
            progress=None,
            started_at=write.now,
            expected_seconds=_seconds_before(session, row),
        ),
    )
    return held if began else None


def beat(write: Write, held: Claim, progress: Mapping[str, Any] | None) -> None:
    """Show that the worker lives, and how far the job is where that changed.

    Raises
    ------
    LostError
        If the job is no longer the worker's.
    """
    more = {} if progress is None else _seen(progress=dict(progress))
    if not _change(write.session, held, "running", beat=JobRow.beat + 1, **more):
        raise LostError


def give_back(write: Write, held: Claim, *, counted: bool) -> bool:
    """Let the job wait again; mark it as interrupted if it was begun too often.

    Parameters
    ----------
    counted
        Whether the run counts: it does unless the worker was asked to stop.

    Returns
    -------
    bool
        Whether the job was still held under that fence.
    """
    row = write.session.get(JobRow, held.number)
    runs = 0 if row is None else row.runs
    if counted and runs >= MOST_RUNS:
        problem = ProblemError("job-interrupted", f"it was begun {runs} times without an end")
        return _end(write, held, "interrupted", problem=problem.document())
    return _change(
        write.session,
        held,
        "running",
        **_seen(
            state="waiting",
            fence=held.fence + 1,
            runs=runs if counted else runs - 1,
            worker=None,
            progress=None,
            started_at=None,
            expected_seconds=None,
        ),
    )


def hold(write: Write, held: Claim) -> None:
    """Keep every other change of the job waiting until the transaction ends.

    To be called first in the transaction that writes what the job made, and ends it.

    Raises
    ------
    LostError
        If the job is no longer the worker's.
    """
    if not _change(write.session, held, "running"):
        raise LostError


def done(write: Write, held: Claim, result: Mapping[str, Any]) -> None:
    """End the job, in the transaction that wrote what it made."""
    if not _end(write, held, "done", result=dict(result), progress=None):
        raise LostError


def fail(write: Write, held: Claim, problem: ProblemError) -> None:
    """End the job with a problem, unless it is no longer the worker's."""
    _end(write, held, "failed", problem=problem.document())


def _end(write: Write, held: Claim, state: str, **more: Any) -> bool:
    return _change(write.session, held, "running", **_seen(state=state, ended_at=write.now, **more))


def _change(session: Session, held: Claim, was: str, **values: Any) -> bool:
    """Change the job if it is still in that state under that fence; return whether it was."""
    changed = session.execute(
        update(JobRow)
        .where(JobRow.number == held.number, JobRow.fence == held.fence, JobRow.state == was)
        .values({"fence": JobRow.fence, **values})
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", changed).rowcount == 1


def _seen(**values: Any) -> dict[str, Any]:
    """Return values that answers show, so the version grows with them."""
    return {"version": JobRow.version + 1, **values}


def _seconds_before(session: Session, row: JobRow) -> int | None:
    """Return how long the last such job of the campaign took."""
    last = session.scalar(
        select(JobRow)
        .where(JobRow.kind == row.kind, JobRow.state == "done", JobRow.campaign == row.campaign)
        .order_by(JobRow.number.desc())
        .limit(1)
    )
    if last is None or last.started_at is None or last.ended_at is None:
        return None
    return max(0, round((instant(last.ended_at) - instant(last.started_at)).total_seconds()))
