"""How many distinct enterprises a campaign visits: independent draws, this design, the bound."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from optimizer.chance import sub_key
from optimizer.domain.registry import Document
from optimizer.draw.given import FrameLike
from optimizer.draw.sample import smallest_set
from optimizer.draw.sizes import sizes_of
from optimizer.draw.spec import Spec
from optimizer.draw.ticket import ticket_maker

MOST_DRAWS = 200
LEAST_DRAWS = 4
WORK = 2 * 10**7
"""Members gone through in one simulation; a rule on counts, so that every machine does the same."""
HASH_WORK = 4
"""What one ticket costs, in members gone through."""
_TERM = 10**12
_PLACES = 6


def expected_distinct(frame: FrameLike, spec: Spec) -> tuple[str, str]:
    """Return the expected distinct enterprises of independent draws, and the bound ``Σ max π``.

    Per enterprise ``1 − Π(1 − π)`` and ``max π`` over the orders it can be drawn for, in exact
    fractions; each term is floored to 10^-12, the sums to 10^-6.

    Returns
    -------
    tuple
        Two decimals with six places.
    """
    probabilities = [stratum.probability for strata in spec.strata.values() for stratum in strata]
    values = sorted(set(probabilities) - {Fraction(0)})
    code_of = {value: code for code, value in enumerate(values)}
    # Enterprises with the same probabilities, in whatever order, are one kind.
    kinds: list[tuple[int, ...]] = [()]
    known: dict[tuple[int, ...], int] = {(): 0}
    kind_of = np.zeros(len(frame.ids), dtype=np.int64)
    for strata in spec.strata.values():
        for stratum in strata:
            if not stratum.probability:
                continue
            code = code_of[stratum.probability]
            was, now = np.unique(kind_of[stratum.members], return_inverse=True)
            target = np.empty(len(was), dtype=np.int64)
            for place, number in enumerate(was):
                kind = tuple(sorted((*kinds[number], code)))
                if kind not in known:
                    known[kind] = len(kinds)
                    kinds.append(kind)
                target[place] = known[kind]
            kind_of[stratum.members] = target[now]
    counts = np.bincount(kind_of, minlength=len(kinds))
    independent = bound = 0
    for kind, count in zip(kinds, counts, strict=True):
        if kind and count:
            missed = math.prod((1 - values[code] for code in kind), start=Fraction(1))
            independent += int(count) * math.floor((1 - missed) * _TERM)
            bound += int(count) * math.floor(values[kind[-1]] * _TERM)
    return _decimal(Fraction(independent, _TERM)), _decimal(Fraction(bound, _TERM))


def simulate(frame: FrameLike, spec: Spec, key: bytes) -> Document:
    """Repeat the whole draw with keys derived from its own, and count distinct enterprises.

    Parameters
    ----------
    key
        The campaign's key.

    Returns
    -------
    dict
        ``draws``, and ``mean`` and ``standard_error`` as decimals with six places.
    """
    used = _positions(frame, spec)
    members = sum(stratum.population for strata in spec.strata.values() for stratum in strata)
    work = members + HASH_WORK * len(used)
    draws = max(LEAST_DRAWS, min(MOST_DRAWS, WORK // max(1, work)))
    make = ticket_maker([frame.ids[place] for place in used], keys=draws)
    first = np.zeros(len(frame.ids), dtype=np.uint64)
    counts = []
    for number in range(draws):
        its_key = sub_key(key, "simulation", str(number))
        first[used] = make(its_key)[:, 0]
        drawn = np.zeros(len(frame.ids), dtype=bool)
        for order in spec.orders:
            strata = spec.strata[order.key]
            sizes = sizes_of(its_key, order.key, strata, whole=order.size is not None).sizes
            for stratum, size in zip(strata, sizes, strict=True):
                drawn[smallest_set(first, stratum.members, size)] = True
        counts.append(int(np.count_nonzero(drawn)))
    total = sum(counts)
    variance = Fraction(draws * sum(c * c for c in counts) - total * total, draws * (draws - 1))
    squared = variance / draws * 10 ** (2 * _PLACES)
    return {
        "draws": draws,
        "mean": _decimal(Fraction(total, draws)),
        "standard_error": _decimal(Fraction(math.isqrt(math.floor(squared)), 10**_PLACES)),
    }


def _positions(frame: FrameLike, spec: Spec) -> NDArray[np.intp]:
    used = np.zeros(len(frame.ids), dtype=bool)
    for strata in spec.strata.values():
        for stratum in strata:
            used[stratum.members] = True
    return np.flatnonzero(used)


def _decimal(value: Fraction) -> str:
    """Return a number that is not negative with six places, floored."""
    whole, rest = divmod(math.floor(value * 10**_PLACES), 10**_PLACES)
    return f"{whole}.{rest:0{_PLACES}d}"
