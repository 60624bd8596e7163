"""The odds: committed before the seed of the teams exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import numpy as np

from optimizer.canon import canonical, digest
from optimizer.chance import hash_of
from optimizer.domain.days import Span, calendar_span
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import MAX_KAPPA, RuleSet
from optimizer.domain.visit import Visit
from optimizer.errors import Fault, InfeasibleError, InputError
from optimizer.messages import Words, phrase
from optimizer.progress import SILENT, Progress
from optimizer.teams.bars import bars_of, odds_change
from optimizer.teams.collisions import explain_collision, span_collisions
from optimizer.teams.duty import Duty, duties
from optimizer.teams.entropy import maximise
from optimizer.teams.given import check_caps, check_visits
from optimizer.teams.hall import day_cuts, explain, tell_together, unstaffed_days
from optimizer.teams.lots import serving, settled
from optimizer.teams.marginals import DENOMINATOR, exact_odds
from optimizer.teams.network import fill, forced_pairs
from optimizer.teams.processes import mapped
from optimizer.teams.report import UnitReport, report_document, report_unit
from optimizer.teams.seats import (
    Group,
    Indices,
    Part,
    by_unit,
    groups_of,
    make_part,
)
from optimizer.teams.transcript import ODDS_FORMAT, roster_document, same_people, span_pair

KAPPA = Fraction(1)


@dataclass(frozen=True, slots=True)
class Limit:
    """Most visits of one inspector in a week, month or year, as far as the part goes.

    Attributes
    ----------
    inspector
        Place in `PartOdds.inspectors`.
    kind
        One of `CAP_KINDS`.
    span
        All its days, also those outside the period.
    cap
        What is left of the register's cap after the visits made before the period.
    """

    inspector: int
    kind: str
    span: Span
    cap: int


@dataclass(frozen=True, slots=True)
class PartOdds:
    """Committed odds of one unit and effort, as the document has them.

    Attributes
    ----------
    inspectors
        Those with odds above 0, sorted.
    groups
        In order of the document.
    odds
        For each group one integer an inspector, over D.
    effort
        1 or 2; 0: both, as `Part` says.
    caps
        Most visits a day that is not one of full-day duty, by inspector.
    limits
        Caps above the day, by inspector, then kind, then span.
    committed
        Where some days are drawn and these groups are the rest: the part as committed.
    """

    unit: str
    effort: int
    inspectors: tuple[str, ...]
    groups: tuple[Group, ...]
    odds: tuple[tuple[int, ...], ...]
    caps: tuple[int, ...]
    limits: tuple[Limit, ...] = ()
    committed: PartOdds | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Odds:
    """Odds of every (inspector, visit) of a period, with their documents.

    Attributes
    ----------
    parts
        By unit, then effort.
    visits
        The visits of the period, in the plan's order.
    document, roster_document
        odds.json and roster.json.
    digest
        Of odds.json.
    """

    campaign: str
    period: Span
    visits: tuple[Visit, ...]
    parts: tuple[PartOdds, ...]
    document: Document = field(repr=False)
    roster_document: Document = field(repr=False)
    digest: str = ""

    def __repr__(self) -> str:
        report = self.document["report"]
        return (
            f"Odds({self.campaign!r}, {self.period}: {report['visits']} visits, "
            f"{report['seats']} seats, entropy {report['entropy']} of at most "
            f"{report['entropy_bound']} bits, spread {report['spread']} half-days "
            f"(fairest {report['spread_leximin']}))"
        )


@dataclass(frozen=True, slots=True)
class _Task:
    """What a worker gets: one unit."""

    parts: tuple[Part, ...]
    workload: tuple[int, ...]
    kappa: Fraction


@dataclass(frozen=True, slots=True)
class _Solved:
    """What a worker returns: integers for each part, or the days that failed."""

    odds: tuple[Indices, ...]
    report: UnitReport | None
    failed: tuple[date, ...] = ()


def commit_odds(
    visits: Sequence[Visit],
    registers: Registers,
    rules: RuleSet,
    *,
    campaign: str,
    plan_digest: str,
    roster: Document | None = None,
    period: Span,
    duty_key: bytes,
    kappa: Fraction = KAPPA,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Odds:
    """Fix, for every visit of the period, each inspector's odds of going.

    As even as the rules allow, weighed by `kappa` against entropy; every rule holds exactly in
    the integers committed. Same input, same bytes, on any machine and with any `workers`.

    Parameters
    ----------
    visits
        The plan's, in its order; those outside the period are left aside.
    rules
        For the team rule: every seat must ask for as many as it says.
    plan_digest
        Of plan.json, to which the odds are bound.
    roster
        The roster.json that the odds are bound to, which must be that of these registers; by
        default it is made from them.
    period
        Days to be drawn.
    duty_key
        The key of the first draw, by which full-day duty is drawn; its hash is that of all
        digests here.
    kappa
        Weight of uneven workloads, 0 to 3 a squared half-day; 0: entropy alone.
    workers
        Processes.

    Raises
    ------
    InputError
        If the visits, the digests or the settings are at fault.
    InfeasibleError
        If some visits of the period cannot be staffed: every collision, each with mends.
    """
    _check(visits, registers, rules, kappa, duty_key, period)
    hash = hash_of(duty_key)
    if roster is None:
        roster = roster_document(registers, campaign)
    own_roster = digest(canonical(roster), hash)
    if not same_people(roster, registers):
        expected, mend = phrase("roster-differs")
        raise InputError(Fault("roster-differs", "roster.json", expected=expected, mend=mend))
    chosen = tuple(v for v in visits if v.day in period)
    groups = groups_of(chosen, None)
    people = by_unit(registers)
    progress.stage("odds")
    bars = bars_of(groups, people, duty_key, not_twice=rules.team.not_twice)
    if bars:
        groups = dict(bars.groups)
    duty, failed = duties(groups, people, duty_key)
    unstaffed = {unit for unit, _ in failed}
    first = {place: one for place, one in duty.items() if place[0] not in unstaffed}
    duty |= settled(first, groups, people, duty_key, period.first)
    tasks = _tasks(groups, people, duty, unstaffed, kappa, period.first)
    solved: list[_Solved] = []
    with mapped(workers) as run:
        for done, result in enumerate(run(_solve, tasks), start=1):
            solved.append(result)
            progress.step(done, len(tasks), tasks[done - 1].parts[0].unit)
    failed += [
        (task.parts[0].unit, day)
        for task, result in zip(tasks, solved, strict=True)
        for day in result.failed
    ]
    if failed:
        raise InfeasibleError(_reasons(groups, people, registers, duty_key, period.first))
    parts = tuple(
        _part_odds(part, exact, people[part.unit], period.first)
        for task, result in zip(tasks, solved, strict=True)
        for part, exact in zip(task.parts, result.odds, strict=True)
    )
    change: Document = {}
    if bars:
        bare = _tasks(bars.without(), people, duty, set(), kappa, period.first)
        with mapped(workers) as run:
            before = _solved_parts(bare, run(_solve, bare))
        change = odds_change(_solved_parts(tasks, solved), before)
    document: Document = {
        "format": ODDS_FORMAT,
        "campaign": campaign,
        "plan": plan_digest,
        "roster": own_roster,
        "period": span_pair(period),
        "denominator": DENOMINATOR,
        "kappa": str(kappa),
        "duty_key": duty_key.hex(),
        "duty": [
            {
                "unit": d.unit,
                "day": d.day.isoformat(),
                "rule": d.rule,
                **({"lot": d.lot} if d.lot else {}),
                "inspectors": sorted(d.inspectors),
            }
            for d in duty.values()
        ],
        **({"bars": bars.document() | {"change": change}} if bars else {}),
        "parts": [_part_document(part) for part in parts],
        "report": report_document([s.report for s in solved if s.report], len(chosen)),
    }
    found = digest(canonical(document), hash)
    return Odds(campaign, period, chosen, parts, document, roster, found)


def _check(
    visits: Sequence[Visit],
    registers: Registers,
    rules: RuleSet,
    kappa: Fraction,
    duty_key: bytes,
    period: Span,
) -> None:
    faults: list[Fault] = []
    if not 0 <= kappa <= MAX_KAPPA:
        faults.append(
            Fault(
                "kappa",
                "teams",
                None,
                "kappa",
                str(kappa),
                *phrase("kappa", most=MAX_KAPPA),
            )
        )
    if len(duty_key) != 32:
        faults.append(
            Fault(
                "duty-key",
                "teams",
                None,
                "duty_key",
                f"{len(duty_key)} bytes",
                *phrase("duty-key"),
            )
        )
    if len(period) == 0:
        faults.append(
            Fault(
                "period",
                "teams",
                None,
                "period",
                str(period),
                *phrase("period"),
            )
        )
    for visit in visits:
        if visit.day not in period:
            continue
        for seat in visit.seats:
            least = rules.team.lead if seat.unit == visit.lead else rules.team.other
            if seat.inspectors < least:
                faults.append(
                    Fault(
                        "team-rule",
                        f"visit {visit.id}",
                        None,
                        seat.unit,
                        str(seat.inspectors),
                        f"expected at least {least} inspectors",
                        "Plan it anew under these rules.",
                    )
                )
    if faults:
        raise InputError(faults)
    check_visits(visits, registers)
    check_caps(registers.inspectors.values(), period)


def _tasks(
    groups: Mapping[str, list[Group]],
    people: Mapping[str, tuple[Inspector, ...]],
    duty: Mapping[tuple[str, date], Duty],
    skip: set[str],
    kappa: Fraction,
    start: date,
) -> list[_Task]:
    tasks = []
    for unit, mine in groups.items():
        if unit in skip:
            continue
        on_duty = serving({day: d for (u, day), d in duty.items() if u == unit})
        parts = []
        capped = any(i.visit_caps for i in people[unit])
        for effort in (0,) if capped else (1, 2):
            chosen = [g for g in mine if effort in (0, g.effort)]
            if chosen:
                parts.append(make_part(unit, effort, chosen, people[unit], on_duty, start))
        tasks.append(_Task(tuple(parts), tuple(i.workload for i in people[unit]), kappa))
    return tasks


def _solved_parts(tasks: Sequence[_Task], solved: Iterable[_Solved]) -> list[tuple[Part, Indices]]:
    return [
        both
        for task, result in zip(tasks, solved, strict=True)
        for both in zip(task.parts, result.odds, strict=True)
    ]


def _solve(task: _Task) -> _Solved:
    """Work out one unit; the same whoever does it."""
    forced = []
    failed: set[date] = set()
    for part in task.parts:
        flow = fill(part)
        if not flow.full:
            failed |= {g.day for g, short in zip(part.groups, flow.violator, strict=True) if short}
            continue
        forced.append(forced_pairs(part, flow))
    if failed:
        return _Solved((), None, tuple(sorted(failed)))
    workload = np.array(task.workload, dtype=np.float64)
    best = maximise(task.parts, tuple(forced), workload, task.kappa)
    exact = tuple(
        exact_odds(part, fixed, x)
        for part, fixed, x in zip(task.parts, forced, best.odds, strict=True)
    )
    report = report_unit(task.parts, forced, best.odds, exact, task.workload, best.steps)
    return _Solved(exact, report)


def _reasons(
    groups: Mapping[str, list[Group]],
    people: Mapping[str, tuple[Inspector, ...]],
    registers: Registers,
    key: bytes,
    start: date,
) -> list[Words]:
    """Say every collision: of a day, and where caps over time bind of the days left."""
    reasons: list[Words] = []
    for unit, mine in groups.items():
        failed = unstaffed_days(unit, mine, people[unit])
        for day in failed:
            cuts, found = day_cuts([g for g in mine if g.day == day], people[unit])
            reasons += [explain(cut, mine, registers) for cut in cuts]
            reasons += tell_together(registers.units[unit], found, day)
        if any(i.visit_caps for i in people[unit]):
            rest = [g for g in mine if g.day not in failed]
            collisions, found = span_collisions(rest, people[unit], key, start)
            reasons += [explain_collision(one, registers.units[unit]) for one in collisions]
            reasons += tell_together(registers.units[unit], found)
    return reasons


def _part_odds(
    part: Part, exact: Indices, inspectors: Sequence[Inspector], start: date
) -> PartOdds:
    table = np.zeros((len(part.groups), len(part.inspectors)), dtype=np.int64)
    table[part.pair_group, part.pair_inspector] = exact
    used = np.flatnonzero(table.any(axis=0)).tolist()
    return PartOdds(
        part.unit,
        part.effort,
        tuple(part.inspectors[k] for k in used),
        part.groups,
        tuple(tuple(row) for row in table[:, used].tolist()),
        tuple(1 if part.effort == 2 else inspectors[k].max_half_days for k in used),
        limits_above(part.groups, [inspectors[k] for k in used], start) if part.effort == 0 else (),
    )


def limits_above(
    groups: Sequence[Group], inspectors: Sequence[Inspector], start: date
) -> tuple[Limit, ...]:
    """Return the caps above the day of a part's inspectors, by inspector, kind and span.

    Parameters
    ----------
    inspectors
        Of the part's odds, in order.
    start
        First day of the period.
    """
    days = sorted({g.day for g in groups})
    return tuple(
        Limit(place, cap.kind, span, max(0, cap.most - (cap.made if start in span else 0)))
        for place, inspector in enumerate(inspectors)
        for cap in inspector.visit_caps
        for span in dict.fromkeys(calendar_span(cap.kind, day) for day in days)
    )


def _part_document(part: PartOdds) -> Document:
    return {
        "unit": part.unit,
        "effort": part.effort,
        "inspectors": list(part.inspectors),
        "groups": [
            {"visit": g.visit, "skill": g.skill, "seats": g.seats, "odds": list(row)}
            for g, row in zip(part.groups, part.odds, strict=True)
        ],
    }
