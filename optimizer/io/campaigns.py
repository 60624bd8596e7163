"""The `campaign:` block of a scenario: checked, then frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction
from math import lcm
from pathlib import Path
from types import MappingProxyType
from typing import Any

from optimizer.canon import hash_named
from optimizer.domain.campaign import STRATUM_FIELDS, Campaign, DrawOrder
from optimizer.domain.days import Calendar, Span
from optimizer.domain.design import wrong_design
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.draw import orders_of
from optimizer.errors import Fault
from optimizer.io.earlier import read_after, read_separate
from optimizer.io.seeds import SeedSource, read_fraction
from optimizer.io.yamlfile import YamlFile
from optimizer.registers.near import nearest

LARGEST_DENOMINATOR = 2**40
"""Of the common denominator of an item's rates: rounding stays within 64 bits."""


def read_span(found: YamlFile, path: str, value: Mapping[str, str]) -> tuple[Span, list[Fault]]:
    """Read ``{from, to}``; faults where a day does not exist or the days stand the wrong way."""
    faults: list[Fault] = []
    days = []
    for key in ("from", "to"):
        try:
            days.append(date.fromisoformat(value[key]))
        except ValueError:
            faults.append(found.fault("date-none", f"{path}.{key}", value[key]))
            days.append(date.min)
    if not faults and days[1] < days[0]:
        text = f"{value['from']}/{value['to']}"
        faults.append(found.fault("days-reversed", path, text))
    return Span(days[0], days[1]), faults


def read_campaign(
    found: YamlFile,
    *,
    horizon: Span,
    calendar: Calendar | None,
    registers: Registers | None,
    item_ids: frozenset[str] | None,
    seed: SeedSource,
    folder: Path,
    committed: str | None = None,
) -> tuple[Campaign | None, list[Fault]]:
    """Read the block, already checked against the schema.

    Parameters
    ----------
    calendar
        ``None`` where it could not be made: working days are not checked then.
    registers
        ``None`` where they are faulty: what needs them is not checked then.
    item_ids
        Items of the list, faulty ones included; ``None`` where the list could not be read.
    folder
        Where paths of earlier publications start.
    committed
        When it will be committed, where that is not what the file says.
    """
    raw = found.value["campaign"]
    faults: list[Fault] = []
    orders: list[DrawOrder] = []
    seen: set[str] = set()
    for i, order in enumerate(raw["orders"]):
        path = f"campaign.orders[{i}]"
        item = order["item"]
        if item_ids is not None and item not in item_ids:
            near = nearest(item, sorted(item_ids))
            faults.append(found.fault("order-item-unknown", f"{path}.item", item, near=near))
        key = order.get("id", item)
        if key in seen:
            field = "id" if "id" in order else "item"
            faults.append(found.fault("order-twice", f"{path}.{field}", key, key=key))
        seen.add(key)
        made, wrong = _order(found, path, order, horizon, calendar)
        faults += wrong
        if registers is None or wrong:
            continue
        if item in registers.items:
            faults += _classes_without_rate(found, path, made, registers)
            orders.append(replace(made, department=registers.items[item].department))
        elif item_ids is not None and item in item_ids:
            faults.append(found.fault("order-item-excluded", f"{path}.item", item))
    times = {**found.value.get("times", {}), **({"committed": committed} if committed else {})}
    after, theta, wrong = read_after(found, folder, raw, times)
    faults += wrong
    draws, wrong = read_separate(found, folder, raw, times, registers, seen)
    faults += wrong
    for separate in draws:
        for one in orders_of(separate):
            if not (horizon.first <= one.window.first and one.window.last <= horizon.last):
                faults.append(
                    found.fault(
                        "window-outside", "campaign.draws", str(one.window), horizon=str(horizon)
                    )
                )
    if not raw["orders"] and not draws and not faults:
        faults.append(found.fault("orders-none", "campaign.orders"))
    if faults or registers is None:
        return None, faults
    mode = raw.get("mode", "open")
    source = (seed.kind, mode, seed.sides, seed.announced)
    hash = hash_named(raw).name
    return Campaign(raw["id"], tuple(orders), *source, after, theta, draws, hash), []


