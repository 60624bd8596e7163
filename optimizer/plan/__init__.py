"""Merging checks into visits: the plan, its lower bound, and its reasons.

The exact meaning of every rule: ``docs/formats/plan.md``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optimizer.domain.cut import Cut
from optimizer.plan.amend import Amendment, amend
from optimizer.plan.board import board_of
from optimizer.plan.capacity import Capacity, capacity_of
from optimizer.plan.case import Case
from optimizer.plan.collide import Collision, Trial, collision
from optimizer.plan.diff import diff_plans
from optimizer.plan.documents import calendar_document, rules_document
from optimizer.plan.explain import explain_day, explain_pairs
from optimizer.plan.insert import Joined, New, insert
from optimizer.plan.mends import Mend, proved_mends
from optimizer.plan.problem import Problem, build_problem
from optimizer.plan.refuse import Refused
from optimizer.plan.restore import (
    restore_case,
    restore_cuts,
    restore_inspectors,
    restore_plan,
    restore_visits,
)
from optimizer.plan.result import LeftOut, Plan
from optimizer.plan.settings import apply_settings
from optimizer.plan.solve import plan_visits, solve
from optimizer.plan.standing import PlanState

if TYPE_CHECKING:
    from optimizer.plan.frames import FramePlan, plan_frame

__all__ = [
    "Amendment",
    "Capacity",
    "Case",
    "Collision",
    "Cut",
    "FramePlan",
    "Joined",
    "LeftOut",
    "Mend",
    "New",
    "Plan",
    "PlanState",
    "Problem",
    "Refused",
    "Trial",
    "amend",
    "apply_settings",
    "board_of",
    "build_problem",
    "calendar_document",
    "capacity_of",
    "collision",
    "diff_plans",
    "explain_day",
    "explain_pairs",
    "insert",
    "plan_frame",
    "plan_visits",
    "proved_mends",
    "restore_case",
    "restore_cuts",
    "restore_inspectors",
    "restore_plan",
    "restore_visits",
    "rules_document",
    "solve",
]


def __getattr__(name: str) -> Any:
    """Load what works on data frames when it is first used: pandas takes a while to load."""
    if name in ("FramePlan", "plan_frame"):
        from optimizer.plan import frames

        return getattr(frames, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
