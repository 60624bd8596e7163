"""Every check a visit of its own: what happens without a system."""

from __future__ import annotations

from optimizer.plan.board import Board
from optimizer.plan.methods.sequential import one_by_one
from optimizer.plan.problem import Problem


def no_merge(problem: Problem) -> Board:
    """Place the checks by due date, each as a visit of its own on its first possible day.

    Returns
    -------
    Board
        All rules kept; checks that find no day are left out.
    """
    return one_by_one(problem, join=False)
