"""What costs no visit: merge what can be merged, then the later aims in their order."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.domain.visit import Visit
from optimizer.plan.board import Board
from optimizer.plan.bound import Lower
from optimizer.plan.excess import cost_of
from optimizer.plan.exchange import lower_most
from optimizer.plan.kernel.polish import settle_all
from optimizer.plan.merge import merge_pairs
from optimizer.plan.site import Site
from optimizer.plan.trips import make_trips, put_back, stops_of, urgent_of

ROUNDS = 3
"""Most times that every visit is looked at."""


def polish(
    board: Board,
    sites: Sequence[Site],
    lowers: Sequence[Lower],
    previous: Sequence[Visit] = (),
) -> None:
    """Merge pairs of visits of these sites, then exchange and move them by the later aims.

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
    lower_most(board, sites, lowers)
    stops = stops_of(board)
    if not stops:
        return
    trips = make_trips(board, stops, {site.index for site in sites}, previous)
    settle_all(trips, urgent_of(trips), ROUNDS)
    put_back(board, stops, trips)
