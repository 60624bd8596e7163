"""Visits (入企检查): one enterprise, one day, one joint team, one or more checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class VisitMade:
    """A visit of this year that took place before the plan was made.

    Attributes
    ----------
    source
        One of `optimizer.domain.check.SOURCES`; exempt sources follow the rule set.
    unit, item
        Who came and what was checked; ``""`` where the register does not say: then it counts
        against every cap that might mean it.
    """

    enterprise: str
    day: date
    department: str
    source: str = "daily"
    unit: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Seat:
    """What one unit sends to a visit.

    Attributes
    ----------
    inspectors
        How many: of the lead, the most any of its items asks for; of the others, `TeamRule.other`
        (at least one, and one for each skill).
    effort
        Half-days at the enterprise: the most any of the unit's checks takes.
    skills
        Sorted; each needs a holder of its own, so ``len(skills) <= inspectors``.
    """

    unit: str
    inspectors: int
    effort: int = 1
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One enterprise on one working day with the checks done then.

    Attributes
    ----------
    checks
        Identifiers, sorted.
    lead
        The unit with the largest demand for inspectors; the smallest identifier among equals.
    seats
        Sorted by unit.
    exempt
        The exemption code by which the visit does not count against caps; ``""`` if it counts.
    """

    id: str
    enterprise: str
    day: date
    checks: tuple[str, ...]
    lead: str
    seats: tuple[Seat, ...]
    exempt: str = ""
