"""``/v1/campaigns/{id}/teams``: odds, draws, stand-ins."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.answers import answer
from api.deps import Drawer, IfMatch, Reader, UseService
from api.idempotency import UseOnce
from api.schemas.teams import DrawWanted, OddsWanted, StandInWanted
from api.services import sealed_teams, teams
from api.services.fixing import Hold

router = APIRouter(prefix="/v1/campaigns/{campaign}/teams", tags=["teams"])


@router.post("/odds", status_code=201)
def commit_odds(
    service: UseService,
    caller: Drawer,
    campaign: str,
    body: OddsWanted,
    once: UseOnce,
    tags: IfMatch,
) -> Response:
    """Fix every inspector's odds for a period, before its seeds exist.

    Until they are, requests take days after it. Of a sealed campaign, here and below: by admins
    and supervisors alone, and nothing of it is told until the opening.
    """
    if sealed_teams.are_here(service, campaign):
        return once.perform(
            lambda: sealed_teams.commit(service, caller, campaign, body, tags=tags),
            lambda told: answer(dict(told), 201),
        )
    with Hold(service, campaign) as hold:
        return once.perform(
            lambda: teams.commit(service, caller, campaign, body, tags=tags, hold=hold),
            lambda told: answer(dict(told), 201),
        )


@router.post("/draws", status_code=201)
def draw_teams(
    service: UseService,
    caller: Drawer,
    campaign: str,
    body: DrawWanted,
    once: UseOnce,
    tags: IfMatch,
) -> Response:
    """Draw the teams of the days whose turn it is, as another person than who fixed the odds."""
    act = sealed_teams.draw if sealed_teams.are_here(service, campaign) else teams.draw
    return once.perform(
        lambda: act(service, caller, campaign, body, tags=tags),
        lambda told: answer(dict(told), 201),
    )


@router.post("/substitutions", status_code=201)
def substitute_inspector(
    service: UseService,
    caller: Drawer,
    campaign: str,
    body: StandInWanted,
    once: UseOnce,
    tags: IfMatch,
) -> Response:
    """Replace an inspector who cannot come, by lottery among those who are free."""
    shut = sealed_teams.are_here(service, campaign)
    act = sealed_teams.substitute if shut else teams.substitute
    return once.perform(
        lambda: act(service, caller, campaign, body, tags=tags),
        lambda told: answer(dict(told), 201),
    )


@router.get("/inspectors/{inspector}")
def read_own_view(
    service: UseService, caller: Reader, campaign: str, inspector: str
) -> dict[str, Any]:
    """Read an inspector's own chances and days: of colleagues nothing but the unit's mean.

    To be handed on to that inspector, as by the bureau's own portal. Of a sealed campaign until it
    is opened: for admins and supervisors, each reading in the log.
    """
    act = sealed_teams.own_view if sealed_teams.are_here(service, campaign) else teams.own_view
    return act(service, caller, campaign, inspector)


@router.get("")
def read_teams(service: UseService, caller: Reader, campaign: str) -> dict[str, Any]:
    """Read the teams as they stand, with who stood in.

    Of a sealed campaign until it is opened: for admins and supervisors, each reading in the log.
    """
    if sealed_teams.are_here(service, campaign):
        return sealed_teams.show(service, caller, campaign)
    return teams.show(service, campaign)
