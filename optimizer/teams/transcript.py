"""Documents of the second random, as ``docs/formats/publication.md`` and ``teams.md`` say."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.domain.days import Span
from optimizer.domain.inspector import RECUSAL_KINDS, Inspector
from optimizer.domain.registry import Document, Registers

ROSTER_FORMATS = ("double-random/roster/v1", "double-random/roster/v2")
"""With grounds of recusals in clear, as for a plan that is no campaign's, and without."""
ODDS_FORMAT = "double-random/odds/v1"
TEAMS_FORMAT = "double-random/teams/v1"


def span_pair(span: Span) -> list[str]:
    """Return a span as ``[first, last]``."""
    return [span.first.isoformat(), span.last.isoformat()]


def roster_document(
    registers: Registers, campaign: str, *, since: Document | None = None
) -> Document:
    """Return roster.json: what the lottery needs to know of every inspector.

    Parameters
    ----------
    registers
        A campaign's have commitments for the grounds of recusals (`hide_grounds`).
    since
        Of a later round: what the registers say otherwise than the roster before.
    """
    clear = any(r.kind in RECUSAL_KINDS for i in registers.inspectors.values() for r in i.recusals)
    return {
        "format": ROSTER_FORMATS[not clear],
        "campaign": campaign,
        **({} if since is None else {"since": since}),
        "inspectors": roster_entries(registers),
    }


def roster_entries(registers: Registers) -> list[Document]:
    """Return what stands in roster.json of each inspector."""
    apart = kept_apart(registers.inspectors.values())
    return [
        _entry(i, apart.get(name, frozenset())) for name, i in sorted(registers.inspectors.items())
    ]


def same_people(roster: Document, registers: Registers) -> bool:
    """Return whether a roster is that of registers, the grounds of recusals aside."""

    def bare(entry: Document) -> Document:
        return {**entry, "recusals": sorted({pair[0] for pair in entry["recusals"]})}

    entries = map(bare, roster_entries(registers))
    return list(entries) == list(map(bare, roster["inspectors"]))


def _entry(inspector: Inspector, apart: frozenset[str]) -> Document:
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
    if inspector.last_visited:
        entry["last_visited"] = sorted(inspector.last_visited)
    if apart:
        entry["apart"] = sorted(apart)
    return entry


def kept_apart(inspectors: Iterable[Inspector]) -> dict[str, frozenset[str]]:
    """Return for each inspector who must not go together with them, said on either side."""
    pairs: dict[str, set[str]] = {}
    for inspector in inspectors:
        for other in inspector.apart:
            if other != inspector.id:
                pairs.setdefault(inspector.id, set()).add(other)
                pairs.setdefault(other, set()).add(inspector.id)
    return {name: frozenset(others) for name, others in pairs.items()}


def _in_order(spans: Iterable[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: (span.first, span.last))
