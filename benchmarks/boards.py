"""From the planner's own baselines, which keep every rule, to answers."""

from __future__ import annotations

from datetime import date

from optimizer.plan.board import Board


def days_of(board: Board) -> dict[str, date]:
    """Return check → day of the visits in place."""
    problem = board.problem
    return {
        check.id: problem.calendar.day(day)
        for site in problem.sites
        for day, mask in board.places[site.index].items()
        for i, check in enumerate(site.checks)
        if mask >> i & 1
    }
