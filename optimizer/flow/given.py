"""What the flow is given: secrets, a scenario, seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from optimizer import canon
from optimizer.canon.signing import KeyHolder
from optimizer.domain.campaign import Campaign
from optimizer.domain.days import Calendar, Span
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.draw import (
    Seed,
    make_source,
)
from optimizer.draw.sources import EVIDENCE, announced_document
from optimizer.errors import Fault, InputError
from optimizer.messages import phrase
from optimizer.registers.fault import make_fault

ACTS = ("committed", "revealed", "planned", "odds", "teams")
"""Acts whose times the ledger records, in order."""

REVEAL_ACTS = ("reveals", "teams-reveals")
"""Acts that only seed sources with parties have: what they revealed is recorded."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the bureau keeps to itself.

    Attributes
    ----------
    salt_master
        32 bytes from which the salts of the frame's leaves are derived.
    signer_seed
        32 bytes, the ledger's Ed25519 key; empty where `key_holder` signs.
    demo
        Derived from a public name: proves nothing of who signed, and every output says so.
    key_holder
        Signs the ledger instead of `signer_seed`: a device, or a program before one.
    """

    salt_master: bytes
    signer_seed: bytes
    demo: bool = False
    key_holder: KeyHolder | None = None

    def held(self) -> dict[str, str]:
        """Return what a file of them holds; the seed only where there is one."""
        seed = {"signer_seed": self.signer_seed.hex()} if self.signer_seed else {}
        return {"salt_master": self.salt_master.hex(), **seed}

    @property
    def signer(self) -> KeyHolder | bytes:
        """What signs the ledger (`Ledger.signer`).

        Raises
        ------
        InputError
            Where there is neither a seed nor a key holder.
        """
        if self.key_holder is not None:
            return self.key_holder
        if not self.signer_seed:
            raise InputError(make_fault("secrets-signer", "secrets"))
        return self.signer_seed


def demo_secrets(name: str) -> Secrets:
    """Derive secrets from a public name, for demonstrations and tests."""
    made = (
        bytes.fromhex(canon.digest(f"double-random/demo-{what}/v1:{name}".encode()))
        for what in ("salt", "signer")
    )
    return Secrets(next(made), next(made), demo=True)


class SeedSourceLike(Protocol):
    """A seed source as a scenario names it.

    `rolls` is empty while it has not been rolled; of kinds other than dice and fixed, `evidence`
    is ``None`` while they have shown nothing.
    """

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def sides(self) -> int: ...  # noqa: D102
    @property
    def rolls(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def announced(self) -> Document | None: ...  # noqa: D102
    @property
    def evidence(self) -> Mapping[str, Any] | None: ...  # noqa: D102


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


def seed_of(source: SeedSourceLike, where: str) -> Seed:
    """Return the seed that a scenario gives.

    Raises
    ------
    InputError
        If it has shown nothing yet.
    """
    if source.evidence is not None:
        return make_source(source.evidence)
    if source.kind == "fixed":
        return make_source({"source": source.kind, "text": source.text})
    if source.kind == "dice" and source.rolls:
        return make_source({"source": "dice", "sides": source.sides, "rolls": source.rolls})
    shown = EVIDENCE[source.kind][:1] or ("the evidence of each part",)
    expected, mend = phrase("seed-missing", shown=shown[0])
    raise InputError(
        Fault("seed-missing", "scenario.yaml", field=where, expected=expected, mend=mend)
    )


def announced_of(source: SeedSourceLike) -> Document:
    """Return what is committed of a source before it shows anything."""
    return announced_document(source.kind, source.sides, source.announced)
