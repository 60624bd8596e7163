"""Two visits of one enterprise made one, where a day has room for both together."""

from __future__ import annotations

from itertools import combinations

from optimizer.plan.board import Board
from optimizer.plan.caps import broken_caps
from optimizer.plan.days import Days, lowest
from optimizer.plan.site import Group, Site


def merge_pairs(board: Board, site: Site) -> None:
    """Merge two visits of an enterprise as long as some day has room for both together."""
    merged = True
    while merged:
        merged = False
        for a, b in combinations(board.placed(site), 2):
            if is_pinned(site, a[1]) or is_pinned(site, b[1]):
                continue
            mask = a[0].mask | b[0].mask
            if not site.common(mask):
                continue
            group = board.problem.group(site, mask)
            if not group.open:
                continue
            board.take(site, a[1])
            board.take(site, b[1])
            days = allowed_days(board, site, group)
            if days:
                board.put(site, group, board.quietest(group, days)[1])
                merged = True
                break
            board.put(site, *a)
            board.put(site, *b)


def allowed_days(board: Board, site: Site, group: Group) -> Days:
    """Return the days on which a group fits beside the other visits of its enterprise."""
    return days_beside(board, site, group, board.room(group))


def days_beside(
    board: Board, site: Site, group: Group, days: Days, without: int | None = None
) -> Days:
    """Return those of some days on which the other visits of its enterprise let a group in.

    Parameters
    ----------
    without
        Day of a visit in place that is to go.
    """
    others = [(other, day) for other, day in board.placed(site) if day != without]
    if days:
        days &= ~board.near(group, others)
    if not days or not site.counters:
        return days
    kept = 0
    for year in board.problem.years:
        here = days & year
        if here and not broken_caps(board.problem, site, [*others, (group, lowest(here))]):
            kept |= here
    return kept


def is_pinned(site: Site, day: int) -> bool:
    """Return whether the visit of an enterprise on a day is pinned."""
    return any(d == day for _, d in site.pinned)
