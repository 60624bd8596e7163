"""The acts of a campaign, each a frozen value that holds all before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from optimizer import canon
from optimizer.chance import Key
from optimizer.checks import CheckList, check_routes, make_checks
from optimizer.domain.campaign import Campaign
from optimizer.domain.check import Drawn
from optimizer.domain.cut import Cut
from optimizer.domain.days import Calendar, Span
from optimizer.domain.earlier import DRAW_DOCUMENTS
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.visit import Visit
from optimizer.draw import (
    Draw,
    Seed,
    Spec,
    check_hash,
    draw_enterprises,
    make_spec,
    orders_of,
    refuse_nobody,
    sample_of,
    teams_seed,
)
from optimizer.draw.sources import check_announced
from optimizer.errors import InputError
from optimizer.flow.amendment import counted_now
from optimizer.flow.carried import as_committed
from optimizer.flow.cases import staffed_case
from optimizer.flow.drawn import Standing
from optimizer.flow.given import ACTS, REVEAL_ACTS, ScenarioLike, Secrets
from optimizer.flow.reveals import check_committed, ready_ledger, refuse_used
from optimizer.frame import Frame, build_frame, hide_grounds, label_risk
from optimizer.ledger import Ledger
from optimizer.plan import (
    Case,
    Plan,
    PlanState,
    calendar_document,
    restore_cuts,
    restore_plan,
    rules_document,
)
from optimizer.plan import amend as write_amended
from optimizer.progress import SILENT, Progress
from optimizer.registers.fault import make_fault
from optimizer.teams import (
    Odds,
    Teams,
    commit_odds,
    draw_teams,
    roster_document,
)
from optimizer.teams.odds import KAPPA

EFFORT = 50
"""How far the planner searches by default, in counted steps: see `optimizer.plan.plan_visits`."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Frame and spec, fixed and in the ledger before the seed exists."""

    registers: Registers
    campaign: Campaign
    rules: RuleSet
    calendar: Calendar
    times: Mapping[str, str]
    classes: Mapping[str, str]
    """Label → risk class; private."""
    frame: Frame
    spec: Spec
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Revealed:
    """The first draw and the checks that follow from it."""

    committed: Committed
    draw: Draw
    checks: CheckList
    checks_document: Document
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Planned:
    """The merged plan of the year, every day of which can be staffed."""

    revealed: Revealed
    plan: Plan
    cuts: tuple[Cut, ...]
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class OddsCommitted:
    """The inspectors' probabilities for a period, fixed before the seed exists."""

    planned: Planned
    odds: Odds
    ledger: Ledger


def commit(
    scenario: ScenarioLike,
    secrets: Secrets,
    *,
    now: str,
    ledger: Ledger | None = None,
    again: str = "",
) -> Committed:
    """Fix frame and spec, and name the seed source, before the seed exists.

    Parameters
    ----------
    scenario
        Registers, campaign, rules, calendar and times.
    secrets
        Salts come from here.
    now
        RFC 3339 time for the acts whose time the scenario does not give.
    ledger
        The log to go on with; a new one by default.
    again
        Why, where the ledger holds a commitment already.

    Raises
    ------
    InputError
        Where the campaign does not fit the registers, or the seed source might be known already.
    """
    registers, campaign, rules, classes = label_risk(
        scenario.registers, scenario.campaign, scenario.rules, secrets.salt_master
    )
    registers = hide_grounds(registers, secrets.salt_master, canon.HASHES[campaign.hash])
    check_routes(registers, campaign, rules)
    frame = build_frame(
        registers,
        campaign,
        rules,
        salt_master=secrets.salt_master,
        risk_class_of=classes,
    )
    bound = {
        "calendar": calendar_document(scenario.calendar),
        "rules": rules_document(rules),
    }
    spec = make_spec(
        frame,
        campaign,
        binds={
            name: canon.digest(canon.canonical(value), frame.hash) for name, value in bound.items()
        },
    )
    refuse_nobody(spec)
    times = {act: scenario.times.get(act, now) for act in ACTS}
    times |= {act: scenario.times[act] for act in REVEAL_ACTS if act in scenario.times}
    time = times["committed"]
    check_announced(spec.document["seed_source"], time)
    check_hash(spec.document["seed_source"], frame.hash)
    ledger = ledger or Ledger(campaign.id, hash=frame.hash)
    if ledger.hash != frame.hash:
        raise InputError(
            make_fault("hash-differs", "scenario.yaml", None, "campaign.hash", campaign.hash,
                       hash=ledger.hash.name)
        )  # fmt: skip
    ledger = ledger.publish(
        "frame",
        time,
        "transcript/frame.json",
        canon.canonical(frame.document),
        **({"again": {"reason": again}} if again else {}),
    )
    ledger = ledger.publish("spec", time, "transcript/spec.json", canon.canonical(spec.document))
    ledger = ledger.append("seed-source", time, dict(spec.document["seed_source"]))
    return Committed(
        registers,
        campaign,
        rules,
        scenario.calendar,
        MappingProxyType(times),
        classes,
        frame,
        spec,
        ledger,
    )


