"""Which ways of drawing (抽样设计) go together in one order."""

from __future__ import annotations

from collections.abc import Iterator

from optimizer.domain.campaign import DrawOrder

LARGEST_WEIGHT = 10**6


def wrong_design(order: DrawOrder) -> Iterator[tuple[str, str, str]]:
    """Yield what does not go together: code of `optimizer.messages`, field, value."""
    if order.levels_by:
        if order.levels_by in order.strata_by:
            yield "levels-by", "levels.by", order.levels_by
        if order.rates:
            yield "levels-rates", "rates", ", ".join(order.rates)
        if order.design:
            yield "levels-design", "design", order.design
    for name, weight in order.weights.items():
        if not 0 < weight <= LARGEST_WEIGHT:
            yield "weight-range", f"levels.weights.{name}", str(weight)
    if order.rounding:
        if order.design:
            yield "rounding-design", "rounding", order.rounding
        flat = len(order.strata_by) < 2 or order.size is not None
        if not order.levels_by and flat:
            yield "rounding-table", "rounding", order.rounding
