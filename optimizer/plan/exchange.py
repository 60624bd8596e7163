"""The most visits at one enterprise lowered: one less there, one more where there are few."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from optimizer.plan.board import Board, Places
from optimizer.plan.bound import Lower
from optimizer.plan.days import bits
from optimizer.plan.excess import cost_of
from optimizer.plan.merge import allowed_days, days_beside, is_pinned
from optimizer.plan.site import Group, Site

TRIES = 2_000
"""Most visits that are taken off to see whether they can be split, for one enterprise."""

LEAST = 3
"""With fewer visits no enterprise has one less than another after it was given one more."""


def lower_most(board: Board, sites: Sequence[Site], lowers: Sequence[Lower]) -> None:
    """Lower the largest number of visits at one enterprise; visits and left out stay in sum.

    Where one of those with the most visits is at its lower bound, nothing can be gained. Else each
    of them merges two visits on a day on which a visit of another makes room by being split.

    Parameters
    ----------
    sites
        Whose visits may move.
    """
    moving = {site.index for site in sites}
    while True:
        most = max(map(len, board.places), default=0)
        if most < LEAST:
            return
        tops = [s for s in board.problem.sites if len(board.places[s.index]) == most]
        if not tops or not all(
            site.index in moving and sum(cost_of(board, site)) > lowers[site.index].groups
            for site in tops
        ):
            return
        before: dict[int, Places] = {}
        for site in tops:
            if not _exchange(board, site, most, moving, before):
                for index in before:
                    board.clear(board.problem.sites[index])
                for index, places in before.items():
                    _put(board, board.problem.sites[index], places)
                return


def _exchange(
    board: Board, site: Site, most: int, moving: set[int], before: dict[int, Places]
) -> bool:
    """Merge two visits where a visit elsewhere can be split; note how both stood before."""
    stood = dict(board.places[site.index])
    tries = 0
    for a, b in combinations(board.placed(site), 2):
        mask = a[0].mask | b[0].mask
        if is_pinned(site, a[1]) or is_pinned(site, b[1]) or not site.common(mask):
            continue
        group = board.problem.group(site, mask)
        board.take(site, a[1])
        board.take(site, b[1])
        for day in bits(days_beside(board, site, group, group.open)):
            row = next((r for r, n in group.rows if board.left[r][day] < n), -1)
            for index in sorted(board.on[row].get(day, ())) if row >= 0 else ():
                other = board.problem.sites[index]
                few = index in moving and len(board.places[index]) + 1 < most
                if not few or is_pinned(other, day) or tries == TRIES:
                    continue
                tries += 1
                was = dict(board.places[index])
                if _split(board, site, group, other, day):
                    before.setdefault(site.index, stood)
                    before.setdefault(index, was)
                    return True
        board.put(site, *a)
        board.put(site, *b)
    return False


def _split(board: Board, site: Site, group: Group, other: Site, day: int) -> bool:
    """Give a group the room of another enterprise's visit, which becomes two; or change nothing."""
    mask = board.take(other, day)
    if board.room(group) >> day & 1:
        board.put(site, group, day)
        for i in bits(mask) if mask & (mask - 1) else ():
            placed: list[int] = []
            for part in (1 << i, mask & ~(1 << i)):
                half = board.problem.group(other, part)
                days = allowed_days(board, other, half)
                if days:
                    placed.append(board.quietest(half, days)[1])
                    board.put(other, half, placed[-1])
            if len(placed) == 2:
                return True
            for found in placed:
                board.take(other, found)
        board.take(site, day)
    board.put(other, board.problem.group(other, mask), day)
    return False


def _put(board: Board, site: Site, places: Places) -> None:
    for day, mask in places.items():
        if day not in board.places[site.index]:
            board.put(site, board.problem.group(site, mask), day)
