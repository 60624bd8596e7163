"""How many distinct enterprises a campaign would visit by independent draws, and the bound."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from optimizer.draw.decimal import decimal
from optimizer.draw.given import FrameLike
from optimizer.draw.spec import Spec

_TERM = 10**12


def expected_distinct(frame: FrameLike, spec: Spec) -> tuple[str, str]:
    """Return the expected distinct enterprises of independent draws, and the bound ``Σ max π``.

    Per enterprise ``1 − Π(1 − π)`` and ``max π`` over the orders it can be drawn for, in exact
    fractions; each term is floored to 10^-12, the sums to 10^-6.

    Returns
    -------
    tuple
        Two decimals with six places.
    """
    classes = [
        alike
        for strata in spec.strata.values()
        for stratum in strata
        for alike in stratum.classes()
        if alike[1]
    ]
    values = sorted({probability for _, probability in classes})
    code_of = {value: code for code, value in enumerate(values)}
    # Enterprises with the same probabilities, in whatever order, are one kind.
    kinds: list[tuple[int, ...]] = [()]
    known: dict[tuple[int, ...], int] = {(): 0}
    kind_of = np.zeros(len(frame.ids), dtype=np.int64)
    for members, probability in classes:
        code = code_of[probability]
        was, now = np.unique(kind_of[members], return_inverse=True)
        target = np.empty(len(was), dtype=np.int64)
        for place, number in enumerate(was):
            kind = tuple(sorted((*kinds[number], code)))
            if kind not in known:
                known[kind] = len(kinds)
                kinds.append(kind)
            target[place] = known[kind]
        kind_of[members] = target[now]
    counts = np.bincount(kind_of, minlength=len(kinds))
    independent = bound = 0
    for kind, count in zip(kinds, counts, strict=True):
        if kind and count:
            missed = math.prod((1 - values[code] for code in kind), start=Fraction(1))
            independent += int(count) * math.floor((1 - missed) * _TERM)
            bound += int(count) * math.floor(values[kind[-1]] * _TERM)
    return decimal(Fraction(independent, _TERM)), decimal(Fraction(bound, _TERM))
