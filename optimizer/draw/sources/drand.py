"""A future round of a drand chain: known to nobody before its time, signed by many."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from optimizer.domain.registry import Document
from optimizer.draw.sources.chain import Chain, read_chain
from optimizer.draw.sources.fields import check_fields, make_fault, within
from optimizer.errors import InputError

MAX_ROUND = 10**12
_HEX = re.compile(r"(?:[0-9a-f]{2}){1,200}")


@dataclass(frozen=True, slots=True)
class DrandAnnounced:
    """A round that will be drawn from.

    Attributes
    ----------
    chain
        Pinned by its hash.
    round
        Its number, from 1.
    """

    chain: Chain
    round: int

    def __post_init__(self) -> None:
        if not 1 <= self.round <= MAX_ROUND:
            raise InputError(make_fault("drand-round", "round", self.round, most=MAX_ROUND))

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> DrandAnnounced:
        """Read an announcement."""
        check_fields({**value, "chain": ""}, {"chain": str, "round": int})
        chain = value.get("chain")
        with within("chain") if isinstance(chain, dict) else nullcontext():
            of = read_chain(chain)
        return cls(of, value["round"])

    def document(self) -> Document:
        """Return chain and round."""
        return {"source": "drand", "chain": self.chain.document(), "round": self.round}

    def known(self) -> tuple[int, int]:
        """Return when the round is due."""
        moment = 10**6 * self.chain.time_of(self.round)
        return moment, moment


@dataclass(frozen=True, slots=True)
class Drand:
    """A round with its signature, which is checked here, offline.

    Attributes
    ----------
    of
        Chain and round.
    signature
        Compressed point, hex.
    previous
        In a chained scheme the signature of the round before (of round 1: the group's hash),
        else ``""``.

    Raises
    ------
    InputError
        Where the signature does not hold.
    """

    of: DrandAnnounced
    signature: str
    previous: str = ""

    def __post_init__(self) -> None:
        chain = self.of.chain
        if not _HEX.fullmatch(self.signature):
            raise InputError(make_fault("drand-hex", "signature", self.signature))
        if chain.chained and not self.previous:
            raise InputError(make_fault("drand-previous", "previous_signature", chain=chain.beacon))
        if self.previous and not (chain.chained and _HEX.fullmatch(self.previous)):
            fault = make_fault("drand-hex", "previous_signature", self.previous)
            if not chain.chained:
                fault = make_fault(
                    "drand-not-chained", "previous_signature", self.previous, chain=chain.beacon
                )
            raise InputError(fault)
        from optimizer.verifier.verify import drand_holds  # large, and seldom asked

        holds = drand_holds(
            chain.scheme,
            bytes.fromhex(chain.public_key),
            self.of.round,
            bytes.fromhex(self.signature),
            bytes.fromhex(self.previous),
        )
        if not holds:
            raise InputError(
                make_fault(
                    "drand-signature",
                    "signature",
                    self.signature,
                    number=self.of.round,
                    chain=chain.beacon,
                )
            )

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> Drand:
        """Read evidence: the announcement and drand's own answer for the round."""
        shown = {"signature": str, "previous_signature": str, "randomness": str}
        rest = {name: item for name, item in value.items() if name not in shown}
        of = DrandAnnounced.read(rest)
        check_fields(
            {name: item for name, item in value.items() if name in shown},
            {"signature": str},
            {"previous_signature": str, "randomness": str},
            source=False,
        )
        seed = cls(of, value["signature"], value.get("previous_signature", ""))
        if value.get("randomness", seed.randomness) != seed.randomness:
            fault = make_fault(
                "drand-randomness", "randomness", value["randomness"], found=seed.randomness
            )
            raise InputError(fault)
        return seed

    @property
    def test(self) -> bool:
        """A beacon counts."""
        return False

    @property
    def randomness(self) -> str:
        """SHA-256 of the signature, hex, as drand defines it."""
        return hashlib.sha256(bytes.fromhex(self.signature)).hexdigest()

    def announced(self) -> Document:
        """Return kind, chain and round."""
        return self.of.document()

    def evidence(self) -> Document:
        """Return the announcement and the signature."""
        made: Document = {**self.announced(), "signature": self.signature}
        return {**made, "previous_signature": self.previous} if self.previous else made

    def words(self) -> str:
        """Return ``drand=<chain's hash>:<round>:<randomness>``."""
        return f"drand={self.of.chain.hash}:{self.of.round}:{self.randomness}"

    def entropy_millibits(self) -> int:
        """Return 256 bits: a signature that fewer than the threshold cannot foresee."""
        return 256_000

    def marks(self) -> tuple[str, ...]:
        """Return chain and round."""
        return (f"{self.of.chain.hash}:{self.of.round}",)

    def warnings(self) -> tuple[str, ...]:
        """Return nothing."""
        return ()
