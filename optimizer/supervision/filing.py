"""Alerts of filing (measures 4 and 6)."""

from __future__ import annotations

from datetime import date

from optimizer.supervision.alerts import Finding

TERM = (1, 31)
"""Month and day by which the plan of a year is made public and filed (measure 4: 每年1月底前)."""


def filing_findings(
    start: date,
    filed: date | None,
    today: date,
    *,
    departments: tuple[str, ...] = (),
    needs_opinion: bool = False,
    opinion: date | None = None,
) -> tuple[Finding, ...]:
    """Return what a plan sets off by when it was first filed.

    Its term is the end of January, or its first day where that lies later in the year.

    Parameters
    ----------
    start
        First day of the plan.
    filed
        Day of the first filing; ``None`` while there is none.
    departments
        Of the plan.
    needs_opinion
        Whether county units of a department act that has a city unit too.
    opinion
        Day on which the city's opinion was asked, if it was.
    """
    term = max(date(start.year, *TERM), start)
    found = []
    if (filed or today) > term:
        facts = {"term": term.isoformat(), "filed": filed.isoformat() if filed else None}
        found.append(Finding("late-plan", f"plan {start.year}", "", filed, departments, facts))
    if filed is not None and needs_opinion and (opinion is None or opinion > filed):
        asked = opinion.isoformat() if opinion else None
        found.append(
            Finding("no-opinion", f"plan {start.year}", "", filed, departments, {"asked": asked})
        )
    return tuple(found)
