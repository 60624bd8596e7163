"""Merging checks into visits: the plan, its lower bound, and its reasons.

The exact meaning of every rule: ``docs/formats/plan.md``.
"""

from optimizer.domain.cut import Cut
from optimizer.plan.capacity import Capacity, capacity_of
from optimizer.plan.case import Case
from optimizer.plan.documents import calendar_document, rules_document
from optimizer.plan.insert import Joined, New, PlanState, Refused, insert
from optimizer.plan.problem import Problem, build_problem
from optimizer.plan.restore import restore_case, restore_plan, restore_visits
from optimizer.plan.result import LeftOut, Plan
from optimizer.plan.solve import plan_visits, solve

__all__ = [
    "Capacity",
    "Case",
    "Cut",
    "Joined",
    "LeftOut",
    "New",
    "Plan",
    "PlanState",
    "Problem",
    "Refused",
    "build_problem",
    "calendar_document",
    "capacity_of",
    "insert",
    "plan_visits",
    "restore_case",
    "restore_plan",
    "restore_visits",
    "rules_document",
    "solve",
]
