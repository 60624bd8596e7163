"""Plan versions: each is made once, kept for ever, and names its parent and reason."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.schemas.plans import PlanWanted
from api.security.keys import Caller
from api.services import campaigns, checks, live, visit_rows
from api.services.documents import read_document
from api.services.drawn import Drawn, drawn_visits
from api.services.fixing import is_held, last_fixed, refuse_held
from api.services.follow import AS_IT_STOOD, Following
from api.services.made import visits_made
from api.services.service import Service
from api.store.database import Write
from api.store.tables import CampaignRow, PlanRow, ScheduleRow, VisitRow
from optimizer import canon, flow
from optimizer.checks import CheckList
from optimizer.domain.check import Check
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.plan import Plan, restore_visits
from optimizer.progress import SILENT, Progress
from optimizer.teams import roster_document

LOOK = 0.1
"""Seconds between two looks whether odds are still being computed."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The live schedule as a planner finds it.

    Attributes
    ----------
    parent, schedule, fixed
        Its version and state, and the last day whose visits no plan changes.
    rows
        Its visits.
    made
        (enterprise, day) of the visits that were made.
    before
        The version's ``plan.json`` and ``problem.json``.
    """

    parent: int
    schedule: int
    fixed: str | None
    rows: Sequence[VisitRow]
    made: set[tuple[str, str]]
    before: tuple[bytes, bytes]

    @property
    def visits(self) -> list[Visit]:
        """The visits as the planner knows them."""
        return [visit_rows.visit_of(row) for row in self.rows]

    def following(
        self,
        service: Service,
        name: str,
        plan: Plan,
        onsite: Iterable[Check],
        *,
        as_it_stood: bool = False,
    ) -> Following:
        """Return what brings a plan made from here up to what came since; without the lock."""
        following = Following(
            service,
            plan,
            onsite,
            name=name,
            parent=self.parent,
            schedule=self.schedule,
            fixed=self.fixed,
            reserved={(v.enterprise, v.day) for v in self.rows if v.reserved},
            made=self.made,
            as_it_stood=as_it_stood,
        )
        # Most of it without the lock; behind it there is little left to do.
        with service.store.read() as session:
            following.catch_up(session, service.store.now())
        return following


def begin(service: Service, session: Session, name: str) -> Begun | None:
    """Return the live schedule of a campaign; ``None``: it has no plan yet."""
    standing = session.get(ScheduleRow, name)
    if standing is None:
        return None
    plan, problem = read_documents(
        service, session, find(session, name, standing.plan), "plan", "problem"
    )
    return Begun(
        standing.plan,
        standing.number,
        last_fixed(standing, service.store.now()),
        visit_rows.of_version(session, name, standing.plan),
        visits_made(session, name),
        (plan, problem),
    )


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
    are granted meanwhile is taken over (`api.services.follow`).
    """
    with service.computing():
        with service.store.read() as session:
            campaigns.must_exist(session, name)
            begun = begin(service, session, name)
            more = checks.submitted(session, campaigns.load(service, name).committed)
            # A visit that was entered, or whose teams are drawn or wait for their seed, stays,
            # whatever a later plan thinks of its day.
            fixed = None if begun is None else begun.fixed
            drawn = drawn_visits(session, name) if fixed is not None else Drawn()
            kept = [
                *drawn.visits,
                *(
                    visit_rows.visit_of(visit)
                    for visit in (() if begun is None else begun.rows)
                    if (
                        visit.reserved
                        or body.keep == "all"
                        or (visit.enterprise, visit.day) in (() if begun is None else begun.made)
                        or (fixed is not None and visit.day <= fixed)
                    )
                    and visit.day > drawn.until
                ),
            ]
        revealed = _revealed(service, name, more if begun is not None else None)
        if begun is None:
            planned = flow.make_plan(revealed, effort=body.effort, progress=progress)
        else:
            plan, problem = map(canon.parse, begun.before)
            planned = replan(
                revealed,
                previous=flow.plan_before(revealed, problem, plan, begun.visits),
                pinned=kept,
                drawn_until=None if fixed is None else date.fromisoformat(fixed),
                standing=drawn.standing,
                effort=body.effort,
                progress=progress,
            )
    if begun is None:
        first = _documents(planned, None, b"")
        return lambda write: _store(service, write, caller, name, body.reason, planned, first, None)
    documents = _documents(planned, begun.parent, begun.before[0])
    following = begun.following(service, name, planned.plan, planned.revealed.checks.onsite)
    await_odds(service, name)
    return lambda write: _store(
        service, write, caller, name, body.reason, planned, documents, following
    )


