"""The stages composed: what the program, the API and the benchmarks call.

    registers → frame → first draw → checks → plan → second draw (teams) → ledger → publication

Each function here is one act of a campaign and returns a frozen value that holds all before it.
Nothing here reads a file, a clock or chance: secrets, seeds, times and progress are passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Protocol

from optimizer import canon
from optimizer.checks import CheckList, make_checks
from optimizer.domain.campaign import Campaign
from optimizer.domain.days import Calendar, Span
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.draw import Draw, Seed, Spec, draw_enterprises, make_spec, teams_seed
from optimizer.errors import Fault, InputError
from optimizer.frame import Frame, build_frame, label_risk
from optimizer.ledger import Ledger
from optimizer.plan import Cut, Plan, plan_visits
from optimizer.progress import SILENT, Progress
from optimizer.teams import Odds, Teams, commit_odds, draw_teams, find_cuts

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


class ScenarioLike(Protocol):
    """What the flow reads of a scenario (`optimizer.io.scenario.Scenario` is one)."""

    @property
    def name(self) -> str: ...  # noqa: D102
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
    documents
        Path in the publication → bytes, transcripts and ledger.
    figures
        What ``run --json`` prints, less times, memory and the verifier's word.
    """

    committed: Committed
    revealed: Revealed
    planned: Planned
    odds: Odds
    teams: Teams
    ledger: Ledger
    documents: Mapping[str, bytes]
    figures: Mapping[str, Any]
    seconds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def _publish_entry(ledger: Ledger, time: str, kind: str, path: str, data: bytes) -> Ledger:
    return ledger.append(kind, time, {"document": path, "sha256": canon.digest(data)})
