"""The figures of a run, as ``run --json`` and ``summary.json`` name them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from optimizer.domain.days import Span
from optimizer.flow.acts import OddsCommitted, Planned
from optimizer.teams import (
    Teams,
)


def figures_of(committed: OddsCommitted, teams: Teams) -> dict[str, Any]:
    """Return the figures of a run, as ``run --json`` names them."""
    return plan_figures(committed.planned, committed.odds.period, len(teams.teams))


def plan_figures(planned: Planned, period: Span, teams: int) -> dict[str, Any]:
    """Return the same from a plan, the first period of teams, and how many visits have one."""
    revealed = planned.revealed
    base, plan = revealed.committed, planned.plan
    distinct = revealed.draw.document["distinct"]
    comparison = plan.document["comparison"]
    checks = (*revealed.checks.onsite, *revealed.checks.offsite)
    reasons: dict[str, int] = {}
    for left in plan.document["left_out"]:
        code = left["reason"]["code"]
        reasons[code] = reasons.get(code, 0) + 1
    return {
        "campaign": base.campaign.id,
        "enterprises": len(base.registers.enterprises),
        "departments": len({unit.department for unit in base.registers.units.values()}),
        "units": len(base.registers.units),
        "inspectors": len(base.registers.inspectors),
        "checks_planned": sum(check.kind == "planned" for check in checks),
        "checks_triggered": sum(check.kind == "triggered" for check in checks),
        "checks_offsite": len(revealed.checks.offsite),
        "drawn": distinct["drawn"],
        "distinct_independent_expected": float(distinct["independent"]),
        "distinct_enterprises": distinct["enterprises"],
        "distinct_lower_bound": float(distinct["bound"]),
        "visits_unmerged": comparison["unmerged"],
        "visits_department_merged": comparison["department_merged"],
        "visits": len(plan.visits),
        "lower_bound": plan.lower_bound,
        "gap": float(plan.gap),
        "left_out": len(plan.left_out),
        "left_out_reasons": dict(sorted(reasons.items())),
        "teams": teams,
        "teams_period": [
            period.first.isoformat(),
            period.last.isoformat(),
        ],
        "seed_test": bool(revealed.draw.seed_document["test"]),
    }


def summary_of(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures as a document: decimals as text, since documents hold no floats."""
    return {
        name: str(Decimal(repr(value)).quantize(Decimal("0.000001"), ROUND_HALF_UP))
        if isinstance(value, float)
        else value
        for name, value in figures.items()
    }
