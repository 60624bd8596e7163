"""Plan and opening of a sealed campaign: what is planned stays shut, and is ordinary once opened.

While the campaign is shut its plan stands in the dossier alone: there are no rows of versions and
visits, which many routes read, and nobody can ask for a visit beside it. The opening makes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from api.problems import ProblemError
from api.schemas.plans import PlanWanted
from api.security.keys import Caller
from api.services import campaigns, dossiers, plans, sealed
from api.services.sealed import Stepped, telling
from api.services.service import Service
from api.store.database import Write
from api.store.tables import CampaignRow
from optimizer import flow
from optimizer.flow import Dossier, Given
from optimizer.ledger.course import KINDS
from optimizer.progress import SILENT, Progress

PLANNED = KINDS.index("odds")
"""Place in the line that a campaign with a plan has reached."""


def is_here(service: Service, name: str) -> bool:
    """Return whether the next version of a plan is a sealed campaign's first."""
    with service.store.read() as session:
        row = campaigns.find(session, name)
        shut = dossiers.is_shut(row)
        return shut or (dossiers.is_sealed(row) and plans.newest(session, name) is None)


def make(
    service: Service,
    caller: Caller,
    name: str,
    body: PlanWanted,
    *,
    tell: bool,
    progress: Progress = SILENT,
) -> Callable[[Write], Mapping[str, Any]]:
    """Make a sealed campaign's first plan from its dossier; return what writes it.

    Parameters
    ----------
    tell
        As of `api.services.sealed.telling`.

    Raises
    ------
    ProblemError
        For a role that may not read it, before the draw, and for a second plan before the opening.
    InputError, InfeasibleError
        As of `optimizer.flow.plan_step`.
    """
    with service.store.read() as session:
        refuse_plan(campaigns.find(session, name), caller)
    steps: list[Dossier] = []

    def plan_now(before: Dossier, given: Given) -> Stepped:
        progress.stage("plan")
        after = flow.plan_step(before, given, effort=body.effort, odds=False, progress=progress)
        steps.append(after)
        about = {"by": caller.key, "at": given.time, "reason": body.reason}
        return after, {"plan": about}

    def more(write: Write, row: CampaignRow) -> None:
        if not dossiers.is_shut(row):
            _adopt(service, write, caller, row, steps[-1])

    with service.computing(), telling(service, caller, name, tell=tell):
        write_step = sealed.step(
            service, caller, name, plan_now, tags=None, scenario=True, more=more
        )

    def act(write: Write) -> Mapping[str, Any]:
        row = write_step(write)
        return show(row)

    return act


def refuse_plan(row: CampaignRow, caller: Caller) -> None:
    """Refuse who may not plan a sealed campaign, and a second plan before it is opened.

    Raises
    ------
    ProblemError
        In such cases.
    """
    if row.state == "committed":
        raise ProblemError("wrong-order", f"the seed of {row.id} must be revealed first")
    if dossiers.is_shut(row):
        sealed.refuse_reader(caller)
        if "plan" in row.facts:
            raise ProblemError(
                "sealed", f"{row.id} has its plan; another version is made once it is opened"
            )


def show(row: CampaignRow) -> dict[str, Any]:
    """Return the first version as its answer shows it: nothing of it while it is shut."""
    base, about = f"/v1/campaigns/{row.id}", row.facts["plan"]
    shut = dossiers.is_shut(row)
    path = "transcript/plan.json"
    return {
        "campaign": row.id,
        "version": 1,
        "sealed": shut,
        "reason": about["reason"],
        "made_by": about["by"],
        "made_at": about["at"],
        "links": {
            "self": base if shut else f"{base}/plans/1",
            "document": f"{base}/sealed/{path}" if shut else f"{base}/documents/{path}",
        },
    }


def open_campaign(
    service: Service, caller: Caller, name: str, *, reason: str, tags: tuple[str, ...] | None
) -> Callable[[Write], CampaignRow]:
    """Open the secret: what waited for it becomes documents; return what writes it.

    A plan with its teams is then as that of any campaign.

    Raises
    ------
    InputError
        Before the draw, or on or before the stated day without a reason.
    """
    opened: list[Dossier] = []

    def open_now(before: Dossier, given: Given) -> Stepped:
        after = flow.open_step(before, given, reason=reason)
        opened.append(after)
        return after, {"opened_at": given.time}

    def more(write: Write, row: CampaignRow) -> None:
        if opened[-1].ledger.course.place >= PLANNED:
            _adopt(service, write, caller, row, opened[-1])

    return sealed.step(service, caller, name, open_now, tags=tags, more=more)


def _adopt(
    service: Service, write: Write, caller: Caller, row: CampaignRow, opened: Dossier
) -> None:
    """Let the plan of an opened dossier be the campaign's first version, as of any other."""
    about = row.facts["plan"]
    standing = flow.standing_of(opened)
    rounds = standing.rounds
    left = rounds[-1].left if rounds else ()
    fixed = left[0].last if left else standing.drawn_until
    plans.adopt_first(
        write,
        row,
        opened,
        reason=about["reason"],
        made_by=about["by"],
        made_at=about["at"],
        fixed=fixed,
        actor=caller,
    )
    if rounds:
        row.facts = {**row.facts, "odds_plan": 1}
