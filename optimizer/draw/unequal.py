"""Strata whose members are not all alike: parted into levels, or each with a weight of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from optimizer.chance import MAX_BELOW, MAX_DENOMINATOR
from optimizer.domain.campaign import DrawOrder
from optimizer.draw.given import FrameLike
from optimizer.draw.levels import proportional
from optimizer.draw.pivotal import MAX_PIVOTAL
from optimizer.draw.strata import WHOLE, Stratum, part
from optimizer.errors import Fault
from optimizer.messages import phrase


def levelled(frame: FrameLike, order: DrawOrder, faults: list[Fault]) -> tuple[Stratum, ...]:
    """Return the levels of an order's strata, each with its rate, in order of name."""
    outer = [order.cells_by.index(name) for name in order.strata_by]
    inner = order.cells_by.index(order.levels_by)
    cells = [
        replace(
            cell,
            group="|".join(cell.values[place] for place in outer) if outer else WHOLE,
            level=cell.values[inner],
        )
        for cell in part(frame, order.key, order.cells_by)
    ]
    bare = sorted({cell.level for cell in cells} - set(order.weights))
    faults.extend(
        _fault("level-without-weight", order, "levels.weights", level, level=level or '""')
        for level in bare
    )
    if bare:
        return ()
    rated: dict[str, Stratum] = {}
    for group in sorted({cell.group for cell in cells}):
        its = [cell for cell in cells if cell.group == group]
        population = sum(cell.population for cell in its)
        total = _total(order, group, population, faults)
        _, rates = proportional(
            total, [order.weights[cell.level] for cell in its], [cell.population for cell in its]
        )
        common = math.lcm(*(rate.denominator for rate in rates))
        _check_denominator(common, order, "levels.weights", MAX_DENOMINATOR, "2^40", faults)
        rated |= {
            cell.name: replace(cell, rate=rate) for cell, rate in zip(its, rates, strict=True)
        }
    made = tuple(rated[cell.name] for cell in cells)
    if order.rounding:
        common = math.lcm(*(cell.expected.denominator for cell in made))
        _check_denominator(common, order, "levels.weights", MAX_BELOW // 2, "2^479", faults)
    return made


def weighted(
    frame: FrameLike, order: DrawOrder, strata: Sequence[Stratum], faults: list[Fault]
) -> tuple[Stratum, ...]:
    """Return the strata with their members' weights and the share that a unit of weight has."""
    made = []
    for stratum in strata:
        weights = frame.weights[stratum.members]
        bare = np.flatnonzero(weights <= 0)
        if len(bare):
            first = frame.ids[stratum.members[bare[0]]]
            faults.append(
                _fault(
                    "weight-missing",
                    order,
                    "design",
                    first,
                    count=len(bare),
                    name=stratum.name or '""',
                )
            )
            continue
        found, counts = np.unique(weights, return_counts=True)
        total = min(stratum.expected, Fraction(stratum.population))
        share, _ = proportional(total, found.tolist(), counts.tolist())
        _check_denominator(share.denominator, order, "design", MAX_PIVOTAL, "2^47", faults)
        made.append(replace(stratum, weights=weights, share=share))
    return tuple(made)


def too_many(order: DrawOrder, name: str, population: int) -> Fault:
    """Return the fault of a size that is larger than the stratum."""
    return _fault(
        "size-over-population",
        order,
        "size",
        str(order.size),
        stratum=name or '""',
        population=population,
    )


def _total(order: DrawOrder, group: str, population: int, faults: list[Fault]) -> Fraction:
    if order.rate is not None:
        return order.rate * population
    size = order.size or 0
    if size > population:
        faults.append(too_many(order, group, population))
    return Fraction(min(size, population))


def _check_denominator(
    common: int, order: DrawOrder, field: str, most: int, words: str, faults: list[Fault]
) -> None:
    if common > most:
        faults.append(_fault("weights-denominator", order, field, str(common), most=words))


def _fault(code: str, order: DrawOrder, field: str, value: str, **params: object) -> Fault:
    expected, mend = phrase(code, **params)
    return Fault(
        code,
        "campaign",
        field=f"orders.{order.key}.{field}",
        value=value,
        expected=expected,
        mend=mend,
    )
