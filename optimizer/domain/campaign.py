"""Campaigns (抽查计划): what is to be drawn, as the bureau writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from optimizer.domain.days import Span
from optimizer.domain.earlier import EarlierDraw
from optimizer.domain.registry import Document

SHORTEST_REASON, LONGEST_REASON = 2, 500
"""Characters of a reason that stands in the ledger: two are a word of Chinese (生病). Both
verifiers hold entries to the same."""

STRATUM_FIELDS = ("county", "risk", "size", "section", "zone")


@dataclass(frozen=True, slots=True)
class DrawOrder:
    """What one department wants drawn for one item.

    Attributes
    ----------
    strata_by
        Fields of the frame record whose values, joined by ``|``, name the stratum: a subset of
        `STRATUM_FIELDS` in that order. Empty: one stratum, ``all``.
    rate
        Sampling rate where `rates` names no other, or ``None`` when `size` is given.
    rates
        Rate by risk class (or label).
    size
        Whole sample size of each stratum, instead of rates.
    reserves
        Reserves to name in each stratum.
    rest_since
        Enterprises visited for this department on or after this day are excluded, or ``None``.
    skip_capped
        Exclude enterprises whose cap is already used up.
    window
        Days in which the checks may take place.
    levels_by, weights
        A field of `STRATUM_FIELDS` whose values part each stratum into levels, and the weight of
        each value: members are drawn in proportion to their level's weight. ``""``: none.
    design
        ``pivotal``: members are drawn in proportion to their own weight in the register (ordered
        pivotal method). ``""``: all members of a stratum (and level) alike.
    rounding
        ``controlled``: sizes are rounded so that totals along the first field and along the
        other fields are whole too (Cox 1987). ``""``: systematic.
    id
        Names the order where several orders are for one item, such as twice a year for a high
        risk; ``""``: the item names it.
    """

    item: str
    department: str
    window: Span
    strata_by: tuple[str, ...] = ("county", "risk")
    rate: Fraction | None = None
    rates: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    size: int | None = None
    reserves: int = 0
    rest_since: date | None = None
    skip_capped: bool = True
    id: str = ""
    levels_by: str = ""
    weights: Mapping[str, Fraction] = field(default_factory=lambda: MappingProxyType({}))
    design: str = ""
    rounding: str = ""

    @property
    def key(self) -> str:
        """What names the order in frame, spec, draw and check identifiers."""
        return self.id or self.item

    @property
    def cells_by(self) -> tuple[str, ...]:
        """Fields that name the cells to sample from: those of the strata and the levels'."""
        by = (*self.strata_by, self.levels_by)
        return tuple(name for name in STRATUM_FIELDS if name in by)


@dataclass(frozen=True, slots=True)
class Campaign:
    """One draw of one or several departments.

    Attributes
    ----------
    id
        ASCII of ``[0-9a-z-]``; part of the seed text, so no two campaigns share a key.
    seed_source
        Kind named before the seed exists: ``dice``, ``fixed``, or another of the draw's sources.
    seed_sides
        Sides of the dice, named with the kind.
    seed_announced
        The document of the source where kind and sides do not say all of it, else ``None``.
    mode
        ``open``; or ``sealed``: nobody can know who was drawn before a secret is opened.
    draws
        Separate draws whose samples are planned with this campaign's.
    after, theta
        Earlier draws, each after those it was itself dealt after: of those drawn then the share
        theta, at random, comes first again.
    hash
        Name of the hash that everything is made with: ``sha256`` or ``sm3``.
    """

    id: str
    orders: tuple[DrawOrder, ...]
    seed_source: str = "dice"
    mode: str = "open"
    seed_sides: int = 10
    seed_announced: Document | None = None
    after: tuple[EarlierDraw, ...] = ()
    theta: Fraction = Fraction(1)
    draws: tuple[EarlierDraw, ...] = ()
    hash: str = "sha256"
