"""What costs no visit: merge what can be merged, then give every visit its best day."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from optimizer.domain.visit import Visit
from optimizer.plan.board import Board
from optimizer.plan.bound import Lower
from optimizer.plan.caps import broken_caps
from optimizer.plan.days import Days, lowest
from optimizer.plan.excess import cost_of
from optimizer.plan.kernel.polish import settle_all
from optimizer.plan.site import Group, Site
from optimizer.plan.trips import make_trips, put_back, stops_of, urgent_of

ROUNDS = 4
"""Most times that every visit is looked at."""


def polish(
    board: Board,
    sites: Sequence[Site],
    lowers: Sequence[Lower],
    previous: Sequence[Visit] = (),
) -> None:
    """Merge pairs of visits of these sites, then move them by the later aims, in order.

    The aims are those of `optimizer.plan.aims`: none gets worse, and none after one of them that
    gets better counts against it.

    Parameters
    ----------
    sites
        Whose visits may move; those of others only return to the day they had.
    lowers
        Lower bounds of all enterprises: one that has reached its own has nothing to merge.
    previous
        Visits of the plan before this one.
    """
    for site in sites:
        if sum(cost_of(board, site)) > lowers[site.index].groups:
            merge_pairs(board, site)
    stops = stops_of(board)
    if not stops:
        return
    trips = make_trips(board, stops, {site.index for site in sites}, previous)
    settle_all(trips, urgent_of(trips), ROUNDS)
    put_back(board, stops, trips)


def merge_pairs(board: Board, site: Site) -> None:
    """Merge two visits of an enterprise as long as some day has room for both together."""
    merged = True
    while merged:
        merged = False
        for a, b in combinations(board.placed(site), 2):
            if _is_pinned(site, a[1]) or _is_pinned(site, b[1]):
                continue
            mask = a[0].mask | b[0].mask
            if not site.common(mask):
                continue
            group = board.problem.group(site, mask)
            if not group.open:
                continue
            board.take(site, a[1])
            board.take(site, b[1])
            days = _allowed(board, site, group)
            if days:
                board.put(site, group, board.quietest(group, days)[1])
                merged = True
                break
            board.put(site, *a)
            board.put(site, *b)


def _allowed(board: Board, site: Site, group: Group) -> Days:
    """Return the days on which a group fits beside the other visits of its enterprise."""
    others = board.placed(site)
    days = board.room(group)
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


def _is_pinned(site: Site, day: int) -> bool:
    return any(d == day for _, d in site.pinned)
