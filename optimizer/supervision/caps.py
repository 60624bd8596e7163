"""Alerts of caps: visits really made, counted as the plan counts them (measure 4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

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
from optimizer.supervision.alerts import Finding
from optimizer.supervision.made import Task, Visited


def cap_findings(
    visits: Sequence[Visited],
    enterprise: Enterprise,
    section: str,
    rules: RuleSet,
    units: Mapping[str, Unit],
    items: Mapping[str, Item],
    made: Sequence[VisitMade] = (),
) -> tuple[Finding, ...]:
    """Return the visits by which a cap was exceeded, each once for each cap and what it counts.

    Parameters
    ----------
    visits
        Visits entered at this enterprise, each once, in the order in which they were first entered.
    section
        Section of its industry.
    made
        Visits made before the plan, at this enterprise.
    """
    caps = [rule for rule in rules.caps if cap_applies(rule, enterprise, section)]
    found: list[Finding] = []
    for rule in caps:
        instead = tuple(other for other in caps if rule.id in other.replaces)
        limit = rule.limits.get(enterprise.risk, rule.limit)
        past = [(visit, made_fact(visit, units)) for visit in made]
        past = [(visit, fact) for visit, fact in past if is_counted(rule, instead, fact)]
        counted: dict[tuple[Key, int], int] = {}
        free: dict[tuple[Key, int], int] = {}
        for visit in visits:
            for key, inside in _keys(rule, instead, visit, units).items():
                at = key, visit.day.year
                if at not in counted:
                    same = [one for one, fact in past if may_be(key_of(rule, fact), key)]
                    counted[at], free[at] = _before(rule, rules, same, made, visit.day.year)
                counts, spares = _weigh(rule, rules, visit, inside)
                counted[at] += counts
                free[at] += spares
                total = counted[at] + free[at]
                if counts and total > limit:
                    found.append(_finding(visit, rule.id, "/".join(key), total, limit, rule.source))
    return (*found, *_of_items(visits, rules, items))


def _keys(
    rule: CapRule, instead: Sequence[CapRule], visit: Visited, units: Mapping[str, Unit]
) -> dict[Key, list[Task]]:
    """Return what a cap counts a visit under, each with the checks that fall under it."""
    found: dict[Key, list[Task]] = {}
    for task in visit.tasks:
        there = [units[unit] for unit in task.units if unit in units]
        facts = [Fact(task.department, unit.level, unit.area, task.item) for unit in there]
        facts = facts or [Fact(task.department, "", "", task.item)]
        for key in dict.fromkeys(key_of(rule, f) for f in facts if is_counted(rule, instead, f)):
            found.setdefault(key, []).append(task)
    return found


def _weigh(
    rule: CapRule, rules: RuleSet, visit: Visited, inside: Sequence[Task]
) -> tuple[int, int]:
    """Return what a visit counts under a cap, and what it uses up freely."""
    if counts_each(rule):
        rides = rules.rider_counts and any(
            task.source not in rules.exempt_sources for task in inside
        )
        return (1, 0) if not visit.exempt or rides else (0, int(rules.exempt_uses_cap))
    weight = len({task.department for task in inside}) if rules.joint_counts_each else 1
    if not visit.exempt:
        return weight, 0
    return 0, weight if rules.exempt_uses_cap else 0


def _before(
    rule: CapRule,
    rules: RuleSet,
    same: Sequence[VisitMade],
    made: Sequence[VisitMade],
    year: int,
) -> tuple[int, int]:
    """Return the same of the visits made before the plan, in a year."""
    mine = [visit for visit in same if visit.day.year == year]
    if counts_each(rule):
        exempt = sum(visit.source in rules.exempt_sources for visit in mine)
        return len(mine) - exempt, exempt if rules.exempt_uses_cap else 0
    counts = spares = 0
    for day in {visit.day for visit in mine}:
        departments = {visit.department for visit in mine if visit.day == day}
        weight = len(departments) if rules.joint_counts_each else 1
        if any(v.source not in rules.exempt_sources for v in made if v.day == day):
            counts += weight
        elif rules.exempt_uses_cap:
            spares += weight
    return counts, spares


def _of_items(
    visits: Sequence[Visited], rules: RuleSet, items: Mapping[str, Item]
) -> Iterator[Finding]:
    """Yield the visits that check an item more often than its own yearly cap."""
    times: dict[tuple[str, int], int] = {}
    for visit in visits:
        for task in visit.tasks:
            item = items.get(task.item)
            if item is None or item.yearly_cap is None or task.source in rules.exempt_sources:
                continue
            at = task.item, visit.day.year
            times[at] = times.get(at, 0) + 1
            if times[at] > item.yearly_cap:
                yield _finding(visit, "", task.item, times[at], item.yearly_cap, item.basis)


def _finding(
    visit: Visited, rule: str, counted: str, total: int, limit: int, source: str
) -> Finding:
    return Finding(
        "over-cap",
        f"{visit.key} {rule}:{counted}",
        visit.enterprise,
        visit.day,
        visit.departments,
        {"cap": rule, "counted": counted, "visits": total, "limit": limit, "source": source},
    )
