"""Moves that cost no visit: merge what can be merged, triggered checks early, an even load."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from optimizer.plan.board import LEVELS, Board
from optimizer.plan.caps import broken_caps
from optimizer.plan.days import Days, bits, lowest
from optimizer.plan.site import Group, Site

SPREAD_FROM = LEVELS.index(3)
"""A visit on a day fuller than this moves to an emptier one, if it has one."""


def polish(board: Board, sites: Sequence[Site]) -> None:
    """Merge pairs of visits of these sites, then move them one by one; nobody gets more visits."""
    for site in sites:
        merge_pairs(board, site)
    order = sorted(sites, key=lambda s: (-_urgency(s, s.all), s.index))
    for site in order:
        for group, day in board.placed(site):
            if not _is_pinned(site, day):
                _move(board, site, group, day)


def merge_pairs(board: Board, site: Site) -> None:
    """Merge two visits of an enterprise as long as some day has room for both together."""
    merged = True
    while merged:
        merged = False
        for a, b in combinations(board.placed(site), 2):
            if _is_pinned(site, a[1]) or _is_pinned(site, b[1]):
                continue
            group = board.problem.group(site, a[0].mask | b[0].mask)
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


def _move(board: Board, site: Site, group: Group, day: int) -> None:
    urgency = _urgency(site, group.mask)
    rest = group.open & ((1 << day) - 1) if urgency else group.open
    if not rest:
        return
    board.take(site, day)
    days = _allowed(board, site, group)
    if not days >> day & 1:
        # It stands although it may not (a pinned neighbour, say): leave it.
        board.put(site, group, day)
        return
    if urgency:
        board.put(site, group, lowest(days))
        return
    here, _ = board.quietest(group, 1 << day)
    best, other = board.quietest(group, days)
    board.put(site, group, other if here >= SPREAD_FROM and best < here else day)


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


def _urgency(site: Site, mask: int) -> int:
    """Return the most severe triggered check's severity; 0: all planned."""
    return max(
        (site.checks[i].severity for i in bits(mask) if site.checks[i].kind == "triggered"),
        default=0,
    )


def _is_pinned(site: Site, day: int) -> bool:
    return any(d == day for _, d in site.pinned)
