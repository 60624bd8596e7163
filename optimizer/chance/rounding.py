"""Systematic rounding: fractional sizes become whole with their expectations kept exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from optimizer.chance.stream import Stream

MAX_DENOMINATOR = 2**40
"""Far below 2^48, so that drawing r hardly ever rejects, and far above any sensible rate."""


def systematic_sizes(
    targets: Sequence[Fraction], stream: Stream, *, denominator: int | None = None
) -> tuple[int, int, tuple[int, ...]]:
    """Round target sizes so that each is its floor or ceiling and has the target as expectation.

    With X the running sums of ``target · D`` and one r uniform in [0, D),
    ``size_c = ⌈(X_c − r)/D⌉ − ⌈(X_{c−1} − r)/D⌉``. The total is the floor or ceiling of the
    targets' sum.

    Parameters
    ----------
    targets
        Expected sizes, not negative, in the published order of strata.
    stream
        Where r is taken from, one `Stream.below`.
    denominator
        D; default the least common multiple of the targets' denominators. The draw gives that
        of its rates, so that D does not depend on the populations.

    Returns
    -------
    tuple
        (D, r, sizes).

    Raises
    ------
    ValueError
        If a target is negative, D is over 2^40, or D is no multiple of a target's denominator.
    """
    if any(target < 0 for target in targets):
        raise ValueError("a target size is not negative")
    common = math.lcm(*(target.denominator for target in targets))
    chosen = common if denominator is None else denominator
    if not 1 <= chosen <= MAX_DENOMINATOR:
        raise ValueError(f"the common denominator {chosen} is not in 1 to 2^40")
    if chosen % common:
        raise ValueError(f"{chosen} is no multiple of the targets' denominator {common}")
    r = stream.below(chosen)
    sizes = []
    total = before = 0
    for target in targets:
        total += target.numerator * (chosen // target.denominator)
        upto = -((r - total) // chosen)
        sizes.append(upto - before)
        before = upto
    return chosen, r, tuple(sizes)
