"""What is wrong with a campaign's orders, all faults at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from optimizer.domain.campaign import STRATUM_FIELDS, Campaign, DrawOrder
from optimizer.domain.design import wrong_design
from optimizer.domain.item import Item
from optimizer.errors import Fault, InputError
from optimizer.messages import phrase

_CAMPAIGN_ID = re.compile(r"[0-9a-z-]{1,60}")
_ORDER_ID = re.compile(r"[0-9A-Za-z-]{1,40}")
_FaultMaker = Callable[[str, str, object, str, str], Fault]


def check_orders(campaign: Campaign, items: Mapping[str, Item]) -> None:
    """Refuse a campaign that cannot be drawn, whatever the enterprises.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = list(_campaign_faults(campaign))
    seen: set[str] = set()
    for number, order in enumerate(campaign.orders):
        where = f"orders[{number}]"
        faults += _order_faults(order, where, items)
        if order.key in seen:
            faults.append(
                Fault(
                    "order-twice",
                    "campaign",
                    None,
                    f"{where}.id",
                    order.key,
                    *phrase("order-twice", key=order.key),
                )
            )
        seen.add(order.key)
    if faults:
        raise InputError(faults)


def _campaign_faults(campaign: Campaign) -> Iterator[Fault]:
    if not _CAMPAIGN_ID.fullmatch(campaign.id):
        yield Fault(
            "campaign-id-malformed",
            "campaign",
            field="id",
            value=campaign.id,
            expected="expected 1 to 60 of the characters 0-9, a-z and -",
            mend="Give the campaign such a name; it becomes part of the seed text.",
        )
    if campaign.mode not in ("open", "sealed"):
        yield Fault(
            "mode-unknown",
            "campaign",
            field="mode",
            value=campaign.mode,
            expected="expected open or sealed",
            mend="Name one of these.",
        )


def _order_faults(order: DrawOrder, where: str, items: Mapping[str, Item]) -> Iterator[Fault]:
    def fault(code: str, field: str, value: object, expected: str, mend: str) -> Fault:
        return Fault(
            code,
            "campaign",
            field=f"{where}.{field}",
            value=str(value),
            expected=f"item {order.item}: {expected}",
            mend=mend,
        )

    item = items.get(order.item)
    if item is None:
        yield fault(
            "item-unknown",
            "item",
            order.item,
            "expected an item of the list",
            "Correct the item, or add it to the register of items.",
        )
    elif item.department != order.department:
        yield fault(
            "order-department",
            "department",
            order.department,
            f"expected its department, {item.department}",
            "Correct the department.",
        )
    if not _ORDER_ID.fullmatch(order.key):
        yield fault(
            "order-id-malformed",
            "id",
            order.key,
            "expected an id of 1 to 40 of the characters 0-9, A-Z, a-z and -",
            "Give the order such an id.",
        )
    if order.strata_by != tuple(name for name in STRATUM_FIELDS if name in order.strata_by):
        yield fault(
            "strata-unknown",
            "strata_by",
            ", ".join(order.strata_by),
            f"expected some of {', '.join(STRATUM_FIELDS)}, in this order",
            "Name only these, each once, in this order.",
        )
    if order.window.last < order.window.first:
        yield fault(
            "window-reversed",
            "window",
            order.window,
            "expected a last day not before the first",
            "Exchange the days.",
        )
    if order.reserves < 0:
        yield fault(
            "reserves-negative",
            "reserves",
            order.reserves,
            "expected 0 or more reserves",
            "Write 0 for none.",
        )
    yield from _size_faults(order, fault)
    for code, field, value in wrong_design(order):
        yield fault(code, field, value, *phrase(code))


def _size_faults(order: DrawOrder, fault: _FaultMaker) -> Iterator[Fault]:
    if order.size is not None:
        if order.rate is not None or order.rates:
            yield fault(
                "rate-and-size",
                "size",
                order.size,
                "expected a size or rates, not both",
                "Leave one of them out.",
            )
        if order.size < 0:
            yield fault(
                "size-negative",
                "size",
                order.size,
                "expected a size of 0 or more",
                "Correct the size.",
            )
        return
    if order.rate is None and not order.rates:
        yield fault(
            "rate-missing", "rate", "", "expected a rate, rates or a size", "Write one of them."
        )
    if order.rates and "risk" not in order.strata_by:
        yield fault(
            "rates-need-risk",
            "strata_by",
            ", ".join(order.strata_by),
            "rates by risk class need strata by risk",
            "Add risk to strata_by, or write one rate.",
        )
    for name, rate in [("rate", order.rate), *((f"rates.{k}", v) for k, v in order.rates.items())]:
        if rate is not None and not 0 <= rate <= 1:
            yield fault(
                "rate-range",
                name,
                rate,
                "expected a rate from 0 to 1",
                "Write a rate such as 3/100 or 3%.",
            )
