"""Where else a visit of a plan could be: days, with room or without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from optimizer.domain.visit import Visit
from optimizer.plan.board import Board
from optimizer.plan.days import Days, bits
from optimizer.plan.problem import Problem


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Other days of a visit.

    Attributes
    ----------
    free
        With room beside all other visits.
    open
        That its checks and the other visits of its enterprise leave, `free` among them.
    """

    free: tuple[date, ...]
    open: tuple[date, ...]


class OtherDays:
    """Visits in place, to be asked where else one of them could be."""

    def __init__(self, problem: Problem, visits: Sequence[Visit]) -> None:
        self._problem, self._board = problem, Board(problem)
        self._sites = {site.enterprise.id: site for site in problem.sites}
        for visit in visits:
            site, mask = self._sites[visit.enterprise], self._mask(visit)
            day = problem.calendar.index(visit.day)
            self._board.put(site, problem.group(site, mask), day)

    def of(self, visit: Visit, after: date | None = None) -> Elsewhere:
        """Return the other days of a visit, those after a day if one is given."""
        problem, site = self._problem, self._sites[visit.enterprise]
        own = problem.calendar.index(visit.day)
        group = problem.group(site, self._mask(visit))
        others = [(g, day) for g, day in self._board.placed(site) if day != own]
        days = group.open & ~self._board.near(group, others) & ~(1 << own)
        if after is not None:
            first = problem.calendar.index(after) + 1
            days = days >> first << first
        return Elsewhere(self._dates(days & self._board.room(group)), self._dates(days))

    def _mask(self, visit: Visit) -> int:
        site, own = self._sites[visit.enterprise], set(visit.checks)
        return sum(1 << k for k, check in enumerate(site.checks) if check.id in own)

    def _dates(self, days: Days) -> tuple[date, ...]:
        return tuple(self._problem.calendar.day(day) for day in bits(days))
