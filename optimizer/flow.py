"""The stages composed: what the program, the API and the benchmarks call.

    registers → frame → first draw → checks → plan → second draw (teams) → ledger → publication

Each function here is one act of a campaign and returns a frozen value that holds all before it.
Nothing here reads a file, a clock or chance: secrets, seeds, times and progress are passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Protocol

from optimizer import canon
from optimizer.checks import CheckList, make_checks
from optimizer.domain.campaign import Campaign
from optimizer.domain.cut import Cut
from optimizer.domain.days import Calendar, Span
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.visit import Visit
from optimizer.draw import (
    Draw,
    Seed,
    Spec,
    draw_enterprises,
    make_source,
    make_spec,
    teams_seed,
)
from optimizer.errors import Fault, InfeasibleError, InputError
from optimizer.frame import Frame, build_frame, label_risk
from optimizer.ledger import Ledger
from optimizer.plan import Plan, plan_visits
from optimizer.progress import SILENT, Progress
from optimizer.publication import PublicationInput, publish
from optimizer.teams import (
    Odds,
    Teams,
    commit_odds,
    draw_teams,
    find_cuts,
    roster_document,
)

ACTS = ("committed", "revealed", "planned", "odds", "teams")
"""Acts whose times the ledger records, in order."""

CUT_ROUNDS = 4
"""Most times the plan is made again because a day cannot be staffed."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the bureau keeps to itself.

    Attributes
    ----------
    salt_master
        32 bytes from which the salts of the frame's leaves are derived.
    signer_seed
        32 bytes, the ledger's Ed25519 key.
    demo
        Derived from a public name: proves nothing of who signed, and every output says so.
    """

    salt_master: bytes
    signer_seed: bytes
    demo: bool = False


def demo_secrets(name: str) -> Secrets:
    """Derive secrets from a public name, for demonstrations and tests."""
    made = (
        bytes.fromhex(canon.digest(f"double-random/demo-{what}/v1:{name}".encode()))
        for what in ("salt", "signer")
    )
    return Secrets(next(made), next(made), demo=True)


class SeedSourceLike(Protocol):
    """A seed source as a scenario names it; `rolls` is empty while it has not been rolled."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def sides(self) -> int: ...  # noqa: D102
    @property
    def rolls(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


class ScenarioLike(Protocol):
    """What the flow reads of a scenario (`optimizer.io.scenario.Scenario` is one)."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def registers(self) -> Registers: ...  # noqa: D102
    @property
    def campaign(self) -> Campaign: ...  # noqa: D102
    @property
    def rules(self) -> RuleSet: ...  # noqa: D102
    @property
    def calendar(self) -> Calendar: ...  # noqa: D102
    @property
    def times(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def seed(self) -> SeedSourceLike: ...  # noqa: D102
    @property
    def teams_seed(self) -> SeedSourceLike: ...  # noqa: D102
    @property
    def about(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def period(self) -> Span | None: ...  # noqa: D102
    @property
    def kappa(self) -> Fraction: ...  # noqa: D102


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


@dataclass(frozen=True, slots=True)
class Run:
    """The whole flow.

    Attributes
    ----------
    committed_odds
        Holds the plan, which holds the draw, which holds frame and spec.
    documents
        Path in the publication → bytes; all files of the folder.
    figures
        What ``run --json`` prints, less times, memory and the verifier's word.
    """

    committed_odds: OddsCommitted
    teams: Teams
    ledger: Ledger
    documents: Mapping[str, bytes]
    figures: Mapping[str, Any]

    @property
    def planned(self) -> Planned:
        """The merged plan."""
        return self.committed_odds.planned

    @property
    def revealed(self) -> Revealed:
        """The first draw and its checks."""
        return self.planned.revealed

    @property
    def committed(self) -> Committed:
        """Frame and spec."""
        return self.revealed.committed


def commit(
    scenario: ScenarioLike, secrets: Secrets, *, now: str, ledger: Ledger | None = None
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

    Raises
    ------
    InputError
        Where the campaign does not fit the registers.
    """
    registers, campaign, rules, classes = label_risk(
        scenario.registers, scenario.campaign, scenario.rules, secrets.salt_master
    )
    frame = build_frame(
        registers,
        campaign,
        rules,
        salt_master=secrets.salt_master,
        risk_class_of=classes,
    )
    spec = make_spec(frame, campaign)
    times = {act: scenario.times.get(act, now) for act in ACTS}
    time = times["committed"]
    ledger = ledger or Ledger(campaign.id)
    ledger = _publish_entry(
        ledger, time, "frame", "transcript/frame.json", canon.canonical(frame.document)
    )
    ledger = _publish_entry(
        ledger, time, "spec", "transcript/spec.json", canon.canonical(spec.document)
    )
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
        Where the seed is not of the committed source, or a check has no unit.
    """
    draw = draw_enterprises(committed.frame, committed.spec, seed=seed)
    checks = make_checks(
        draw.drawn,
        committed.registers,
        committed.campaign,
        committed.rules,
        horizon=Span(committed.calendar.start, committed.calendar.last),
    )
    seed_bytes = canon.canonical(draw.seed_document)
    draw_bytes = canon.canonical(draw.document)
    checks_document = checks.document(canon.digest(draw_bytes))
    ledger, time = committed.ledger, committed.times["revealed"]
    for kind, data in (
        ("seed", seed_bytes),
        ("draw", draw_bytes),
        ("checks", canon.canonical(checks_document)),
    ):
        ledger = _publish_entry(ledger, time, kind, f"transcript/{kind}.json", data)
    return Revealed(committed, draw, checks, checks_document, ledger)


def make_plan(
    revealed: Revealed,
    *,
    effort: int = 200,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Planned:
    """Merge and schedule the checks so that every visit of the year can be staffed.

    A day that cannot be staffed for reasons the capacities do not show (recusals, rare skills)
    comes back from the lottery's flow as a cut, and the plan is made again, at most `CUT_ROUNDS`
    times.
    """
    base = revealed.committed
    checks_digest = canon.digest(canon.canonical(revealed.checks_document))
    cuts: tuple[Cut, ...] = ()
    for _ in range(CUT_ROUNDS):
        plan = plan_visits(
            revealed.checks.onsite,
            base.rules,
            campaign=base.campaign.id,
            registers=base.registers,
            calendar=base.calendar,
            checks_digest=checks_digest,
            cuts=cuts,
            effort=effort,
            workers=workers,
            progress=progress,
        )
        more = find_cuts(plan.visits, base.registers)
        if not more:
            break
        cuts = (*cuts, *more)
    else:
        raise InfeasibleError(
            f"{cut.unit} cannot fill {cut.asked} seats on {cut.day}, only {cut.possible} "
            f"({cut.reason}{' ' + cut.skill if cut.skill else ''}): visits at "
            + ", ".join(cut.enterprises)
            for cut in more
        )
    ledger, time = revealed.ledger, base.times["planned"]
    for kind, document in (
        ("problem", plan.problem_document),
        ("roster", roster_document(base.registers, campaign=base.campaign.id)),
        ("plan", plan.document),
    ):
        data = canon.canonical(document)
        ledger = _publish_entry(ledger, time, kind, f"transcript/{kind}.json", data)
    return Planned(revealed, plan, cuts, ledger)


def commit_teams(
    planned: Planned,
    *,
    seed_source: Mapping[str, Any],
    period: Span | None = None,
    kappa: Fraction = Fraction(3, 10),
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
    """
    base = planned.revealed.committed
    visits = planned.plan.visits
    odds = commit_odds(
        visits,
        base.registers,
        base.rules,
        campaign=base.campaign.id,
        plan_digest=canon.digest(canon.canonical(planned.plan.document)),
        roster_digest=canon.digest(
            canon.canonical(roster_document(base.registers, campaign=base.campaign.id))
        ),
        duty_key=bytes.fromhex(planned.revealed.draw.document["key"]),
        period=period or first_month(visits, base.calendar),
        kappa=kappa,
        workers=workers,
        progress=progress,
    )
    time = base.times["odds"]
    ledger = _publish_entry(
        planned.ledger, time, "odds", "transcript/odds.json", canon.canonical(odds.document)
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
    if seed.announced() != announced:
        raise InputError(
            Fault(
                "seed-source-differs",
                "teams seed",
                field="source",
                value=str(seed.announced()),
                expected=f"expected the announced source, {announced}",
                mend="Use the source that was committed.",
            )
        )
    base = committed.planned.revealed.committed
    odds_bytes = canon.canonical(committed.odds.document)
    seed_document = teams_seed(
        seed, campaign=base.campaign.id, odds_digest=canon.digest(odds_bytes)
    )
    teams = draw_teams(committed.odds, seed_key=bytes.fromhex(seed_document["key"]))
    ledger, time = committed.ledger, base.times["teams"]
    for kind, document in (("teams-seed", seed_document), ("teams", teams.document)):
        data = canon.canonical(document)
        ledger = _publish_entry(ledger, time, kind, f"transcript/{kind}.json", data)
    return teams, seed_document, ledger


def run_flow(
    scenario: ScenarioLike,
    *,
    secrets: Secrets,
    seed: Seed | None = None,
    teams_seed: Seed | None = None,
    now: str = "1970-01-01T00:00:00Z",
    verifier: bytes = b"",
    effort: int = 200,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Run:
    """Run the whole flow, from registers to the files of a publication.

    Parameters
    ----------
    scenario
        As `optimizer.io.load_scenario` reads it.
    secrets
        Salts and the ledger's key.
    seed, teams_seed
        Instead of the scenario's.
    now
        RFC 3339 time for acts whose time the scenario does not give.
    verifier
        Bytes of ``verify.py``, to be published beside the documents.
    effort
        How long the planner searches, in counted steps.
    workers
        Processes; the result is the same for any number.

    Raises
    ------
    InputError
        Where input is at fault, a seed is missing, or of another source than announced.
    InfeasibleError
        Where some visits cannot be staffed on any day.
    """
    seed = seed or seed_of(scenario.seed, "campaign.seed")
    second = teams_seed or seed_of(scenario.teams_seed, "teams.seed")
    progress.stage("frame")
    committed = commit(scenario, secrets, now=now)
    progress.stage("draw")
    revealed = reveal(committed, seed)
    progress.stage("plan")
    planned = make_plan(revealed, effort=effort, workers=workers, progress=progress)
    progress.stage("odds")
    odds = commit_teams(
        planned,
        seed_source=second.announced(),
        period=scenario.period,
        kappa=scenario.kappa,
        workers=workers,
        progress=progress,
    )
    progress.stage("teams")
    teams, seed_document, ledger = reveal_teams(odds, second)
    progress.stage("publication")
    figures = figures_of(odds, teams)
    documents = publish(
        PublicationInput(
            campaign=committed.campaign.id,
            title=scenario.title,
            documents=documents_of(odds, teams, seed_document, ledger, secrets),
            registers=committed.registers,
            summary=summary_of(figures),
            verifier=verifier,
            demo_secrets=secrets.demo,
            about=scenario.about,
        )
    )
    return Run(odds, teams, ledger, MappingProxyType(documents), MappingProxyType(figures))


def seed_of(source: SeedSourceLike, where: str) -> Seed:
    """Return the seed that a scenario gives.

    Raises
    ------
    InputError
        If it has not been rolled.
    """
    if source.kind == "dice":
        if not source.rolls:
            raise InputError(
                Fault(
                    "seed-missing",
                    "scenario.yaml",
                    field=where,
                    expected="expected the rolls of the dice",
                    mend="Roll the dice in public, then give the rolls here, or with --seed "
                    "(first draw) and --teams-seed (second draw).",
                )
            )
        return make_source({"source": "dice", "sides": source.sides, "rolls": source.rolls})
    return make_source({"source": source.kind, "text": source.text})


def documents_of(
    committed: OddsCommitted,
    teams: Teams,
    teams_seed_document: Document,
    ledger: Ledger,
    secrets: Secrets,
) -> dict[str, bytes]:
    """Return every file of ``transcript/`` and ``ledger/``: path → bytes."""
    planned = committed.planned
    revealed = planned.revealed
    base = revealed.committed
    transcripts: dict[str, Document] = {
        "frame": base.frame.document,
        "spec": base.spec.document,
        "seed": revealed.draw.seed_document,
        "draw": revealed.draw.document,
        "checks": revealed.checks_document,
        "problem": planned.plan.problem_document,
        "roster": roster_document(base.registers, campaign=base.campaign.id),
        "plan": planned.plan.document,
        "odds": committed.odds.document,
        "teams-seed": teams_seed_document,
        "teams": teams.document,
    }
    signer = ledger.signer(secrets.signer_seed)
    return {
        "transcript/frame.jsonl": b"".join(line + b"\n" for line in base.frame.lines),
        **{f"transcript/{name}.json": canon.canonical(doc) for name, doc in transcripts.items()},
        "ledger/entries.jsonl": ledger.to_jsonl(),
        "ledger/checkpoint.txt": ledger.checkpoint(signer),
        "ledger/log.vkey": f"{signer.vkey}\n".encode(),
    }


def figures_of(committed: OddsCommitted, teams: Teams) -> dict[str, Any]:
    """Return the figures of a run, as ``run --json`` names them."""
    planned = committed.planned
    revealed = planned.revealed
    base, plan = revealed.committed, planned.plan
    distinct = revealed.draw.document["distinct"]
    comparison = plan.document["comparison"]
    checks = (*revealed.checks.onsite, *revealed.checks.offsite)
    reasons: dict[str, int] = {}
    for left in plan.document["left_out"]:
        code = left["reason"]["code"]
        reasons[code] = reasons.get(code, 0) + 1
    return {
        "campaign": base.campaign.id,
        "enterprises": len(base.registers.enterprises),
        "departments": len({unit.department for unit in base.registers.units.values()}),
        "units": len(base.registers.units),
        "inspectors": len(base.registers.inspectors),
        "checks_planned": sum(check.kind == "planned" for check in checks),
        "checks_triggered": sum(check.kind == "triggered" for check in checks),
        "checks_offsite": len(revealed.checks.offsite),
        "drawn": distinct["drawn"],
        "distinct_independent_expected": float(distinct["independent"]),
        "distinct_enterprises": distinct["enterprises"],
        "distinct_lower_bound": float(distinct["bound"]),
        "visits_unmerged": comparison["unmerged"],
        "visits_department_merged": comparison["department_merged"],
        "visits": len(plan.visits),
        "lower_bound": plan.lower_bound,
        "gap": float(plan.gap),
        "left_out": len(plan.left_out),
        "left_out_reasons": dict(sorted(reasons.items())),
        "teams": len(teams.teams),
        "teams_period": [
            committed.odds.period.first.isoformat(),
            committed.odds.period.last.isoformat(),
        ],
        "seed_test": bool(revealed.draw.seed_document["test"]),
    }


def summary_of(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures as a document: decimals as text, since documents hold no floats."""
    return {
        name: str(Decimal(repr(value)).quantize(Decimal("0.000001")))
        if isinstance(value, float)
        else value
        for name, value in figures.items()
    }


def _publish_entry(ledger: Ledger, time: str, kind: str, path: str, data: bytes) -> Ledger:
    return ledger.append(kind, time, {"document": path, "sha256": canon.digest(data)})
