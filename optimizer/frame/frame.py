"""The frame as a value, and how it is built."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from optimizer.canon import HASHES, Hash, merkle
from optimizer.domain.campaign import STRATUM_FIELDS, Campaign
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.errors import Fault, InputError
from optimizer.frame.leaf import leaf_salt, line, part, risk_commitment, risk_salt
from optimizer.frame.orders import check_orders
from optimizer.frame.population import Population
from optimizer.messages import phrase

_IDENTIFIER = re.compile(r"[0-9A-Z-]{1,55}")
_MASTER_BYTES = 32

Labels = tuple[NDArray[np.int32], tuple[str, ...]]
"""One stratum field of every enterprise: index into the values, and the values."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Frame:
    """Who can be drawn for what, in order of identifier.

    Attributes
    ----------
    campaign
        Identifier of the campaign.
    ids
        Identifiers, ascending.
    lines
        Lines of ``frame.jsonl`` without newline, in step with `ids`.
    leaf_hashes
        RFC 9162 hashes of the lines.
    hash
        What they, the root and all that follows are made with.
    root
        Merkle root in hex: the frame's commitment.
    document
        ``frame.json``.
    labels
        By stratum field: ``(codes, values)`` with codes of shape ``(len(ids),)``.
    eligible
        By order key: ascending positions in `ids` of those that can be drawn, int32.
    weights
        Weight of each enterprise, 0 when missing; int64, in step with `ids`.
    """

    campaign: str
    ids: tuple[str, ...]
    lines: tuple[bytes, ...]
    leaf_hashes: tuple[bytes, ...]
    root: str
    document: Document
    labels: Mapping[str, Labels]
    eligible: Mapping[str, NDArray[np.int32]]
    weights: NDArray[np.int64]
    hash: Hash

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return (
            f"<Frame {self.campaign}: {len(self.ids)} enterprises, "
            f"{len(self.eligible)} orders, root {self.root[:16]}…>"
        )


def build_frame(
    registers: Registers,
    campaign: Campaign,
    rules: RuleSet,
    *,
    salt_master: bytes,
    risk_class_of: Mapping[str, str],
) -> Frame:
    """Build the frame: eligibility, salted lines, Merkle root.

    Parameters
    ----------
    registers, campaign, rules
        With labels instead of risk classes, as `label_risk` returns them.
    salt_master
        32 secret bytes, from which every salt is derived.
    risk_class_of
        Label → class, for the commitments.

    Returns
    -------
    Frame

    Raises
    ------
    InputError
        On orders that cannot be drawn, on identifiers that are not of ``[0-9A-Z-]``.
    """
    if len(salt_master) != _MASTER_BYTES:
        raise ValueError(f"the salt master is {_MASTER_BYTES} bytes")
    check_orders(campaign, registers.items)
    enterprises = [registers.enterprises[key] for key in sorted(registers.enterprises)]
    _check_identifiers(enterprises)

    hash = HASHES[campaign.hash]
    population = Population(registers, campaign, rules)
    class_of = {"": "", **risk_class_of}
    by_weight = {order.key for order in campaign.orders if order.design == "pivotal"}
    positions = _Positions(registers)
    lines = []
    standing_of = np.empty(len(enterprises), dtype=np.int32)
    for number, enterprise in enumerate(enterprises):
        identifier = enterprise.id
        standing = population.standing(enterprise)
        standing_of[number] = standing.number
        labels_part, zones_part = positions.add(enterprise)
        lines.append(
            line(
                county=enterprise.county,
                identifier=identifier,
                industry=enterprise.industry,
                items=standing.items_part,
                labels=labels_part,
                out=standing.out_part,
                risk=risk_commitment(
                    risk_salt(salt_master, identifier, hash), class_of[enterprise.risk], hash
                ),
                salt=leaf_salt(salt_master, identifier, hash),
                weight=enterprise.weight if by_weight.intersection(standing.items) else 0,
                zones=zones_part,
            )
        )
    leaf_hashes = tuple(merkle.leaf_hash(each, hash) for each in lines)
    root = merkle.root(leaf_hashes, hash).hex()
    return Frame(
        campaign=campaign.id,
        ids=tuple(enterprise.id for enterprise in enterprises),
        lines=tuple(lines),
        leaf_hashes=leaf_hashes,
        root=root,
        document=_document(registers, campaign, len(lines), root),
        labels=MappingProxyType(positions.labels()),
        eligible=MappingProxyType(_eligible(campaign, population, standing_of)),
        weights=np.array([enterprise.weight for enterprise in enterprises], dtype=np.int64),
        hash=hash,
    )


class _Positions:
    """The labels of the enterprises, those alike encoded once."""

    def __init__(self, registers: Registers) -> None:
        self._sections = registers.sections
        self._parts: dict[tuple[str, ...], str] = {}
        self._zones: dict[tuple[str, ...], tuple[str, str]] = {}
        self._alike: dict[tuple[str, ...], int] = {}
        self._rows: list[int] = []

    def add(self, enterprise: Enterprise) -> tuple[str, str]:
        """Note the next enterprise; return the canonical texts of its labels and zones."""
        zones = self._zones.get(enterprise.zones)
        if zones is None:
            ordered = sorted(enterprise.zones)
            zones = self._zones[enterprise.zones] = ("+".join(ordered), part(ordered))
        values = (
            enterprise.county,
            enterprise.risk,
            enterprise.size,
            self._sections.get(enterprise.industry, ""),
            zones[0],
        )
        text = self._parts.get(values)
        if text is None:
            text = part(dict(zip(STRATUM_FIELDS, values, strict=True)))
            self._parts[values] = text
            self._alike[values] = len(self._alike)
        self._rows.append(self._alike[values])
        return text, zones[1]

    def labels(self) -> dict[str, Labels]:
        """Return codes and values of each field; values ascending."""
        rows = np.array(self._rows, dtype=np.int32)
        found: dict[str, Labels] = {}
        for column, field in enumerate(STRATUM_FIELDS):
            values = tuple(sorted({alike[column] for alike in self._alike}))
            code = {value: number for number, value in enumerate(values)}
            codes = np.array([code[alike[column]] for alike in self._alike], dtype=np.int32)
            found[field] = (codes[rows], values)
        return found


def _eligible(
    campaign: Campaign, population: Population, standing_of: NDArray[np.int32]
) -> dict[str, NDArray[np.int32]]:
    found = {}
    for key in sorted(order.key for order in campaign.orders):
        can = np.array([key in standing.items for standing in population.standings], dtype=bool)
        found[key] = np.flatnonzero(can[standing_of]).astype(np.int32)
    return found


def _document(registers: Registers, campaign: Campaign, size: int, root: str) -> Document:
    return {
        "format": "double-random/frame/v1",
        "campaign": campaign.id,
        "hash": campaign.hash,
        "size": size,
        "root": root,
        "registers": [
            {
                "register": file.register,
                "file": file.file,
                campaign.hash: file.digest,
                "rows": file.rows,
                "excluded": [[row, code] for row, code in file.excluded],
            }
            for file in sorted(registers.files, key=lambda file: file.register)
        ],
    }


def _check_identifiers(enterprises: list[Enterprise]) -> None:
    faults = [
        Fault(
            "id-malformed-free",
            "enterprises",
            None,
            "id",
            enterprise.id,
            *phrase("id-malformed-free"),
        )
        for enterprise in enterprises
        if not _IDENTIFIER.fullmatch(enterprise.id)
    ]
    if faults:
        raise InputError(faults)
