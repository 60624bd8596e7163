"""What visits leave of the units' days, for answers at once: sets of days as whole numbers."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.plan.days import Days, levels
from optimizer.plan.problem import Row

Takes = tuple[tuple[int, int], ...]
"""``(row, amount)`` of what a visit takes of its day."""

LEVELS = (12, 10, 8, 6, 4, 3, 2, 1, 0)
"""Room that should remain besides, in sixteenths of the row's best day, most first."""


class Room:
    """Room left in each row, by day. Takes and gives back are exact opposites.

    Attributes
    ----------
    left
        ``left[row][day]``; negative where visits that stand ask for more than there is.
    ok
        ``ok[row][amount]``: the days with room for `amount`.
    """

    __slots__ = ("_spare", "left", "ok")

    def __init__(self, rows: Iterable[Row]) -> None:
        self.left: list[list[int]] = []
        self.ok: list[list[Days]] = []
        self._spare: list[tuple[int, ...]] = []
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Add a row that nothing has been taken of."""
        top = max(row.room, default=0)
        self.left.append(list(row.room))
        self.ok.append(levels(row.room, top))
        self._spare.append(tuple(top * share // 16 for share in LEVELS))

    def take(self, takes: Takes, day: int) -> None:
        """Take of a day, whether there is room or not."""
        bit = 1 << day
        for row, amount in takes:
            line, sets = self.left[row], self.ok[row]
            before = line[day]
            line[day] = after = before - amount
            for a in range(max(after + 1, 0), before + 1):
                sets[a] &= ~bit

    def give(self, takes: Takes, day: int) -> None:
        """Give back what was taken of a day."""
        bit = 1 << day
        for row, amount in takes:
            line, sets = self.left[row], self.ok[row]
            before = line[day]
            line[day] = after = before + amount
            for a in range(max(before + 1, 0), after + 1):
                sets[a] |= bit

    def days(self, takes: Takes, among: Days) -> Days:
        """Return those of some days that have room."""
        for row, amount in takes:
            if not among:
                return 0
            sets = self.ok[row]
            among &= sets[amount] if amount < len(sets) else 0
        return among

    def holds(self, takes: Takes, day: int, instead: Takes) -> bool:
        """Return whether a day has room once `instead` is given back."""
        given, left = dict(instead), self.left
        return all(left[row][day] + given.get(row, 0) >= amount for row, amount in takes)

    def lacking(self) -> list[tuple[int, int]]:
        """Return the rows and days of which more is taken than there is."""
        return [
            (row, day)
            for row, line in enumerate(self.left)
            if min(line, default=0) < 0
            for day, left in enumerate(line)
            if left < 0
        ]

    def emptiest(self, takes: Takes, days: Days) -> Days:
        """Return those of some days, all with room, that would keep most room besides."""
        for level in range(len(LEVELS)):
            found = days
            for row, amount in takes:
                sets = self.ok[row]
                wanted = amount + self._spare[row][level]
                found &= sets[wanted] if wanted < len(sets) else 0
                if not found:
                    break
            if found:
                return found
        return days
