"""Merging checks into visits: the plan, its lower bound, and its reasons.

The exact meaning of every rule: ``docs/formats/plan.md``.
"""

from optimizer.domain.cut import Cut
from optimizer.plan.amend import Amendment, amend
from optimizer.plan.capacity import Capacity, capacity_of
from optimizer.plan.documents import calendar_document, rules_document
from optimizer.plan.insert import Joined, New, insert
from optimizer.plan.problem import Problem, build_problem
from optimizer.plan.refuse import Refused
from optimizer.plan.result import LeftOut, Plan
from optimizer.plan.solve import plan_visits, solve
from optimizer.plan.standing import PlanState

__all__ = [
    "Amendment",
    "Capacity",
    "Cut",
    "Joined",
    "LeftOut",
    "New",
    "Plan",
    "PlanState",
    "Problem",
    "Refused",
    "amend",
    "build_problem",
    "calendar_document",
    "capacity_of",
    "insert",
    "plan_visits",
    "rules_document",
    "solve",
]
