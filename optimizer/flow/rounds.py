"""Later rounds of teams: drawn late, with the roster as it is then, into the same publication."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from optimizer import canon
from optimizer.chance import Key
from optimizer.domain.days import Span
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.visit import Visit
from optimizer.draw import Seed, teams_seed
from optimizer.draw.sources import check_announced
from optimizer.errors import Fault, InputError
from optimizer.flow.reveals import ready_ledger, refuse_used
from optimizer.ledger import Ledger
from optimizer.plan import restore_visits
from optimizer.progress import SILENT, Progress
from optimizer.teams import Odds, Teams, commit_odds, draw_teams, roster_document
from optimizer.teams.odds import KAPPA


@dataclass(frozen=True, slots=True)
class LaterRound:
    """One more round of teams.

    Attributes
    ----------
    number
        2 for the second round of a publication, and so on.
    ledger
        With the round's five entries.
    documents
        Path → bytes of the round's documents; ledger and checkpoint are not among them.
    """

    number: int
    odds: Odds
    teams: Teams
    ledger: Ledger
    documents: Mapping[str, bytes]


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
    body: Callable[[str, bytes], Document] | None = None,
    workers: int = 1,
    progress: Progress = SILENT,
) -> LaterRound:
    """Commit odds and draw the teams of a later period of a published plan.

    Parameters
    ----------
    published
        Path → bytes of a publication that verifies.
    registers
        The inspectors as they are now; half-days drawn in earlier rounds are added to their
        workloads here.
    period
        Days after those of the round before.
    time
        RFC 3339, not before the ledger's last entry: when odds and seed source are committed.
    shown
        When the seed is; by default at the same time, which only dice without a time allow.
    recorded
        When what parties revealed is recorded, where the seed's source has parties.
    body
        From a document's path and bytes to what the ledger holds of it, by default its digest;
        while a campaign is sealed, something else.

    Raises
    ------
    InputError
        Where the period overlaps an earlier round's or holds no visit, or where the seed's source
        was known already, cannot be known yet, or was used before.
    InfeasibleError
        Where a visit of the period cannot be staffed any more.
    OrderError
        Where time goes back.
    """
    ledger = Ledger.read(published["ledger/entries.jsonl"])
    hash = ledger.hash
    number = 1 + sum(entry.kind == "teams" for entry in ledger.entries)
    visits = read_visits(published)
    served = _check_period(published, number, period, visits)
    inspectors = {
        name: replace(person, workload=person.workload + served.get(name, 0))
        for name, person in registers.inspectors.items()
    }
    registers = replace(registers, inspectors=MappingProxyType(inspectors))
    check_announced(seed.announced(), time)
    refuse_used(seed, _seeds(published, number))
    files: dict[str, bytes] = {}

    def put(kind: str, document: Document, **more: Any) -> str:
        nonlocal ledger
        path, data = f"transcript/{kind}-{number}.json", canon.canonical(document)
        files[path] = data
        ledger = ledger.append(kind, time, (body or ledger.body)(path, data) | more)
        return canon.digest(data, hash)

    campaign = ledger.campaign
    roster_digest = put("roster", roster_document(registers, campaign=campaign))
    odds = commit_odds(
        visits,
        registers,
        rules,
        campaign=campaign,
        plan_digest=canon.digest(published["transcript/plan.json"], hash),
        roster_digest=roster_digest,
        duty_key=Key.fromhex(canon.parse(published["transcript/draw.json"])["key"], hash),
        period=period,
        kappa=kappa,
        workers=workers,
        progress=progress,
    )
    odds_digest = put("odds", odds.document)
    ledger = ledger.append("teams-seed-source", time, seed.announced())
    time = shown or time
    ledger = ready_ledger(ledger, seed, shown=time, recorded=recorded)
    seed_document = teams_seed(seed, campaign=campaign, odds_digest=odds_digest, hash=hash)
    # While the document is sealed, what the dice showed is said all the same.
    told = {"source": seed.evidence()} if ledger.course.shut else {}
    put("teams-seed", seed_document, **told)
    teams = draw_teams(odds, seed_key=Key.fromhex(seed_document["key"], hash))
    put("teams", teams.document)
    return LaterRound(number, odds, teams, ledger, MappingProxyType(files))


def _seeds(published: Mapping[str, bytes], number: int) -> list[dict[str, Any]]:
    """Return the sources of the seeds before a round."""
    names = ["seed", "teams-seed", *(f"teams-seed-{turn}" for turn in range(2, number))]
    return [canon.parse(published[f"transcript/{name}.json"])["source"] for name in names]


def read_visits(published: Mapping[str, bytes]) -> tuple[Visit, ...]:
    """Return the visits of a published plan, in its order."""
    return restore_visits(canon.parse(published["transcript/plan.json"]))


def _check_period(
    published: Mapping[str, bytes], number: int, period: Span, visits: tuple[Visit, ...]
) -> dict[str, int]:
    """Return inspector → half-days drawn in earlier rounds, once the period is fit."""
    served: dict[str, int] = {}
    effort = {(v.id, s.unit): s.effort for v in visits for s in v.seats}
    last = date.min
    for turn in range(1, number):
        name = "" if turn == 1 else f"-{turn}"
        odds: dict[str, Any] = canon.parse(published[f"transcript/odds{name}.json"])
        last = max(last, date.fromisoformat(odds["period"][1]))
        teams = canon.parse(published[f"transcript/teams{name}.json"])["teams"]
        for visit, units in teams.items():
            for unit, people in units.items():
                for person in people:
                    served[person] = served.get(person, 0) + effort[visit, unit]
    if period.first <= last or not any(visit.day in period for visit in visits):
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
    return served
