"""Merging inside a department only: each department has a system of its own."""

from __future__ import annotations

from optimizer.plan.board import Board
from optimizer.plan.methods.sequential import one_by_one
from optimizer.plan.problem import Problem


def department_merge(problem: Problem) -> Board:
    """Place the checks by due date, each in the first visit of its department it can join.

    Returns
    -------
    Board
        All rules kept; checks that find no day are left out.
    """
    return one_by_one(problem, join=True, across=False)
