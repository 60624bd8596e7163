"""From checks to a plan: place, let the displaced solve again, then CP-SAT where it is tight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import ortools

from optimizer.canon import SHA256, Hash
from optimizer.domain.check import Check
from optimizer.domain.cut import Cut
from optimizer.domain.days import Calendar
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.visit import Visit
from optimizer.plan.board import Board, Places, covered
from optimizer.plan.bound import Lower, lower_bounds
from optimizer.plan.capacity import Capacity
from optimizer.plan.chains import take_in_by_chains
from optimizer.plan.collector import put_off, trim
from optimizer.plan.documents import cut_document
from optimizer.plan.excess import Excess, cost_of
from optimizer.plan.former import former_of
from optimizer.plan.polish import polish
from optimizer.plan.problem import Problem, build_problem
from optimizer.plan.proven import tighten
from optimizer.plan.result import Plan
from optimizer.plan.search import improve
from optimizer.plan.seat import seat
from optimizer.plan.site import Site
from optimizer.plan.transcript import make_plan
from optimizer.plan.warm import keep, take_in
from optimizer.plan.yield_to import yield_to_triggered
from optimizer.progress import SILENT, Progress

DEAR = 25
"""Effort for each neighbourhood that CP-SAT searches: after the kernels few gain anything."""


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
    hash: Hash = SHA256,
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
    hash
        The campaign's, which the documents name and are made with.
    previous
        A plan to begin from: after left out, visits and the most at one enterprise as few of its
        visits change as can be, before the later aims. Where nothing is new, none does.
    effort
        How many moves, rounds and neighbourhoods are tried; the result depends on it, not on time.
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
        hash=hash,
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
    filed: Sequence[Visit] | None = None,
    effort: int = 200,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Plan:
    """Plan the visits of a problem; see `plan_visits`.

    Parameters
    ----------
    filed
        Visits of which as few as can be are to be filed again; by default those of `previous`.
        Empty where that plan is but a step towards the first one.
    """
    solved = solve_board(
        problem, previous=previous, filed=filed, effort=effort, workers=workers, progress=progress
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
    filed: Sequence[Visit] | None = None,
    effort: int = 200,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Solved:
    """Plan the visits of a problem without documents and reasons; see `solve`."""
    lowers = lower_bounds(problem)
    progress.step(1, 5, "lower bound")
    begun = begin(problem, lowers, previous, filed)
    board, moving, former = begun.board, begun.moving, begun.former
    if begun.same:
        effort = 0
    stood = [dict(places) for places in board.places] if former else []
    seated = seat(board, tried_anew(begun, lowers), effort=effort, lowers=lowers, workers=workers)
    lowers = tighten(problem, lowers, seated.alone)
    if not begun.same:
        anew = tried_anew(begun, lowers)
        if seated.crowded:
            # The kernels took in what they found each could do alone: not always what is proven.
            short = {k for k, (lost, _) in seated.alone.items() if lost > lowers[k].left_out}
            anew = [site for site in anew if site.index in short]
        take_in_by_chains(board, anew, lowers)
    progress.step(2, 5, "placed")
    tried = 0
    # Where nothing is searched and nobody is told of it, no second board is made.
    if effort >= DEAR or progress is not SILENT:
        excess = Excess(board, start(problem), lowers, moving, seated.alone)
        progress.step(3, 5, f"{excess.total()} over their best")
        tried = improve(board, excess, effort=effort // DEAR, workers=workers)
        progress.step(4, 5, f"{excess.total()} over their best")
        del excess
        trim()
    moves = seated.moves
    del seated  # numbers of all enterprises
    yield_to_triggered(board, moving)
    if not former:
        polish(board, moving, lowers, begun.warm)
    elif not begun.same:
        if not _gained(board, stood):
            _put_back(board, stood)
        polish(board, problem.sites, lowers, former, stood)
    trim()  # documents are written next, where they are
    return Solved(board, lowers, moves, tried)


def _gained(board: Board, stood: Sequence[Places]) -> bool:
    """Return whether the search left fewer checks out, or made fewer visits, than stood before."""

    def cost(places: Sequence[Places]) -> tuple[int, int, int]:
        sites = board.problem.sites
        lost = sum((s.all & ~covered(places[s.index])).bit_count() for s in sites)
        return lost, sum(map(len, places)), max(map(len, places), default=0)

    return cost(board.places) < cost(stood)


def _put_back(board: Board, stood: Sequence[Places]) -> None:
    """Put what stood before the search in place again: a change that gains nothing is not made."""
    moved = [s for s in board.problem.sites if board.places[s.index] != stood[s.index]]
    for site in moved:
        board.clear(site)
    for site in moved:
        held = set(site.pinned)
        own = {d: m for d, m in stood[site.index].items() if (m, d) not in held}
        board.restore(site, own)


@dataclass(frozen=True, slots=True)
class Begun:
    """What a plan begins from.

    Attributes
    ----------
    board
        With the pinned visits, and what stands of the plan before.
    moving
        Enterprises to be solved.
    former
        By enterprise, the visits of which as few as can be are to be filed again.
    warm
        The same of a plan that is but a step towards the first one.
    same
        Whether nothing is new, so that nothing is to be done.
    """

    board: Board
    moving: tuple[Site, ...]
    former: Sequence[Places] = ()
    warm: Sequence[Places] = ()
    same: bool = False


def tried_anew(begun: Begun, lowers: Sequence[Lower]) -> Sequence[Site]:
    """Return the enterprises to be placed: in a replan also those that might do with less."""
    if not begun.former or begun.same:
        return begun.moving
    moving = {site.index for site in begun.moving}
    return [
        site
        for site, lower in zip(begun.board.problem.sites, lowers, strict=True)
        if site.index in moving or sum(cost_of(begun.board, site)) > lower.groups
    ]


def begin(
    problem: Problem,
    lowers: Sequence[Lower],
    previous: Plan | None,
    filed: Sequence[Visit] | None = None,
) -> Begun:
    """Return a board with what stands; new checks are taken in beside visits that were filed."""
    board = start(problem)
    if previous is None:
        return Begun(board, problem.sites)
    before = former_of(problem, previous.visits)
    lost = {out.check for out in previous.left_out}
    if filed is not None and not filed:
        moving = tuple(keep(board, before, lost, whole=True))
        return Begun(board, moving, warm=before.places)
    moving = tuple(keep(board, before, lost))
    take_in(board, moving, before.places, lowers)
    if filed is not None and filed != previous.visits:
        return Begun(board, moving, former=former_of(problem, filed).places)
    same = not moving and problem.document == previous.problem.document
    return Begun(board, moving, former=before.places, same=same)


def start(problem: Problem) -> Board:
    """Return a board with the pinned visits in place."""
    board = Board(problem)
    for site in problem.sites:
        for mask, day in site.pinned:
            board.put(site, problem.group(site, mask), day)
    return board