def reveal(committed: Committed, seed: Seed) -> Revealed:
    """Draw the enterprises with the seed, and list the checks that follow.

    Raises
    ------
    InputError
        Where the seed is not of the committed source or cannot be known yet, or a check has no
        unit.
    """
    draw = draw_enterprises(committed.frame, committed.spec, seed=seed)
    checks = checks_of(committed, draw.drawn)
    time = committed.times["revealed"]
    ledger = ready_ledger(
        committed.ledger, seed, shown=time, recorded=committed.times.get("reveals")
    )
    seed_bytes = canon.canonical(draw.seed_document)
    draw_bytes = canon.canonical(draw.document)
    checks_document = checks.document(canon.digest(draw_bytes, committed.frame.hash))
    for kind, data in (
        ("seed", seed_bytes),
        ("draw", draw_bytes),
        ("checks", canon.canonical(checks_document)),
    ):
        ledger = ledger.publish(kind, time, f"transcript/{kind}.json", data)
    return Revealed(committed, draw, checks, checks_document, ledger)


def checks_of(committed: Committed, drawn: Sequence[Drawn]) -> CheckList:
    """List the checks of those drawn, here and in the separate draws taken in.

    Raises
    ------
    InputError
        Where a check has no unit.
    """
    campaign = committed.campaign
    separate = [one for draws in campaign.draws for one in sample_of(draws)]
    orders = [order for draws in campaign.draws for order in orders_of(draws)]
    return make_checks(
        (*drawn, *separate),
        committed.registers,
        replace(campaign, orders=(*campaign.orders, *orders)),
        committed.rules,
        horizon=Span(committed.calendar.start, committed.calendar.last),
    )


def documents_of_others(campaign: Campaign) -> dict[str, bytes]:
    """Return what a campaign publishes of the draws it goes on from: path → bytes."""
    return {
        **{
            f"transcript/earlier/{number}/{name}": one.documents[name]
            for number, one in enumerate(campaign.after, 1)
            for name in DRAW_DOCUMENTS
        },
        **{
            f"transcript/draws/{number}/{name}": data
            for number, one in enumerate(campaign.draws, 1)
            for name, data in one.documents.items()
        },
    }


