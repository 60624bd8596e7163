"""``/v1/campaigns/{id}/plans``: versions of a campaign's plan."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import select

from api.answers import answer
from api.deps import Anyone, Drawer, Number, UsePage, UseService, if_none_match
from api.idempotency import UseOnce
from api.problems import ProblemError
from api.routes.respond import ACCEPTED, Prefer, accepted, wants_job
from api.schemas.base import MOST_NUMBER
from api.schemas.plans import PlanWanted
from api.services import campaigns, explanations, jobs, plans, sealed_plans
from api.store.tables import PlanRow

router = APIRouter(prefix="/v1/campaigns/{campaign}/plans", tags=["plans"])


@router.post("", status_code=201, responses=ACCEPTED)
def make_plan(
    service: UseService,
    caller: Drawer,
    campaign: str,
    body: PlanWanted,
    once: UseOnce,
    prefer: Prefer = None,
) -> Response:
    """Make the next version of the plan; the answer comes when it is made.

    With ``Prefer: respond-async`` it comes at once, and a worker makes the plan as a job. Of a
    sealed campaign: by admins and supervisors alone, and nothing of it is told until the opening.
    """
    if wants_job(prefer):
        return once.perform(lambda: jobs.ask_plan(caller, campaign, body), accepted)
    if sealed_plans.is_here(service, campaign):
        return once.perform(
            lambda: sealed_plans.make(service, caller, campaign, body, tell=True),
            lambda told: answer(dict(told), 201, {"location": told["links"]["self"]}),
        )
    return once.perform(
        lambda: plans.make(service, caller, campaign, body),
        lambda row: answer(
            plans.show(row),
            201,
            {
                "location": f"/v1/campaigns/{campaign}/plans/{row.version}",
                "etag": f'"{row.plan_sha256}"',
            },
        ),
    )


@router.get("")
def list_plans(service: UseService, caller: Anyone, campaign: str, page: UsePage) -> dict[str, Any]:
    """List the versions, the oldest first."""
    with service.store.read() as session:
        campaigns.find(session, campaign)
        rows = session.scalars(
            select(PlanRow)
            .where(PlanRow.campaign == campaign, PlanRow.version > page.after_number())
            .order_by(PlanRow.version)
            .limit(page.limit + 1)
        ).all()
        return page.answer([plans.show(row) for row in rows], lambda item: item["version"])


@router.get("/{version}")
def read_plan(
    request: Request, service: UseService, caller: Anyone, campaign: str, version: Number
) -> Response:
    """Read a version; it never changes."""
    with service.store.read() as session:
        row = plans.find(session, campaign, version)
        headers = {
            "etag": f'"{row.plan_sha256}"',
            "cache-control": "private, max-age=31536000, immutable",
        }
        if if_none_match(request, headers["etag"]):
            return Response(status_code=304, headers=headers)
        return answer(plans.show(row), 200, headers).response()


@router.get("/{version}/difference")
def compare_plans(
    service: UseService,
    caller: Anyone,
    campaign: str,
    version: Number,
    page: UsePage,
    since: Annotated[
        int | None, Query(ge=1, le=MOST_NUMBER, description="version to compare with; the parent")
    ] = None,
) -> dict[str, Any]:
    """List the visits that changed since another version, each to be filed again (measure 6).

    `counts` are of all visits, by kind: kept, moved, changed on its day, new, dropped. A
    department's key sees the visits with a check of its own.
    """
    with service.store.read() as session:
        row = plans.find(session, campaign, version)
        before = since or row.parent
        if before is None:
            raise ProblemError("not-found", f"version {version} has no parent: name one in `since`")
        found = explanations.difference(service, session, caller, campaign, before, version)
    return {**found, **page.cut(found["items"])}


@router.get("/{version}/left-out")
def list_left_out(
    service: UseService, caller: Anyone, campaign: str, version: Number, page: UsePage
) -> dict[str, Any]:
    """List the checks that a version leaves out, with reason; a department's key sees its own."""
    with service.store.read() as session:
        found = explanations.left_out(service, session, caller, campaign, version)
    return page.cut(found)


@router.get("/{version}/left-out/{check}")
def explain_left_out(
    service: UseService,
    caller: Anyone,
    campaign: str,
    version: Number,
    check: Annotated[str, Path(max_length=60)],
    effort: Annotated[int, Query(ge=0, le=200, description="the search for mends, counted")] = 20,
) -> dict[str, Any]:
    """Say which rules keep a check out, and what would help, each proved by solving again."""
    return explanations.why_left_out(service, caller, campaign, version, check, effort=effort)
