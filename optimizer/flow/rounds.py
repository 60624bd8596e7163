"""Teams step by step: odds of a period, then draw after draw from seeds that come later.

Every act is a function from the documents as they stand to new entries and documents; what is
sealed and how it is signed is the caller's (`optimizer.flow.book`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from optimizer import canon
from optimizer.chance import Key
from optimizer.domain.days import Span, calendar_span
from optimizer.domain.inspector import Inspector, VisitCap
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.visit import Visit
from optimizer.draw import Seed, teams_seed
from optimizer.draw.sources import check_announced
from optimizer.errors import Fault, InputError
from optimizer.flow.amendment import Amendment
from optimizer.flow.drawn import Round, Standing
from optimizer.flow.reveals import (
    check_committed,
    check_replaceable,
    ready_ledger,
    refuse_pledged,
    refuse_used,
)
from optimizer.ledger import Ledger
from optimizer.plan import restore_inspectors, restore_visits
from optimizer.progress import SILENT, Progress
from optimizer.registers.fault import make_fault
from optimizer.teams import (
    Odds,
    PartOdds,
    Substitution,
    Teams,
    commit_odds,
    draw_teams,
    replacement,
    restore_odds,
    roster_document,
)
from optimizer.teams.odds import KAPPA

VERB = "double-random teams"
Body = Callable[[str, bytes], Document]
"""From a document's path and bytes to what the ledger holds of it."""


