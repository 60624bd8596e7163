"""A city of two counties with the departments market and fire."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from optimizer.domain.campaign import Campaign, DrawOrder
from optimizer.domain.check import Drawn, TriggeredReport
from optimizer.domain.days import Span
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.unit import Unit

YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))
SPRING = Span(date(2026, 3, 1), date(2026, 6, 30))
BOTH = ("city", "county")


def make_units(*without: str) -> dict[str, Unit]:
    """Return a county unit for each department and county, and a city unit for each."""
    made = {}
    for department in ("market", "fire"):
        for level, area in (("county", "140302"), ("county", "140303"), ("city", "140300")):
            unit = Unit(f"{department}-{area}", "", department, "", level, area)
            made[unit.id] = unit
    return {key: unit for key, unit in made.items() if key not in without}


def make_item(key: str = "M-01", department: str = "market", **fields: object) -> Item:
    """Return an item for which both levels are competent."""
    return Item(key, "", department, **({"levels": BOTH} | fields))  # type: ignore[arg-type]


def make_enterprise(key: str = "E-1", **fields: object) -> Enterprise:
    """Return an enterprise of the first county."""
    given: dict[str, object] = {"county": "140302", "industry": "5212"}
    return Enterprise(key, "", **(given | fields))  # type: ignore[arg-type]


def make_registers(
    items: list[Item],
    enterprises: list[Enterprise],
    *reports: TriggeredReport,
    units: dict[str, Unit] | None = None,
) -> Registers:
    """Return registers of these."""
    return Registers(
        {one.id: one for one in enterprises},
        make_units() if units is None else units,
        {},
        {item.id: item for item in items},
        triggered=reports,
        sections={"5212": "F", "6210": "H"},
    )


def make_campaign(*orders: DrawOrder) -> Campaign:
    """Return a campaign of these orders, or of one for M-01."""
    return Campaign("checks-2026", orders or (make_order(),))


def make_order(item: str = "M-01", department: str = "market", **fields: object) -> DrawOrder:
    """Return an order for spring."""
    given: dict[str, object] = {"window": SPRING, "rate": Fraction(1, 10)}
    return DrawOrder(item, department, **(given | fields))  # type: ignore[arg-type]


def make_drawn(item: str = "M-01", enterprise: str = "E-1", order: str = "") -> Drawn:
    """Return an enterprise drawn first of its stratum."""
    return Drawn(item, "all", enterprise, 0, order)


def make_report(key: str = "T-1", item: str = "M-01", **fields: object) -> TriggeredReport:
    """Return a complaint received in February, due in March."""
    given: dict[str, object] = {
        "enterprise": "E-1",
        "source": "complaint",
        "received": date(2026, 2, 2),
        "due": date(2026, 3, 2),
    }
    return TriggeredReport(key, item=item, **(given | fields))  # type: ignore[arg-type]
