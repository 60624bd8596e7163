"""Making room: an enterprise takes the days it is best with, and the displaced solve again.

An ejection chain in the manner of vehicle routing: a move is kept only if nobody is worse off
than before, so the sum of visits and checks left out never grows. Every loop is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from optimizer.plan.board import Board, Places
from optimizer.plan.days import Days, bits
from optimizer.plan.local import Choice, best, free_checks, options
from optimizer.plan.site import Group, Mask, Site

OPTIONS, DAYS, TRIES = 6, 24, 400
"""Most partitions and days tried for one enterprise, and most enterprises solved again for it."""


Wish = tuple[Mask, tuple[Group, ...]]
"""Checks to leave out, and the others in groups."""


def cost_of(board: Board, site: Site) -> tuple[int, int]:
    """Return checks left out and visits of an enterprise as placed."""
    seen = 0
    places = board.places[site.index]
    for mask in places.values():
        seen |= mask
    return (site.all & ~seen).bit_count(), len(places)


@dataclass(slots=True)
class Ripple:
    """One enterprise's attempt to get better visits.

    Attributes
    ----------
    alone
        A board with nothing but pinned visits.
    saved
        What each enterprise touched had before, to put it back.
    tries
        Enterprises that may still be solved again.
    """

    board: Board
    alone: Board
    depth: int
    tries: int = TRIES
    saved: dict[int, Places] = field(default_factory=dict)
    locked: set[int] = field(default_factory=set)

    def improve(self, site: Site) -> bool:
        """Give `site` fewer visits or checks left out if others can make room.

        Returns
        -------
        bool
            Whether it did; if not, everything is where it was.
        """
        board = self.board
        before = cost_of(board, site)
        self._lift(site)
        self.locked.add(site.index)
        for choice in self._wishes(site, before):
            if self._grant(site, choice):
                return True
            if self.tries <= 0:
                break
        self._undo(0)
        return False

    def _wishes(self, site: Site, before: tuple[int, int]) -> list[Wish]:
        """Return partitions better than what the site has, as groups, best first."""
        members = free_checks(site)
        held = len(site.pinned)
        wishes: list[Wish] = []
        if members.bit_count() <= 5:
            lost_now = before[0]
            places = [i for i in range(len(site.checks)) if members >> i & 1]
            for lost in _subsets(places, lost_now):
                for groups in options(self.board, site, members & ~lost):
                    if (lost.bit_count(), len(groups) + held) < before:
                        wishes.append((lost, groups))
                        if len(wishes) >= OPTIONS:
                            return wishes
            return wishes
        # Many checks: what it would do if the others were not there.
        ideal = best(self.alone, site)
        if (ideal.lost.bit_count(), len(ideal.visits) + held) < before:
            wishes.append((ideal.lost, tuple(group for group, _ in ideal.visits)))
        return wishes

    def _grant(self, site: Site, wish: Wish) -> bool:
        """Place all groups of a wish, making room where there is none."""
        board = self.board
        mark = len(self.saved)
        groups = sorted(wish[1], key=lambda g: (board.room(g).bit_count(), g.mask))
        for group in groups:
            open_days = group.open & ~board.near(group, board.placed(site))
            if not self._place(site, group, open_days, self.depth):
                self._undo(mark)
                self._empty(site)
                return False
        return True

    def _place(self, site: Site, group: Group, days: Days, depth: int) -> bool:
        board = self.board
        room = board.room(group) & days
        if room:
            board.put(site, group, board.quietest(group, room)[1])
            return True
        for day in self._easiest(group, days):
            mark = len(self.saved)
            board.put(site, group, day)
            if self._make_room(group, day, depth):
                return True
            self._undo(mark)
            if board.places[site.index].get(day) == group.mask:
                board.take(site, day)
            if self.tries <= 0:
                return False
        return False

    def _easiest(self, group: Group, days: Days) -> list[int]:
        """Return the days on which least is lacking."""
        board = self.board
        found = []
        for day in bits(days):
            short = [
                amount - board.left[row][day]
                for row, amount in group.rows
                if board.left[row][day] < amount
            ]
            found.append((len(short), sum(short), day))
        found.sort()
        return [day for _, _, day in found[:DAYS]]

    def _make_room(self, group: Group, day: int, depth: int) -> bool:
        """Move others off the rows that are now overfull on `day`."""
        board = self.board
        for row, _ in group.rows:
            while board.left[row][day] < 0:
                if not self._move_one(row, day, depth):
                    return False
        return True

    def _move_one(self, row: int, day: int, depth: int) -> bool:
        board = self.board
        problem = board.problem
        candidates = [
            (len(problem.sites[i].checks), -problem.sites[i].groups[mask].open.bit_count(), i)
            for i, mask in board.on[row][day].items()
            if i not in self.locked and not _is_pinned(problem.sites[i], day)
        ]
        candidates.sort()
        for _, _, i in candidates[:12]:
            if self.tries <= 0:
                return False
            if self._solve_again(problem.sites[i]):
                return True
        if depth > 0:
            for _, _, i in candidates[:3]:
                if self.tries <= 0:
                    return False
                if self._force_away(problem.sites[i], day, depth - 1):
                    return True
        return False

    def _solve_again(self, other: Site) -> bool:
        """Take an enterprise off and solve it anew; keep that if it is no worse off."""
        if other.index in self.saved:
            return False
        self.tries -= 1
        board = self.board
        before = cost_of(board, other)
        places = self._lift(other)
        choice = best(board, other, before)
        if _with_pins(other, choice) <= before:
            for group, day in choice.visits:
                board.put(other, group, day)
            return True
        board.restore(other, places)
        del self.saved[other.index]
        return False

    def _force_away(self, other: Site, day: int, depth: int) -> bool:
        """Move one visit of an enterprise to another day where room must be made again."""
        if other.index in self.saved:
            return False
        self.tries -= 1
        board = self.board
        mark = len(self.saved)
        self.saved[other.index] = dict(board.places[other.index])
        group = board.problem.group(other, board.take(other, day))
        self.locked.add(other.index)
        days = group.open & ~(1 << day) & ~board.near(group, board.placed(other))
        if len(board.problem.years) == 1 and self._place(other, group, days, depth):
            self.locked.discard(other.index)
            return True
        self.locked.discard(other.index)
        self._undo(mark)
        return False

    def _lift(self, site: Site) -> Places:
        """Take an enterprise's free visits off, remembering what it had at first."""
        self.saved[site.index] = dict(self.board.places[site.index])
        return self.board.clear(site)

    def _empty(self, site: Site) -> None:
        self.board.clear(site)

    def _undo(self, mark: int) -> None:
        """Put back all enterprises touched after the first `mark` of them."""
        board = self.board
        touched = list(self.saved)[mark:]
        for index in touched:
            site = board.problem.sites[index]
            for day in list(board.places[index]):
                board.take(site, day)
        for index in touched:
            board.restore(board.problem.sites[index], self.saved.pop(index))
            self.locked.discard(index)


def _with_pins(site: Site, choice: Choice) -> tuple[int, int]:
    return choice.lost.bit_count(), len(choice.visits) + len(site.pinned)


def _is_pinned(site: Site, day: int) -> bool:
    return any(d == day for _, d in site.pinned)


def _subsets(places: list[int], most: int) -> list[Mask]:
    """Return the sets of up to so many places, the smallest first."""
    found = [0]
    if most >= 1:
        found += [1 << i for i in places]
    if most >= 2:
        found += [1 << i | 1 << j for k, i in enumerate(places) for j in places[:k]]
    return found
