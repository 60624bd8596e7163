"""The plan that the general solvers begin from: enterprise by enterprise, the largest group first.

Much better than placing checks by due date, and made from the same groups as their columns.
"""

from __future__ import annotations

from benchmarks.columns import LEFT_OUT, groups_of
from optimizer.plan.board import Board
from optimizer.plan.caps import broken_caps
from optimizer.plan.methods import greedy_due
from optimizer.plan.problem import Problem
from optimizer.plan.site import Group, Site


def starting_plan(problem: Problem) -> Board:
    """Return the better of this plan and greedy by due date."""
    return min(greedy_cover(problem), greedy_due(problem), key=_cost)


def greedy_cover(problem: Problem) -> Board:
    """Return a board filled by largest groups, each on its emptiest day.

    Enterprises with the least choice of days go first.
    """
    board = Board(problem)
    for site in sorted(problem.sites, key=lambda site: _choice(problem, site)):
        groups = sorted(groups_of(problem, site), key=lambda group: -group.mask.bit_count())
        rest = site.all
        for group in groups:
            if not group.mask & ~rest:
                day = _day(board, site, group)
                if day is not None:
                    board.put(site, group, day)
                    rest &= ~group.mask
    return board


def _day(board: Board, site: Site, group: Group) -> int | None:
    others = board.placed(site)
    days = board.room(group) & ~board.near(group, others)
    if not days:
        return None
    day = board.quietest(group, days)[1]
    if broken_caps(board.problem, site, [*others, (group, day)]):
        return None
    return day


def _choice(problem: Problem, site: Site) -> tuple[int, int]:
    fewest = min(problem.group(site, 1 << i).open.bit_count() for i in range(len(site.checks)))
    return fewest, site.index


def _cost(board: Board) -> int:
    cost = 0
    for site in board.problem.sites:
        masks = board.places[site.index].values()
        cost += len(masks) + LEFT_OUT * (site.all & ~sum(masks)).bit_count()
    return cost
