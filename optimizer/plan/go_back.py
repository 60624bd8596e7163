"""Visits go back to what they were in the plan before, where that costs no check and no visit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optimizer.plan.board import Board, Places, covered
from optimizer.plan.former import Cost, arrange, cost_now, cost_of
from optimizer.plan.site import Group, Site

CHAINS = (0, 1)
"""Enterprises that make way for one: nobody until nothing is gained so any more, then one."""

WAYS = 6
"""Most enterprises that are asked to make way on one day."""

PASSES = 4
"""Most times that each enterprise is looked at, with either number making way."""


def go_back(board: Board, former: Sequence[Places]) -> int:
    """Let enterprises have their visits of the plan before again; return how many less changed.

    No enterprise gets more visits or more checks left out, none more changed visits. Where
    another's visit that changed as well stands in the way, it makes way if it finds another day.

    Parameters
    ----------
    former
        By enterprise, the visits of the plan before.
    """
    waiting: Sequence[Site] = board.problem.sites
    saved = 0
    for depth in CHAINS:
        for _ in range(PASSES):
            waiting = [site for site in waiting if _could(board, site, former[site.index])]
            fewer = sum(_return(board, former, site, depth) for site in waiting)
            saved += fewer
            if not fewer:
                break
    return saved


def _return(board: Board, former: Sequence[Places], site: Site, depth: int) -> int:
    """Let one enterprise have visits of the plan before again; return how many less changed."""
    cost = cost_now(board, site, former[site.index])
    if not cost.changed:
        return 0
    stood = board.clear(site)
    limit = cost._replace(changed=cost.changed - 1)
    if _settle(board, former, site, limit, {site.index}, depth):
        return cost.changed - cost_now(board, site, former[site.index]).changed
    board.restore(site, stood)
    return 0


def stand_by(board: Board, stood: Sequence[Places], former: Sequence[Places]) -> None:
    """Put back what stood before a search that gained nothing that change comes after.

    Parameters
    ----------
    stood
        By enterprise, the visits that stood.
    """
    if _whole(board, board.places, former) <= _whole(board, stood, former):
        return
    for site in board.problem.sites:
        board.clear(site)
    for site in board.problem.sites:
        for day, mask in stood[site.index].items():
            if day not in board.places[site.index]:
                board.put(site, board.problem.group(site, mask), day)


def _whole(
    board: Board, places: Sequence[Places], former: Sequence[Places]
) -> tuple[int, int, int, int, int]:
    """Return what all visits cost: as `Cost`, with the most at one enterprise before changed."""
    lost = exempt = visits = changed = 0
    for site in board.problem.sites:
        cost = cost_of(site, places[site.index], former[site.index])
        lost += cost.lost
        exempt += cost.lost_exempt
        visits += cost.visits
        changed += cost.changed
    return lost, exempt, visits, max(map(len, places), default=0), changed


def _could(board: Board, site: Site, former: Places) -> bool:
    """Return whether fewer visits could be changed: not if the only one holds a new check."""
    known = covered(former)
    changed = [m for day, m in board.places[site.index].items() if former.get(day) != m]
    return len(changed) > 1 or any(not mask & ~known for mask in changed)


def _settle(
    board: Board,
    former: Sequence[Places],
    site: Site,
    limit: Cost,
    locked: set[int],
    depth: int,
) -> bool:
    """Put visits of an enterprise in place at no more than a cost; or change nothing.

    Parameters
    ----------
    locked
        Places of enterprises that may not make way.
    """
    own = former[site.index]
    # One more changed is the first cost that is too much.
    above = limit._replace(changed=limit.changed + 1)
    enough = limit[:3]
    dropped = _spare(board, site, own, limit)
    if dropped < -1:
        return False
    if arrange(board, site, own, above, enough=enough, dropped=dropped) is not None:
        return True
    if not depth:
        return False
    for group, day in _shut(board, site, own):
        for other in _in_the_way(board, former, group, day, locked):
            stands = cost_now(board, other, former[other.index])
            stood = board.clear(other)
            if board.room(group) >> day & 1:
                found = arrange(
                    board, site, own, above, enough=enough, dropped=dropped + 1, must=day
                )
                if found is not None:
                    chain = locked | {other.index}
                    if _settle(board, former, other, stands, chain, depth - 1):
                        return True
                    board.clear(site)
            board.restore(other, stood)
    return False


def _spare(board: Board, site: Site, former: Places, limit: Cost) -> int:
    """Return how many more visits before have room than must stay to cost no more than `limit`.

    So many of them at least stay as visits are not changed.
    """
    need = limit.visits - limit.changed
    for day, mask in former.items():
        group = board.problem.group(site, mask)
        if (mask, day) in site.pinned or board.room(group) >> day & 1:
            need -= 1
    return -need


def _shut(board: Board, site: Site, former: Places) -> Iterator[tuple[Group, int]]:
    """Yield the visits before that have no room now."""
    for day, mask in former.items():
        group = board.problem.group(site, mask)
        if group.open >> day & 1 and not board.room(group) >> day & 1:
            yield group, day


def _in_the_way(
    board: Board, former: Sequence[Places], group: Group, day: int, locked: set[int]
) -> list[Site]:
    """Return enterprises with a changed visit that takes what a group lacks on a day."""
    for row, amount in group.rows:
        if board.left[row][day] < amount:
            found = [
                board.problem.sites[index]
                for index in sorted(board.on[row].get(day, ()))
                if index not in locked and former[index].get(day) != board.places[index][day]
            ]
            return found[:WAYS]
    return []
