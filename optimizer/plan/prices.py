"""What each rule costs: the same checks planned again with one rule changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from optimizer.domain.registry import Document
from optimizer.plan.case import Case
from optimizer.plan.result import Plan, decimal
from optimizer.plan.settings import apply_settings

TIGHT_UNITS = 5
"""Units whose capacity is priced: those with the least room."""


@dataclass(frozen=True, slots=True)
class Change:
    """A rule changed.

    Attributes
    ----------
    rule
        What is priced: ``cap``, ``quiet``, ``gap`` or ``capacity``, and which.
    change
        ``lifted``, ``loosened`` or ``tightened``.
    setting
        As in `apply_settings`.
    """

    kind: str
    name: str
    change: str
    setting: str


def changes_of(case: Case, plan: Plan) -> list[Change]:
    """Return the changes that are priced: every cap and quiet rule, the gap, the tightest units."""
    found: list[Change] = []
    for cap in case.rules.caps:
        path = f"rules.cap.{cap.id}"
        found.append(Change("cap", cap.id, "lifted", f"{path}=off"))
        found.append(Change("cap", cap.id, "loosened", f"{path}=+1"))
        if cap.limit:
            found.append(Change("cap", cap.id, "tightened", f"{path}=-1"))
    found += [
        Change("quiet", quiet.id, "lifted", f"rules.quiet.{quiet.id}=off")
        for quiet in case.rules.quiet
    ]
    gap = case.rules.gap_days
    if gap:
        found.append(Change("gap", "gap", "lifted", "rules.gap_days=off"))
    found.append(Change("gap", "gap", "tightened", f"rules.gap_days={2 * gap or 5}"))
    if case.capacity is None:
        units = ["*", *tightest(plan)[:TIGHT_UNITS]]
        for unit in units:
            found.append(Change("capacity", unit, "loosened", f"capacity.{unit}=+1"))
            found.append(Change("capacity", unit, "tightened", f"capacity.{unit}=-1"))
    return found


def tightest(plan: Plan) -> list[str]:
    """Return the units by the share of their half-days that the plan uses, the fullest first."""
    used: dict[str, int] = {}
    for visit in plan.visits:
        for seat in visit.seats:
            used[seat.unit] = used.get(seat.unit, 0) + seat.inspectors * seat.effort
    room = {unit: sum(line) for unit, line in plan.problem_document["capacity"].items()}
    share = {unit: used.get(unit, 0) * 10**6 // room[unit] for unit in room if room[unit]}
    return sorted(share, key=lambda unit: (-share[unit], unit))


def price(
    case: Case,
    plan: Plan,
    changes: Sequence[Change],
    *,
    planner: Callable[[Case], Plan],
    told: Callable[[int, Change], None] = lambda n, change: None,
) -> Document:
    """Plan the same checks under each change, and compare.

    Parameters
    ----------
    plan
        With the rules as they are, made by `planner`.
    planner
        Plans a case; the same effort for all.
    told
        Called before each change with its place.

    Returns
    -------
    dict
        ``now`` and ``changes``: ``visits``, ``left_out``, ``lower_bound``, ``gap``, and of a change
        the differences. ``sure`` is true where the bounds prove which way the sum of visits and
        checks left out moves, or that both plans are best; ``sure_left_out`` likewise of the
        checks left out alone.
    """
    now = figures(plan)
    rows = []
    for n, change in enumerate(changes):
        told(n, change)
        then = figures(planner(apply_settings(case, [change.setting])))
        rows.append(
            {
                "kind": change.kind,
                "rule": change.name,
                "change": change.change,
                "set": change.setting,
                **then,
                "more_visits": then["visits"] - now["visits"],
                "more_left_out": then["left_out"] - now["left_out"],
                "sure": _sure(_sum(now), now["lower_bound"], _sum(then), then["lower_bound"]),
                "sure_left_out": _sure(
                    now["left_out"], now["left_out_bound"], then["left_out"], then["left_out_bound"]
                ),
            }
        )
    return {"format": "double-random/prices/v1", "now": now, "changes": rows}


def figures(plan: Plan) -> Document:
    """Return the figures that plans are compared by."""
    at: dict[str, int] = {}
    for visit in plan.visits:
        at[visit.enterprise] = at.get(visit.enterprise, 0) + 1
    return {
        "visits": len(plan.visits),
        "left_out": len(plan.left_out),
        "lower_bound": plan.lower_bound,
        "left_out_bound": plan.document["bound"].get("left_out", {}).get("lower", 0),
        "gap": decimal(plan.gap, 6),
        "saved": plan.saved,
        "most_at_one_enterprise": max(at.values(), default=0),
    }


def _sum(found: Document) -> int:
    return int(found["visits"] + found["left_out"])


def _sure(before: int, least_before: int, after: int, least_after: int) -> bool:
    """Return whether the bounds show which way a figure moves, or that neither can be less."""
    if least_after > before or least_before > after:
        return True
    return least_before == before and least_after == after
