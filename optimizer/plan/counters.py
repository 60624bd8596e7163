"""The caps that an enterprise's visits of a year are counted under."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.domain.check import Check
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.rules import CapRule, RuleSet
from optimizer.domain.visit import VisitMade
from optimizer.plan.rulebook import industry_matches
from optimizer.plan.site import Counter, Mask


def counters_of(
    rules: RuleSet,
    enterprise: Enterprise,
    section: str,
    checks: Sequence[Check],
    items: Sequence[Item],
    exempt_checks: Mask,
    made: Sequence[VisitMade],
    years: Sequence[int],
) -> tuple[Counter, ...]:
    """Return the counters that could bind at an enterprise.

    Where a count is read in two ways (visits made by several departments on one day under
    ``joint_counts_each``), the stricter reading holds.

    Parameters
    ----------
    made
        Visits already made at this enterprise.
    years
        Calendar years of the horizon, in order.
    """
    by_department: dict[str, Mask] = {}
    for i, item in enumerate(items):
        by_department[item.department] = by_department.get(item.department, 0) | 1 << i
    found: list[Counter] = []
    for rule in rules.caps:
        if rule.industries and not industry_matches(enterprise.industry, section, rule.industries):
            continue
        limit = rule.limits.get(enterprise.risk, rule.limit)
        named = {
            d: m for d, m in by_department.items() if not rule.departments or d in rule.departments
        }
        if rule.by == ("department",):
            for department, members in sorted(named.items()):
                used = [_made_department(rules, department, made, year) for year in years]
                found.append(
                    Counter(
                        "department",
                        rule.id,
                        rule.source,
                        department,
                        members,
                        (),
                        tuple(limit - n for n in used),
                        rules.rider_counts,
                        rules.exempt_uses_cap,
                    )
                )
        elif named:
            used = [_made_all(rules, rule, made, year) for year in years]
            found.append(
                Counter(
                    "all",
                    rule.id,
                    rule.source,
                    "",
                    sum(named.values()),
                    tuple(named[d] for d in sorted(named)) if rules.joint_counts_each else (),
                    tuple(limit - n for n in used),
                    rules.rider_counts,
                    rules.exempt_uses_cap,
                )
            )
    for item in sorted(set(items), key=lambda i: i.id):
        if item.yearly_cap is not None:
            members = sum(1 << i for i, other in enumerate(items) if other.id == item.id)
            found.append(
                Counter(
                    "item",
                    item.id,
                    item.basis,
                    item.department,
                    members & ~exempt_checks,
                    (),
                    (item.yearly_cap,) * len(years),
                    rules.rider_counts,
                    False,
                )
            )
    return tuple(c for c in found if c.members.bit_count() > min(c.limits, default=0))


def _made_department(rules: RuleSet, department: str, made: Sequence[VisitMade], year: int) -> int:
    return sum(
        1
        for v in made
        if v.department == department
        and v.day.year == year
        and (rules.exempt_uses_cap or v.source not in rules.exempt_sources)
    )


def _made_all(rules: RuleSet, rule: CapRule, made: Sequence[VisitMade], year: int) -> int:
    used = 0
    for day in sorted({v.day for v in made if v.day.year == year}):
        here = [v for v in made if v.day == day]
        named = {
            v.department for v in here if not rule.departments or v.department in rule.departments
        }
        if not named:
            continue
        exempt = all(v.source in rules.exempt_sources for v in here)
        if exempt and not rules.exempt_uses_cap:
            continue
        used += len(named) if rules.joint_counts_each else 1
    return used
