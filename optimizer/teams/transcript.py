"""Documents of the second random, as ``docs/formats/publication.md`` and ``teams.md`` say."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Document, Registers

ROSTER_FORMAT = "double-random/roster/v1"
ODDS_FORMAT = "double-random/odds/v1"
TEAMS_FORMAT = "double-random/teams/v1"


def span_pair(span: Span) -> list[str]:
    """Return a span as ``[first, last]``."""
    return [span.first.isoformat(), span.last.isoformat()]


def roster_document(registers: Registers, campaign: str) -> Document:
    """Return roster.json: what the lottery needs to know of every inspector."""
    return {
        "format": ROSTER_FORMAT,
        "campaign": campaign,
        "inspectors": [_entry(i) for _, i in sorted(registers.inspectors.items())],
    }


def _entry(inspector: Inspector) -> Document:
    entry: Document = {
        "id": inspector.id,
        "unit": inspector.unit,
        "valid": span_pair(inspector.valid),
        "skills": sorted(inspector.skills),
        "leave": [span_pair(span) for span in _in_order(inspector.leave)],
        "recusals": sorted([r.enterprise, r.kind] for r in inspector.recusals),
        "max_half_days": inspector.max_half_days,
        "workload": inspector.workload,
    }
    if inspector.visit_caps:
        entry["max_visits"] = {cap.kind: cap.most for cap in inspector.visit_caps}
    if made := {cap.kind: cap.made for cap in inspector.visit_caps if cap.made}:
        entry["visits"] = made
    return entry


def _in_order(spans: Iterable[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (span.first, span.last))
