"""Small frames to draw from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction

from optimizer.domain.campaign import Campaign, DrawOrder
from optimizer.domain.days import Span
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet
from optimizer.draw import Spec, make_spec
from optimizer.frame import Frame, build_frame

MASTER = bytes(range(32))
SECTIONS = {"5212": "F", "6210": "H", "0111": "A"}
RATES = {
    "k1": Fraction(1, 100),
    "k2": Fraction(3, 100),
    "k3": Fraction(1, 8),
    "k4": Fraction(1),
    "": Fraction(1, 3),
}


def make_enterprise(number: int, **fields: object) -> Enterprise:
    """Return an enterprise whose labels go round at different paces."""
    given: dict[str, object] = {
        "id": f"E-{number:06d}",
        "name": "",
        "county": f"14030{1 + number % 3}",
        "industry": ("5212", "6210", "0111")[number // 2 % 3],
        "risk": ("k1", "k2", "k3", "k4", "")[number // 3 % 5],
        "size": ("large", "small")[number // 7 % 2],
    }
    return Enterprise(**(given | fields))  # type: ignore[arg-type]


def make_order(item: str = "M-01", department: str = "market", **fields: object) -> DrawOrder:
    """Return an order by county and risk."""
    given: dict[str, object] = {
        "item": item,
        "department": department,
        "window": Span(date(2026, 3, 1), date(2026, 6, 30)),
    }
    if "size" not in fields and "rate" not in fields:
        given["rates"] = RATES
    return DrawOrder(**(given | fields))  # type: ignore[arg-type]


def make_case(
    count: int,
    *orders: DrawOrder,
    industries: Mapping[str, tuple[str, ...]] | None = None,
    enterprise: Callable[[int], Enterprise] = make_enterprise,
    campaign: Campaign | None = None,
) -> tuple[Frame, Spec]:
    """Return frame and spec of `count` enterprises and these orders."""
    orders = orders or (make_order(),)
    campaign = campaign or Campaign("draw-2026", orders)
    items = {
        order.item: Item(
            order.item,
            "",
            order.department,
            industries=(industries or {}).get(order.item, ()),
        )
        for order in campaign.orders
    }
    registers = Registers(
        {one.id: one for one in map(enterprise, range(count))}, {}, {}, items, sections=SECTIONS
    )
    frame = build_frame(
        registers,
        campaign,
        RuleSet(),
        salt_master=MASTER,
        risk_class_of={label: label for label in RATES},
    )
    return frame, make_spec(frame, campaign)
