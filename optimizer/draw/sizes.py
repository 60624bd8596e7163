"""How many each stratum gives: whole sizes, or rates rounded so that expectations stay exact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.chance import Stream, sub_key, systematic_sizes
from optimizer.draw.strata import Sized


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sample sizes of an order's strata.

    Attributes
    ----------
    sizes
        In step with the strata.
    rounding
        ``(D, r)`` of the systematic rounding, or ``None`` for whole sizes.
    """

    sizes: tuple[int, ...]
    rounding: tuple[int, int] | None


def sizes_of(key: bytes, order: str, strata: Sequence[Sized], *, whole: bool) -> Sizes:
    """Return the sizes that a key gives.

    Parameters
    ----------
    key
        The campaign's key, or a simulation's.
    order
        Key of the order, which names the rounding's own sub-key.
    strata
        In order of name.
    whole
        Whether the order asks for whole sizes.
    """
    if whole:
        return Sizes(tuple(stratum.size or 0 for stratum in strata), None)
    rates = [stratum.probability for stratum in strata]
    denominator, r, sizes = systematic_sizes(
        [rate * stratum.population for rate, stratum in zip(rates, strata, strict=True)],
        Stream(sub_key(key, "rounding", order)),
        denominator=math.lcm(*(rate.denominator for rate in rates)),
    )
    return Sizes(sizes, (denominator, r))
