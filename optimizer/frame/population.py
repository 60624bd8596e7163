"""For each enterprise, the orders it can be drawn for and what excludes it from others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from optimizer.domain.campaign import Campaign, DrawOrder
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet
from optimizer.frame.applies import applies
from optimizer.frame.exclusions import CapUse, last_visits
from optimizer.frame.leaf import part


class Standing:
    """Where an enterprise stands: shared by all enterprises in the same position.

    Attributes
    ----------
    number
        Position among the standings, in order of first use.
    items
        Keys of the orders it can be drawn for, sorted.
    items_part, out_part
        Canonical texts of the line's ``items`` and ``out``.
    """

    __slots__ = ("items", "items_part", "number", "out_part")

    def __init__(self, number: int, items: tuple[str, ...], out: Mapping[str, str]) -> None:
        self.number = number
        self.items = items
        self.items_part = part(list(items))
        self.out_part = part(dict(out))


class Population:
    """Sorts enterprises by standing.

    Enterprises of one industry, label and status (and zones and size, where caps ask for them)
    without visits made stand alike, so the orders are gone through once for each such group and
    not once for each enterprise.

    Parameters
    ----------
    registers
        Items, sections, visits made.
    campaign
        Its orders.
    rules
        Its caps.
    """

    def __init__(self, registers: Registers, campaign: Campaign, rules: RuleSet) -> None:
        self.standings: list[Standing] = []
        self._orders = sorted(campaign.orders, key=lambda order: order.key)
        self._items = registers.items
        self._sections = registers.sections
        self._offsite_first = rules.offsite_first
        self._use = CapUse(rules, registers)
        self._last = last_visits(registers.visits_made)
        self._singled = {visit.enterprise for visit in registers.visits_made}
        self._singled.update(name for cap in rules.caps for name in cap.enterprises)
        self._by_place = any(cap.zones or cap.sizes for cap in rules.caps)
        self._of_industry: dict[str, tuple[DrawOrder, ...]] = {}
        self._of_group: dict[tuple[str, str, bool, tuple[str, ...], str], Standing] = {}
        self._alike: dict[tuple[tuple[str, str], ...], Standing] = {}

    def standing(self, enterprise: Enterprise) -> Standing:
        """Return the standing of an enterprise."""
        if enterprise.id in self._singled:
            return self._find(enterprise)
        place = (enterprise.zones, enterprise.size) if self._by_place else ((), "")
        group = (enterprise.industry, enterprise.risk, enterprise.status == "active", *place)
        found = self._of_group.get(group)
        if found is None:
            found = self._of_group[group] = self._find(enterprise)
        return found

    def _find(self, enterprise: Enterprise) -> Standing:
        verdicts = tuple(
            (order.key, self._excluded(enterprise, order))
            for order in self._orders_of(enterprise.industry)
        )
        found = self._alike.get(verdicts)
        if found is None:
            found = Standing(
                len(self.standings),
                tuple(key for key, why in verdicts if not why),
                {key: why for key, why in verdicts if why},
            )
            self.standings.append(found)
            self._alike[verdicts] = found
        return found

    def _orders_of(self, industry: str) -> tuple[DrawOrder, ...]:
        found = self._of_industry.get(industry)
        if found is None:
            section = self._sections.get(industry, "")
            found = self._of_industry[industry] = tuple(
                order
                for order in self._orders
                if applies(self._items[order.item].industries, industry, section)
            )
        return found

    def _excluded(self, enterprise: Enterprise, order: DrawOrder) -> str:
        """Return why the enterprise cannot be drawn for the order, or ``""``."""
        if enterprise.status != "active":
            return "closed"
        if self._minds_caps(order) and self._use.is_capped(
            enterprise, self._items[order.item], order.window.first.year
        ):
            return "capped"
        if order.rest_since is not None:
            last = self._last.get((enterprise.id, order.department), date.min)
            if last >= order.rest_since:
                return "rested"
        return ""

    def _minds_caps(self, order: DrawOrder) -> bool:
        """Return whether caps exclude from the order; an off-site check makes no visit."""
        offsite = self._offsite_first and self._items[order.item].way == "offsite"
        return order.skip_capped and not offsite
