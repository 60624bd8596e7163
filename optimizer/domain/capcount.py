"""What a cap counts: whom it applies to, and which checks and visits made fall under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from optimizer.domain.enterprise import Enterprise
from optimizer.domain.rules import CapRule
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade


class Fact(NamedTuple):
    """What a check, or a visit made, is to a cap, once for each unit that attends.

    ``""`` stands for what is not said.
    """

    department: str
    level: str
    area: str
    item: str


Key = tuple[str, ...]


def counts_each(rule: CapRule) -> bool:
    """Return whether a cap counts departments or items one by one, not visits over all of them."""
    return "department" in rule.by or "item" in rule.by


def made_fact(visit: VisitMade, units: Mapping[str, Unit]) -> Fact:
    """Return what a visit made is to a cap."""
    unit = units.get(visit.unit)
    level, area = (unit.level, unit.area) if unit is not None else ("", "")
    return Fact(visit.department, level, area, visit.item)


def cap_applies(rule: CapRule, enterprise: Enterprise, section: str) -> bool:
    """Return whether a cap applies to an enterprise: every filter that is given lets it in."""
    industry = enterprise.industry
    return (
        (
            not rule.industries
            or any(industry.startswith(p) or p == section for p in rule.industries)
        )
        and (not rule.zones or any(zone in rule.zones for zone in enterprise.zones))
        and (not rule.enterprises or enterprise.id in rule.enterprises)
        and (not rule.sizes or enterprise.size in rule.sizes)
        and (not rule.risks or enterprise.risk in rule.risks)
    )


def is_counted(rule: CapRule, instead: Sequence[CapRule], fact: Fact) -> bool:
    """Return whether a rule counts a fact, and none of `instead` counts it in its place.

    What is not said may be what the rule means, but is no ground to leave the rule aside.
    """
    return _passes(rule, fact, unsaid=True) and not any(
        _passes(other, fact, unsaid=False) for other in instead
    )


def key_of(rule: CapRule, fact: Fact) -> Key:
    """Return what a rule counts a fact under; an item is counted under its department too."""
    item = "item" in rule.by
    key = []
    if item or "department" in rule.by:
        key.append(fact.department)
    if "level" in rule.by:
        key.append(fact.level)
    if "area" in rule.by:
        key.append(fact.area)
    return (*key, fact.item) if item else tuple(key)


def may_be(made: Key, key: Key) -> bool:
    """Return whether what was made under one key may count under another: unsaid is any."""
    return all(not word or word == other for word, other in zip(made, key, strict=True))


def _passes(rule: CapRule, fact: Fact, *, unsaid: bool) -> bool:
    filters = (rule.departments, rule.levels, rule.areas, rule.items)
    return all(
        not listed or word in listed or (unsaid and not word)
        for listed, word in zip(filters, fact, strict=True)
    )
