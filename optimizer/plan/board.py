"""What is left of every unit's day, as sets of days: the state that all moves work on.

``ok[row][a]`` is the set of days on which the row still has room for `a`; the days on which a
group fits are then a handful of intersections of whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.domain.visit import Visit
from optimizer.plan.days import Days, between, levels
from optimizer.plan.problem import Problem
from optimizer.plan.room import LEVELS
from optimizer.plan.site import Group, Mask, Site

Places = dict[int, Mask]
"""Visits of one enterprise: day → checks."""

Stop = tuple[Site, Group, int]
"""A visit in place: its enterprise, what it is, its day."""


def covered(places: Places) -> Mask:
    """Return the checks that are in some visit."""
    mask = 0
    for own in places.values():
        mask |= own
    return mask


class Board:
    """Visits in place and the room that is left. The only mutable thing of the solver.

    Attributes
    ----------
    left
        ``left[row][day]``; negative while a move is under way.
    on
        ``on[row][day]``: indices of the enterprises whose visits take of it, as they came. On most
        days it is one, and a dictionary for it would take four times the memory.
    places
        By enterprise index.
    """

    __slots__ = ("_levels", "_near", "left", "ok", "on", "places", "problem")

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.left: list[list[int]] = []
        self.ok: list[list[Days]] = []
        self._levels: list[tuple[int, ...]] = []
        for row in problem.rows:
            top = max(row.room, default=0)
            self.left.append(list(row.room))
            self.ok.append(levels(row.room, top))
            self._levels.append(tuple(top * level // 16 for level in LEVELS))
        self.on: list[dict[int, tuple[int, ...]]] = [{} for _ in problem.rows]
        self.places: list[Places] = [{} for _ in problem.sites]
        n, gap = len(problem.calendar), problem.rules.gap_days
        reach = max(gap - 1, 0)
        self._near = [between(d - reach, d + reach, n) for d in range(n)]

    def put(self, site: Site, group: Group, day: int) -> None:
        """Place a visit, whether there is room or not."""
        self.places[site.index][day] = group.mask
        others = ~(1 << day)
        for row, amount in group.rows:
            line, sets = self.left[row], self.ok[row]
            before = line[day]
            line[day] = after = before - amount
            after = max(after, -1)
            while before > after:
                sets[before] &= others
                before -= 1
            self.on[row][day] = (*self.on[row].get(day, ()), site.index)

    def put_all(self, visits: Iterable[Stop]) -> None:
        """Place many visits; as `put` of each, but sets of days are made once for each row."""
        changed: set[int] = set()
        for site, group, day in visits:
            self.places[site.index][day] = group.mask
            for row, amount in group.rows:
                self.left[row][day] -= amount
                self.on[row][day] = (*self.on[row].get(day, ()), site.index)
                changed.add(row)
        self._list_days(changed)

    def take_all(self, visits: Iterable[Stop]) -> None:
        """Take many visits off, likewise."""
        changed: set[int] = set()
        for site, group, day in visits:
            del self.places[site.index][day]
            for row, amount in group.rows:
                self.left[row][day] += amount
                self._leave(row, day, site.index)
                changed.add(row)
        self._list_days(changed)

    def _list_days(self, rows: Iterable[int]) -> None:
        for row in rows:
            self.ok[row] = levels(self.left[row], len(self.ok[row]) - 1)

    def take(self, site: Site, day: int) -> Mask:
        """Take a visit off."""
        mask = self.places[site.index].pop(day)
        bit = 1 << day
        for row, amount in site.groups[mask].rows:
            line, sets = self.left[row], self.ok[row]
            before = line[day]
            line[day] = after = before + amount
            for a in range(max(before + 1, 0), after + 1):
                sets[a] |= bit
            self._leave(row, day, site.index)
        return mask

    def _leave(self, row: int, day: int, index: int) -> None:
        self.on[row][day] = tuple([i for i in self.on[row][day] if i != index])

    def clear(self, site: Site) -> Places:
        """Take all visits of an enterprise off that are not pinned, and return them."""
        held = {day for _, day in site.pinned}
        return {
            day: self.take(site, day) for day in list(self.places[site.index]) if day not in held
        }

    def restore(self, site: Site, places: Places) -> None:
        """Put visits back."""
        for day, mask in places.items():
            self.put(site, self.problem.group(site, mask), day)

    def room(self, group: Group) -> Days:
        """Return the days on which a group fits beside what is in place."""
        days = group.open
        for row, amount in group.rows:
            if not days:
                return 0
            days &= self.ok[row][amount]
        return days

    def quietest(self, group: Group, days: Days) -> tuple[int, int]:
        """Return the emptiest of some days on which the group fits, and how empty it is.

        Returns
        -------
        tuple
            Place in `LEVELS` (0 is emptiest) and the first such day.
        """
        for level in range(len(LEVELS)):
            found = days
            for row, amount in group.rows:
                sets = self.ok[row]
                found &= sets[min(amount + self._levels[row][level], len(sets) - 1)]
                if not found:
                    break
            if found:
                return level, (found & -found).bit_length() - 1
        return len(LEVELS), (days & -days).bit_length() - 1

    def near(self, group: Group, others: list[tuple[Group, int]]) -> Days:
        """Return the days closed to a group by other visits of its enterprise (gap, same day)."""
        closed = 0
        for other, day in others:
            closed |= 1 << day if group.exempt or other.exempt else self._near[day]
        return closed

    def placed(self, site: Site) -> list[tuple[Group, int]]:
        """Return the visits of an enterprise with their days."""
        return [
            (self.problem.group(site, mask), day)
            for day, mask in sorted(self.places[site.index].items())
        ]


def board_of(problem: Problem, visits: Iterable[Visit]) -> Board:
    """Return a board with the visits of a plan in place."""
    board = Board(problem)
    sites = {site.enterprise.id: site for site in problem.sites}
    for visit in visits:
        site = sites[visit.enterprise]
        asked = set(visit.checks)
        mask = sum(1 << i for i, check in enumerate(site.checks) if check.id in asked)
        board.put(site, problem.group(site, mask), problem.calendar.index(visit.day))
    return board
