"""Jobs as callers see them: asked for, followed, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from api.problems import ProblemError
from api.schemas.plans import PlanWanted
from api.security.keys import Caller
from api.services import campaigns, plans, sealed_plans
from api.services.claims import OPEN
from api.store.database import Write
from api.store.tables import JobRow

STATES = (*OPEN, "done", "failed", "cancelled", "interrupted")
STAGES = {
    "read": {"en": "The campaign is read", "zh": "读取抽查计划"},
    "plan": {"en": "The checks are merged into visits", "zh": "合并编排检查任务"},
    "verify": {"en": "The documents are verified", "zh": "核验文件"},
    "write": {"en": "The result is written", "zh": "写入结果"},
}
"""What a stage of a job's progress is called."""


def ask_plan(caller: Caller, name: str, body: PlanWanted) -> Callable[[Write], JobRow]:
    """Return what asks for the next version of a plan: a first solve, or one more.

    Raises
    ------
    ProblemError
        If the campaign is unknown or its seed was not revealed, or it is sealed, and the key may
        not read its plan, or it has one.
    """

    def act(write: Write) -> JobRow:
        session = write.session
        row = campaigns.find(session, name)
        sealed_plans.refuse_plan(row, caller)
        first = select(JobRow.number).where(
            JobRow.campaign == name, JobRow.kind == "solve", JobRow.state.in_(OPEN)
        )
        follows = plans.newest(session, name) is not None or session.scalar(first) is not None
        kind = "reoptimise" if follows else "solve"
        return _add(write, caller, name, kind, body.model_dump())

    return act


def ask_publication(caller: Caller, name: str, tags: tuple[str, ...]) -> Callable[[Write], JobRow]:
    """Return what asks for a campaign's publication, once its documents are verified.

    Raises
    ------
    ProblemError
        If the campaign is unknown, its seed was not revealed, or it has changed meanwhile.
    """

    def act(write: Write) -> JobRow:
        campaigns.refuse_publication(campaigns.find(write.session, name), tags)
        return _add(write, caller, name, "publish", {"tags": list(tags)})

    return act


def cancel(caller: Caller, number: int, tags: tuple[str, ...] | None) -> Callable[[Write], JobRow]:
    """Return what cancels a job, from that moment on: whatever its worker still does has no end.

    Raises
    ------
    ProblemError
        If there is no such job, it has ended, or the key may not ask for such a job either.
    """

    def act(write: Write) -> JobRow:
        session = write.session
        row = session.get(JobRow, number, with_for_update=True)
        if row is None:
            raise _unknown(number)
        if row.kind == "publish" and caller.role not in ("admin", "supervisor"):
            raise ProblemError(
                "not-allowed", "publishing is the supervisors'", roles=["admin", "supervisor"]
            )
        if tags and etag(row) not in tags:
            raise ProblemError("precondition-failed", f"the job is now {etag(row)}")
        if row.state == "cancelled":
            return row
        if row.state not in OPEN:
            raise ProblemError("job-ended", f"job {number} is {row.state} since {row.ended_at}")
        row.state, row.ended_at = "cancelled", write.now
        row.fence += 1
        row.version += 1
        session.flush()
        return row

    return act


def find(session: Session, number: int) -> JobRow:
    """Return a job.

    Raises
    ------
    ProblemError
        If there is none.
    """
    row = session.get(JobRow, number)
    if row is None:
        raise _unknown(number)
    return row


def listed(
    session: Session, *, after: int, limit: int, campaign: str | None, state: str | None
) -> list[JobRow]:
    """Return jobs behind a number, of a campaign and in a state if named."""
    wanted = select(JobRow).where(JobRow.number > after).order_by(JobRow.number).limit(limit)
    if campaign is not None:
        wanted = wanted.where(JobRow.campaign == campaign)
    if state is not None:
        wanted = wanted.where(JobRow.state == state)
    return list(session.scalars(wanted))


def show(row: JobRow) -> dict[str, Any]:
    """Return a job as answers and events show it."""
    base = f"/v1/jobs/{row.number}"
    progress = row.progress
    if progress is not None:
        stage = progress["stage"]
        progress = {**progress, "text": STAGES.get(stage, {"en": stage, "zh": stage})}
    return {
        "job": base,
        "number": row.number,
        "campaign": row.campaign,
        "kind": row.kind,
        "state": row.state,
        "ahead": _ahead(row),
        "arguments": row.arguments,
        "asked_by": row.asked_by,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "expected_seconds": row.expected_seconds,
        "runs": row.runs,
        "worker": row.worker,
        "progress": progress,
        "result": row.result,
        "problem": row.problem,
        "links": {"self": base, "events": f"{base}/events", "cancel": f"{base}/cancel"},
    }


def etag(row: JobRow) -> str:
    """Return a job's ETag: it changes with all that `show` gives."""
    return f'"job.{row.number}.{row.version}.{_ahead(row)}"'


def _ahead(row: JobRow) -> int:
    """Return how many open jobs were asked for before one that waits."""
    session = object_session(row)
    if row.state != "waiting" or session is None:
        return 0
    earlier = select(func.count()).where(JobRow.number < row.number, JobRow.state.in_(OPEN))
    return session.scalar(earlier) or 0


def _add(write: Write, caller: Caller, name: str, kind: str, arguments: dict[str, Any]) -> JobRow:
    row = JobRow(
        campaign=name,
        kind=kind,
        state="waiting",
        arguments=arguments,
        asked_by=caller.key,
        version=1,
        fence=0,
        beat=0,
        runs=0,
        worker=None,
        progress=None,
        expected_seconds=None,
        created_at=write.now,
        started_at=None,
        ended_at=None,
        result=None,
        problem=None,
    )
    write.session.add(row)
    write.session.flush()
    return row


def _unknown(number: int) -> ProblemError:
    return ProblemError("not-found", f"there is no job {number}")
