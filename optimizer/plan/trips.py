"""The visits of a board as the vector that the polishing kernel moves, and back."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

import numpy as np

from optimizer.plan.aims import place_of
from optimizer.plan.board import Board, Places
from optimizer.plan.days import bits
from optimizer.plan.kernel.arena import Arena, make_arena, view
from optimizer.plan.kernel.polish import (
    LISTS,
    P_DAY,
    P_LATE,
    SCALARS,
    Trips,
    drop,
)
from optimizer.plan.kernel.table import words_of
from optimizer.plan.site import Group, Site

Stop = tuple[Site, Group, int]
"""A visit in place: its enterprise, what it is, its day."""


def stops_of(board: Board) -> list[Stop]:
    """Return all visits in place, in order of enterprise, then day."""
    return [(site, group, day) for site in board.problem.sites for group, day in board.placed(site)]


def make_trips(
    board: Board,
    stops: Sequence[Stop],
    moving: Collection[int],
    former: Sequence[Places] = (),
    *,
    still: bool = False,
) -> Trips:
    """Return the vector of these visits.

    Parameters
    ----------
    moving
        Places of the enterprises whose visits may go to any day; those of others stay, or go
        back to the day they had in the previous plan.
    former
        By enterprise, the visits of the previous plan.
    still
        Whether those that are as they were there stay.
    """
    problem = board.problem
    n = len(problem.calendar)
    words = max(1, -(-n // 56))
    known = [{mask: day for day, mask in places.items()} for places in former]
    places: dict[Hashable, int] = {}
    teams: dict[Hashable, int] = {}
    opens, frees, late, was, place, same = [], [], [], [], [], []
    row_at, row, amount = [0], [], []
    first: list[int] = []
    for at, (site, group, day) in enumerate(stops):
        first.append(first[-1] if at and stops[at - 1][0] is site else at)
        before = known[site.index].get(group.mask, -1) if known else -1
        own = group.open
        if site.counters:
            # Caps count by year: inside the year no move can break one.
            own &= problem.years[problem.year_index(day)]
        if site.index not in moving:
            own &= 1 << before if before >= 0 else 0
        if (group.mask, day) in site.pinned or (still and day == before):
            own = 0
        opens.append(own)
        frees.append(int(own & ~(1 << day) != 0))
        late.append(
            sum(
                site.checks[i].severity
                for i in bits(group.mask)
                if site.checks[i].kind == "triggered"
            )
        )
        was.append(before)
        place.append(places.setdefault(place_of(site.enterprise), len(places)))
        same.append(teams.setdefault(group.rows, len(teams)))
        for r, asked in group.rows:
            row.append(r)
            amount.append(asked)
        row_at.append(len(row))
    size = np.array([line.room for line in problem.rows], np.int64).reshape(len(problem.rows), n)
    trips = make_arena(
        SCALARS,
        LISTS,
        {"visits": len(stops), "days": n, "words": words, "gap": problem.rules.gap_days},
        {
            "day": np.full(len(stops), -1),
            "open": words_of(opens, words),
            "free": np.array(frees),
            "late": np.array(late),
            "was": np.array(was),
            "exempt": np.array([int(group.exempt) for _, group, _ in stops]),
            "place": np.array(place),
            "first": np.array(first),
            "last": np.searchsorted(np.array(first), np.array(first), side="right"),
            "same": np.array(same),
            "row_at": np.array(row_at),
            "row": np.array(row),
            "amount": np.array(amount),
            "owner": np.repeat(np.arange(len(stops)), np.diff(np.array(row_at))),
            "left": size,
            "size": size,
            "even": np.array([int(line.kind == "capacity") for line in problem.rows]),
            "head": np.full(size.shape, -1),
            "after": np.full(len(row), -1),
            "before": np.full(len(row), -1),
        },
    )
    for v, (_, _, day) in enumerate(stops):
        drop(trips, v, day)
    return trips


def urgent_of(trips: Trips) -> Arena:
    """Return the visits with triggered checks, those that weigh most first."""
    late = view(trips, P_LATE, int(trips[0]))
    some = np.flatnonzero(late)
    order: Arena = some[np.argsort(-late[some], kind="stable")].astype(np.int64)
    return order


def put_back(board: Board, stops: Sequence[Stop], trips: Trips) -> None:
    """Move the visits of the board to the days they have in the vector."""
    moved = [
        (site, group, day, int(now))
        for (site, group, day), now in zip(stops, view(trips, P_DAY, len(stops)), strict=True)
        if now != day
    ]
    for site, _, day, _ in moved:
        board.take(site, day)
    for site, group, _, now in moved:
        board.put(site, group, now)