@dataclass(frozen=True, slots=True)
class RoundCommitted:
    """Odds of a period, with the source of its first draw's seed.

    Attributes
    ----------
    number
        Of the odds document.
    spans
        Days of each draw, in order.
    ledger
        With the new entries.
    documents
        Path → bytes of the new ones.
    """

    number: int
    odds: Odds
    spans: tuple[Span, ...]
    ledger: Ledger
    documents: Mapping[str, bytes]


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
    """

    number: int
    round: int
    span: Span
    left: tuple[Span, ...]
    teams: Teams
    ledger: Ledger
    documents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class LaterRound:
    """Odds committed and drawn at once; fields as of `RoundCommitted` and `SpanDrawn`."""

    number: int
    odds: Odds
    teams: Teams
    ledger: Ledger
    documents: Mapping[str, bytes]


def commit_round(
    standing: Standing,
    registers: Registers,
    rules: RuleSet,
    *,
    period: Span,
    spans: Sequence[Span] = (),
    announced: Mapping[str, Any],
    time: str,
    reason: str = "",
    amendment: Amendment | None = None,
    kappa: Fraction = KAPPA,
    body: Body | None = None,
    workers: int = 1,
    progress: Progress = SILENT,
) -> RoundCommitted:
    """Fix the odds of a period that is not drawn yet, before its seeds exist.

    Draws of the odds before that are left are given up: this round takes their place. What is
    drawn stays.

    Parameters
    ----------
    registers
        The inspectors as they are now, without what this campaign drew: half-days and visits
        drawn so far are added here. For the first odds of a plan, those that were published
        with it.
    spans
        Days of each draw, in order, that part the period; none: one draw of all of it.
    announced
        Where the seed of the first draw will come from.
    time
        RFC 3339, not before the ledger's last entry.
    reason
        Why draws that are left are given up, or the plan was amended: it is in the ledger.
    amendment
        A later version of the plan, which this round is for; the plan stays without one.

    Raises
    ------
    InputError
        Where the turn is another's, the period was drawn or holds no visit, the spans do not
        part it, no reason is given where one is needed, or the source might be known already.
    InfeasibleError
        Where visits of the period cannot be staffed: every collision, each with mends.
    OrderError
        Where time goes back.
    """
    ledger = standing.ledger
    course = ledger.course
    first = course.next == "odds" and amendment is None
    if not first and (not course.between or not standing.rounds):
        raise InputError(make_fault("round-first", VERB, None, "commit"))
    begin = "odds" if first else "roster" if amendment is None else "checks"
    needed = course.needs_reason(begin)
    if needed != bool(reason.strip()):
        code = "round-reason" if needed else "round-no-reason"
        raise InputError(make_fault(code, VERB, None, "--reason", reason))
    check_replaceable(ledger, time)
    visits = standing.visits if amendment is None else amendment.plan.visits
    check_period(standing, period, visits)
    parted = part_period(period, spans)
    check_announced(announced, time)
    refuse_pledged(announced, ledger)
    hash, campaign = ledger.hash, ledger.campaign
    registers = _with_drawn(standing, registers, period, rules)
    roster = roster_document(registers, campaign=campaign)
    plan = standing.documents[standing.latest("plan")]
    if amendment is not None:
        plan = canon.canonical(amendment.plan.document)
    held = standing.documents["transcript/roster.json"] if first else canon.canonical(roster)
    odds = commit_odds(
        visits,
        registers,
        rules,
        campaign=campaign,
        plan_digest=canon.digest(plan, hash),
        roster_digest=canon.digest(held, hash),
        duty_key=Key.fromhex(standing.parsed("transcript/draw.json")["key"], hash),
        period=period,
        kappa=kappa,
        workers=workers,
        progress=progress,
    )
    more: Document = {}
    if parted:
        more["draws"] = [[s.first.isoformat(), s.last.isoformat()] for s in parted]
        document = {**odds.document, **more}
        digest = canon.digest(canon.canonical(document), hash)
        odds = replace(odds, document=document, digest=digest)
    pen = _Pen(ledger, time, body)
    again = {"again": {"reason": reason}} if needed else {}
    if amendment is not None:
        pen.put("checks", amendment.case.checks_document, **again)
        pen.put("problem", amendment.plan.problem_document)
    if not first:
        pen.put("roster", roster, **(again if amendment is None else {}))
    if amendment is not None:
        pen.put("plan", amendment.plan.document)
    pen.put("odds", odds.document, **more)
    pen.append("teams-seed-source", dict(announced))
    number = pen.ledger.course.round
    return RoundCommitted(number, odds, parted or (period,), pen.ledger, pen.documents)


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
    pen = _Pen(ledger, time, body)
    # While the document is sealed, what the source showed is said all the same.
    pen.put("teams-seed", document, **({"source": seed.evidence()} if course.shut else {}))
    pen.put("teams", teams.document)
    ledger = pen.ledger
    if next_source is not None and len(now.left) > 1:
        ledger = announce_source(ledger, next_source, time=time)
    return SpanDrawn(course.drawn + 1, now.number, span, now.left[1:], teams, ledger, pen.documents)


def later_round(
    published: Mapping[str, bytes],
    registers: Registers,
    rules: RuleSet,
    *,
    period: Span,
    seed: Seed,
    time: str,
    shown: str = "",
    recorded: str | None = None,
    kappa: Fraction = KAPPA,
    body: Body | None = None,
    workers: int = 1,
    progress: Progress = SILENT,
) -> LaterRound:
    """Commit odds and draw the teams of a later period of a published plan, in one act.

    Parameters
    ----------
    published
        Path → bytes of a publication that verifies.
    registers, rules, period, time, recorded, body
        As of `commit_round` and `draw_span`.
    shown
        When the seed is; by default at `time`, which only dice without a time allow.

    Raises
    ------
    InputError, InfeasibleError, OrderError
        As of those.
    """
    standing = Standing.read(published)
    check_period(standing, period, standing.visits)
    check_announced(seed.announced(), time)
    refuse_used(seed, standing.seeds())
    done = commit_round(
        standing,
        registers,
        rules,
        period=period,
        announced=seed.announced(),
        time=time,
        kappa=kappa,
        body=body,
        workers=workers,
        progress=progress,
    )
    entries = done.ledger.to_jsonl()
    both = {**published, **done.documents, "ledger/entries.jsonl": entries}
    drawn = draw_span(
        Standing.read(both), seed=seed, time=shown or time, recorded=recorded, body=body
    )
    documents = {**done.documents, **drawn.documents}
    return LaterRound(
        drawn.number, done.odds, drawn.teams, drawn.ledger, MappingProxyType(documents)
    )


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
        if canon.canonical(made.document) != standing.documents[done.teams]:
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
    visits = {one.id: one for one in standing.visits}
    found = standing.draw_of(visit)
    if found is None:
        raise InputError(make_fault("visit-not-drawn", VERB, None, "--visit", visit))
    now, draw = found
    here = visits[visit].day
    away = [one["absent"] for one in standing.substitutions if visits[one["visit"]].day == here]
    return replacement(
        standing.key_of(draw),
        standing.teams(),
        visits,
        standing.inspectors(now),
        visit,
        absent,
        already_away=away,
        start=now.spans[0].first,
        not_twice="not_twice" in standing.parsed("transcript/problem.json")["rules"]["team"],
    )


def read_visits(published: Mapping[str, bytes]) -> tuple[Visit, ...]:
    """Return the visits of the plan that stands in a publication, in its order."""
    return Standing.read(published).visits


def part_period(period: Span, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return the spans of several draws that part a period, none for a single draw.

    Raises
    ------
    InputError
        Where they leave days out, overlap or stand in another order.
    """
    if not spans or (len(spans) == 1 and spans[0] == period):
        return ()
    first = period.first
    for span in spans:
        if span.first != first or span.last < span.first:
            words = ",".join(str(one) for one in spans)
            raise InputError(
                make_fault("draws-part", VERB, None, "--draws", words, period=str(period))
            )
        first = span.last + timedelta(days=1)
    if first != period.last + timedelta(days=1):
        words = ",".join(str(one) for one in spans)
        raise InputError(make_fault("draws-part", VERB, None, "--draws", words, period=str(period)))
    return tuple(spans)


