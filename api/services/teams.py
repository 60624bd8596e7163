"""Teams of a planned campaign: odds, then draw after draw, and who stands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.schemas.teams import DrawWanted, OddsWanted, StandInWanted
from api.security.keys import Caller
from api.services import campaigns, live
from api.services.drawn import read_standing
from api.services.fixing import Hold
from api.services.seeds import refuse_shown
from api.services.service import Service
from api.services.team_plans import Basis, find_basis, refuse_changed, refuse_other
from api.store.database import Write
from optimizer import flow
from optimizer.domain.days import Span
from optimizer.draw.sources import make_announcement
from optimizer.errors import InputError
from optimizer.flow import Standing
from optimizer.ledger import Ledger
from optimizer.registers.fault import make_fault


@dataclass(frozen=True, slots=True)
class Step:
    """What a step adds to a campaign.

    Attributes
    ----------
    known
        The ledger that it was made from.
    facts
        Kept with the campaign.
    told
        What the answer says.
    """

    known: bytes
    ledger: Ledger
    documents: Mapping[str, bytes]
    facts: Mapping[str, Any]
    told: Mapping[str, Any]


Act = Callable[[Write], Mapping[str, Any]]


def commit(
    service: Service,
    caller: Caller,
    name: str,
    body: OddsWanted,
    *,
    tags: tuple[str, ...] | None,
    hold: Hold,
) -> Act:
    """Fix the odds of a period; return what writes them.

    Parameters
    ----------
    hold
        Holds the days of the period from here on; the caller gives it up afterwards.

    Raises
    ------
    ProblemError
        Where the campaign is unknown or not planned, or other odds of it are being committed.
    InputError, InfeasibleError
        As of `optimizer.flow.commit_round`.
    """
    standing = _standing(service, name, tags)
    now = service.store.now()
    period = Span(*body.period)
    base = campaigns.load(service, name).committed
    scenario = campaigns.load(service, name).scenario
    if standing.ledger.course.left and not body.reason:
        # A later plan version has a reason of its own, which says nothing of draws given up.
        raise InputError(make_fault("round-reason", "body", None, "reason"))
    with service.computing():
        hold.take(period.last)
        basis = find_basis(service, caller, name, standing, period, now)
        amendment = basis.amendment
        done = flow.commit_round(
            basis.standing,
            flow.as_committed(basis.standing, base.registers),
            base.rules,
            period=period,
            spans=_spans(body, period, basis),
            announced=make_announcement(body.seed_source).document(),
            time=now,
            reason=body.reason or ("" if amendment is None else str(amendment.document["reason"])),
            amendment=amendment,
            kappa=scenario.kappa,
        )
    told = {
        "round": done.number,
        "period": _pair(period),
        "draws": [_pair(span) for span in done.spans],
        "odds": done.odds.digest,
        "seed_source": dict(body.seed_source),
        "plan": basis.version,
        "undrawn_before": basis.standing.undrawn_before(period.first, basis.visits),
        "report": {k: v for k, v in done.odds.document["report"].items() if k != "units"},
    }
    known = standing.documents["ledger/entries.jsonl"]
    facts = {"odds_committed_by": caller.key, "odds_plan": basis.version}
    documents = {**basis.documents, **done.documents}
    write = _writes(caller, name, Step(known, done.ledger, documents, facts, told), tags)

    def act(under: Write) -> Mapping[str, Any]:
        hold.keep(under, done.spans[0].last)
        if basis.write is not None:
            basis.write(under)
        refuse_other(under.session, name, basis, period)
        return write(under)

    return act


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
        As of `optimizer.flow.draw_span`.
    """
    standing = _standing(service, name, tags)
    refuse_same(service, name, caller)
    seed = campaigns.read_seed(body.evidence())
    following = body.next_source
    if following is None and flow.known_never(seed.announced()):
        following = dict(seed.announced())
    with service.computing():
        done = flow.draw_span(
            standing,
            seed=seed,
            time=service.store.now(),
            days=None if body.days is None else Span(*body.days),
            next_source=None if following is None else make_announcement(following).document(),
        )
    told = {
        "draw": done.number,
        "round": done.round,
        "days": _pair(done.span),
        "left": [_pair(span) for span in done.left],
        "teams": done.teams.document["teams"],
        "stood_in": done.teams.document.get("stood_in", []),
        "open": [
            {"en": str(words), "zh": words.zh}
            for words in flow.overrun_words([one.document() for one in done.overruns], standing)
        ],
    }
    known = standing.documents["ledger/entries.jsonl"]
    write = _writes(caller, name, Step(known, done.ledger, done.documents, {}, told), tags)

    def act(under: Write) -> Mapping[str, Any]:
        refuse_changed(under.session, name, standing, done.span, under.now)
        refuse_shown(under.session, name, seed)
        _fix(under.session, name, (*done.left, done.span)[0])
        return write(under)

    return act


