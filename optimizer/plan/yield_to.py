"""Where capacity leaves somebody out, rather a planned check than a triggered one."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.plan.board import Board, covered
from optimizer.plan.caps import broken_caps
from optimizer.plan.days import bits
from optimizer.plan.excess import cost_of
from optimizer.plan.site import Group, Site


def yield_to_triggered(board: Board, sites: Sequence[Site]) -> None:
    """Give triggered checks left out the place of a planned visit of one check.

    Neither the number left out nor the number of visits changes.
    """
    for site in sites:
        if not site.exempt_checks or not cost_of(board, site)[0]:
            continue
        for i in bits(site.exempt_checks & ~covered(board.places[site.index])):
            _take_a_place(board, site, board.problem.group(site, 1 << i))


def _take_a_place(board: Board, site: Site, group: Group) -> None:
    problem = board.problem
    others = board.placed(site)
    for day in bits(group.open & ~board.near(group, others)):
        if broken_caps(problem, site, [*others, (group, day)]):
            continue
        short = [row for row, amount in group.rows if board.left[row][day] < amount]
        for index in sorted(board.on[short[0]].get(day, ())) if short else ():
            other, mask = problem.sites[index], board.places[index][day]
            alone = mask.bit_count() == 1 and not mask & other.exempt_checks
            if not alone or (mask, day) in other.pinned:
                continue
            board.take(other, day)
            if board.room(group) >> day & 1:
                board.put(site, group, day)
                return
            board.put(other, problem.group(other, mask), day)