def even_spans(period: Span, visits: Sequence[Visit], *, weekly: bool) -> tuple[Span, ...]:
    """Return the spans of a draw a day, or a week (ISO 8601), each with visits.

    Days without visits go with the next that has some, those at the end with the last.
    """
    ends: dict[tuple[int, int], date] = {}
    for day in sorted({visit.day for visit in visits if visit.day in period}):
        year, week, weekday = day.isocalendar()
        ends[(year, week) if weekly else (day.toordinal(), weekday)] = day
    lasts = [*list(ends.values())[:-1], period.last]
    firsts = [period.first, *(day + timedelta(days=1) for day in lasts[:-1])]
    return tuple(Span(a, b) for a, b in zip(firsts, lasts, strict=True))


def check_period(standing: Standing, period: Span, visits: Sequence[Visit]) -> None:
    """Refuse a period that begins before all that is drawn has ended, or holds no visit.

    Raises
    ------
    InputError
        In such a case.
    """
    last = standing.drawn_until or date.min
    if period.first > last and any(visit.day in period for visit in visits):
        return
    later = sorted({f"{v.day:%Y-%m}" for v in visits if v.day > last})
    raise InputError(
        Fault(
            "period-drawn" if period.first <= last else "period-empty",
            "--period",
            value=str(period),
            expected=f"expected days after {last} with visits of the plan",
            mend="Months with visits still to be staffed: " + (", ".join(later) or "none"),
        )
    )


def _with_drawn(
    standing: Standing, registers: Registers, period: Span, rules: RuleSet
) -> Registers:
    """Return the registers with the half-days and visits that this campaign drew so far."""
    served, days = standing.served(), standing.days_served()
    latest = standing.latest_teams() if rules.team.not_twice else {}
    inspectors = {
        name: replace(
            person,
            workload=person.workload + served.get(name, 0),
            visit_caps=tuple(
                _with_visits(cap, days.get(name, ()), period) for cap in person.visit_caps
            ),
            last_visited=_last_visited(person, latest),
        )
        for name, person in registers.inspectors.items()
    }
    return replace(registers, inspectors=MappingProxyType(inspectors))


def _last_visited(
    person: Inspector, latest: Mapping[tuple[str, str], tuple[str, ...]]
) -> tuple[str, ...]:
    drawn = {e for (unit, e), people in latest.items() if person.id in people}
    kept = {e for e in person.last_visited if (person.unit, e) not in latest}
    return tuple(sorted(drawn | kept))


def _with_visits(cap: VisitCap, days: Sequence[date], period: Span) -> VisitCap:
    span = calendar_span(cap.kind, period.first)
    return replace(cap, made=cap.made + sum(day in span for day in days))


class _Pen:
    """Writes entries at one time, and the documents that they publish."""

    def __init__(self, ledger: Ledger, time: str, body: Body | None) -> None:
        self.ledger, self._time, self._body = ledger, time, body
        self.documents: dict[str, bytes] = {}

    def put(self, kind: str, document: Document, **more: Any) -> None:
        path, data = self.ledger.course.document_of(kind), canon.canonical(document)
        self.documents[path] = data
        self.append(kind, (self._body or self.ledger.body)(path, data) | more)

    def append(self, kind: str, body: Document) -> None:
        self.ledger = self.ledger.append(kind, self._time, body)
