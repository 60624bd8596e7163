"""The tiny city with orders of every design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from conftest import Tiny, tiny_city

from optimizer.domain.campaign import Campaign, DrawOrder
from optimizer.domain.days import Span
from optimizer.domain.registry import Registers

WINDOW = Span(date(2026, 1, 5), date(2026, 1, 30))
WEIGHTS = MappingProxyType({"A": Fraction(1), "B": Fraction(5, 2), "": Fraction(40)})
RATES = MappingProxyType({"A": Fraction(1, 3), "B": Fraction(2, 5), "": Fraction(1, 7)})


def orders() -> tuple[DrawOrder, ...]:
    """Levels, levels in a two-way table, a two-way table, two kinds of duels, whole sizes."""
    return (
        DrawOrder(
            "M-01",
            "market",
            WINDOW,
            ("county",),
            size=4,
            levels_by="risk",
            weights=WEIGHTS,
            reserves=1,
        ),
        DrawOrder(
            "M-02",
            "market",
            WINDOW,
            ("county",),
            rate=Fraction(1, 5),
            levels_by="size",
            weights={"small": Fraction(1), "large": Fraction(3)},
            rounding="controlled",
        ),
        DrawOrder("M-09", "market", WINDOW, (), size=2),
        DrawOrder("F-01", "fire", WINDOW, rates=RATES, rounding="controlled", reserves=1),
        DrawOrder("F-02", "fire", WINDOW, ("county",), size=3, design="pivotal", reserves=2),
        DrawOrder(
            "V-01",
            "env",
            Span(date(2026, 2, 2), date(2026, 2, 20)),
            (),
            rate=Fraction(1, 7),
            design="pivotal",
        ),
    )


def weighed(registers: Registers) -> Registers:
    """Return the registers with a weight for every enterprise; two are so heavy as to be sure."""
    weights: Mapping[str, int] = {"E-02": 300, "E-05": 400}
    return replace(
        registers,
        enterprises={
            key: replace(one, weight=weights.get(key, 1 + number * number % 7))
            for number, (key, one) in enumerate(sorted(registers.enterprises.items()))
        },
    )


def design_city(**fields: object) -> Tiny:
    """Return the tiny city with these orders."""
    tiny = tiny_city()
    return replace(
        tiny,
        registers=weighed(tiny.registers),
        campaign=replace(Campaign("tiny-2026", orders()), **fields),  # type: ignore[arg-type]
    )