def _order(
    found: YamlFile, path: str, order: Mapping[str, Any], horizon: Span, calendar: Calendar | None
) -> tuple[DrawOrder, list[Fault]]:
    faults: list[Fault] = []
    window, wrong = read_span(found, f"{path}.window", order["window"])
    faults += wrong
    if not wrong and not (horizon.first <= window.first and window.last <= horizon.last):
        faults.append(
            found.fault("window-outside", f"{path}.window", str(window), horizon=str(horizon))
        )
    elif not wrong and calendar is not None and not any(map(calendar.is_working, window)):
        faults.append(found.fault("window-no-workday", f"{path}.window", str(window)))
    rest = None
    if "rest_since" in order:
        try:
            rest = date.fromisoformat(order["rest_since"])
        except ValueError:
            faults.append(found.fault("date-none", f"{path}.rest_since", order["rest_since"]))
    by = order.get("strata_by", ["county", "risk"])
    rated = "rate" in order or "rates" in order
    if rated and "size" in order:
        faults.append(found.fault("rate-and-size", path))
    if not rated and "size" not in order:
        faults.append(found.fault("rate-missing", path))
    if "rates" in order and "risk" not in by:
        faults.append(found.fault("rates-without-risk", f"{path}.rates"))
    rates: dict[str, Fraction] = {}
    texts = {f"{path}.rates.{k}": (k, v) for k, v in order.get("rates", {}).items()}
    if "rate" in order:
        texts[f"{path}.rate"] = (None, order["rate"])
    rate = None
    for place, (key, text) in texts.items():
        value = read_fraction(text)
        if value is None:
            faults.append(found.fault("rate-malformed", place, text))
        elif not 0 <= value <= 1:
            faults.append(found.fault("rate-range", place, text))
        elif key is None:
            rate = value
        else:
            rates[key] = value
    common = lcm(*(r.denominator for r in (*rates.values(), *([rate] if rate is not None else []))))
    if common > LARGEST_DENOMINATOR:
        faults.append(found.fault("rate-denominators", path, common=common))
    levels = order.get("levels", {})
    weights: dict[str, Fraction] = {}
    for name, text in levels.get("weights", {}).items():
        weight = read_fraction(str(text))
        if weight is None:
            faults.append(found.fault("weight-range", f"{path}.levels.weights.{name}", text))
        else:
            weights[name] = weight
    made = DrawOrder(
        item=order["item"],
        department="",
        window=window,
        strata_by=tuple(name for name in STRATUM_FIELDS if name in by),
        rate=rate,
        rates=MappingProxyType(dict(sorted(rates.items()))),
        size=order.get("size"),
        reserves=order.get("reserves", 0),
        rest_since=rest,
        skip_capped=order.get("skip_capped", True),
        id=order.get("id", ""),
        levels_by=levels.get("by", ""),
        weights=MappingProxyType(dict(sorted(weights.items()))),
        design=order.get("design", ""),
        rounding=order.get("rounding", ""),
    )
    faults += [
        found.fault(code, f"{path}.{field}", value) for code, field, value in wrong_design(made)
    ]
    return made, faults


def _classes_without_rate(
    found: YamlFile, path: str, order: DrawOrder, registers: Registers
) -> list[Fault]:
    """Every class that the item's enterprises bear needs a rate, or a weight of its level."""
    weighed = order.levels_by == "risk"
    if not weighed and (order.rate is not None or order.size is not None):
        return []
    known = order.weights if weighed else order.rates
    item = registers.items[order.item]
    bare = {
        e.risk
        for e in registers.enterprises.values()
        if e.status == "active" and e.risk not in known and _covers(item, e.industry, registers)
    }
    if not bare:
        return []
    classes = ", ".join(name or '""' for name in sorted(bare))
    if weighed:
        return [found.fault("weights-missing", f"{path}.levels.weights", classes=classes)]
    return [found.fault("rate-class-missing", f"{path}.rates", classes=classes)]


def _covers(item: Item, industry: str, registers: Registers) -> bool:
    return not item.industries or any(
        industry.startswith(prefix) or registers.sections.get(industry) == prefix
        for prefix in item.industries
    )
