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
    _exempt: frozenset[str] = field(init=False)
    _against: Mapping[str, frozenset[str]] = field(init=False)
    _caps: CapBook = field(init=False)

    def __post_init__(self) -> None:
        self._named = frozenset(e for rule in self.rules.quiet for e in rule.enterprises)
        self._exempt = frozenset(self.rules.exempt_sources)
        self._against = _against(self.items)
        self._caps = CapBook(self.rules, self.items, self.registers.units, self.years)

    def make(
        self,
        index: int,
        enterprise_id: str,
        checks: tuple[Check, ...],
        made: Sequence[VisitMade],
        cut_rows: tuple[tuple[str, str, int], ...] = (),
        pinned: Sequence[Visit] = (),
        most: int | None = None,
    ) -> Site:
        """Return the site of an enterprise with these checks, sorted by identifier.

        Parameters
        ----------
        most
            Visits that there can be besides those made, where they are less than the checks.
        """
        enterprise = self.registers.enterprises[enterprise_id]
        section = self.registers.sections.get(enterprise.industry, "")
        known = self.items
        items = tuple([known[check.item] for check in checks])
        share = self._parts.setdefault
        asked = [(check.item, check.units) for check in checks]
        parts = tuple([share(part, part) for part in asked])
        windows = self._windows_of(checks)
        exempt = 0
        sources = self._exempt
        if sources and not sources.isdisjoint([check.source for check in checks]):
            for i, check in enumerate(checks):
                if check.source in sources:
                    exempt |= 1 << i
        hard = windows
        rides: list[tuple[Days, Mask]] = []
        for active, rule in self._quiet_at(enterprise, section):
            hosts = mask_of([i for i, check in enumerate(checks) if check.source in rule.exempt])
            if rule.planned_rides:
                rides.append((active, hosts))
            else:
                kept = enumerate(hard)
                hard = tuple([days if hosts >> i & 1 else days & ~active for i, days in kept])
        near = 0
        gap = self.rules.gap_days
        if gap:
            for visit in made:
                if visit.source not in self.rules.exempt_sources:
                    d = self.calendar.index(visit.day)
                    near |= between(d - gap + 1, d + gap - 1, len(self.calendar))
        place = {check.id: i for i, check in enumerate(checks)} if pinned else {}
        clashes = _clashes(items, self._against)
        return Site(
            index,
            enterprise,
            section,
            checks,
            parts,
            items,
            windows,
            hard,
            tuple(rides),
            clashes,
            exempt,
            self._caps.counters(enterprise, section, parts, items, exempt, made, most),
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

    def extend(self, site: Site, check: Check, made: Sequence[VisitMade], most: int) -> Site:
        """Return the site with one check more, its last; nothing is pinned there.

        As `make` of all its checks, but what it has is not found again.
        """
        bit = 1 << len(site.checks)
        item = self.items[check.item]
        asked = (check.item, check.units)
        parts = (*site.parts, self._parts.setdefault(asked, asked))
        items = (*site.items, item)
        (window,) = self._windows_of((check,))
        own = window
        rides: list[tuple[Days, Mask]] = []
        for active, rule in self._quiet_at(site.enterprise, site.section):
            host = bit if check.source in rule.exempt else 0
            if rule.planned_rides:
                rides.append((active, site.rides[len(rides)][1] | host))
            elif not host:
                own &= ~active
        hard = (*site.hard, own)
        clashes = (*site.clashes, 0)
        against = self._against.get(check.item)
        if against:
            apart = mask_of([i for i, other in enumerate(site.items) if other.id in against])
            if apart:
                before = enumerate(site.clashes)
                clashes = (*[own | bit if apart >> i & 1 else own for i, own in before], apart)
        exempt = site.exempt_checks | (bit if check.source in self._exempt else 0)
        return Site(
            0,
            site.enterprise,
            site.section,
            (*site.checks, check),
            parts,
            items,
            (*site.windows, window),
            hard,
            tuple(rides),
            clashes,
            exempt,
            self._caps.counters(site.enterprise, site.section, parts, items, exempt, made, most),
            site.near_made,
            site.recused,
            site.cut_rows,
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

    def _windows_of(self, checks: Sequence[Check]) -> tuple[Days, ...]:
        """Return the working days of each check's window; remembered."""
        known = self._windows
        spans = [(check.release, check.due) for check in checks]
        found = [known.get(span) for span in spans]
        if None in found:
            for span in spans:
                if span not in known:
                    known[span] = self._window(*span)
            found = [known[span] for span in spans]
        return tuple(found)  # type: ignore[arg-type]

    def _window(self, release: date, due: date) -> Days:
        if self._working == -1:
            self._working = working_days(self.calendar, self.not_before)
        first, last = self.calendar.index(release), self.calendar.index(due)
        return self._working & between(first, last, len(self.calendar))


def _against(items: Mapping[str, Item]) -> Mapping[str, frozenset[str]]:
    """Return for items those that must not share a visit with them, whichever names the other."""
    found: dict[str, set[str]] = {}
    for name, item in items.items():
        for other in item.incompatible:
            if other != name:
                found.setdefault(name, set()).add(other)
                found.setdefault(other, set()).add(name)
    return {name: frozenset(others) for name, others in found.items()}


def _clashes(items: Sequence[Item], against: Mapping[str, frozenset[str]]) -> tuple[Mask, ...]:
    """Return for each of an enterprise's items those that must not share a visit with it."""
    if len(items) == 1 or against.keys().isdisjoint([item.id for item in items]):
        return (0,) * len(items)
    places: dict[str, list[int]] = {}
    for i, item in enumerate(items):
        places.setdefault(item.id, []).append(i)
    pairs = [(name, other) for name in places for other in against.get(name, ()) if other in places]
    if not pairs:
        return (0,) * len(items)
    at = {name: mask_of(own) for name, own in places.items()}
    apart: dict[str, Mask] = {}
    for name, other in pairs:
        apart[name] = apart.get(name, 0) | at[other]
    return tuple([apart.get(item.id, 0) for item in items])
