"""The whole draw repeated with other keys, to see how many distinct enterprises it visits."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from optimizer.chance import Stream, sub_key
from optimizer.domain.campaign import DrawOrder
from optimizer.domain.registry import Document
from optimizer.draw.decimal import PLACES, decimal
from optimizer.draw.given import FrameLike
from optimizer.draw.sample import duels
from optimizer.draw.sizes import sizes_of
from optimizer.draw.spec import Spec
from optimizer.draw.tickets import Tickets, ticket_maker

MOST_DRAWS = 200
LEAST_DRAWS = 4
WORK = 2 * 10**7
"""Members gone through in one simulation; a rule on counts, so that every machine does the same."""
TICKET_WORK = 4
"""What one ticket costs, in members gone through."""
DUEL_WORK = 20
"""Likewise what a member of a stratum costs whose members duel."""


class Simulation:
    """Everything of frame and spec that repeated draws need, in flat arrays.

    A *place* is one enterprise in one stratum. Sizes and samples follow the rules of the real
    draw, but a stratum's smallest tickets are told by their first bits only: as many as are left
    beside the stratum's number in 64. Two tickets hardly ever share them.

    Attributes
    ----------
    ids, positions
        Enterprises that some order can draw, and where they stand in the frame.
    places
        Number of places.
    """

    def __init__(self, frame: FrameLike, spec: Spec) -> None:
        strata = [stratum for order in spec.orders for stratum in spec.strata[order.key]]
        # Strata without a cut-off are drawn from one by one, as the real draw does.
        self._duels = [
            (order, stratum)
            for order in spec.orders
            if order.design == "pivotal"
            for stratum in spec.strata[order.key]
        ]
        members = [stratum.members for stratum in strata]
        populations = np.array([stratum.population for stratum in strata], dtype=np.int64)
        all_members = np.concatenate(members) if members else np.empty(0, dtype=np.int32)
        is_used = np.zeros(len(frame.ids), dtype=bool)
        is_used[all_members] = True
        self.positions = np.flatnonzero(is_used)
        self.ids = [frame.ids[position] for position in self.positions]
        self._where = np.cumsum(is_used, dtype=np.int32) - 1
        self._enterprise = self._where[all_members]
        self.places = len(all_members)
        self._spec = spec
        self._stratum = np.repeat(np.arange(len(strata), dtype=np.int32), populations)
        self._last = np.cumsum(populations) - populations - 1
        self._shift = np.uint64(max(1, len(strata).bit_length()))
        self._prefix = self._stratum.astype(np.uint64) << np.uint64(64 - int(self._shift))
        self._set_rounding()

    def _set_rounding(self) -> None:
        """Write the running sums X of rates as ``X = q · D + rest``, so that they fit 64 bits."""
        whole: list[int] = []
        rest: list[int] = []
        self._denominators: list[tuple[str, int, int]] = []
        starts: list[int] = []
        for order in self._spec.orders:
            strata = self._spec.strata[order.key]
            denominator = math.lcm(*(stratum.probability.denominator for stratum in strata))
            if order.size is not None or _is_special(order):
                denominator = 1
            starts += [len(whole)] if strata else []
            self._denominators.append((order.key, denominator, len(strata)))
            if _is_special(order):
                whole += [0] * len(strata)
                rest += [0] * len(strata)
                continue
            total = 0
            for stratum in strata:
                share = stratum.probability * stratum.population * denominator
                total += share.numerator
                whole.append(total // denominator)
                rest.append(total % denominator)
        self._whole = np.array(whole, dtype=np.int64)
        self._rest = np.array(rest, dtype=np.int64)
        self._starts = np.array(starts, dtype=np.int64)

    def sizes(self, key: bytes) -> NDArray[np.int64]:
        """Return the sample size of every stratum, in order of the spec; 0 where members duel."""
        numbers = [
            Stream(sub_key(key, "rounding", order)).below(denominator) if denominator > 1 else 0
            for order, denominator, _ in self._denominators
        ]
        r = np.repeat(
            np.array(numbers, dtype=np.int64), [many for _, _, many in self._denominators]
        )
        # ⌈(X − r)/D⌉ is q, and one more where the rest is over r.
        upto = self._whole + (self._rest > r)
        before = np.concatenate(([0], upto[:-1])) if len(upto) else upto
        before[self._starts] = 0
        found: NDArray[np.int64] = upto - before
        start = 0
        for order in self._spec.orders:
            strata = self._spec.strata[order.key]
            if order.design != "pivotal" and _is_special(order):
                found[start : start + len(strata)] = sizes_of(key, order, strata).sizes
            start += len(strata)
        return found

    def distinct(self, key: bytes, tickets: Tickets) -> int:
        """Return how many distinct enterprises a draw with `key` takes.

        Parameters
        ----------
        tickets
            Of `ids`, made with the key.
        """
        if not self.places:
            return 0
        sizes = self.sizes(key)
        marks = self._prefix | (tickets[self._enterprise, 0] >> self._shift)
        ordered = np.sort(marks)
        # The last mark taken in each stratum; none is taken where nothing is below the prefix.
        cut = np.where(sizes > 0, ordered[np.maximum(self._last + sizes, 0)], np.uint64(0))
        taken = (sizes > 0)[self._stratum] & (marks <= cut[self._stratum])
        drawn = np.zeros(len(self.ids), dtype=bool)
        drawn[self._enterprise[taken]] = True
        for order, stratum in self._duels:
            its = self._where[stratum.members]
            size, places = duels(tickets, key, order, replace(stratum, members=its))
            drawn[places[:size]] = True
        return int(np.count_nonzero(drawn))

    @property
    def draws(self) -> int:
        """How many draws are worth their time."""
        fought = sum(stratum.population for _, stratum in self._duels)
        work = max(1, self.places + TICKET_WORK * len(self.ids) + DUEL_WORK * fought)
        return max(LEAST_DRAWS, min(MOST_DRAWS, WORK // work))


def _is_special(order: DrawOrder) -> bool:
    """Return whether sizes are not those of one systematic rounding."""
    return bool(order.levels_by or order.design or order.rounding)


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
    simulation = Simulation(frame, spec)
    draws = simulation.draws
    make = ticket_maker(simulation.ids, keys=draws)
    # Cells are parted by what can be drawn now: those of nothing are cells of their own.
    deal = spec.deal.at(simulation.positions) if spec.deal is not None else None
    counts = []
    for number in range(draws):
        its_key = sub_key(key, "simulation", str(number))
        tickets = make(its_key)
        if deal is not None:
            tickets = deal.deal(tickets, deal.first(its_key))
        counts.append(simulation.distinct(its_key, tickets))
    total = sum(counts)
    variance = Fraction(draws * sum(c * c for c in counts) - total * total, draws * (draws - 1))
    squared = math.floor(variance / draws * 10 ** (2 * PLACES))
    return {
        "draws": draws,
        "mean": decimal(Fraction(total, draws)),
        "standard_error": decimal(Fraction(math.isqrt(squared), 10**PLACES)),
    }
