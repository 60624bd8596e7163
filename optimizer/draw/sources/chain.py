"""Chains of drand, a beacon that many run together (分布式随机信标)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from optimizer.domain.registry import Document
from optimizer.draw.sources.fields import check_fields, make_fault
from optimizer.errors import InputError

CLOSED_SCHEME = "bls-unchained-on-g1"
"""Signs on G1 with the tag of G2, against RFC 9380; its public chain was closed for that."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What a chain says of itself, as its ``/info`` gives it.

    Attributes
    ----------
    public_key
        Of the group, compressed, hex.
    period
        Seconds between rounds.
    genesis_time
        Of round 1, seconds since 1970.
    group_hash
        The genesis seed, hex.
    scheme
        Of the signatures.
    beacon
        Its name among those that the group runs.
    """

    public_key: str
    period: int
    genesis_time: int
    group_hash: str
    scheme: str
    beacon: str

    @property
    def hash(self) -> str:
        """The chain's hash, hex: what pins it (``chain.Info.Hash`` of drand)."""
        data = self.period.to_bytes(4, "big") + self.genesis_time.to_bytes(8, "big")
        data += bytes.fromhex(self.public_key) + bytes.fromhex(self.group_hash)
        if self.beacon != "default":
            data += self.beacon.encode()
        return hashlib.sha256(data).hexdigest()

    @property
    def chained(self) -> bool:
        """Whether a round signs the signature of the round before."""
        return self.scheme == "pedersen-bls-chained"

    def time_of(self, number: int) -> int:
        """Return when a round is due, seconds since 1970."""
        return self.genesis_time + (number - 1) * self.period

    def document(self) -> Document:
        """Return the information in the fields that drand itself uses."""
        return {
            "public_key": self.public_key,
            "period": self.period,
            "genesis_time": self.genesis_time,
            "hash": self.hash,
            "groupHash": self.group_hash,
            "schemeID": self.scheme,
            "metadata": {"beaconID": self.beacon},
        }


_MADE = (
    Chain(
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064"
        "510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5"
        "ece45a",
        3,
        1692803367,
        "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e",
        "bls-unchained-g1-rfc9380",
        "quicknet",
    ),
    Chain(
        "868f005eb8e6e4ca0a47c8a77ceaa5309a47978a7c71bc5cce96366b5d7a569937c529eeda66c7293784a9402801"
        "af31",
        30,
        1595431050,
        "176f93498eac9ca337150b46d21dd58673ea4e3581185f869672e59fa4cb390a",
        "pedersen-bls-chained",
        "default",
    ),
)
CHAINS: Mapping[str, Chain] = MappingProxyType({chain.beacon: chain for chain in _MADE})
"""The public chains of the League of Entropy that a seed may come from. Any other could be run by
whoever wants to know its rounds beforehand."""


def read_chain(value: object) -> Chain:
    """Return the chain that a name or drand's own information names.

    Raises
    ------
    InputError
        On a malformed or unknown one, on one whose hash is not that of its information, and on
        the closed scheme.
    """
    names = ", ".join(CHAINS)
    if isinstance(value, str):
        if value not in CHAINS:
            raise InputError(make_fault("chain-unknown", "chain", value, known=names))
        return CHAINS[value]
    if not isinstance(value, dict):
        raise InputError(make_fault("chain-malformed", "chain", value, known=names))
    check_fields(
        value,
        {
            "public_key": str,
            "period": int,
            "genesis_time": int,
            "hash": str,
            "groupHash": str,
            "schemeID": str,
            "metadata": dict,
        },
        source=False,
    )
    if value["schemeID"] == CLOSED_SCHEME:
        raise InputError(make_fault("chain-closed", "schemeID", CLOSED_SCHEME))
    metadata: Mapping[str, Any] = value["metadata"]
    check_fields(metadata, {"beaconID": str}, source=False)
    chain = Chain(
        value["public_key"],
        value["period"],
        value["genesis_time"],
        value["groupHash"],
        value["schemeID"],
        metadata["beaconID"],
    )
    try:
        found = chain.hash
    except (ValueError, OverflowError):
        raise InputError(make_fault("chain-malformed", "chain", value, known=names)) from None
    if found != value["hash"]:
        raise InputError(make_fault("chain-hash", "hash", value["hash"], found=found))
    if chain not in CHAINS.values():
        raise InputError(make_fault("chain-unknown", "hash", found, known=names))
    return chain