def write_down(
    service: Service, caller: Caller, name: str, reason: str
) -> tuple[int, flow.Planned, Callable[[Write], PlanRow]]:
    """Return the live schedule as it stands as the next version, and what writes that.

    To be called, and written, while days are held: no other version comes between.
    """
    with service.store.read() as session:
        begun = begin(service, session, name)
        if begun is None:
            raise ProblemError("wrong-order", f"the campaign {name} has no plan yet")
        more = checks.submitted(session, campaigns.load(service, name).committed)
        (document,) = read_documents(service, session, find(session, name, begun.parent), "checks")
    # Checks submitted since that have no visit yet are for a version that plans them.
    known = {one["id"] for one in canon.parse(document)["checks"]}
    known.update(check for row in begun.rows for check in row.checks)
    revealed = _revealed(service, name, checks.only(more, known))
    plan, problem = map(canon.parse, begun.before)
    stood = flow.plan_as_it_stands(revealed, problem, plan, begun.visits, reason=reason)
    planned = flow.Planned(revealed, stood, (), revealed.ledger)
    documents = _documents(planned, begun.parent, begun.before[0])
    following = begun.following(service, name, stood, revealed.checks.onsite, as_it_stood=True)

    def write(under: Write) -> PlanRow:
        return _store(
            service, under, caller, name, reason, planned, documents, following, as_it_stood=True
        )

    return begun.parent + 1, planned, write


def _revealed(service: Service, name: str, more: CheckList | None) -> flow.Revealed:
    """Return the draw with the checks to be planned: its own, or `more` beside."""
    revealed = campaigns.load_revealed(service, name)
    if more is not None:
        together = checks.together(revealed.checks, more)
        draw = canon.digest(canon.canonical(revealed.draw.document), revealed.committed.frame.hash)
        revealed = replace(revealed, checks=together, checks_document=together.document(draw))
    base = revealed.committed
    times = MappingProxyType({**base.times, "planned": service.store.now()})
    return replace(revealed, committed=replace(base, times=times))


