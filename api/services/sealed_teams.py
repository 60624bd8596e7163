"""Teams of a sealed campaign that is not opened: made from its dossier, and shut like its plan.

The functions are those of `api.services.teams`, whose answers tell what may be told: what the
campaign's public ledger holds. Who goes where is read at ``sealed`` and ``teams``, on record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from api.problems import ProblemError
from api.schemas.teams import DrawWanted, OddsWanted, StandInWanted
from api.security.keys import Caller
from api.services import campaigns, dossiers, sealed, teams
from api.services.sealed import Stepped, telling
from api.services.seeds import refuse_shown
from api.services.service import Service
from api.store.database import Write
from optimizer import flow
from optimizer.domain.days import Span
from optimizer.draw.sources import make_announcement
from optimizer.flow import Dossier, Given

Act = Callable[[Write], Mapping[str, Any]]


def are_here(service: Service, name: str) -> bool:
    """Return whether a campaign's teams are shut."""
    with service.store.read() as session:
        return dossiers.is_shut(campaigns.find(session, name))


def commit(
    service: Service,
    caller: Caller,
    name: str,
    body: OddsWanted,
    *,
    tags: tuple[str, ...] | None,
) -> Act:
    """Fix the odds of a period, leaf by leaf; return what writes them.

    Raises
    ------
    ProblemError
        For a role that may not read them.
    InputError, InfeasibleError
        As of `optimizer.flow.commit_teams_step`.
    """
    draws = body.draws
    spans = draws if isinstance(draws, str) else [Span(first, last) for first, last in draws]
    announced = make_announcement(body.seed_source).document()

    def commit_now(before: Dossier, given: Given) -> Stepped:
        after = flow.commit_teams_step(
            before,
            given,
            period=Span(*body.period),
            draws=spans,
            announced=announced,
            reason=body.reason,
        )
        return after, {"odds_committed_by": caller.key}

    return _step(service, caller, name, commit_now, tags, {"seed_source": dict(body.seed_source)})


def draw(
    service: Service,
    caller: Caller,
    name: str,
    body: DrawWanted,
    *,
    tags: tuple[str, ...] | None,
) -> Act:
    """Draw the teams of the days whose turn it is; return what writes them.

    Raises
    ------
    ProblemError
        As of `commit`, and where the same person committed the odds, or another campaign has
        shown the seed.
    InputError
        As of `optimizer.flow.teams_step`.
    """
    teams.refuse_same(service, name, caller)
    seed = campaigns.read_seed(body.evidence())
    following = body.next_source
    source = None if following is None else make_announcement(following).document()
    days = None if body.days is None else Span(*body.days)

    def draw_now(before: Dossier, given: Given) -> Stepped:
        return flow.teams_step(before, given, seed, days=days, next_source=source), {}

    drawn = _step(service, caller, name, draw_now, tags, {})

    def act(write: Write) -> Mapping[str, Any]:
        refuse_shown(write.session, name, seed)
        return drawn(write)

    return act


def substitute(
    service: Service,
    caller: Caller,
    name: str,
    body: StandInWanted,
    *,
    tags: tuple[str, ...] | None,
) -> Act:
    """Replace an inspector who cannot come, by lottery; return what writes it.

    Raises
    ------
    ProblemError
        As of `commit`.
    InputError, InfeasibleError
        As of `optimizer.flow.stand_in_step`.
    """

    def stand_in_now(before: Dossier, given: Given) -> Stepped:
        after = flow.stand_in_step(
            before, given, visit=body.visit, absent=body.absent, reason=body.reason
        )
        return after, {}

    return _step(service, caller, name, stand_in_now, tags, {})


def show(service: Service, caller: Caller, name: str) -> dict[str, Any]:
    """Return the teams as they stand; the reading is in the log first.

    Raises
    ------
    ProblemError
        For a role that may not read them, and before the plan.
    """
    sealed.refuse_reader(caller)
    with service.store.write() as write:
        row = campaigns.find(write.session, name)
        if "plan" not in row.facts:
            raise ProblemError("wrong-order", f"the campaign {name} must be planned first")
        held = dossiers.dossier(service, row, write.session)
        told = teams.show_standing(flow.standing_of(held))
        sealed.record_reading(write, row, caller, "teams")
    return told


def own_view(service: Service, caller: Caller, name: str, inspector: str) -> dict[str, Any]:
    """Return one inspector's own chances and days; the reading is in the log first.

    Raises
    ------
    ProblemError
        For a role that may not read them, and where no odds hold the inspector.
    """
    sealed.refuse_reader(caller)
    with service.store.write() as write:
        row = campaigns.find(write.session, name)
        standing = flow.standing_of(dossiers.dossier(service, row, write.session))
        told = teams.own_of(standing, inspector)
        # The log is public: it does not say whose.
        sealed.record_reading(write, row, caller, "teams/inspectors")
    return told


def _step(
    service: Service,
    caller: Caller,
    name: str,
    take: Callable[[Dossier, Given], Stepped],
    tags: tuple[str, ...] | None,
    told: Mapping[str, Any],
) -> Act:
    sealed.refuse_reader(caller)
    with service.computing(), telling(service, caller, name):
        write_step = sealed.step(service, caller, name, take, tags=tags, scenario=True)

    def act(write: Write) -> Mapping[str, Any]:
        row = write_step(write)
        return {
            "campaign": row.id,
            "sealed": True,
            **told,
            "links": {"teams": f"/v1/campaigns/{name}/teams"},
        }

    return act
