"""The visits of a board as the vector that the polishing kernel moves, and back."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from optimizer.plan.aims import place_of
from optimizer.plan.board import Board, Places
from optimizer.plan.kernel.arena import Arena, make_arena, view
from optimizer.plan.kernel.polish import (
    LISTS,
    P_DAY,
    P_LATE,
    SCALARS,
    Trips,
)
from optimizer.plan.kernel.table import words_of
from optimizer.plan.site import Group, Mask, Site

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
    opens, late, was, place, same = [], [], [], [], []
    row_at, row, amount = [0], [], []
    first: list[int] = []
    site: Site | None = None
    urgent: list[tuple[Mask, int]] = []
    here = 0
    for at, (owner, group, day) in enumerate(stops):
        if owner is not site:
            site = owner
            begin, moves = at, site.index in moving
            here = places.setdefault(place_of(site.enterprise), len(places))
            urgent = [
                (1 << i, check.severity)
                for i, check in enumerate(site.checks)
                if check.kind == "triggered"
            ]
        first.append(begin)
        before = known[site.index].get(group.mask, -1) if known else -1
        own = group.open
        if site.counters:
            # Caps count by year: inside the year no move can break one.
            own &= problem.years[problem.year_index(day)]
        if not moves:
            own &= 1 << before if before >= 0 else 0
        if (site.pinned and (group.mask, day) in site.pinned) or (still and day == before):
            own = 0
        opens.append(own)
        late.append(sum([n for bit, n in urgent if bit & group.mask]))
        was.append(before)
        place.append(here)
        same.append(teams.setdefault(group.rows, len(teams)))
        for r, asked in group.rows:
            row.append(r)
            amount.append(asked)
        row_at.append(len(row))
    stand = np.array([day for _, _, day in stops], np.int64)
    frees = [own & ~(1 << day) != 0 for own, (_, _, day) in zip(opens, stops, strict=True)]
    taken = _Taken(
        np.array(row, np.int64),
        np.array(amount, np.int64),
        np.repeat(stand, np.diff(np.array(row_at))),
    )
    size = np.array([line.room for line in problem.rows], np.int64).reshape(len(problem.rows), n)
    return make_arena(
        SCALARS,
        LISTS,
        {"visits": len(stops), "days": n, "words": words, "gap": problem.rules.gap_days},
        {
            "day": stand,
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
            "left": size - taken.used(size.shape),
            "size": size,
            "even": np.array([int(line.kind == "capacity") for line in problem.rows]),
            **taken.lists(size.shape),
        },
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    """What visits take, an entry for each of their rows, in order: row, amount, day."""

    row: Arena
    amount: Arena
    day: Arena

    def used(self, shape: tuple[int, ...]) -> Arena:
        """Return how much is taken of each row's day."""
        found = np.zeros(shape, np.int64)
        np.add.at(found, (self.row, self.day), self.amount)
        return found

    def lists(self, shape: tuple[int, ...]) -> dict[str, Arena]:
        """Return the lists of the entries on each row's day, the last entry first."""
        head = np.full(shape, -1, np.int64)
        after, before = np.full(len(self.row), -1, np.int64), np.full(len(self.row), -1, np.int64)
        key = self.row * shape[1] + self.day
        order = np.argsort(key, kind="stable")
        same = np.diff(key[order]) == 0
        one, next_one = order[:-1][same], order[1:][same]
        after[next_one], before[one] = one, next_one
        # Of entries with the same place the last one stays.
        head.reshape(-1)[key[order]] = order
        return {"head": head, "after": after, "before": before}


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
