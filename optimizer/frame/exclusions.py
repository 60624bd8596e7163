"""Why an enterprise cannot be drawn: a cap already used up, a visit in the rest period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from optimizer.domain.capcount import (
    Fact,
    cap_applies,
    counts_each,
    is_counted,
    key_of,
    made_fact,
    may_be,
)
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.rules import CapRule, RuleSet
from optimizer.domain.visit import VisitMade


class CapUse:
    """How much of the caps the visits already made have used.

    Parameters
    ----------
    rules
        The caps and what counts against them.
    registers
        Visits made, of any year, in any order, and their units.
    """

    def __init__(self, rules: RuleSet, registers: Registers) -> None:
        self._rules = rules
        self._sections = registers.sections
        # Which unit will go is decided after the draw, so the planner minds caps that ask for it.
        self._caps = [
            cap
            for cap in rules.caps
            if not (cap.levels or cap.areas or "level" in cap.by or "area" in cap.by)
        ]
        self._made: dict[tuple[str, int], list[tuple[VisitMade, Fact]]] = defaultdict(list)
        for visit in registers.visits_made:
            fact = made_fact(visit, registers.units)
            self._made[visit.enterprise, visit.day.year].append((visit, fact))

    def is_capped(self, enterprise: Enterprise, item: Item, year: int) -> bool:
        """Return whether some cap leaves no visit for an item at the enterprise in `year`."""
        section = self._sections.get(enterprise.industry, "")
        asked = Fact(item.department, "", "", item.id)
        for cap in self._caps:
            if not cap_applies(cap, enterprise, section):
                continue
            instead = [
                other
                for other in self._rules.caps
                if cap.id in other.replaces and cap_applies(other, enterprise, section)
            ]
            # A cap that may replace this one, by the unit that goes, is left to the planner too.
            anywhere = [replace(other, levels=(), areas=()) for other in instead]
            if not is_counted(cap, anywhere, asked):
                continue
            made = [
                (visit, fact)
                for visit, fact in self._made.get((enterprise.id, year), ())
                if is_counted(cap, instead, fact) and may_be(key_of(cap, fact), key_of(cap, asked))
            ]
            if cap.limits.get(enterprise.risk, cap.limit) <= self._used(
                cap, made, enterprise, year
            ):
                return True
        return False

    def _used(
        self,
        cap: CapRule,
        made: Sequence[tuple[VisitMade, Fact]],
        enterprise: Enterprise,
        year: int,
    ) -> int:
        # A visit uses up the cap when it counts, or when it is exempt and exempt ones do.
        exempt = () if self._rules.exempt_uses_cap else self._rules.exempt_sources
        if counts_each(cap):
            return sum(visit.source not in exempt for visit, _ in made)
        # Departments that met on one day made one visit, which is exempt if all of them are.
        counting = {
            visit.day
            for visit, _ in self._made.get((enterprise.id, year), ())
            if visit.source not in exempt
        }
        met = {(visit.day, visit.department) for visit, _ in made if visit.day in counting}
        return len(met) if self._rules.joint_counts_each else len({day for day, _ in met})


def last_visits(visits: Collection[VisitMade]) -> Mapping[tuple[str, str], date]:
    """Return the day of the last visit by (enterprise, department)."""
    last: dict[tuple[str, str], date] = {}
    for visit in visits:
        key = (visit.enterprise, visit.department)
        last[key] = max(last.get(key, visit.day), visit.day)
    return last
