"""The caps that an enterprise's visits of a year are counted under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

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
from optimizer.domain.check import Check
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade
from optimizer.plan.site import Counter, Mask

NO_UNITS: Mapping[str, Unit] = MappingProxyType({})


def counters_of(
    rules: RuleSet,
    enterprise: Enterprise,
    section: str,
    checks: Sequence[Check],
    items: Sequence[Item],
    exempt_checks: Mask,
    made: Sequence[VisitMade],
    years: Sequence[int],
    units: Mapping[str, Unit] = NO_UNITS,
) -> tuple[Counter, ...]:
    """Return the counters that could bind at an enterprise.

    Where a count is read in two ways (visits made by several departments on one day under
    ``joint_counts_each``, or that do not say which unit came or what it checked), the stricter
    reading holds.

    Parameters
    ----------
    made
        Visits already made at this enterprise.
    years
        Calendar years of the horizon, in order.
    units
        Units of the checks, and of the visits made that name one.
    """
    found: list[Counter] = []
    caps = [rule for rule in rules.caps if cap_applies(rule, enterprise, section)]
    # Where nothing was made yet, a cap that leaves each check a visit of its own cannot bind.
    limits = [(rule, rule.limits.get(enterprise.risk, rule.limit)) for rule in caps]
    could = [(rule, limit) for rule, limit in limits if made or len(checks) > limit]
    facts = []
    if could:
        facts = [_facts_of(check, item, units) for check, item in zip(checks, items, strict=True)]
    past = [(visit, made_fact(visit, units)) for visit in made]
    for rule, limit in could:
        instead = [other for other in caps if rule.id in other.replaces]
        members: dict[Key, Mask] = {}
        for i, own in enumerate(facts):
            for fact in own:
                if is_counted(rule, instead, fact):
                    key = key_of(rule, fact)
                    members[key] = members.get(key, 0) | 1 << i
        before = [(visit, fact) for visit, fact in past if is_counted(rule, instead, fact)]
        one_line = counts_each(rule)
        for key, mask in sorted(members.items()):
            same = [(visit, fact) for visit, fact in before if may_be(key_of(rule, fact), key)]
            if one_line:
                used = [_made_each(rules, same, year) for year in years]
            else:
                used = [_made_together(rules, same, made, year) for year in years]
            found.append(
                Counter(
                    "department" if one_line else "all",
                    rule.id,
                    rule.source,
                    key[0] if one_line else "",
                    mask,
                    () if one_line or not rules.joint_counts_each else _split(mask, items),
                    tuple(limit - n for n in used),
                    rules.rider_counts,
                    rules.exempt_uses_cap,
                )
            )
    for item in sorted({i for i in items if i.yearly_cap is not None}, key=lambda i: i.id):
        if item.yearly_cap is not None:
            mask = sum(1 << i for i, other in enumerate(items) if other.id == item.id)
            found.append(
                Counter(
                    "item",
                    item.id,
                    item.basis,
                    item.department,
                    mask & ~exempt_checks,
                    (),
                    (item.yearly_cap,) * len(years),
                    rules.rider_counts,
                    False,
                )
            )
    return tuple(c for c in found if c.members.bit_count() > min(c.limits, default=0))


def _facts_of(check: Check, item: Item, units: Mapping[str, Unit]) -> list[Fact]:
    attending = [units[unit] for unit in check.units if unit in units]
    return [Fact(item.department, unit.level, unit.area, item.id) for unit in attending] or [
        Fact(item.department, "", "", item.id)
    ]


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
