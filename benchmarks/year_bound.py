"""What no draw of a campaign goes below, once each stratum gives a simple random sample.

``Σ max π`` asks nothing but the probabilities; a draw that hands every enterprise its own coin
reaches it, and keeps no size. Here each stratum gives a whole number of its members, the floor or
ceiling of what is expected, and every set of so many alike: what a draw promises.

Let X_o count the sample of order o within a group of enterprises that are in the same stratum of
every order. The group has at least max X_o distinct ones drawn, however orders hang together, and
``E max X_o = Σ_j P(max X_o ≥ j) ≥ Σ_j max_o P(X_o ≥ j)``, which the law of each order alone gives:
X_o is hypergeometric.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.draw import Spec


def least_distinct(count: int, spec: Spec) -> float:
    """Return the bound on the expected number of distinct enterprises.

    Parameters
    ----------
    count
        Enterprises in the frame.
    spec
        Of orders without the pivotal design, whose samples are not simple random ones.

    Raises
    ------
    ValueError
        If an order is pivotal.
    """
    import numpy as np

    if any(order.design for order in spec.orders):
        raise ValueError("a pivotal sample is no simple random one")
    strata = [stratum for order in spec.orders for stratum in spec.strata[order.key]]
    stratum_of = np.full((count, len(spec.orders)), -1, dtype=np.int64)
    first = 0
    for column, order in enumerate(spec.orders):
        for number, stratum in enumerate(spec.strata[order.key], start=first):
            stratum_of[stratum.members, column] = number
        first += len(spec.strata[order.key])
    groups, sizes = np.unique(stratum_of, axis=0, return_counts=True)
    total = 0.0
    for its, size in zip(groups.tolist(), sizes.tolist(), strict=True):
        most = np.zeros(size)
        for number in its:
            if number >= 0:
                one = strata[number]
                # A fraction's float may round up to the next whole number: the floor is exact.
                whole = math.floor(one.expected)
                part = float(one.expected - whole)
                most = np.maximum(most, _tails(one.population, size, whole, part))
        total += float(most.sum())
    return total


def _tails(population: int, size: int, whole: int, part: float) -> NDArray[np.float64]:
    """Return ``P(X ≥ j)``, j = 1 … size, of a sample of `whole`, or one more with chance `part`."""
    import numpy as np
    from scipy.stats import hypergeom

    below = np.arange(size)
    tails = (1 - part) * hypergeom.sf(below, population, size, whole)
    if part:
        tails = tails + part * hypergeom.sf(below, population, size, whole + 1)
    return np.asarray(tails, dtype=np.float64)
