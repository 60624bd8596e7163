"""How many each stratum gives: whole sizes, or rates rounded so that expectations stay exact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from optimizer.chance import Chance, Stream, sub_key, systematic_sizes
from optimizer.domain.campaign import DrawOrder
from optimizer.draw.controlled import Cell, controlled_sizes
from optimizer.draw.strata import Sized, Stratum


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sample sizes of an order's strata.

    Attributes
    ----------
    sizes
        In step with the strata.
    rounding
        ``(D, r)`` of the systematic rounding of all strata, or ``None``.
    groups
        ``(stratum, D, r)`` of the systematic rounding within each stratum that has levels.
    controlled
        D of the controlled rounding, or 0.
    """

    sizes: tuple[int, ...]
    rounding: tuple[int, int] | None = None
    groups: tuple[tuple[str, int, int], ...] = ()
    controlled: int = 0


def sizes_of(
    key: bytes, order: DrawOrder, strata: Sequence[Stratum], *, chance: Chance = Stream
) -> Sizes:
    """Return the sizes that a key gives.

    Parameters
    ----------
    key
        The campaign's key, or a simulation's.
    order
        Its key names the rounding's own sub-key.
    strata
        In order of name.
    chance
        Gives the stream of a sub-key.
    """
    if not strata:
        return Sizes(())
    if order.rounding == "controlled":
        stream = chance(sub_key(key, "controlled", order.key))
        denominator, sizes = controlled_sizes(
            table(strata), [stratum.expected for stratum in strata], stream
        )
        return Sizes(sizes, controlled=denominator)
    if order.levels_by:
        return _by_group(key, order.key, strata, chance)
    return plain_sizes(key, order.key, strata, whole=order.size is not None, chance=chance)


def plain_sizes(
    key: bytes, order: str, strata: Sequence[Sized], *, whole: bool, chance: Chance = Stream
) -> Sizes:
    """Return the sizes of an order that asks for whole sizes or for rates, and no more.

    Parameters
    ----------
    key, strata, chance
        As in `sizes_of`.
    order
        Its key.
    whole
        Whether it asks for whole sizes.
    """
    if whole or not strata:
        return Sizes(tuple(stratum.size or 0 for stratum in strata))
    denominator, r, sizes = _systematic(key, order, strata, chance)
    return Sizes(sizes, (denominator, r))


def table(strata: Sequence[Stratum]) -> list[Cell]:
    """Return the row and column of each stratum in the two-way table.

    Rows are the strata and columns the levels where there are levels; else rows are the values of
    the first field and columns those of the others. Both are numbered in order of name.
    """
    names = [
        (stratum.group, stratum.level)
        if stratum.group
        else (stratum.values[0], "|".join(stratum.values[1:]))
        for stratum in strata
    ]
    rows = {name: place for place, name in enumerate(sorted({row for row, _ in names}))}
    columns = {name: place for place, name in enumerate(sorted({column for _, column in names}))}
    return [(rows[row], columns[column]) for row, column in names]


def _by_group(key: bytes, order: str, strata: Sequence[Stratum], chance: Chance) -> Sizes:
    """Round within each stratum, over its levels in order of name, so that its total is kept."""
    places = sorted(range(len(strata)), key=lambda k: (strata[k].group, k))
    sizes = [0] * len(strata)
    groups = []
    for group, found in groupby(places, key=lambda k: strata[k].group):
        its = list(found)
        name = f"{order}:{group}"
        denominator, r, rounded = _systematic(key, name, [strata[k] for k in its], chance)
        groups.append((group, denominator, r))
        for place, size in zip(its, rounded, strict=True):
            sizes[place] = size
    return Sizes(tuple(sizes), groups=tuple(groups))


def _systematic(
    key: bytes, name: str, strata: Sequence[Sized], chance: Chance
) -> tuple[int, int, tuple[int, ...]]:
    rates = [stratum.probability for stratum in strata]
    return systematic_sizes(
        [stratum.probability * stratum.population for stratum in strata],
        chance(sub_key(key, "rounding", name)),
        denominator=math.lcm(*(rate.denominator for rate in rates)),
    )