def _fix(session: Session, name: str, next_drawn: Span) -> None:
    """Keep the visits of the days that are drawn next, or were drawn last, as they are."""
    live.row_of(session, name).fixed_until = next_drawn.last.isoformat()


def _spans(body: OddsWanted, period: Span, basis: Basis) -> tuple[Span, ...]:
    if not isinstance(body.draws, str):
        return tuple(Span(first, last) for first, last in body.draws)
    if body.draws == "whole":
        return ()
    return flow.even_spans(period, basis.visits, weekly=body.draws == "weekly")


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
        As of `optimizer.flow.stand_in`.
    """
    standing = _standing(service, name, tags)
    found = flow.stand_in(standing, body.visit, body.absent)
    made = {
        "visit": body.visit,
        "unit": found.unit,
        "absent": body.absent,
        "substitute": found.substitute,
        "reason": body.reason,
    }
    ledger = standing.ledger.append("team-substitute", service.store.now(), {"substitution": made})
    known = standing.documents["ledger/entries.jsonl"]
    after = replace(
        standing,
        ledger=ledger,
        substitutions=(*standing.substitutions, {"entry": len(standing.ledger), **made}),
    )
    told = {**made, **_risks(after, found.substitute)}
    return _writes(caller, name, Step(known, ledger, MappingProxyType({}), {}, told), tags)


def _risks(standing: Standing, inspector: str | None = None) -> dict[str, Any]:
    rest = flow.commit_anew(standing)
    return {
        "at_risk": flow.at_risk(standing, inspector),
        "commit_anew": None if rest is None else _pair(rest),
    }


def refuse_same(service: Service, name: str, caller: Caller) -> None:
    """Refuse to let the key that committed the odds draw them.

    Raises
    ------
    ProblemError
        In that case.
    """
    with service.store.read() as session:
        if campaigns.find(session, name).facts.get("odds_committed_by") == caller.key:
            raise ProblemError("same-person", "the key that committed the odds cannot draw them")


def show(service: Service, name: str) -> dict[str, Any]:
    """Return the teams as they stand, round by round."""
    with service.store.read() as session:
        row = campaigns.find(session, name)
        return show_standing(read_standing(session, row))


def own_view(service: Service, caller: Caller, name: str, inspector: str) -> dict[str, Any]:
    """Return one inspector's own chances and days; grounds of recusals are not opened.

    Raises
    ------
    ProblemError
        Where no odds hold the inspector.
    """
    with service.store.read() as session:
        standing = read_standing(session, campaigns.find(session, name))
    with service.computing():
        return own_of(standing, inspector)


def own_of(standing: Standing, inspector: str) -> dict[str, Any]:
    """Return the own view as answers show it.

    Raises
    ------
    ProblemError
        Where no odds hold the inspector.
    """
    if not any(inspector in standing.inspectors(one) for one in standing.rounds):
        raise ProblemError("not-found", "no odds of this campaign hold such an inspector")
    return flow.own_view(standing, inspector)


def show_standing(standing: Standing) -> dict[str, Any]:
    """Return teams as answers show them."""
    course = standing.ledger.course
    return {
        "campaign": standing.ledger.campaign,
        "waits": None if course.whole else course.next,
        "rounds": [
            {
                "round": one.number,
                "draws": [_pair(span) for span in one.spans],
                "drawn": [_pair(draw.span) for draw in one.draws],
                "replaced": one.replaced,
            }
            for one in standing.rounds
        ],
        "teams": standing.teams(),
        "substitutions": list(standing.substitutions),
        "stood_in": [
            one
            for _, draw in standing.draws
            for one in standing.parsed(draw.teams).get("stood_in", ())
        ],
        **(_risks(standing) if standing.rounds else {"at_risk": [], "commit_anew": None}),
    }


def _standing(service: Service, name: str, tags: tuple[str, ...] | None) -> Standing:
    with service.store.read() as session:
        row = campaigns.find(session, name)
        campaigns.match_tag(row, tags)
        campaigns.refuse_shut(row)
        if row.state != "planned":
            raise ProblemError("wrong-order", f"the campaign {name} must be planned first")
        return read_standing(session, row)


def _writes(caller: Caller, name: str, step: Step, tags: tuple[str, ...] | None) -> Act:
    def act(write: Write) -> Mapping[str, Any]:
        row = campaigns.find(write.session, name)
        campaigns.match_tag(row, tags)
        if row.ledger != step.known:
            raise ProblemError("wrong-order", f"the ledger of {name} has gone on")
        row.facts = {**row.facts, **step.facts}
        start = len(Ledger.read(step.known))
        campaigns.go_on(write, caller, row, step.ledger, step.documents, start=start)
        return {"campaign": name, **step.told}

    return act


def _pair(span: Span | tuple[date, date]) -> list[str]:
    first, last = (span.first, span.last) if isinstance(span, Span) else span
    return [first.isoformat(), last.isoformat()]
