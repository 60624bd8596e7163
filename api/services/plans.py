"""Plan versions: each is made once, kept for ever, and names its parent and reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.schemas.plans import PlanWanted
from api.security.keys import Caller
from api.services import campaigns, checks, visit_rows
from api.services.documents import read_document
from api.services.drawn import Drawn, drawn_visits
from api.services.follow import Following
from api.services.made import visits_made
from api.services.service import Service
from api.store.database import Write
from api.store.tables import PlanRow, ScheduleRow
from optimizer import canon, flow
from optimizer.domain.visit import Visit
from optimizer.plan import Plan
from optimizer.progress import SILENT, Progress
from optimizer.teams import roster_document


def make(
    service: Service,
    caller: Caller,
    name: str,
    body: PlanWanted,
    *,
    progress: Progress = SILENT,
) -> Callable[[Write], PlanRow]:
    """Make a plan, and return what writes it as the campaign's next version.

    Version 1 plans the checks that the ledger committed to, of draw and registers; those that were
    submitted since enter with version 2. Nothing is locked while the planner works: what requests
    are granted meanwhile is taken over, and where that cannot be, the version is refused rather
    than a request lost.
    """
    with service.computing():
        with service.store.read() as session:
            campaigns.must_exist(session, name)
            standing = session.get(ScheduleRow, name)
            parent = None if standing is None else standing.plan
            schedule = 0 if standing is None else standing.number
            more = checks.submitted(session, campaigns.load(service, name).committed)
            fixed = None if standing is None else standing.fixed_until
            standing_visits = [] if parent is None else visit_rows.of_version(session, name, parent)
            # A visit that was entered, or whose teams are drawn or wait for their seed, stays,
            # whatever a later plan thinks of its day.
            made = visits_made(session, name)
            drawn = drawn_visits(session, name) if fixed is not None else Drawn()
            kept = [
                *drawn.visits,
                *(
                    visit_rows.visit_of(visit)
                    for visit in standing_visits
                    if (
                        visit.reserved
                        or body.keep == "all"
                        or (visit.enterprise, visit.day) in made
                        or (fixed is not None and visit.day <= fixed)
                    )
                    and visit.day > drawn.until
                ),
            ]
            reserved = {(v.enterprise, v.day) for v in standing_visits if v.reserved}
        revealed = campaigns.load_revealed(service, name)
        now = service.store.now()
        version = 1 if parent is None else parent + 1
        if parent is not None:
            together = checks.together(revealed.checks, more)
            hash = revealed.committed.frame.hash
            draw = canon.digest(canon.canonical(revealed.draw.document), hash)
            revealed = replace(revealed, checks=together, checks_document=together.document(draw))
        base = revealed.committed
        times = MappingProxyType({**base.times, "planned": now})
        revealed = replace(revealed, committed=replace(base, times=times))
        if parent is None:
            planned = flow.make_plan(revealed, effort=body.effort, progress=progress)
        else:
            with service.store.read() as session:
                before, problem = read_documents(
                    service, session, find(session, name, parent), "plan", "problem"
                )
            planned = replan(
                revealed,
                previous=flow.plan_before(
                    revealed,
                    canon.parse(problem),
                    canon.parse(before),
                    [visit_rows.visit_of(visit) for visit in standing_visits],
                ),
                pinned=kept,
                drawn_until=None if fixed is None else date.fromisoformat(fixed),
                effort=body.effort,
                version=version,
                parent=canon.digest(before, hash),
                progress=progress,
            )
    documents = _documents(planned, version)
    if parent is None:
        return lambda write: _store(write, caller, name, body, planned, documents, None)
    following = Following(
        service,
        planned.plan,
        planned.revealed.checks.onsite,
        name=name,
        parent=parent,
        schedule=schedule,
        fixed=fixed,
        reserved=reserved,
        made=made,
    )
    # Most of it without the lock; behind it there is little left to do.
    with service.store.read() as session:
        following.catch_up(session)
    return lambda write: _store(write, caller, name, body, planned, documents, following)


def read_documents(
    service: Service, session: Session, version: PlanRow, *names: str
) -> list[bytes]:
    """Return documents of a version: ``plan``, ``problem``, ``checks``."""
    row = campaigns.find(session, version.campaign)
    path = str(version.figures["document"]).removesuffix("plan.json")
    return [read_document(service, row, session, f"{path}{name}.json").data for name in names]


def replan(
    revealed: flow.Revealed,
    *,
    previous: Plan,
    pinned: list[Visit],
    drawn_until: date | None = None,
    effort: int,
    version: int,
    parent: str,
    progress: Progress = SILENT,
) -> flow.Planned:
    """Plan again around visits that stay, until every day can be staffed.

    Fewest visits come first, then least change of what stands.

    Parameters
    ----------
    previous
        The plan that stands, with what requests changed of it.
    pinned
        Visits that keep day and checks.
    drawn_until
        Up to this day no other visits are planned.
    parent
        Digest of the plan that this one follows.
    """
    plan, cuts = flow.staffed_plan(
        revealed,
        previous=previous,
        pinned=pinned,
        drawn_until=drawn_until,
        effort=effort,
        progress=progress,
    )
    document = {**plan.document, "version": version, "parent": parent}
    return flow.Planned(revealed, replace(plan, document=document), cuts, revealed.ledger)


def _store(
    write: Write,
    caller: Caller,
    name: str,
    body: PlanWanted,
    planned: flow.Planned,
    documents: Mapping[str, bytes],
    following: Following | None,
) -> PlanRow:
    session = write.session
    row = campaigns.find(session, name)
    standing = session.get(ScheduleRow, name)
    if following is not None:
        following.catch_up(session)
    elif standing is not None:
        raise ProblemError("plan-superseded", f"{name} got another plan meanwhile")
    parent = None if standing is None else standing.plan
    version = 1 if parent is None else parent + 1
    plan = planned.plan
    path = next(path for path in documents if path.endswith("/plan.json"))
    made = PlanRow(
        campaign=name,
        version=version,
        parent=parent,
        reason=body.reason,
        made_by=caller.key,
        made_at=write.now,
        plan_sha256=canon.digest(documents[path]),
        figures={
            "visits": len(plan.visits),
            "left_out": len(plan.left_out),
            "lower_bound": plan.lower_bound,
            "gap": f"{plan.gap.numerator}/{plan.gap.denominator}",
            "followed": 0 if following is None else following.followed,
            "comparison": plan.document["comparison"],
            "document": path,
        },
    )
    session.add(made)
    campaigns.add_documents(session, name, documents)
    if following is None:
        onsite = planned.revealed.checks.onsite
        visit_rows.add_visits(session, name, version, plan.visits, onsite, set())
    else:
        visit_rows.add_visits(
            session, name, version, following.visits(), following.onsite(), following.reserved
        )
    if standing is None:
        session.add(ScheduleRow(campaign=name, plan=version, number=1))
    else:
        standing.plan, standing.number = version, standing.number + 1
    row.version += 1
    if version == 1:
        row.state = "planned"
        known = planned.revealed.ledger
        row.ledger = planned.ledger.to_jsonl()
        campaigns.record_acts(write, planned.ledger, len(known), caller)
    write.record(
        "plan-version",
        {
            "actor": caller.key,
            "version": version,
            "parent": parent,
            "reason": body.reason,
            "plan": made.plan_sha256,
            "followed": made.figures["followed"],
        },
        campaign=name,
    )
    session.flush()
    return made


def _documents(planned: flow.Planned, version: int) -> dict[str, bytes]:
    plan = planned.plan
    if version == 1:
        roster = roster_document(
            planned.revealed.committed.registers, campaign=planned.revealed.committed.campaign.id
        )
        found = {
            "transcript/problem.json": plan.problem_document,
            "transcript/roster.json": roster,
            "transcript/plan.json": plan.document,
        }
    else:
        found = {
            f"plans/{version}/checks.json": planned.revealed.checks_document,
            f"plans/{version}/problem.json": plan.problem_document,
            f"plans/{version}/plan.json": plan.document,
        }
    return {path: canon.canonical(document) for path, document in found.items()}


def newest(session: Session, name: str) -> int | None:
    """Return the newest version, or ``None`` where there is none."""
    return session.scalar(select(func.max(PlanRow.version)).where(PlanRow.campaign == name))


def find(session: Session, name: str, version: int) -> PlanRow:
    """Return a version.

    Raises
    ------
    ProblemError
        If there is none.
    """
    row = session.get(PlanRow, (name, version))
    if row is None:
        campaigns.find(session, name)
        raise ProblemError("not-found", f"the campaign {name} has no plan version {version}")
    return row


def show(row: PlanRow) -> dict[str, Any]:
    """Return a version as answers show it."""
    base = f"/v1/campaigns/{row.campaign}"
    figures = {key: value for key, value in row.figures.items() if key != "document"}
    return {
        "campaign": row.campaign,
        "version": row.version,
        "parent": row.parent,
        "reason": row.reason,
        "made_by": row.made_by,
        "made_at": row.made_at,
        "plan_sha256": row.plan_sha256,
        **figures,
        "links": {
            "self": f"{base}/plans/{row.version}",
            "document": f"{base}/documents/{row.figures['document']}",
            "visits": f"/v1/visits?campaign={row.campaign}",
        },
    }
