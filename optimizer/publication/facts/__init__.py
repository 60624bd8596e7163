"""What the pages say, computed from the documents alone: whole numbers and fractions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optimizer.publication.charts.heat import DayLoad
from optimizer.publication.facts.drawing import (
    DepartmentDraw,
    ItemDraw,
    department_draws,
    item_draws,
)
from optimizer.publication.facts.merging import Merging, merging
from optimizer.publication.facts.serving import UnitLoad, team_lists, unit_loads
from optimizer.publication.facts.year import (
    MonthLoad,
    county_months,
    day_loads,
    month_loads,
)
from optimizer.publication.given import Documents


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the pages and notices count."""

    items: tuple[ItemDraw, ...]
    departments: tuple[DepartmentDraw, ...]
    merging: Merging
    days: tuple[DayLoad, ...]
    months: tuple[MonthLoad, ...]
    counties: Mapping[str, Mapping[tuple[int, int], int]]
    loads: tuple[UnitLoad, ...]
    teams: Mapping[str, tuple[str, ...]]


def gather(documents: Documents) -> Facts:
    """Count everything once."""
    items = item_draws(documents.spec, documents.draw)
    days = day_loads(documents.problem, documents.plan)
    return Facts(
        items=items,
        departments=department_draws(items),
        merging=merging(documents.checks, documents.problem, documents.plan),
        days=days,
        months=month_loads(days),
        counties=county_months(documents.problem, documents.plan),
        loads=unit_loads(documents.roster, documents.odds, documents.teams, documents.plan),
        teams=team_lists(documents.teams, *(teams for _, teams in documents.later)),
    )


__all__ = ["Facts", "gather"]
