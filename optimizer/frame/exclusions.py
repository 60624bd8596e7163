"""Why an enterprise cannot be drawn: a cap already used up, a visit in the rest period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from optimizer.domain.rules import CapRule, RuleSet
from optimizer.domain.visit import VisitMade
from optimizer.frame.applies import applies


class CapUse:
    """How much of the caps the visits already made have used.

    Parameters
    ----------
    rules
        The caps and what counts against them.
    visits
        Visits made, of any year, in any order.
    """

    def __init__(self, rules: RuleSet, visits: Sequence[VisitMade]) -> None:
        self._rules = rules
        exempt = frozenset(rules.exempt_sources)
        self._by_department: dict[tuple[str, int, str], int] = defaultdict(int)
        meetings: dict[tuple[str, date], list[VisitMade]] = defaultdict(list)
        for visit in visits:
            # A visit uses up the cap when it counts, or when it is exempt and exempt ones do.
            if visit.source not in exempt or rules.exempt_uses_cap:
                self._by_department[visit.enterprise, visit.day.year, visit.department] += 1
            meetings[visit.enterprise, visit.day].append(visit)
        # Departments that met on one day made one visit, which is exempt if all of them are.
        self._joint: dict[tuple[str, int], list[tuple[bool, frozenset[str]]]] = defaultdict(list)
        for (enterprise, day), made in meetings.items():
            counts = any(visit.source not in exempt for visit in made)
            departments = frozenset(visit.department for visit in made)
            self._joint[enterprise, day.year].append((counts, departments))

    def is_capped(
        self, enterprise: str, risk: str, industry: str, section: str, department: str, year: int
    ) -> bool:
        """Return whether some cap leaves no visit for `department` at the enterprise in `year`."""
        return any(
            cap.limits.get(risk, cap.limit) <= self._used(cap, enterprise, department, year)
            for cap in self._rules.caps
            if (not cap.departments or department in cap.departments)
            and applies(cap.industries, industry, section)
        )

    def _used(self, cap: CapRule, enterprise: str, department: str, year: int) -> int:
        if cap.by:
            return self._by_department.get((enterprise, year, department), 0)
        used = 0
        for counts, departments in self._joint.get((enterprise, year), ()):
            named = departments.intersection(cap.departments) if cap.departments else departments
            if not named:
                continue
            if counts:
                used += len(named) if self._rules.joint_counts_each else 1
            elif self._rules.exempt_uses_cap:
                used += 1
        return used


def last_visits(visits: Collection[VisitMade]) -> Mapping[tuple[str, str], date]:
    """Return the day of the last visit by (enterprise, department)."""
    last: dict[tuple[str, str], date] = {}
    for visit in visits:
        key = (visit.enterprise, visit.department)
        last[key] = max(last.get(key, visit.day), visit.day)
    return last
