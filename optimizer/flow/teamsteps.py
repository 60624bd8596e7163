"""The steps of the teams, on a campaign in its folder and on a publication alike.

    odds committed → (source announced → seed → teams) for each span of days → next odds

with stand-ins for who cannot come at any place after a draw.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from optimizer import canon
from optimizer.domain.check import Check
from optimizer.domain.days import Span
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.draw import Seed, sealed_digest
from optimizer.errors import InputError
from optimizer.flow.acts import EFFORT
from optimizer.flow.amendment import Amendment, amend_standing, standing_case
from optimizer.flow.book import Book, Given, sign
from optimizer.flow.carried import as_committed
from optimizer.flow.dossier import Dossier
from optimizer.flow.drawn import CHANGES, Standing
from optimizer.flow.draws import announce_source, draw_span, stand_in
from optimizer.flow.order import check_order, check_reason, check_time
from optimizer.flow.periods import VERB, even_spans
from optimizer.flow.reveals import refuse_used
from optimizer.flow.rounds import RoundCommitted, commit_round
from optimizer.frame import hide_grounds, label_risk
from optimizer.plan import Case
from optimizer.progress import SILENT, Progress
from optimizer.registers.fault import make_fault

Draws = Literal["whole", "daily", "weekly"]


@dataclass(frozen=True, slots=True)
class Change:
    """How what is not drawn is planned anew.

    Attributes
    ----------
    rules
        From ``rules`` of problem.json to the rule set.
    added
        From the case to checks that were not asked for before; ``None``: none.
    cancelled
        Triggered checks that are not asked for any more, by identifier.
    effort
        As of `optimizer.flow.make_plan`.
    """

    rules: Callable[[Document], RuleSet]
    added: Callable[[Case], Sequence[Check]] | None = None
    cancelled: Collection[str] = ()
    effort: int = EFFORT


def standing_of(before: Dossier) -> Standing:
    """Return the teams of a campaign as they stand, also what waits for opening."""
    return Standing.read(before.documents())


def commit_teams_step(
    before: Dossier,
    given: Given,
    *,
    period: Span,
    draws: Draws | Sequence[Span] = "whole",
    announced: Mapping[str, Any],
    registers: Registers | None = None,
    reason: str = "",
    change: Change | None = None,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Dossier:
    """Fix the odds of a period that is not drawn, and name the source of its first draw's seed.

    Parameters
    ----------
    draws
        One draw of the whole period, one a day or a week with visits, or these spans.
    announced
        The source's document.
    registers
        The inspectors as they are now; by default as they were committed.
    reason
        Needed where draws that are left are given up, or with `change`.
    change
        Plan anew what is not drawn; by default the plan stays.
    """
    check_order(before, "odds", verb=VERB, act="commit")
    check_time(before, given.time, verb=VERB)
    if reason:
        check_reason(reason, "commit", verb=VERB)
    standing = standing_of(before)
    registers = _hidden(before, registers or as_committed(standing, given.scenario.registers))
    amendment = None
    if change is not None:
        if not standing.rounds:
            raise InputError(make_fault("round-first", VERB, None, "commit"))
        named = _labelled(before, given, registers)
        amendment = _amended(standing, named, period, change, reason, workers, progress)
    visits = standing.visits if amendment is None else amendment.plan.visits
    if isinstance(draws, str):
        spans = even_spans(period, visits, weekly=draws == "weekly") if draws != "whole" else ()
    else:
        spans = tuple(draws)
    progress.stage("odds")
    book = Book(before, given)
    done = commit_round(
        standing,
        registers,
        given.scenario.rules,
        period=period,
        spans=spans,
        announced=announced,
        time=given.time,
        reason=reason,
        amendment=amendment,
        kappa=given.scenario.kappa,
        body=book.body,
        secret=before.hiding,
        workers=workers,
        progress=progress,
    )
    return book.take(done.ledger, done.documents).close()


def _hidden(before: Dossier, registers: Registers) -> Registers:
    return hide_grounds(registers, before.secrets.salt_master, before.ledger.hash)


def _labelled(before: Dossier, given: Given, now: Registers) -> Registers:
    """Return the registers that were committed, with their labels, and the inspectors of now."""
    kept = given.scenario
    labelled, *_ = label_risk(kept.registers, kept.campaign, kept.rules, before.secrets.salt_master)
    return replace(labelled, inspectors=now.inspectors, counted_on=now.counted_on)


def _amended(
    standing: Standing,
    registers: Registers,
    period: Span,
    change: Change,
    reason: str,
    workers: int,
    progress: Progress,
) -> Amendment:
    check_reason(reason, "commit", verb=VERB)
    rules = change.rules(standing.parsed(standing.rounds[-1].problem)["rules"])
    added: tuple[Check, ...] = ()
    if change.added is not None:
        added = tuple(change.added(standing_case(standing, registers, rules)))
    return amend_standing(
        standing,
        registers,
        rules,
        period=period,
        added=added,
        cancelled=change.cancelled,
        reason=reason,
        effort=change.effort,
        workers=workers,
        progress=progress,
    )


def announce_step(before: Dossier, given: Given, announced: Mapping[str, Any]) -> Dossier:
    """Name the seed source of the next draw, before it can be known."""
    check_order(before, "teams", verb=VERB, act="announce")
    check_time(before, given.time, verb=VERB)
    return sign(before, given, announce_source(before.ledger, announced, time=given.time))


def teams_step(
    before: Dossier,
    given: Given,
    seed: Seed,
    *,
    days: Span | None = None,
    period: Span | None = None,
    next_source: Mapping[str, Any] | None = None,
    command: tuple[str, str] = (VERB, "draw"),
    workers: int = 1,
    progress: Progress = SILENT,
) -> Dossier:
    """Draw who goes on the days whose turn it is.

    Parameters
    ----------
    days
        The days that are meant: another draw's are refused.
    period
        Of a later round whose odds are committed in the same step, drawn at once.
    next_source
        Of the seed of the next draw; by default what is announced is repeated where it says
        nothing of a time, such as dice.
    command
        The verb and its act, which head faults of order and time.
    """
    verb, act = command
    check_order(before, "teams", verb=verb, act=act)
    check_time(before, given.time, verb=verb)
    refuse_used(seed, before.shown())
    committed: RoundCommitted | None = None
    standing = standing_of(before)
    book = Book(before, given)
    if before.ledger.course.whole and (period is not None or verb != VERB):
        if period is None:
            raise InputError(make_fault("teams-period", verb, None, f"{act} --period"))
        committed = commit_round(
            standing,
            _hidden(before, as_committed(standing, given.scenario.registers)),
            given.scenario.rules,
            period=period,
            announced=seed.announced(),
            time=given.time,
            kappa=given.scenario.kappa,
            body=book.body,
            secret=before.hiding,
            workers=workers,
            progress=progress,
        )
        book.take(committed.ledger, committed.documents)
        standing = Standing.read(
            {
                **before.documents(),
                **committed.documents,
                "ledger/entries.jsonl": committed.ledger.to_jsonl(),
            }
        )
    if next_source is None and known_never(seed.announced()):
        next_source = seed.announced()
    done = draw_span(
        standing,
        seed=seed,
        time=given.time,
        days=days,
        next_source=next_source,
        body=book.body,
        progress=progress,
    )
    return book.take(done.ledger, done.documents).close()


def known_never(announced: Mapping[str, Any]) -> bool:
    """Return whether an announced source names no moment, and so serves draw after draw."""
    return announced["source"] == "fixed" or (
        announced["source"] == "dice" and "at" not in announced
    )


def stand_in_step(
    before: Dossier, given: Given, *, visit: str, absent: str, reason: str
) -> Dossier:
    """Replace an inspector who cannot come to a drawn visit, by lottery among those free."""
    check_order(before, "substitute", verb=VERB)
    check_time(before, given.time, verb=VERB)
    check_reason(reason, "substitute", verb=VERB)
    standing = standing_of(before)
    found = stand_in(standing, visit, absent)
    made: Document = {
        "visit": visit,
        "unit": found.unit,
        "absent": absent,
        "substitute": found.substitute,
        "reason": reason.strip(),
    }
    index = len(before.ledger)
    book = Book(before, given)
    if before.shut:
        name = f"team-substitution/{index}"
        body: Document = {
            "sealed": sealed_digest(before.secret or b"", name, canon.canonical(made))
        }
        book.private[CHANGES] = canon.canonical(
            {
                "format": "double-random/team-substitutions/v1",
                "campaign": before.ledger.campaign,
                "substitutions": [*standing.substitutions, {"entry": index, **made}],
            }
        )
    else:
        body = {"substitution": made}
    book.append("team-substitute", body)
    return book.close()
