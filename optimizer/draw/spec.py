"""The spec: how many of each stratum, committed with the frame before the seed exists."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from optimizer.canon import canonical, digest, hash_field, hash_named, parse
from optimizer.chance import MAX_DENOMINATOR
from optimizer.domain.campaign import Campaign, DrawOrder
from optimizer.domain.earlier import EarlierDraw
from optimizer.domain.registry import Document
from optimizer.draw.deal import Deal, make_deal
from optimizer.draw.given import FrameLike
from optimizer.draw.sources import announced_document
from optimizer.draw.strata import Stratum, part
from optimizer.draw.unequal import levelled, too_many, weighted
from optimizer.errors import Fault, InputError
from optimizer.messages import phrase


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Spec:
    """What is to be drawn.

    Attributes
    ----------
    document
        ``spec.json``.
    digest
        Of the document's bytes, hex.
    orders
        In order of key, in step with the document's items.
    strata
        By order key, in order of name.
    deal
        How tickets are dealt anew after earlier draws, or ``None``.
    """

    document: Document
    digest: str
    orders: tuple[DrawOrder, ...]
    strata: Mapping[str, tuple[Stratum, ...]]
    deal: Deal | None = None

    def __repr__(self) -> str:
        return (
            f"<Spec {self.document['campaign']}: {len(self.orders)} orders, "
            f"{sum(map(len, self.strata.values()))} strata, {self.digest[:16]}…>"
        )


def make_spec(
    frame: FrameLike, campaign: Campaign, *, binds: Mapping[str, str] = MappingProxyType({})
) -> Spec:
    """Work out the strata and their rates or sizes.

    Parameters
    ----------
    frame
        The committed frame of the campaign.
    campaign
        The same that the frame was built for, with labels instead of risk classes.
    binds
        Name → digest of what else must be fixed before the seed exists: the rules and calendar
        that the plan will be held to.

    Raises
    ------
    InputError
        On a size over the population, a stratum without a rate, rates whose common denominator
        is over 2^40: every fault.
    """
    orders = tuple(sorted(campaign.orders, key=lambda order: order.key))
    faults: list[Fault] = []
    strata = {order.key: _sized(frame, order, faults) for order in orders}
    if faults:
        raise InputError(faults)
    document: Document = {
        "format": "double-random/spec/v1",
        "campaign": campaign.id,
        "frame_root": frame.root,
        "mode": campaign.mode,
        "seed_source": announced_document(
            campaign.seed_source, campaign.seed_sides, campaign.seed_announced
        ),
        "binds": dict(sorted(binds.items())),
        "items": [_entry(order, strata[order.key]) for order in orders],
        **hash_field(frame.hash),
    }
    deal = None
    if campaign.after:
        document |= {
            "after": [_earlier(one) for one in campaign.after],
            "theta": str(campaign.theta),
        }
        deal = make_deal(frame, campaign.after, campaign.theta)
    if campaign.draws:
        document["draws"] = [_earlier(one) for one in campaign.draws]
    found = digest(canonical(document), frame.hash)
    return Spec(document, found, orders, MappingProxyType(strata), deal)


def refuse_nobody(spec: Spec) -> None:
    """Refuse orders that nobody can be drawn for, before they are committed to.

    Raises
    ------
    InputError
        Naming every one.
    """
    faults = [
        Fault("order-of-nobody", "campaign", None, f"orders.{key}", "", *phrase("order-of-nobody"))
        for key, strata in spec.strata.items()
        if not strata
    ]
    if faults:
        raise InputError(faults)


def _earlier(one: EarlierDraw) -> Document:
    # By their own hash, as they are called where they were published.
    hash = hash_named(parse(one.documents["frame.json"]))
    entry: Document = {"campaign": one.campaign} | {
        name: digest(one.documents[f"{name}.json"], hash)
        for name in ("frame", "spec", "seed", "draw")
    }
    if not one.is_counted:
        entry["counted"] = False
    return entry


def _sized(frame: FrameLike, order: DrawOrder, faults: list[Fault]) -> tuple[Stratum, ...]:
    if order.levels_by:
        return levelled(frame, order, faults)
    strata = _rated(frame, order, faults)
    return weighted(frame, order, strata, faults) if order.design == "pivotal" else strata


def _rated(frame: FrameLike, order: DrawOrder, faults: list[Fault]) -> tuple[Stratum, ...]:
    sized = []
    for stratum in part(frame, order.key, order.strata_by):
        if order.size is not None:
            if order.size > stratum.population:
                faults.append(too_many(order, stratum.name, stratum.population))
            sized.append(replace(stratum, size=order.size))
            continue
        rate = order.rate
        if "risk" in order.strata_by:
            rate = order.rates.get(stratum.values[order.strata_by.index("risk")], order.rate)
        if rate is None:
            faults.append(_no_rate(order, stratum))
        sized.append(replace(stratum, rate=rate))
    denominator = math.lcm(*(s.rate.denominator for s in sized if s.rate is not None))
    if denominator > MAX_DENOMINATOR:
        faults.append(
            Fault(
                "rates-denominator",
                "campaign",
                field=f"orders.{order.key}.rates",
                value=str(denominator),
                expected="expected rates whose common denominator is at most 2^40",
                mend="Write rates with fewer digits.",
            )
        )
    return tuple(sized)


def _entry(order: DrawOrder, strata: tuple[Stratum, ...]) -> Document:
    entry: Document = {
        "item": order.item,
        "department": order.department,
        "strata_by": list(order.cells_by),
        "reserves": order.reserves,
        "window": [order.window.first.isoformat(), order.window.last.isoformat()],
        "strata": [
            {"stratum": stratum.name, "population": stratum.population}
            | ({"size": stratum.size} if stratum.rate is None else {"rate": str(stratum.rate)})
            for stratum in strata
        ],
    }
    if order.key != order.item:
        entry["order"] = order.key
    if order.levels_by:
        entry["levels"] = {
            "by": order.levels_by,
            "weights": {name: str(weight) for name, weight in sorted(order.weights.items())},
        } | ({"size": order.size} if order.rate is None else {"rate": str(order.rate)})
    if order.design:
        entry["design"] = order.design
    if order.rounding:
        entry["rounding"] = order.rounding
    return entry


def _no_rate(order: DrawOrder, stratum: Stratum) -> Fault:
    return Fault(
        "stratum-without-rate",
        "campaign",
        field=f"orders.{order.key}.rates",
        value=stratum.name,
        expected="expected a rate for this stratum's risk class",
        mend='Add a rate for it; "" is the rate of a missing class.',
    )
