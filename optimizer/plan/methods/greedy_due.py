"""By due date, joining a visit where that is possible: what a careful clerk would do."""

from __future__ import annotations

from optimizer.plan.board import Board
from optimizer.plan.methods.sequential import one_by_one
from optimizer.plan.problem import Problem


def greedy_due(problem: Problem) -> Board:
    """Place the checks by due date, each in the first visit it can join, else on its first day.

    Returns
    -------
    Board
        All rules kept; checks that find no day are left out.
    """
    return one_by_one(problem, join=True)
