"""The figures of a run, as ``run --json`` and ``summary.json`` name them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from optimizer.domain.registry import Registers
from optimizer.flow.acts import OddsCommitted
from optimizer.flow.drawn import Standing
from optimizer.teams import Teams


def figures_of(committed: OddsCommitted, teams: Teams) -> dict[str, Any]:
    """Return the figures of a run, as ``run --json`` names them."""
    period, plan = committed.odds.period, committed.planned.plan
    revealed = committed.planned.revealed
    base = revealed.committed
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
        "teams": len(teams.teams),
        "teams_period": [
            period.first.isoformat(),
            period.last.isoformat(),
        ],
        "seed_test": bool(revealed.draw.seed_document["test"]),
    }


def figures_read(standing: Standing, registers: Registers) -> dict[str, Any]:
    """Return the same from the documents, of the plan that stands and of all that is drawn."""
    last = standing.rounds[-1]
    checks, plan = standing.parsed(last.checks), standing.parsed(last.plan)
    both = [*checks["checks"], *checks["offsite"]]
    distinct = standing.parsed("transcript/draw.json")["distinct"]
    comparison, bound = plan["comparison"], plan["bound"]["visits"]
    codes = [one["reason"]["code"] for one in plan["left_out"]]
    above = len(plan["visits"]) + len(codes) - bound
    draws = [draw for _, draw in standing.draws]
    return {
        "campaign": standing.ledger.campaign,
        "enterprises": standing.parsed("transcript/frame.json")["size"],
        "departments": len({unit.department for unit in registers.units.values()}),
        "units": len(registers.units),
        "inspectors": len(standing.parsed("transcript/roster.json")["inspectors"]),
        "checks_planned": sum(one["kind"] == "planned" for one in both),
        "checks_triggered": sum(one["kind"] == "triggered" for one in both),
        "checks_offsite": len(checks["offsite"]),
        "drawn": distinct["drawn"],
        "distinct_independent_expected": float(distinct["independent"]),
        "distinct_enterprises": distinct["enterprises"],
        "distinct_lower_bound": float(distinct["bound"]),
        "visits_unmerged": comparison["unmerged"],
        "visits_department_merged": comparison["department_merged"],
        "visits": len(plan["visits"]),
        "lower_bound": bound,
        "gap": float(Fraction(above, bound)) if bound else 0.0,
        "left_out": len(codes),
        "left_out_reasons": {code: codes.count(code) for code in sorted(set(codes))},
        "teams": sum(len(standing.parsed(draw.teams)["teams"]) for draw in draws),
        "teams_period": [draws[0].span.first.isoformat(), draws[-1].span.last.isoformat()],
        "seed_test": bool(standing.parsed("transcript/seed.json")["test"]),
    }


def summary_of(figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return the figures as a document: decimals as text, since documents hold no floats."""
    return {
        name: str(Decimal(repr(value)).quantize(Decimal("0.000001"), ROUND_HALF_UP))
        if isinstance(value, float)
        else value
        for name, value in figures.items()
    }
