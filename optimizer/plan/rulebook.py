"""Whom a rule covers."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.domain.enterprise import Enterprise
from optimizer.domain.rules import QuietRule


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
