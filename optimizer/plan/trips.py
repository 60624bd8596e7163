"""The visits of a board as the vector that the polishing kernel moves, and back."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.plan.aims import place_of
from optimizer.plan.board import Board, Places, Stop
from optimizer.plan.kernel.arena import Arena, make_arena, view
from optimizer.plan.kernel.jit import BITS
from optimizer.plan.kernel.polish import (
    LISTS,
    P_DAY,
    P_LATE,
    SCALARS,
    Trips,
)
from optimizer.plan.kernel.table import words_of
from optimizer.plan.site import Mask, Site


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
    words = max(1, -(-n // BITS))
    known = [{mask: day for day, mask in places.items()} for places in former]
    places: dict[Hashable, int] = {}
    teams = _Teams()
    opens, late, was, place, same, first = [], [], [], [], [], []
    site: Site | None = None
    urgent: list[tuple[Mask, int]] = []
    begin, moves, here = 0, False, 0
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
        late.append(sum([n for bit, n in urgent if bit & group.mask]) if urgent else 0)
        was.append(before)
        place.append(here)
        same.append(teams.add(group.rows))
    stand = np.array([day for _, _, day in stops], np.int64)
    days = words_of(opens, words)
    free = _elsewhere(days, stand)
    row_at, row, amount = teams.lists(np.array(same, np.int64))
    taken = _Taken(row, amount, np.repeat(stand, np.diff(row_at)))
    owner_of = np.repeat(np.arange(len(stops)), np.diff(row_at))
    size = np.array([line.room for line in problem.rows], np.int64).reshape(len(problem.rows), n)
    lies = np.array(place, np.int64)
    seen = np.zeros(size.shape, np.int64)
    np.bitwise_or.at(seen, (row, taken.day), 1 << lies[owner_of] % BITS)
    return make_arena(
        SCALARS,
        LISTS,
        {"visits": len(stops), "days": n, "words": words, "gap": problem.rules.gap_days},
        {
            "day": stand,
            "open": days,
            "free": free,
            "late": np.array(late),
            "was": np.array(was),
            "exempt": np.array([int(group.exempt) for _, group, _ in stops]),
            "place": lies,
            "first": np.array(first),
            "last": np.searchsorted(np.array(first), np.array(first), side="right"),
            "same": np.array(same),
            "row_at": row_at,
            "row": row,
            "amount": amount,
            "owner": owner_of,
            "left": size - taken.used(size.shape),
            "size": size,
            "even": np.array([int(line.kind == "capacity") for line in problem.rows]),
            "seen": seen,
            **taken.lists(size.shape),
        },
    )


def _elsewhere(days: Arena, stand: Arena) -> NDArray[np.bool_]:
    """Return whether visits may be on another day than they are."""
    others = days.copy()
    others[np.arange(len(stand)), stand // BITS] &= ~(1 << stand % BITS)
    found: NDArray[np.bool_] = np.any(others != 0, axis=1)
    return found


class _Teams:
    """What visits take of rows, each kind once."""

    def __init__(self) -> None:
        self._places: dict[tuple[tuple[int, int], ...], int] = {}
        # Most visits have their rows from the same few teams: to hash them takes longer.
        self._known: dict[int, int] = {}

    def add(self, rows: tuple[tuple[int, int], ...]) -> int:
        """Return the place of these rows, which must live as long as this does."""
        place = self._known.get(id(rows))
        if place is None:
            place = self._places.setdefault(rows, len(self._places))
            self._known[id(rows)] = place
        return place

    def lists(self, same: Arena) -> tuple[Arena, Arena, Arena]:
        """Return where the entries of each visit begin, (V + 1,), and their rows and amounts."""
        count = np.array([len(rows) for rows in self._places], np.int64)
        flat = np.array([pair for rows in self._places for pair in rows], np.int64)
        at = np.concatenate([[0], np.cumsum(count)])
        row_at = np.concatenate([[0], np.cumsum(count[same])])
        # Entry by entry: where its visit's team begins, and the how manyth of the visit it is.
        places = np.arange(row_at[-1]) - np.repeat(row_at[:-1] - at[same], count[same])
        row, amount = flat.reshape(-1, 2)[places].T
        return row_at, np.ascontiguousarray(row), np.ascontiguousarray(amount)


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
    moved, gone = [], []
    for stop, now in zip(stops, view(trips, P_DAY, len(stops)).tolist(), strict=True):
        site, group, day = stop
        if now != day:
            gone.append(stop)
            moved.append((site, group, now))
    board.take_all(gone)
    board.put_all(moved)
