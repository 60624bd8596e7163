"""What costs no visit: merge what can be merged, then the later aims in their order."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.plan.board import Board, Places
from optimizer.plan.bound import Lower
from optimizer.plan.excess import cost_of
from optimizer.plan.exchange import lower_most
from optimizer.plan.go_back import go_back, stand_by
from optimizer.plan.kernel.polish import settle_all
from optimizer.plan.merge import merge_pairs
from optimizer.plan.site import Site
from optimizer.plan.trips import make_trips, put_back, stops_of, urgent_of

ROUNDS = 3
"""Most times that every visit is looked at."""


TURNS = 3
"""Most times that the later aims are looked at after visits went back to what they were."""


def polish(
    board: Board,
    sites: Sequence[Site],
    lowers: Sequence[Lower],
    former: Sequence[Places] = (),
    stood: Sequence[Places] | None = None,
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
    former
        By enterprise, the visits of the plan before this one.
    stood
        By enterprise, what stood before the search, if the plan before was filed. Then a search
        that gained nothing is given up, visits go back to what they were, and what is as it was
        moves for none of the aims that come after.
    """
    for site in sites:
        if sum(cost_of(board, site)) > lowers[site.index].groups:
            merge_pairs(board, site)
    lower_most(board, sites, lowers)
    if stood is not None:
        go_back(board, former)
        stand_by(board, stood, former)
    for _ in range(TURNS):
        stops = stops_of(board)
        if not stops:
            return
        trips = make_trips(
            board, stops, {site.index for site in sites}, former, still=stood is not None
        )
        settle_all(trips, urgent_of(trips), ROUNDS)
        put_back(board, stops, trips)
        # A visit that moved may have made room for another to be what it was.
        if stood is None or not go_back(board, former):
            return
