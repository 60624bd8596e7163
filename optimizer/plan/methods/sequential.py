"""One check after the other, by due date; nothing is moved once it is placed."""

from __future__ import annotations

from optimizer.plan.board import Board
from optimizer.plan.caps import broken_caps
from optimizer.plan.days import bits
from optimizer.plan.problem import Problem
from optimizer.plan.site import Group, Site


def one_by_one(problem: Problem, *, join: bool, across: bool = True) -> Board:
    """Return a board with the checks placed by due date, then identifier.

    Parameters
    ----------
    join
        Whether a check may join a visit in place.
    across
        Whether it may join a visit of another department.
    """
    board = Board(problem)
    for site in problem.sites:
        for mask, day in site.pinned:
            board.put(site, problem.group(site, mask), day)
    pinned = {(site.index, day) for site in problem.sites for _, day in site.pinned}
    queue = sorted(
        (check.due, check.id, site.index, i)
        for site in problem.sites
        for i, check in enumerate(site.checks)
        if not any(mask >> i & 1 for mask, _ in site.pinned)
    )
    for _, _, index, i in queue:
        site = problem.sites[index]
        closed = pinned if across else pinned | _foreign(board, site, i)
        if join and _join(board, site, 1 << i, closed):
            continue
        group = problem.group(site, 1 << i)
        for day in bits(board.room(group)):
            if _fits(board, site, group, day):
                board.put(site, group, day)
                break
    return board


def _join(board: Board, site: Site, bit: int, closed: set[tuple[int, int]]) -> bool:
    for day in sorted(board.places[site.index]):
        if (site.index, day) in closed:
            continue
        mask = board.take(site, day)
        group = board.problem.group(site, mask | bit)
        if board.room(group) >> day & 1 and _fits(board, site, group, day):
            board.put(site, group, day)
            return True
        board.put(site, board.problem.group(site, mask), day)
    return False


def _foreign(board: Board, site: Site, i: int) -> set[tuple[int, int]]:
    """Return the visits of an enterprise that no check of this one's department is in."""
    own = site.checks[i].department
    same = sum(1 << j for j, check in enumerate(site.checks) if check.department == own)
    return {(site.index, day) for day, mask in board.places[site.index].items() if not mask & same}


def _fits(board: Board, site: Site, group: Group, day: int) -> bool:
    """Return whether the other visits of the enterprise let a group stand on a day."""
    others = board.placed(site)
    if board.near(group, others) >> day & 1:
        return False
    return not broken_caps(board.problem, site, [*others, (group, day)])
