"""The coupled part: neighbourhoods around enterprises in excess, searched by CP-SAT in batches.

A batch is cut out of one board, searched in threads, and applied in order; what a neighbour took
meanwhile is checked before. So the result does not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from optimizer.plan.board import Board
from optimizer.plan.days import bits
from optimizer.plan.excess import Excess
from optimizer.plan.local import SMALL, free_checks
from optimizer.plan.neighbourhood import Column, Neighbourhood, candidate_groups, cut_out, search
from optimizer.plan.site import Site

BATCH = 4
"""Neighbourhoods cut out of one board."""

PASSES = 5
"""Most tries for one enterprise, each with other neighbours."""

DAYS = 48
"""Days on which a group is tried in a neighbourhood."""


def improve(board: Board, excess: Excess, *, effort: int, workers: int) -> int:
    """Search neighbourhoods until nothing is in excess or `effort` of them were tried.

    Returns
    -------
    int
        Neighbourhoods tried.
    """
    problem = board.problem
    tried = 0
    attempts: dict[int, int] = {}
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        while tried < effort:
            waiting = [s for s in excess.sites() if attempts.get(s.index, 0) < PASSES]
            waiting.sort(key=lambda s: attempts.get(s.index, 0))
            if not waiting:
                break
            parts: list[Neighbourhood] = []
            taken: set[int] = set()
            for site in waiting:
                if len(parts) == min(BATCH, effort - tried):
                    break
                if site.index in taken:
                    continue
                turn = attempts.get(site.index, 0)
                attempts[site.index] = turn + 1
                group = neighbours(board, site, turn, taken)
                taken.update(s.index for s in group)
                parts.append(cut_out(board, group, DAYS))
            tried += len(parts)
            found = pool.map(
                lambda part: search(part, problem.years, problem.rules.gap_days), parts
            )
            for part, chosen in zip(parts, found, strict=True):
                if chosen is not None:
                    apply(board, part, chosen)
    return tried


def neighbours(board: Board, site: Site, turn: int, taken: Iterable[int]) -> list[Site]:
    """Return a site and those that stand in its way, other ones on each turn."""
    problem = board.problem
    away = set(taken) | {site.index}
    in_way: dict[int, int] = {}
    for group in candidate_groups(board, site, board.places[site.index]):
        days = list(bits(group.open))
        for day in days[turn % 2 :: max(1, len(days) // 80)]:
            for row, amount in group.rows:
                if board.left[row][day] < amount:
                    for i in board.on[row].get(day, ()):
                        in_way[i] = in_way.get(i, 0) + 1
    ranked = sorted(
        (i for i in in_way if i not in away),
        key=lambda i: (-in_way[i], len(problem.sites[i].checks), i),
    )
    size = 40 + 15 * turn
    if turn % 3 == 1:
        ranked = ranked[size // 2 :] + ranked[: size // 2]
    elif turn % 3 == 2:
        ranked = ranked[::2] + ranked[1::2]
    small = [i for i in ranked if free_checks(problem.sites[i]).bit_count() <= SMALL]
    return [site, *(problem.sites[i] for i in small[:size])]


def apply(board: Board, part: Neighbourhood, chosen: tuple[Column, ...]) -> bool:
    """Put better visits in place unless another neighbourhood took the room meanwhile."""
    places = [board.clear(site) for site in part.sites]
    for column in chosen:
        site = part.sites[column.site]
        if not board.room(column.group) >> column.day & 1:
            for other in part.sites:
                board.clear(other)
            for other, placed in zip(part.sites, places, strict=True):
                board.restore(other, placed)
            return False
        board.put(site, column.group, column.day)
    return True
