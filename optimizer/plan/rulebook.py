"""Whom a rule covers, and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from optimizer.domain.enterprise import Enterprise
from optimizer.domain.rules import ClosedRule, QuietRule, RuleSet
from optimizer.domain.unit import Unit


def industry_matches(industry: str, section: str, listed: Iterable[str]) -> bool:
    """Return whether an industry's code begins with a listed prefix, or its section is listed."""
    return any(industry.startswith(prefix) or prefix == section for prefix in listed)


def covers(rule: QuietRule, enterprise: Enterprise, section: str) -> bool:
    """Return whether a quiet rule covers an enterprise; one that names nobody covers everyone."""
    if not (rule.zones or rule.enterprises or rule.industries):
        return True
    return (
        any(zone in rule.zones for zone in enterprise.zones)
        or enterprise.id in rule.enterprises
        or industry_matches(enterprise.industry, section, rule.industries)
    )


def quiet_rules(rules: RuleSet, enterprise: Enterprise, section: str) -> tuple[QuietRule, ...]:
    """Return the quiet rules that hold for an enterprise: less those replaced."""
    covering = [rule for rule in rules.quiet if covers(rule, enterprise, section)]
    replaced = {name for rule in covering for name in rule.replaces}
    return tuple(rule for rule in covering if rule.id not in replaced)


def closes(rule: ClosedRule, unit: Unit) -> bool:
    """Return whether a rule closes a unit; every filter that is given must let it in."""
    return (
        (not rule.units or unit.id in rule.units)
        and (not rule.departments or unit.department in rule.departments)
        and (not rule.levels or unit.level in rule.levels)
        and (not rule.areas or unit.area in rule.areas)
    )


def falls_on(rule: QuietRule | ClosedRule, day: date) -> bool:
    """Return whether a rule is active on a day: dated, or recurring by month, week or year."""
    month_days = rule.month_days
    return (
        (month_days is not None and month_days[0] <= day.day <= month_days[1])
        or day.isoweekday() in rule.weekdays
        or any(day in span for span in rule.spans)
        or any(day in days for days in rule.yearly)
    )
