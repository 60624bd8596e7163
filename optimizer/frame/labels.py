"""Risk classes become opaque labels as soon as the registers are read: a class is not public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from operator import attrgetter
from types import MappingProxyType
from typing import TypeVar

from optimizer.canon import HASHES
from optimizer.domain.campaign import Campaign
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet

Value = TypeVar("Value")

_FIELDS = tuple(field.name for field in fields(Enterprise))
_RISK = _FIELDS.index("risk")
_VALUES = attrgetter(*_FIELDS)


def label_risk(
    registers: Registers, campaign: Campaign, rules: RuleSet, salt_master: bytes
) -> tuple[Registers, Campaign, RuleSet, Mapping[str, str]]:
    """Replace every risk class by its label, in enterprises, sampling rates and caps.

    Labels are ``k1``, ``k2``, … in the order of the classes' keyed hashes, so that the number of
    a label says nothing about its class. The missing class keeps ``""``.

    Parameters
    ----------
    registers, campaign, rules
        As read, with classes.
    salt_master
        32 secret bytes.

    Returns
    -------
    tuple
        The three with labels, and label → class, which stays private.
    """
    classes = {enterprise.risk for enterprise in registers.enterprises.values()}
    for order in campaign.orders:
        classes.update(order.rates)
        if order.levels_by == "risk":
            classes.update(order.weights)
    for cap in rules.caps:
        classes.update(cap.limits)
        classes.update(cap.risks)
    classes.discard("")
    hash = HASHES[campaign.hash]
    hashed = sorted(
        (hash.hmac(salt_master, f"risk-label/v1:{name}".encode()), name) for name in classes
    )
    label_of = {name: f"k{number}" for number, (_, name) in enumerate(hashed, 1)} | {"": ""}

    return (
        replace(registers, enterprises=_relabel(registers.enterprises, label_of)),
        replace(
            campaign,
            orders=tuple(
                replace(
                    order,
                    rates=_rename(order.rates, label_of),
                    weights=_rename(order.weights, label_of)
                    if order.levels_by == "risk"
                    else order.weights,
                )
                for order in campaign.orders
            ),
        ),
        replace(
            rules,
            caps=tuple(
                replace(
                    cap,
                    limits=_rename(cap.limits, label_of),
                    risks=tuple(sorted(label_of[name] for name in cap.risks)),
                )
                for cap in rules.caps
            ),
        ),
        MappingProxyType({label: name for name, label in label_of.items() if label}),
    )


def _rename(by_class: Mapping[str, Value], label_of: Mapping[str, str]) -> Mapping[str, Value]:
    named = sorted((label_of[name], value) for name, value in by_class.items())
    return MappingProxyType(dict(named))


def _relabel(
    enterprises: Mapping[str, Enterprise], label_of: Mapping[str, str]
) -> Mapping[str, Enterprise]:
    """Return the same enterprises with labels; `dataclasses.replace` would take thrice the time."""
    relabelled = {}
    for key, enterprise in enterprises.items():
        if enterprise.risk:
            values = list(_VALUES(enterprise))
            values[_RISK] = label_of[enterprise.risk]
            enterprise = Enterprise(*values)
        relabelled[key] = enterprise
    return MappingProxyType(relabelled)
