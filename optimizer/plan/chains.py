"""Take in checks left out by chains: a visit takes the day of another, which takes that of a third.

Augmenting paths (Ford and Fulkerson 1956) over the visits of units that have hardly a half-day
left: each visit moves whole to another day, until one comes to a day with room. Where no one
visit makes room enough, two do, each by a chain of its own. The kernels choose anew, shaken by
chance, for whoever is in the way, and keep within a few enterprises; a chain may be long.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from optimizer.plan.board import Board, covered
from optimizer.plan.bound import Lower
from optimizer.plan.days import Days, bits
from optimizer.plan.excess import cost_of
from optimizer.plan.merge import days_beside, is_pinned
from optimizer.plan.site import Group, Mask, Site

PASSES = 3
"""Most times that all checks left out are looked at."""

STEPS = 800
"""Most visits that are looked at for one check left out."""

PAIRS = 30
"""Most pairs of visits that are tried for one visit."""


def take_in_by_chains(board: Board, sites: Sequence[Site], lowers: Sequence[Lower]) -> int:
    """Place checks left out beyond the proven number, by moving visits of others to other days.

    Nobody else's checks left out and visits change in number; a check that is taken in may need
    a visit.

    Parameters
    ----------
    sites
        Those whose checks are taken in.
    lowers
        Lower bounds of all enterprises.

    Returns
    -------
    int
        Checks taken in.
    """
    taken = 0
    # Nobody leaves out more afterwards than before: the others are not asked again.
    short = [site for site in sites if cost_of(board, site)[0] > lowers[site.index].left_out]
    for _ in range(PASSES):
        chains, before = _Chains(board), taken
        for site in short:
            if cost_of(board, site)[0] > lowers[site.index].left_out:
                for i in bits(site.all & ~covered(board.places[site.index])):
                    taken += chains.take_in(site, 1 << i)
        if taken == before:
            break
    return taken


_Looked = dict[int, dict[int, Days]]
"""Row → what a visit takes of it → days on which it alone was short for that visit, and all who
would leave room for it were looked at."""

_NOTHING: Mapping[int, Days] = MappingProxyType({})

_Seen = defaultdict[int, set[int]]
"""Day → enterprises whose visit of that day was looked at."""


class _Step(NamedTuple):
    """A visit that must move from a day (-1: it is off), and the step that takes that day."""

    site: Site
    group: Group
    day: int
    after: int


class _Chains:
    """One pass over the checks left out."""

    def __init__(self, board: Board) -> None:
        self.board = board
        # Visits found in no chain when they were looked at: what is taken in later leaves less
        # room, so that they hardly will be.
        self.stuck: _Seen = defaultdict(set)
        self.moves: list[tuple[Site, Group, int, bool]] = []
        # What was looked at where nothing led on; what changes on a row's day makes it unknown.
        self.dead: _Looked = {}
        self.taken: dict[tuple[tuple[int, int], ...], dict[int, int]] = {}
        self.steps = 0

    def take_in(self, site: Site, one: Mask) -> bool:
        """Place a check left out, in a visit that there is or in one of its own."""
        self.steps = STEPS
        self.moves.clear()
        problem = self.board.problem
        ways = [
            (problem.group(site, group.mask | one), day)
            for group, day in self.board.placed(site)
            if not is_pinned(site, day)
        ]
        ways.append((problem.group(site, one), -1))
        for pairs in (False, True):
            for group, day in ways:
                if not group.open:
                    continue
                if day >= 0:
                    self._take(site, day)
                if self._chain(site, group, -1) or (pairs and self._by_two(site, group)):
                    return True
                self._undo(0)
        return False

    def _chain(self, site: Site, group: Group, day: int) -> bool:
        """Place a visit that is off, or was on `day`, by the shortest chain, if there is one."""
        steps = [_Step(site, group, day, -1)]
        seen: _Seen = defaultdict(set)
        looked: _Looked = {}
        for k, step in enumerate(steps):  # grows as it is looked at
            self.steps -= 1
            days = self._days(step)
            room = days & self.board.room(step.group)
            if room:
                return self._follow(steps, k, self.board.quietest(step.group, room)[1])
            if self.steps < len(steps) - k:
                continue
            for there in bits(days & ~self._known(step.group, (looked, self.dead))):
                short = self._short(step.group, there)
                if len(short) == 1:
                    row = short[0][0]
                    amount = short[0][1] + self.board.left[row][there]
                    own = looked.setdefault(row, {})
                    own[amount] = own.get(amount, 0) | 1 << there
                for index, other in self._in_the_way(step, there, short, site.index, seen):
                    seen[there].add(index)
                    steps.append(_Step(self.board.problem.sites[index], other, there, k))
        for there, others in seen.items():
            self.stuck[there] |= others
        for row, own in looked.items():
            dead = self.dead.setdefault(row, {})
            for amount, there in own.items():
                dead[amount] = dead.get(amount, 0) | there
        if day >= 0:
            self.stuck[day].add(site.index)
        return False

    def _known(self, group: Group, known: Sequence[_Looked]) -> Days:
        """Return the days on which all who would leave a visit room were looked at."""
        found = 0
        for row, n in group.rows:
            days = 0
            for looked in known:
                for amount, own in looked.get(row, _NOTHING).items():
                    if amount <= n:
                        days |= own
            if days:
                found |= days & ~self.board.ok[row][n]
        return found

    def _days(self, step: _Step) -> int:
        """Return the days that a visit could move to if the units had room."""
        site, group, day, _ = step
        days = group.open if day < 0 else group.open & ~(1 << day)
        if not self.board.places[site.index]:
            return days
        return days_beside(self.board, site, group, days, day)

    def _short(self, group: Group, day: int) -> list[tuple[int, int]]:
        """Return the rows that lack room for a visit on a day, with what they lack."""
        left = self.board.left
        return [(row, n - left[row][day]) for row, n in group.rows if n > left[row][day]]

    def _in_the_way(
        self,
        step: _Step,
        day: int,
        short: Sequence[tuple[int, int]],
        first: int,
        seen: _Seen,
    ) -> list[tuple[int, Group]]:
        """Return the visits of a day, not seen yet, each of which alone would leave room enough."""
        found = []
        sites, taken = self.board.problem.sites, self.taken
        known, stuck = seen[day], self.stuck[day]
        for index in self.board.on[short[0][0]][day]:
            if index in known or index in stuck:
                continue
            site = sites[index]
            group = site.groups[self.board.places[index][day]]
            rows = taken.get(group.rows)
            if rows is None:
                rows = taken[group.rows] = dict(group.rows)
            for row, lack in short:
                if rows.get(row, 0) < lack:
                    break
            else:
                if index not in (first, step.site.index) and not is_pinned(site, day):
                    found.append((index, group))
        return found

    def _rows(self, group: Group) -> dict[int, int]:
        """Return what a group takes of each row; remembered, as few teams make most groups."""
        rows = self.taken.get(group.rows)
        if rows is None:
            rows = self.taken[group.rows] = dict(group.rows)
        return rows

    def _follow(self, steps: Sequence[_Step], last: int, day: int) -> bool:
        """Move the visits of a chain from its end on; undo it where one no longer fits."""
        mark = len(self.moves)
        while last >= 0:
            site, group, was, after = steps[last]
            if after >= 0:
                self._take(site, was)
            fits = self.board.room(group) & self._days(steps[last])
            if not fits >> day & 1:
                self._undo(mark)
                return False
            self._put(site, group, day)
            last, day = after, was
        return True

    def _by_two(self, site: Site, group: Group) -> bool:
        """Place a visit that is off where two others leave room, each placed by a chain."""
        for day, pair in self._pairs(site, group):
            if self.steps <= 0:
                break
            mark = len(self.moves)
            for other, _ in pair:
                self._take(other, day)
            self._put(site, group, day)
            if all(self._chain(other, own, day) for other, own in pair):
                return True
            self._undo(mark)
        return False

    def _pairs(self, site: Site, group: Group) -> list[tuple[int, list[tuple[Site, Group]]]]:
        """Return days with two visits that leave room together, those that take least first."""
        problem, found = self.board.problem, []
        for day in bits(self._days(_Step(site, group, -1, -1))):
            short = self._short(group, day)
            here = {i: self.board.places[i][day] for r, _ in short for i in self.board.on[r][day]}
            others = [
                (problem.sites[i], problem.sites[i].groups[mask])
                for i, mask in sorted(here.items())
                if i != site.index
                and i not in self.stuck[day]
                and not is_pinned(problem.sites[i], day)
            ]
            rows = {own.index: self._rows(one) for own, one in others}
            for pair in combinations(others, 2):
                first, second = (rows[own.index] for own, _ in pair)
                both = {r: first.get(r, 0) + second.get(r, 0) for r, _ in short}
                if _frees(both, short):
                    taken = sum(first.values()) + sum(second.values())
                    days = sum(one.open.bit_count() for _, one in pair)
                    least = sorted(pair, key=lambda own: own[1].open.bit_count())
                    found.append((taken, -days, day, least))
        found.sort(key=lambda entry: entry[:3])
        return [(day, pair) for _, _, day, pair in found[:PAIRS]]

    def _take(self, site: Site, day: int) -> None:
        mask = self.board.take(site, day)
        self._changed(site.groups[mask], day)
        self.moves.append((site, site.groups[mask], day, False))

    def _put(self, site: Site, group: Group, day: int) -> None:
        self.board.put(site, group, day)
        self._changed(group, day)
        self.moves.append((site, group, day, True))

    def _changed(self, group: Group, day: int) -> None:
        for row, _ in group.rows:
            for amount in self.dead.get(row, _NOTHING):
                self.dead[row][amount] &= ~(1 << day)

    def _undo(self, mark: int) -> None:
        """Take back all moves but the first `mark`."""
        while len(self.moves) > mark:
            site, group, day, placed = self.moves.pop()
            if placed:
                self.board.take(site, day)
            else:
                self.board.put(site, group, day)


def _frees(rows: Mapping[int, int], short: Sequence[tuple[int, int]]) -> bool:
    """Return whether visits that take so much leave what is lacking."""
    for row, lack in short:  # noqa: SIM110 - the innermost loop of all
        if rows.get(row, 0) < lack:
            return False
    return True
