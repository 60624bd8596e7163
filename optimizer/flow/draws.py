"""Draw after draw of committed odds, each from a seed that comes later, and who stands in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from optimizer.chance import Key
from optimizer.domain.days import Span
from optimizer.draw import Seed, teams_seed
from optimizer.draw.sources import check_announced
from optimizer.errors import InputError
from optimizer.flow.drawn import Round, Standing
from optimizer.flow.pen import Body, Pen
from optimizer.flow.periods import VERB
from optimizer.flow.reveals import check_committed, ready_ledger, refuse_pledged, refuse_used
from optimizer.ledger import Ledger
from optimizer.plan import restore_inspectors, restore_visits
from optimizer.progress import SILENT, Progress
from optimizer.registers.fault import make_fault
from optimizer.teams import (
    Odds,
    Overrun,
    PartOdds,
    Substitution,
    Teams,
    as_drawn,
    draw_teams,
    overruns,
    replacement,
    restore_odds,
    with_overruns,
)


@dataclass(frozen=True, slots=True)
class SpanDrawn:
    """Teams of some days.

    Attributes
    ----------
    number
        Of the draw, over the whole campaign.
    round
        Number of the odds document.
    left
        Days of the draws that are left.
    teams
        As the lottery named them; its document with those who go in the place of others.
    overruns
        Whom the lottery took beyond a rule, as they stood in since the odds were committed.
    """

    number: int
    round: int
    span: Span
    left: tuple[Span, ...]
    teams: Teams
    overruns: tuple[Overrun, ...]
    ledger: Ledger
    documents: Mapping[str, bytes]


def announce_source(ledger: Ledger, announced: Mapping[str, Any], *, time: str) -> Ledger:
    """Name the seed source of the next draw, before it can be known.

    Raises
    ------
    InputError
        Where no draw waits for one, or the source might be known already.
    """
    if ledger.course.next != "teams-seed-source":
        raise InputError(make_fault("draw-not-waiting", VERB, None, "announce"))
    check_announced(announced, time)
    refuse_pledged(announced, ledger)
    return ledger.append("teams-seed-source", time, dict(announced))


def draw_span(
    standing: Standing,
    *,
    seed: Seed,
    time: str,
    days: Span | None = None,
    recorded: str | None = None,
    next_source: Mapping[str, Any] | None = None,
    body: Body | None = None,
    progress: Progress = SILENT,
) -> SpanDrawn:
    """Draw the teams of the days whose turn it is, with exactly the committed odds.

    Parameters
    ----------
    time
        RFC 3339: when the seed is shown.
    days
        The days that are meant; another draw's are refused.
    recorded
        When what parties revealed is recorded, where the ledger does not hold it yet.
    next_source
        Where the seed of the next draw will come from, if one is left: announced at once.
    body
        By default the document's digest; while a campaign is sealed, something else.

    Raises
    ------
    InputError
        Where no draw waits, its days are others, or the seed is not of the source announced,
        cannot be known yet, or was used before.
    """
    ledger = standing.ledger
    course = ledger.course
    now = open_round(standing)
    if course.next == "teams-seed-source":
        raise InputError(make_fault("draw-announce", VERB, None, "draw", span=now.left[0]))
    span = now.left[0]
    if days is not None and days != span:
        raise InputError(make_fault("draw-order", VERB, None, "--days", str(days), span=span))
    check_committed(seed, ledger.find("teams-seed-source").body)
    ledger = ready_ledger(ledger, seed, shown=time, recorded=recorded)
    refuse_used(seed, standing.seeds())
    progress.stage("teams")
    hash = ledger.hash
    odds = read_odds(standing, now)
    rest = current_odds(standing, now, odds)
    document = teams_seed(
        seed,
        campaign=ledger.campaign,
        odds_digest=odds.digest,
        days=(span.first, span.last) if now.draws else None,
        hash=hash,
    )
    only = span if len(now.spans) > 1 else None
    teams = draw_teams(odds, seed_key=Key.fromhex(document["key"], hash), span=only, rest=rest)
    pen = Pen(ledger, time, body)
    # While the document is sealed, what the source showed is said all the same.
    pen.put("teams-seed", document, **({"source": seed.evidence()} if course.shut else {}))
    found = _overruns(standing, now, span, teams)
    teams_document = with_overruns(teams.document, found)
    pen.put("teams", teams_document)
    ledger = pen.ledger
    if next_source is not None and len(now.left) > 1:
        ledger = announce_source(ledger, next_source, time=time)
    return SpanDrawn(
        course.drawn + 1,
        now.number,
        span,
        now.left[1:],
        replace(teams, document=teams_document),
        found,
        ledger,
        pen.documents,
    )


def _overruns(standing: Standing, now: Round, span: Span, teams: Teams) -> tuple[Overrun, ...]:
    """Return who goes for those whom a draw took beyond a rule, as they stood in before."""
    came = standing.came(now)
    if not came:
        return ()
    muster = standing.muster(now, Key(teams.key, standing.ledger.hash))
    muster = replace(
        muster,
        teams={**muster.teams, **teams.teams},
        ahead={v: units for v, units in muster.ahead.items() if muster.visits[v].day > span.last},
    )
    drawn = [visit for visit in teams.odds.visits if visit.id in teams.teams]
    relieved = {
        (one["unit"], date.fromisoformat(one["day"]))
        for one in teams.odds.document.get("bars", {}).get("relieved", ())
    }
    return overruns(muster, drawn, came, relieved=relieved)


def open_round(standing: Standing) -> Round:
    """Return the round that is being drawn.

    Raises
    ------
    InputError
        Where no draw is left.
    """
    if not standing.rounds or not standing.rounds[-1].left:
        raise InputError(make_fault("draw-none", VERB, None, "draw"))
    return standing.rounds[-1]


def read_odds(standing: Standing, round: Round) -> Odds:
    """Return a round's odds as they were committed."""
    return restore_odds(
        standing.parsed(round.odds),
        restore_visits(standing.parsed(round.plan)),
        restore_inspectors(standing.parsed(round.roster)),
        hash=standing.ledger.hash,
    )


def current_odds(
    standing: Standing, round: Round, odds: Odds, *, draws: int | None = None
) -> tuple[PartOdds, ...] | None:
    """Return the odds of what is left after some draws of a round; ``None`` after none.

    Parameters
    ----------
    draws
        How many; by default all that are done.

    Raises
    ------
    InputError
        Where a draw done comes out otherwise than published.
    """
    rest: tuple[PartOdds, ...] | None = None
    for done in round.draws[:draws]:
        span = done.span if len(round.spans) > 1 else None
        made = draw_teams(odds, seed_key=standing.key_of(done), span=span, rest=rest)
        if made.document != as_drawn(standing.parsed(done.teams)):
            raise InputError(make_fault("campaign-damaged", done.teams))
        rest = made.rest
    return rest


def stand_in(standing: Standing, visit: str, absent: str) -> Substitution:
    """Draw who goes in place of an inspector who cannot come.

    Raises
    ------
    InputError
        Where the visit has no drawn team, or `absent` is not in it.
    InfeasibleError
        Where nobody is free who may go.
    """
    found = standing.draw_of(visit)
    if found is None:
        raise InputError(make_fault("visit-not-drawn", VERB, None, "--visit", visit))
    now, draw = found
    muster = standing.muster(now, standing.key_of(draw))
    here = muster.visits[visit].day
    away = [
        one["absent"] for one in standing.substitutions if muster.visits[one["visit"]].day == here
    ]
    return replacement(muster, visit, absent, already_away=away)
