"""Beginning from a plan that stands: what still keeps the rules stays where it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from optimizer.plan.board import Board, Places, covered
from optimizer.plan.bound import Lower
from optimizer.plan.days import bits
from optimizer.plan.former import Former, arrange, cost_now, stays
from optimizer.plan.site import Site

DROPPED = 2
"""Most visits of an enterprise that are given up to take its new checks in."""


def keep(
    board: Board, former: Former, left_out: Collection[str], *, whole: bool = False
) -> list[Site]:
    """Put the visits of an earlier plan in place wherever they still may stand.

    A visit stays if its checks are still asked for, its day has room (cuts included), and caps
    and gap are kept.

    Parameters
    ----------
    board
        With the pinned visits in place.
    former
        The earlier plan.
    left_out
        Checks that it left out: they alone are no reason to solve an enterprise again.
    whole
        Whether those to be solved again lose all their visits that are not pinned.

    Returns
    -------
    list of Site
        Those that lost a visit or have a check that the earlier plan did not know, in order.
    """
    again: list[Site] = []
    for site in board.problem.sites:
        held = 0
        for mask, _ in site.pinned:
            held |= mask
        kept = site.index not in former.short
        for day, mask in former.places[site.index].items():
            if (mask, day) in site.pinned:
                continue
            # Pinned on another day now: what is left of it is to be placed anew.
            if not mask & held:
                kept = stays(board, site, mask, day) and kept
            elif mask & ~held:
                kept = False
        missing = site.all & ~covered(board.places[site.index])
        if not kept or any(site.checks[i].id not in left_out for i in bits(missing)):
            if whole:
                board.clear(site)
            again.append(site)
    return again


def take_in(
    board: Board, sites: Sequence[Site], former: Sequence[Places], lowers: Sequence[Lower]
) -> None:
    """Place the checks of these enterprises that are in no visit, beside what stands of them.

    They join a visit or have one of their own; up to `DROPPED` visits are given up for that, if
    it saves one or takes in a check more.
    """
    scarce = {site.index: _scarcest(board, site) for site in sites}
    for site in sorted(sites, key=lambda s: (scarce[s.index], s.index)):
        limit = cost_now(board, site, former[site.index])
        stood = board.clear(site)
        least = lowers[site.index]
        enough = (least.left_out, least.left_out, least.groups - least.left_out)
        found = arrange(board, site, former[site.index], limit, enough=enough, dropped=DROPPED)
        if found is None:
            board.restore(site, stood)


def _scarcest(board: Board, site: Site) -> int:
    """Return the fewest days that a check in no visit has."""
    missing = site.all & ~covered(board.places[site.index])
    return min((site.hard[i].bit_count() for i in bits(missing)), default=0)
