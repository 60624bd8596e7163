"""What the odds are worth: unpredictability and fairness, as information beside the odds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import fsum

import numpy as np

from optimizer.domain.registry import Document
from optimizer.teams.leximin import leximin
from optimizer.teams.marginals import DENOMINATOR
from optimizer.teams.network import Forced
from optimizer.teams.numeric import Floats, decimal, plogp, sums
from optimizer.teams.seats import Indices, Part


@dataclass(frozen=True, slots=True)
class UnitReport:
    """Figures of one unit; entropies in bits, spreads in half-days.

    Attributes
    ----------
    largest
        Largest odds (times D) of a pair that is not forced; 0 when all are forced.
    certain
        Pairs with odds D.
    people
        Inspectors who may fill at least one seat.
    deviation
        Largest distance between integers and the numbers they were made from, times 10^9.
    """

    unit: str
    inspectors: int
    seats: int
    pairs: int
    people: int
    entropy: float
    entropy_bound: float
    largest: int
    certain: int
    spread: Fraction
    spread_leximin: Fraction
    deviation: float
    steps: int


def report_unit(
    parts: Sequence[Part],
    forced: Sequence[Forced],
    floats: Sequence[Floats],
    odds: Sequence[Indices],
    workload: Sequence[int],
    steps: int,
) -> UnitReport:
    """Work out the figures of one unit from its committed integers."""
    people = len(workload)
    entropy = bound = 0.0
    largest = certain = pairs = seats = 0
    deviation = 0.0
    load = np.zeros(people, dtype=np.int64)
    for part, fixed, before, exact in zip(parts, forced, floats, odds, strict=True):
        p = exact.astype(np.float64) / DENOMINATOR
        inside = sums(part.pair_row, p, len(part.row_day))
        entropy += _sum(plogp(p)) + _sum(plogp(np.maximum(0.0, 1.0 - inside)))
        k = np.bincount(part.pair_group, minlength=len(part.groups)).astype(np.float64)
        share = part.seats.astype(np.float64) / k
        bound += _sum(k * (plogp(share) + plogp(1.0 - share)))
        free = fixed.pairs < 0
        largest = max(largest, int(exact[free].max(initial=0)))
        certain += int((exact == DENOMINATOR).sum())
        pairs += len(exact)
        seats += int(part.seats.sum())
        deviation = max(deviation, float(np.abs(exact - before * DENOMINATOR).max(initial=0.0)))
        np.add.at(load, part.pair_inspector, exact * part.pair_effort)
    reachable = sorted(set(np.concatenate([p.pair_inspector for p in parts]).tolist()))
    committed = [Fraction(int(load[i]), DENOMINATOR) + workload[i] for i in reachable]
    fairest = leximin(parts, workload).served
    ideal = [fairest[i] + workload[i] for i in reachable]
    return UnitReport(
        parts[0].unit,
        people,
        seats,
        pairs,
        len(reachable),
        entropy,
        bound,
        largest,
        certain,
        max(committed) - min(committed),
        max(ideal) - min(ideal),
        deviation,
        steps,
    )


def _sum(values: Floats) -> float:
    """Add exactly: the sums of NumPy and of Python differ between machines and versions."""
    return fsum(values.tolist())


def report_document(reports: Sequence[UnitReport], visits: int) -> Document:
    """Return the ``report`` of odds.json."""
    people = sum(r.people for r in reports) or 1
    return {
        "visits": visits,
        "seats": sum(r.seats for r in reports),
        "pairs": sum(r.pairs for r in reports),
        "entropy": decimal(fsum(r.entropy for r in reports)),
        "entropy_bound": decimal(fsum(r.entropy_bound for r in reports)),
        "largest": decimal(Fraction(max((r.largest for r in reports), default=0), DENOMINATOR)),
        "certain": sum(r.certain for r in reports),
        "spread": decimal(sum((r.spread * r.people for r in reports), Fraction(0)) / people),
        "spread_leximin": decimal(
            sum((r.spread_leximin * r.people for r in reports), Fraction(0)) / people
        ),
        "units": [
            {
                "unit": r.unit,
                "inspectors": r.inspectors,
                "seats": r.seats,
                "entropy": decimal(r.entropy),
                "entropy_bound": decimal(r.entropy_bound),
                "largest": decimal(Fraction(r.largest, DENOMINATOR)),
                "spread": decimal(r.spread),
                "spread_leximin": decimal(r.spread_leximin),
                "deviation": decimal(r.deviation),
                "iterations": r.steps,
            }
            for r in reports
        ],
    }
