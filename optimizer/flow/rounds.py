"""Odds of a period, committed before their seeds exist: in the place of what is not drawn.

Every act is a function from the documents as they stand to new entries and documents; what is
sealed and how it is signed is the caller's (`optimizer.flow.book`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from optimizer import canon
from optimizer.chance import Key
from optimizer.domain.days import Span
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.visit import Visit
from optimizer.draw import Seed
from optimizer.draw.sources import check_announced
from optimizer.errors import InputError
from optimizer.flow.amendment import Amendment
from optimizer.flow.carried import since, with_drawn
from optimizer.flow.drawn import Standing
from optimizer.flow.draws import draw_span
from optimizer.flow.given import Secrets
from optimizer.flow.pen import Body, Pen
from optimizer.flow.periods import VERB, check_period, part_period
from optimizer.flow.reveals import check_replaceable, refuse_pledged, refuse_used
from optimizer.frame import hide_grounds
from optimizer.ledger import Ledger
from optimizer.progress import SILENT, Progress
from optimizer.registers.fault import make_fault
from optimizer.teams import Odds, Teams, commit_odds, make_leaves, roster_document
from optimizer.teams.odds import KAPPA


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
    secret: Key | None = None,
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
        with it. Grounds of recusals are hidden (`optimizer.frame.hide_grounds`).
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
    body
        By default the document's digest; while a campaign is sealed, something else.
    secret
        While a campaign is sealed: the odds are committed leaf by leaf as well.

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
    registers = with_drawn(standing, registers, period, rules)
    roster = (
        standing.parsed("transcript/roster.json")
        if first
        else roster_document(
            registers, campaign=campaign, since=since(standing, registers, period, rules)
        )
    )
    plan = standing.documents[standing.latest("plan")]
    if amendment is not None:
        plan = canon.canonical(amendment.plan.document)
    odds = commit_odds(
        visits,
        registers,
        rules,
        campaign=campaign,
        plan_digest=canon.digest(plan, hash),
        roster=roster,
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
    if secret is not None:
        people = [one["id"] for one in roster["inspectors"]]
        more["leaves"] = make_leaves(odds, people, secret).commitment()
    pen = Pen(ledger, time, body)
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


def later_round(
    published: Mapping[str, bytes],
    registers: Registers,
    rules: RuleSet,
    *,
    period: Span,
    seed: Seed,
    time: str,
    secrets: Secrets,
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
    secrets
        Of the publication: its salts hide the grounds of recusals.
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
        hide_grounds(registers, secrets.salt_master, standing.ledger.hash),
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


def read_visits(published: Mapping[str, bytes]) -> tuple[Visit, ...]:
    """Return the visits of the plan that stands in a publication, in its order."""
    return Standing.read(published).visits
