"""A plan by the method that is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from optimizer.errors import Fault, InputError
from optimizer.messages import phrase
from optimizer.plan.board import Board, board_of
from optimizer.plan.case import Case
from optimizer.plan.columns import MOST_COLUMNS, exact_board
from optimizer.plan.methods.greedy_due import greedy_due
from optimizer.plan.methods.no_merge import no_merge
from optimizer.plan.proven import proven_bounds
from optimizer.plan.result import Plan
from optimizer.plan.solve import solve
from optimizer.plan.transcript import make_plan

METHODS = ("ours", "exact", "greedy", "no-merge", "department")


def plan_by(method: str, case: Case, *, effort: int, workers: int = 1) -> Plan:
    """Plan a case by one of `METHODS`, all held to the same rules and the same bound.

    Parameters
    ----------
    method
        ``ours``; ``exact``: one CP-SAT model, proved; ``greedy``: by due date; ``no-merge``: every
        check a visit; ``department``: ours, merging inside a department only.

    Raises
    ------
    InputError
        Where ``exact`` is asked of a case that is too large.
    """
    if method == "ours":
        return solve(case.problem(), effort=effort, workers=workers)
    return _as_plan(_BOARDS[method](case, effort, workers), method)


def _as_plan(board: Board, method: str) -> Plan:
    return make_plan(board, proven_bounds(board.problem), solver={"method": method, "cuts": []})


def _exact(case: Case, effort: int, workers: int) -> Board:
    board = exact_board(case.problem())
    if board is None:
        words = phrase("too-large-for-exact", most=MOST_COLUMNS)
        size = f"{len(case.checks)} checks"
        raise InputError(Fault("too-large-for-exact", "--method", None, "exact", size, *words))
    return board


def _department(case: Case, effort: int, workers: int) -> Board:
    """Plan with items of different departments incompatible, then read it by the true rules."""
    items = case.registers.items
    apart = {
        name: replace(
            item,
            incompatible=item.incompatible
            | {other for other, b in items.items() if b.department != item.department},
        )
        for name, item in items.items()
    }
    registers = replace(case.registers, items=MappingProxyType(apart))
    plan = solve(replace(case, registers=registers).problem(), effort=effort, workers=workers)
    return board_of(case.problem(), plan.visits)


_BOARDS: dict[str, Callable[[Case, int, int], Board]] = {
    "exact": _exact,
    "greedy": lambda case, effort, workers: greedy_due(case.problem()),
    "no-merge": lambda case, effort, workers: no_merge(case.problem()),
    "department": _department,
}
