"""``/v1/campaigns/{id}/plans``: versions of a campaign's plan."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from api.answers import answer
from api.deps import Anyone, Drawer, Number, UsePage, UseService, if_none_match
from api.idempotency import UseOnce
from api.routes.respond import ACCEPTED, Prefer, accepted, wants_job
from api.schemas.plans import PlanWanted
from api.services import campaigns, jobs, plans
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

    With ``Prefer: respond-async`` it comes at once, and a worker makes the plan as a job.
    """
    if wants_job(prefer):
        return once.perform(lambda: jobs.ask_plan(caller, campaign, body), accepted)
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
