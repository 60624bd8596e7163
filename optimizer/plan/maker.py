"""Makes sites: an enterprise with its checks, days and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from optimizer.domain.check import Check
from optimizer.domain.days import Calendar
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.rules import QuietRule, RuleSet
from optimizer.domain.visit import Visit, VisitMade
from optimizer.plan.counters import CapBook
from optimizer.plan.days import Days, active_days, between, working_days
from optimizer.plan.rulebook import quiet_rules
from optimizer.plan.seats import Part
from optimizer.plan.site import Mask, Site, kinds_of, mask_of

_NOBODY: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(slots=True)
class SiteMaker:
    """Builds sites; remembers what enterprises of one kind share."""

    rules: RuleSet
    registers: Registers
    calendar: Calendar
    items: Mapping[str, Item]
    years: tuple[int, ...]
    recused: Mapping[str, Mapping[str, tuple[str, ...]]]
    not_before: date | None = None
    _parts: dict[Part, Part] = field(default_factory=dict)
    _windows: dict[tuple[date, date], Days] = field(default_factory=dict)
    _working: Days = -1
    _active: dict[int, Days] = field(default_factory=dict)
    _quiet: dict[tuple[object, ...], list[tuple[Days, QuietRule]]] = field(default_factory=dict)
    _named: frozenset[str] = field(init=False)
    _caps: CapBook = field(init=False)

    def __post_init__(self) -> None:
        self._named = frozenset(e for rule in self.rules.quiet for e in rule.enterprises)
        self._caps = CapBook(self.rules, self.items, self.registers.units, self.years)

    def make(
        self,
        index: int,
        enterprise_id: str,
        checks: tuple[Check, ...],
        made: Sequence[VisitMade],
        cut_rows: tuple[tuple[str, str, int], ...] = (),
        pinned: Sequence[Visit] = (),
    ) -> Site:
        """Return the site of an enterprise with these checks, sorted by identifier."""
        enterprise = self.registers.enterprises[enterprise_id]
        section = self.registers.sections.get(enterprise.industry, "")
        items = tuple([self.items[check.item] for check in checks])
        asked = [(check.item, check.units) for check in checks]
        parts = tuple([self._parts.setdefault(part, part) for part in asked])
        windows = tuple([self._window(check.release, check.due) for check in checks])
        exempt = 0
        for i, check in enumerate(checks):
            if check.source in self.rules.exempt_sources:
                exempt |= 1 << i
        hard = list(windows)
        rides: list[tuple[Days, Mask]] = []
        for active, rule in self._quiet_at(enterprise, section):
            hosts = 0
            for i, check in enumerate(checks):
                if check.source in rule.exempt:
                    hosts |= 1 << i
                elif not rule.planned_rides:
                    hard[i] &= ~active
            if rule.planned_rides:
                rides.append((active, hosts))
        near = 0
        gap = self.rules.gap_days
        if gap:
            for visit in made:
                if visit.source not in self.rules.exempt_sources:
                    d = self.calendar.index(visit.day)
                    near |= between(d - gap + 1, d + gap - 1, len(self.calendar))
        place = {check.id: i for i, check in enumerate(checks)} if pinned else {}
        clashes = clashes_of(items)
        return Site(
            index,
            enterprise,
            section,
            checks,
            parts,
            items,
            windows,
            tuple(hard),
            tuple(rides),
            clashes,
            exempt,
            self._caps.counters(enterprise, section, parts, items, exempt, made),
            near,
            self.recused.get(enterprise_id, _NOBODY),
            cut_rows,
            tuple(
                [
                    (sum(1 << place[c] for c in pin.checks), self.calendar.index(pin.day))
                    for pin in sorted(pinned, key=lambda v: v.day)
                ]
            ),
            kinds=kinds_of(parts, hard, clashes),
        )

    def _quiet_at(self, enterprise: Enterprise, section: str) -> list[tuple[Days, QuietRule]]:
        """Return the quiet rules that hold at an enterprise and are active at all; remembered."""
        named = enterprise.id if enterprise.id in self._named else ""
        about = (enterprise.industry, section, enterprise.zones, named)
        found = self._quiet.get(about)
        if found is None:
            rules = quiet_rules(self.rules, enterprise, section)
            found = [(self.active(rule), rule) for rule in rules if self.active(rule)]
            self._quiet[about] = found
        return found

    def active(self, rule: QuietRule) -> Days:
        """Return the days on which a quiet rule of the rule set is active; remembered."""
        days = self._active.get(id(rule))
        if days is None:
            days = self._active[id(rule)] = active_days(rule, self.calendar)
        return days

    def _window(self, release: date, due: date) -> Days:
        days = self._windows.get((release, due))
        if days is None:
            if self._working == -1:
                self._working = working_days(self.calendar, self.not_before)
            days = self._working & between(
                self.calendar.index(release), self.calendar.index(due), len(self.calendar)
            )
            self._windows[release, due] = days
        return days


def clashes_of(items: Sequence[Item]) -> tuple[Mask, ...]:
    """Return for each of an enterprise's items those that must not share a visit with it."""
    if len(items) == 1:
        return (0,)
    naming = {item.id: item.incompatible for item in items if item.incompatible}
    if not naming:
        return (0,) * len(items)
    places: dict[str, list[int]] = {}
    for i, item in enumerate(items):
        places.setdefault(item.id, []).append(i)
    pairs = [
        (name, other)
        for name, others in naming.items()
        for other in others
        if other != name and other in places
    ]
    if not pairs:
        return (0,) * len(items)
    at = {name: mask_of(own) for name, own in places.items()}
    apart: dict[str, Mask] = {}
    for name, other in pairs:
        apart[name] = apart.get(name, 0) | at[other]
        apart[other] = apart.get(other, 0) | at[name]
    return tuple([apart.get(item.id, 0) for item in items])