def await_odds(service: Service, name: str) -> None:
    """Wait, without the lock, until no odds are being computed."""
    while True:
        with service.store.glance() as connection:
            row = live.standing_if(connection, name)
        if row is None or not is_held(row, service.store.now()):
            return
        time.sleep(LOOK)


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
    standing: flow.Standing | None = None,
    effort: int,
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
    standing
        Teams drawn so far.
    """
    plan, cuts = flow.staffed_plan(
        revealed,
        previous=previous,
        pinned=pinned,
        drawn_until=drawn_until,
        standing=standing,
        effort=effort,
        progress=progress,
    )
    return flow.Planned(revealed, plan, cuts, revealed.ledger)


def _store(
    service: Service,
    write: Write,
    caller: Caller,
    name: str,
    reason: str,
    planned: flow.Planned,
    documents: Mapping[str, bytes],
    following: Following | None,
    *,
    as_it_stood: bool = False,
) -> PlanRow:
    session = write.session
    row = campaigns.find(session, name)
    standing = session.get(ScheduleRow, name)
    parent: int | None = None
    if following is not None:
        if not as_it_stood:
            refuse_held(session, name, write.now)
        following.catch_up(session, write.now)
        parent = following.parent
        if f"plans/{parent + 1}/plan.json" not in documents:
            (held,) = read_documents(service, session, find(session, name, parent), "plan")
            documents = _documents(planned, parent, held)
    elif standing is not None:
        raise ProblemError("plan-superseded", f"{name} got another plan meanwhile")
    version = 1 if parent is None else parent + 1
    plan = planned.plan
    path = next(path for path in documents if path.endswith("/plan.json"))
    made = PlanRow(
        campaign=name,
        version=version,
        parent=parent,
        reason=reason,
        made_by=caller.key,
        made_at=write.now,
        plan_sha256=canon.digest(documents[path]),
        figures=_figures(plan.document, path, following, as_it_stood=as_it_stood),
    )
    session.add(made)
    campaigns.add_documents(session, name, documents)
    if following is None:
        onsite = {check.id: check.department for check in planned.revealed.checks.onsite}
        visit_rows.add_visits(session, name, version, plan.visits, onsite, set())
    else:
        visit_rows.add_visits(
            session, name, version, following.visits(), following.departments(), following.reserved
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
    _record(write, caller, made)
    session.flush()
    return made


def adopt_first(
    write: Write,
    row: CampaignRow,
    opened: flow.Dossier,
    *,
    reason: str,
    made_by: str,
    made_at: str,
    fixed: date | None,
    actor: Caller,
) -> PlanRow:
    """Write the plan of a sealed campaign that was opened as its first version.

    Parameters
    ----------
    fixed
        Last day whose teams are drawn or wait for their seed.
    """
    path = "transcript/plan.json"
    document, problem = opened.parsed(path), opened.parsed("transcript/problem.json")
    made = PlanRow(
        campaign=row.id,
        version=1,
        parent=None,
        reason=reason,
        made_by=made_by,
        made_at=made_at,
        plan_sha256=canon.digest(opened.data(path)),
        figures=_figures(document, path, None),
    )
    session = write.session
    session.add(made)
    listed = opened.parsed("transcript/checks.json")["checks"]
    department = {one["id"]: problem["items"][one["item"]]["department"] for one in listed}
    visit_rows.add_visits(session, row.id, 1, restore_visits(document), department, set())
    until = None if fixed is None else fixed.isoformat()
    session.add(ScheduleRow(campaign=row.id, plan=1, number=1, fixed_until=until))
    row.state = "planned"
    _record(write, actor, made)
    session.flush()
    return made


def _record(write: Write, caller: Caller, made: PlanRow) -> None:
    write.record(
        "plan-version",
        {
            "actor": caller.key,
            "version": made.version,
            "parent": made.parent,
            "reason": made.reason,
            "plan": made.plan_sha256,
            "followed": made.figures["followed"],
        },
        campaign=made.campaign,
    )


def _figures(
    document: Document, path: str, following: Following | None, *, as_it_stood: bool = False
) -> dict[str, Any]:
    """Return what answers show of a version beside its documents."""
    bound = int(document["bound"]["visits"])
    visits, left_out = len(document["visits"]), len(document["left_out"])
    gap = Fraction(visits + left_out - bound, bound) if bound else Fraction(0)
    return {
        "visits": visits,
        "left_out": left_out,
        "lower_bound": bound,
        "gap": f"{gap.numerator}/{gap.denominator}",
        "followed": 0 if following is None else following.followed,
        "put_off": [] if following is None else sorted(following.put_off),
        AS_IT_STOOD: as_it_stood,
        "comparison": document["comparison"],
        "document": path,
    }


def _documents(planned: flow.Planned, parent: int | None, held: bytes) -> dict[str, bytes]:
    """Return the documents of the version that follows `parent`, whose plan is `held`."""
    base = planned.revealed.committed
    plan = planned.plan
    if parent is None:
        found = {
            "transcript/problem.json": plan.problem_document,
            "transcript/roster.json": roster_document(base.registers, campaign=base.campaign.id),
            "transcript/plan.json": plan.document,
        }
    else:
        version = parent + 1
        follows = {"version": version, "parent": canon.digest(held, base.frame.hash)}
        found = {
            f"plans/{version}/checks.json": planned.revealed.checks_document,
            f"plans/{version}/problem.json": plan.problem_document,
            f"plans/{version}/plan.json": {**plan.document, **follows},
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
        If there is none, or the campaign is sealed and not opened.
    """
    row = session.get(PlanRow, (name, version))
    if row is None:
        campaigns.refuse_shut(campaigns.find(session, name))
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
