"""The caps that an enterprise's visits of a year are counted under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from optimizer.domain.capcount import (
    Fact,
    Key,
    cap_applies,
    counts_each,
    is_counted,
    key_of,
    made_fact,
    may_be,
)
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.rules import CapRule, RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade
from optimizer.plan.seats import Part
from optimizer.plan.site import Counter, Mask


class _Held(NamedTuple):
    """A cap that holds for enterprises of one kind.

    Attributes
    ----------
    instead
        Caps that take its place for what they count.
    each
        Whether it counts departments or items one by one.
    whole
        Whether it counts every check under one key.
    """

    rule: CapRule
    limit: int
    instead: tuple[CapRule, ...]
    each: bool
    whole: bool


class _Caps(dict[Part, tuple[tuple[Key, ...], ...]]):
    """The caps of enterprises of one kind; what a check is to them → what each counts it under."""

    def __init__(
        self, held: tuple[_Held, ...], items: Mapping[str, Item], units: Mapping[str, Unit]
    ) -> None:
        self.held = held
        self.least = min((own.limit for own in held), default=0)
        self._items = items
        self._units = units
        self._whole: dict[tuple[int, int], Counter] = {}

    def whole(self, c: int, count: int, years: int, rules: RuleSet) -> Counter:
        """Return the counter of a cap on all of so many checks, without visits made; remembered."""
        found = self._whole.get((c, count))
        if found is None:
            rule, limit = self.held[c].rule, self.held[c].limit
            limits, everything = (limit,) * years, (1 << count) - 1
            found = self._whole[c, count] = Counter(
                "all",
                rule.id,
                rule.source,
                "",
                everything,
                (),
                limits,
                rules.rider_counts,
                rules.exempt_uses_cap,
            )
        return found

    def __missing__(self, part: Part) -> tuple[tuple[Key, ...], ...]:
        name, attending = part
        department = self._items[name].department
        there = [self._units[unit] for unit in attending if unit in self._units]
        facts = [Fact(department, unit.level, unit.area, name) for unit in there]
        facts = facts or [Fact(department, "", "", name)]
        self[part] = found = tuple(_keys(held, facts) for held in self.held)
        return found


def _keys(held: _Held, facts: Sequence[Fact]) -> tuple[Key, ...]:
    """Return what a cap counts facts under, each key once."""
    counted = [fact for fact in facts if is_counted(held.rule, held.instead, fact)]
    return tuple(dict.fromkeys(key_of(held.rule, fact) for fact in counted))


class CapBook:
    """The caps of a rule set, ready to count with.

    Requests ask for an enterprise's counters one by one, so what enterprises of one kind, or
    checks of one kind, share is found once and remembered.

    Parameters
    ----------
    items, units
        Of the checks, and of the visits made.
    years
        Calendar years of the horizon, in order.
    """

    __slots__ = ("_capped", "_caps", "_items", "_named", "_rules", "_same", "_units", "_years")

    def __init__(
        self,
        rules: RuleSet,
        items: Mapping[str, Item],
        units: Mapping[str, Unit],
        years: Sequence[int],
    ) -> None:
        self._rules = rules
        self._items = items
        self._units = units
        self._years = tuple(years)
        self._named = frozenset(e for rule in rules.caps for e in rule.enterprises)
        self._capped = frozenset(i for i, item in items.items() if item.yearly_cap is not None)
        self._caps: dict[tuple[object, ...], _Caps] = {}
        self._same: dict[tuple[tuple[int, int], ...], _Caps] = {}

    def counters(
        self,
        enterprise: Enterprise,
        section: str,
        parts: Sequence[Part],
        items: Sequence[Item],
        exempt_checks: Mask,
        made: Sequence[VisitMade],
        most: int | None = None,
    ) -> tuple[Counter, ...]:
        """Return the counters that could bind at an enterprise.

        Where a count is read in two ways (visits made by several departments on one day under
        ``joint_counts_each``, or that do not say which unit came or what it checked), the stricter
        reading holds.

        Parameters
        ----------
        parts, items
            Of its checks.
        made
            Visits already made at this enterprise.
        most
            Visits that there can be besides; by default one for each check.
        """
        caps = self._applying(enterprise, section)
        capped = self._capped and not self._capped.isdisjoint([item.id for item in items])
        rules, years = self._rules, self._years
        if most is None or rules.joint_counts_each:
            most = len(parts)  # of a joint visit, as if each were one of its own
        count = most + len(made)
        if count <= caps.least and not capped:
            return ()  # so many visits could not exceed any of them
        found: list[Counter] = []
        past = [(visit, made_fact(visit, self._units)) for visit in made]
        rows: list[tuple[tuple[Key, ...], ...]] = []
        for c, (rule, limit, instead, each, whole) in enumerate(caps.held):
            if count <= limit:
                continue
            if whole and not (made or rules.joint_counts_each):
                found.append(caps.whole(c, len(parts), len(years), rules))
                continue
            members: dict[Key, Mask] = {}
            if whole:
                members[()] = (1 << len(parts)) - 1
            else:
                rows = rows or [caps[part] for part in parts]
                keys = [row[c] for row in rows]
                listed = list(chain.from_iterable(keys))
                if not made and len(listed) - len(set(listed)) < limit:
                    continue  # no key stands in it more often
                bit = 1
                for own in keys:
                    for key in own:
                        members[key] = members.get(key, 0) | bit
                    bit <<= 1
            before = [(visit, fact) for visit, fact in past if is_counted(rule, instead, fact)]
            for key, mask in sorted(members.items()):
                used = [0] * len(years)
                if before:
                    same = [(v, fact) for v, fact in before if may_be(key_of(rule, fact), key)]
                    if each:
                        used = [_made_each(rules, same, year) for year in years]
                    else:
                        used = [_made_together(rules, same, made, year) for year in years]
                if mask.bit_count() <= limit - max(used, default=limit):
                    continue
                found.append(
                    Counter(
                        "department" if each else "all",
                        rule.id,
                        rule.source,
                        key[0] if each else "",
                        mask,
                        () if each or not rules.joint_counts_each else _split(mask, items),
                        tuple(limit - n for n in used),
                        rules.rider_counts,
                        rules.exempt_uses_cap,
                    )
                )
        if capped:
            found += self._of_items(items, exempt_checks)
        return tuple(found)

    def _of_items(self, items: Sequence[Item], exempt_checks: Mask) -> Iterator[Counter]:
        capped = {item.id: item for item in items if item.yearly_cap is not None}
        for name, item in sorted(capped.items()):
            limits = (item.yearly_cap or 0,) * len(self._years)
            mask = sum(1 << i for i, other in enumerate(items) if other.id == name)
            mask &= ~exempt_checks
            if mask.bit_count() > min(limits, default=0):
                counts = self._rules.rider_counts
                department = item.department
                yield Counter("item", name, item.basis, department, mask, (), limits, counts, False)

    def _applying(self, enterprise: Enterprise, section: str) -> _Caps:
        """Return the caps that apply to an enterprise, in order."""
        about = (
            enterprise.industry,
            section,
            enterprise.zones,
            enterprise.size,
            enterprise.risk,
            enterprise.id if enterprise.id in self._named else "",
        )
        caps = self._caps.get(about)
        if caps is None:
            applying = [
                (k, rule)
                for k, rule in enumerate(self._rules.caps)
                if cap_applies(rule, enterprise, section)
            ]
            # Kinds of enterprises are many, what holds for them is the same for most.
            key = tuple([(k, rule.limits.get(enterprise.risk, rule.limit)) for k, rule in applying])
            caps = self._same.get(key)
            if caps is None:
                rules = [rule for _, rule in applying]
                held = tuple(_hold(rule, rules, enterprise.risk) for rule in rules)
                caps = self._same[key] = _Caps(held, self._items, self._units)
            self._caps[about] = caps
        return caps


def _hold(rule: CapRule, rules: Sequence[CapRule], risk: str) -> _Held:
    instead = tuple(other for other in rules if rule.id in other.replaces)
    narrow = rule.departments or rule.levels or rule.areas or rule.items
    whole = not (instead or narrow) and not key_of(rule, Fact("", "", "", ""))
    return _Held(rule, rule.limits.get(risk, rule.limit), instead, counts_each(rule), whole)


def _split(mask: Mask, items: Sequence[Item]) -> tuple[Mask, ...]:
    """Return the checks of a mask by department."""
    by_department: dict[str, Mask] = {}
    for i, item in enumerate(items):
        if mask >> i & 1:
            by_department[item.department] = by_department.get(item.department, 0) | 1 << i
    return tuple(own for _, own in sorted(by_department.items()))


def _made_each(rules: RuleSet, same: Sequence[tuple[VisitMade, Fact]], year: int) -> int:
    return sum(
        1
        for visit, _ in same
        if visit.day.year == year
        and (rules.exempt_uses_cap or visit.source not in rules.exempt_sources)
    )


def _made_together(
    rules: RuleSet, same: Sequence[tuple[VisitMade, Fact]], made: Sequence[VisitMade], year: int
) -> int:
    """Count the visits of one day as one, or by department where a joint visit counts each."""
    used = 0
    for day in sorted({visit.day for visit, _ in same if visit.day.year == year}):
        exempt = all(v.source in rules.exempt_sources for v in made if v.day == day)
        if exempt and not rules.exempt_uses_cap:
            continue
        departments = {visit.department for visit, _ in same if visit.day == day}
        used += len(departments) if rules.joint_counts_each else 1
    return used
