"""From checks to a plan: place, let the displaced solve again, then CP-SAT where it is tight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ortools

from optimizer.domain.check import Check
from optimizer.domain.cut import Cut
from optimizer.domain.days import Calendar
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.visit import Visit
from optimizer.plan.board import Board
from optimizer.plan.bound import Lower, lower_bounds
from optimizer.plan.capacity import Capacity
from optimizer.plan.collector import put_off
from optimizer.plan.documents import cut_document
from optimizer.plan.excess import Excess
from optimizer.plan.polish import polish
from optimizer.plan.problem import Problem, build_problem
from optimizer.plan.proven import tighten
from optimizer.plan.result import Plan
from optimizer.plan.search import improve
from optimizer.plan.seat import seat
from optimizer.plan.transcript import make_plan
from optimizer.plan.warm import keep
from optimizer.plan.yield_to import yield_to_triggered
from optimizer.progress import SILENT, Progress

SPARSE = 750
"""Most enterprises for each unit of effort where neighbourhoods are searched by CP-SAT.

With fewer of them the visits they save are too few to count, and take half of the time.
"""


def plan_visits(
    checks: Sequence[Check],
    rules: RuleSet,
    *,
    campaign: str,
    registers: Registers,
    calendar: Calendar,
    checks_digest: str,
    capacity: Capacity | None = None,
    pinned: Sequence[Visit] = (),
    cuts: Sequence[Cut] = (),
    not_before: date | None = None,
    previous: Plan | None = None,
    effort: int = 200,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Plan:
    """Merge checks into visits and give every visit a day, with as few visits as can be.

    Parameters
    ----------
    checks
        On-site checks, in any order.
    checks_digest
        Digest of ``checks.json``.
    capacity
        Of the units by day; by default what the inspectors of the registers can serve.
    pinned
        Visits that keep their day and their checks.
    cuts
        Visits that the teams could not all be found for.
    not_before
        First day of visits, for a plan of the rest of the year; visits made before it count.
    previous
        A plan to begin from: its visits stay where they still keep every rule, and only
        enterprises that lose one, or have new checks, are solved again.
    effort
        Most neighbourhoods that CP-SAT searches, which it does where there are at most `SPARSE`
        enterprises for each; the result depends on it, not on time.
    workers
        Threads; the result does not depend on it.

    Returns
    -------
    Plan
        Every rule of ``docs/formats/plan.md`` kept; checks that cannot be placed are left out
        with the reason.

    Raises
    ------
    InputError
        With every fault of the checks and pinned visits, pins that break a rule among them.
    """
    progress.stage("plan")
    problem = build_problem(
        checks,
        rules,
        campaign=campaign,
        registers=registers,
        calendar=calendar,
        checks_digest=checks_digest,
        capacity=capacity,
        pinned=pinned,
        cuts=cuts,
        not_before=not_before,
    )
    return solve(problem, previous=previous, effort=effort, workers=workers, progress=progress)


@dataclass(frozen=True, slots=True)
class Solved:
    """Visits in place, before any document is written.

    Attributes
    ----------
    lowers
        By enterprise, as the problem has them.
    moves, neighbourhoods
        Made by the kernels, and searched by CP-SAT.
    """

    board: Board
    lowers: list[Lower]
    moves: int
    neighbourhoods: int


def solve(
    problem: Problem,
    *,
    previous: Plan | None = None,
    effort: int = 200,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Plan:
    """Plan the visits of a problem; see `plan_visits`."""
    solved = solve_board(
        problem, previous=previous, effort=effort, workers=workers, progress=progress
    )
    solver: Document = {
        "effort": effort,
        "moves": solved.moves,
        "neighbourhoods": solved.neighbourhoods,
        "ortools": ortools.__version__,
        "cuts": [cut_document(cut) for cut in problem.cuts],
    }
    plan = make_plan(solved.board, solved.lowers, solver=solver)
    progress.step(5, 5, repr(plan))
    return plan


@put_off()
def solve_board(
    problem: Problem,
    *,
    previous: Plan | None = None,
    effort: int = 200,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Solved:
    """Plan the visits of a problem without documents and reasons; see `plan_visits`."""
    lowers = lower_bounds(problem)
    progress.step(1, 5, "lower bound")
    board, empty = start(problem), start(problem)
    moving = problem.sites
    if previous is not None:
        lost = {out.check for out in previous.left_out}
        moving = tuple(keep(board, previous.visits, lost))
    seated = seat(board, moving, effort=effort)
    lowers = tighten(problem, lowers, seated.alone)
    progress.step(2, 5, "placed")
    excess = Excess(board, empty, lowers, moving, seated.alone)
    progress.step(3, 5, f"{excess.total()} over their best")
    tried = 0
    if len(moving) <= SPARSE * effort:
        tried = improve(board, excess, effort=effort, workers=workers)
    progress.step(4, 5, f"{excess.total()} over their best")
    yield_to_triggered(board, moving)
    polish(board, moving, lowers, () if previous is None else previous.visits)
    return Solved(board, lowers, seated.moves, tried)


def start(problem: Problem) -> Board:
    """Return a board with the pinned visits in place."""
    board = Board(problem)
    for site in problem.sites:
        for mask, day in site.pinned:
            board.put(site, problem.group(site, mask), day)
    return board