def make_plan(
    revealed: Revealed,
    *,
    effort: int = EFFORT,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Planned:
    """Merge and schedule the checks so that every visit of the year can be staffed.

    A day that cannot be staffed for reasons the capacities do not show (recusals, rare skills)
    comes back from the lottery's flow as a cut, and the plan is made again, at most
    `cases.CUT_ROUNDS` times.
    """
    base = revealed.committed
    plan, cuts = staffed_plan(revealed, effort=effort, workers=workers, progress=progress)
    ledger, time = revealed.ledger, base.times["planned"]
    for kind, document in (
        ("problem", plan.problem_document),
        ("roster", roster_document(base.registers, campaign=base.campaign.id)),
        ("plan", plan.document),
    ):
        data = canon.canonical(document)
        ledger = ledger.publish(kind, time, f"transcript/{kind}.json", data)
    return Planned(revealed, plan, cuts, ledger)


def staffed_plan(
    revealed: Revealed,
    *,
    previous: Plan | None = None,
    pinned: Sequence[Visit] = (),
    drawn_until: date | None = None,
    standing: Standing | None = None,
    effort: int = EFFORT,
    workers: int = 1,
    progress: Progress = SILENT,
) -> tuple[Plan, tuple[Cut, ...]]:
    """Plan so that every visit can be staffed, and return the cuts that it took.

    Parameters
    ----------
    pinned
        Visits that keep their day and their checks.
    previous, drawn_until
        As of `cases.staffed_case`.
    standing
        Teams drawn so far, whose visits caps over time count.

    Raises
    ------
    InfeasibleError
        Where some visits still cannot be staffed after `cases.CUT_ROUNDS` rounds.
    """
    case = replace(case_of(revealed), pinned=tuple(pinned))
    counted = None
    if standing is not None and standing.drawn_until is not None:
        counted = counted_now(standing, as_committed(standing, case.registers), case.rules, case)
    return staffed_case(
        case,
        previous=previous,
        drawn_until=drawn_until,
        counted=counted,
        effort=effort,
        workers=workers,
        progress=progress,
    )


def plan_before(
    revealed: Revealed, problem: Document, plan: Document, visits: Sequence[Visit]
) -> Plan:
    """Return the plan that stands, for a later one to begin from and to change little of.

    Parameters
    ----------
    revealed
        With the checks of the later plan.
    problem, plan
        Documents of the plan that stands.
    visits
        Its visits, with what was added or moved since.
    """
    fresh = case_of(revealed).problem()
    before = restore_plan(plan, replace(fresh, document=problem))
    return replace(before, visits=tuple(visits))


def plan_as_it_stands(
    revealed: Revealed, problem: Document, plan: Document, visits: Sequence[Visit], *, reason: str
) -> Plan:
    """Return the schedule that stands as the version that follows a plan: nothing is moved.

    Parameters
    ----------
    revealed
        With the checks of the plan and of the visits, and no others.
    problem, plan
        Documents of the plan.
    visits
        Its visits, with what was added or moved since.
    reason
        Why, for the file.
    """
    case = replace(case_of(revealed), cuts=restore_cuts(plan))
    fresh = case.problem()
    before = restore_plan(plan, replace(fresh, document=problem))
    state = PlanState(fresh, visits)
    return write_amended(state, before, reason=reason, checks_digest=case.checks_digest).plan


def case_of(revealed: Revealed) -> Case:
    """Return what the plan of a draw is made from."""
    base = revealed.committed
    return Case(
        base.campaign.id,
        revealed.checks.onsite,
        base.rules,
        base.registers,
        base.calendar,
        revealed.checks_document,
        classes=base.classes,
        hash=base.frame.hash,
        key=Key.fromhex(revealed.draw.document["key"], base.frame.hash),
    )


def commit_teams(
    planned: Planned,
    *,
    seed_source: Mapping[str, Any],
    period: Span | None = None,
    kappa: Fraction = KAPPA,
    workers: int = 1,
    progress: Progress = SILENT,
) -> OddsCommitted:
    """Fix every inspector's probability for the visits of a period, before the seed exists.

    Parameters
    ----------
    seed_source
        ``{"source": "dice", "sides": 10}``: what the second draw's seed will be.
    period
        Days to draw for; by default the calendar month of the first visit.

    Raises
    ------
    InputError
        Where the source might be known already.
    """
    check_announced(seed_source, planned.revealed.committed.times["odds"])
    base = planned.revealed.committed
    visits = planned.plan.visits
    hash = base.frame.hash
    odds = commit_odds(
        visits,
        base.registers,
        base.rules,
        campaign=base.campaign.id,
        plan_digest=canon.digest(canon.canonical(planned.plan.document), hash),
        roster=roster_document(base.registers, campaign=base.campaign.id),
        duty_key=Key.fromhex(planned.revealed.draw.document["key"], hash),
        period=period or first_month(visits, base.calendar),
        kappa=kappa,
        workers=workers,
        progress=progress,
    )
    time = base.times["odds"]
    ledger = planned.ledger.publish(
        "odds", time, "transcript/odds.json", canon.canonical(odds.document)
    )
    ledger = ledger.append("teams-seed-source", time, dict(seed_source))
    return OddsCommitted(planned, odds, ledger)


def first_month(visits: tuple[Visit, ...], calendar: Calendar) -> Span:
    """Return the calendar month of the first visit (of the horizon's start, without visits)."""
    day = min((visit.day for visit in visits), default=calendar.start)
    after = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return Span(day.replace(day=1), after - timedelta(days=1))


def reveal_teams(committed: OddsCommitted, seed: Seed) -> tuple[Teams, Document, Ledger]:
    """Draw who goes, with exactly the committed odds.

    Returns
    -------
    tuple
        Teams, ``teams-seed.json`` and the ledger.

    Raises
    ------
    InputError
        Where the seed is not of the committed source.
    """
    announced = committed.ledger.find("teams-seed-source").body
    check_committed(seed, announced)
    base = committed.planned.revealed.committed
    time = base.times["teams"]
    refuse_used(seed, [committed.planned.revealed.draw.seed_document["source"]])
    ledger = ready_ledger(
        committed.ledger, seed, shown=time, recorded=base.times.get("teams-reveals")
    )
    odds_bytes = canon.canonical(committed.odds.document)
    hash = base.frame.hash
    seed_document = teams_seed(
        seed,
        campaign=base.campaign.id,
        odds_digest=canon.digest(odds_bytes, hash),
        hash=hash,
    )
    teams = draw_teams(committed.odds, seed_key=Key.fromhex(seed_document["key"], hash))
    for kind, document in (("teams-seed", seed_document), ("teams", teams.document)):
        data = canon.canonical(document)
        ledger = ledger.publish(kind, time, f"transcript/{kind}.json", data)
    return teams, seed_document, ledger
