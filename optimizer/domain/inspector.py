"""Inspectors (执法人员)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from optimizer.domain.days import Span

CAP_KINDS = ("week", "month", "year")
"""Spans that visits may be capped in, each inside the next as far as a period allows."""
RECUSAL_KINDS = ("interest", "family", "former_employer", "complaint")


@dataclass(frozen=True, slots=True)
class Recusal:
    """A reason (回避) for which an inspector must not visit an enterprise."""

    enterprise: str
    kind: str


@dataclass(frozen=True, slots=True)
class VisitCap:
    """Most visits of an inspector in a week (ISO 8601), a month or a year.

    Attributes
    ----------
    kind
        One of `CAP_KINDS`.
    made
        Visits made before the first day drawn, in the week, month or year that holds it.
    """

    kind: str
    most: int
    made: int = 0


@dataclass(frozen=True, slots=True)
class Inspector:
    """Holds an enforcement certificate and belongs to one unit.

    Attributes
    ----------
    valid
        Days on which the certificate is valid.
    max_half_days
        Half-days a working day the inspector can serve: 1 or 2.
    workload
        Half-days already served in the accounting year, carried over.
    visit_caps
        At most one a kind, in order of `CAP_KINDS`.
    """

    id: str
    name: str
    unit: str
    certificate: str
    valid: Span
    skills: frozenset[str] = frozenset()
    leave: tuple[Span, ...] = ()
    recusals: tuple[Recusal, ...] = ()
    max_half_days: int = 2
    workload: int = 0
    visit_caps: tuple[VisitCap, ...] = ()

    def is_present(self, day: date) -> bool:
        """Return whether the certificate is valid on `day` and there is no leave."""
        return day in self.valid and not any(day in span for span in self.leave)
