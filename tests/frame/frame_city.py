"""A small city to build frames from, and the plain parts it is made of."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from optimizer.domain.campaign import Campaign, DrawOrder
from optimizer.domain.days import Span
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.registry import RegisterFile, Registers
from optimizer.domain.rules import CapRule, RuleSet
from optimizer.domain.visit import VisitMade

MASTER = bytes(range(32))
YEAR = Span(date(2026, 3, 1), date(2026, 6, 30))


def make_enterprise(number: int, **fields: object) -> Enterprise:
    """Return an enterprise; risk classes and counties go round."""
    given: dict[str, object] = {
        "id": f"E-{number:04d}",
        "name": f"企业 {number}",
        "county": f"14030{1 + number % 3}",
        "industry": ("5212", "6210", "0111")[number % 3],
        "risk": ("A", "B", "C", "D", "")[number % 5],
        "size": ("large", "small")[number % 2],
        "zones": (("high-tech", "belt"), ())[number % 2],
    }
    return Enterprise(**(given | fields))  # type: ignore[arg-type]


def make_registers(
    enterprises: list[Enterprise],
    items: tuple[Item, ...] = (Item("M-01", "计量", "market"),),
    visits_made: tuple[VisitMade, ...] = (),
) -> Registers:
    """Return registers of these enterprises."""
    return Registers(
        enterprises={enterprise.id: enterprise for enterprise in enterprises},
        units={},
        inspectors={},
        items={item.id: item for item in items},
        visits_made=visits_made,
        files=(
            RegisterFile("items", "items.csv", "00" * 32, 1),
            RegisterFile("enterprises", "enterprises.csv", "11" * 32, 12, ((7, "uscc-length"),)),
        ),
        sections={"5212": "F", "6210": "H", "0111": "A"},
    )


def make_order(item: str = "M-01", department: str = "market", **fields: object) -> DrawOrder:
    """Return an order of one rate."""
    given: dict[str, object] = {
        "item": item,
        "department": department,
        "window": YEAR,
        "rate": Fraction(3, 100),
    }
    return DrawOrder(**(given | fields))  # type: ignore[arg-type]


def make_campaign(*orders: DrawOrder) -> Campaign:
    """Return a campaign of these orders, or of one."""
    return Campaign("frame-2026", orders or (make_order(),))


def make_rules(*caps: CapRule, **fields: object) -> RuleSet:
    """Return rules with these caps."""
    return RuleSet(caps=caps, **fields)  # type: ignore[arg-type]
