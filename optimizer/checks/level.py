"""Which level inspects, and why (measure 1 of the fifteen)."""

from __future__ import annotations

from typing import NamedTuple

from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.rules import LevelRule


class Level(NamedTuple):
    """A level and the code of the rule that decided.

    Attributes
    ----------
    level
        ``county``, ``city`` or ``joint``.
    reason
        ``only-county``, ``only-city``, ``sector-override``, ``item-mode``, ``major``,
        ``cross-county`` or ``both-competent``.
    """

    level: str
    reason: str


def level_of(item: Item, enterprise: Enterprise, rule: LevelRule) -> Level:
    """Return the level that does a check.

    The first rule that applies decides: competence of one level only; what a higher authority
    ruled for the department; the item's own mode; an enterprise of major effect; one that works
    across counties; both levels competent.

    Parameters
    ----------
    item, enterprise
        What is checked where.
    rule
        The level rule in force.
    """
    if "city" not in item.levels:
        return Level("county", "only-county")
    if "county" not in item.levels:
        return Level("city", "only-city")
    if item.department in rule.overrides:
        return Level(rule.overrides[item.department], "sector-override")
    if item.mode != "auto":
        return Level(item.mode, "item-mode")
    if enterprise.major:
        return Level(rule.major, "major")
    if enterprise.cross_county:
        return Level(rule.cross_county, "cross-county")
    return Level(rule.both, "both-competent")
