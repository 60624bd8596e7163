"""The candidate-day model that the general solvers are given: a column is a group on a day.

Every rule of the enterprise that a group alone can break is settled when its column is made, so
that the models hold only what couples columns: each check once, one visit a day, gap, caps,
and the rows of capacity.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from optimizer.plan.board import Board
from optimizer.plan.days import bits
from optimizer.plan.problem import Problem
from optimizer.plan.site import Count, Group, Mask, Site

LEFT_OUT = 10
"""What a check left out costs, in visits: more than any way to avoid it is worth."""

_ALL_SUBSETS = 6
_SMALL = 2
_MOST_GROUPS = 400


@dataclass(frozen=True, slots=True)
class Column:
    """One group of checks of one enterprise on one day."""

    site: int
    mask: Mask
    day: int
    exempt: bool
    rows: tuple[tuple[int, int], ...]
    counts: tuple[Count, ...]


@dataclass(slots=True)
class Columns:
    """The columns of a problem and what couples them.

    Attributes
    ----------
    by_site
        Places of each enterprise's columns.
    start
        Places of the columns of a plan to begin from.
    """

    problem: Problem
    columns: list[Column] = field(default_factory=list)
    by_site: list[list[int]] = field(default_factory=list)
    start: list[int] = field(default_factory=list)

    def covers(self) -> Iterator[tuple[int, int, list[int]]]:
        """Yield enterprise, check and the columns that hold it."""
        for site in self.problem.sites:
            own = self.by_site[site.index]
            for i in range(len(site.checks)):
                yield site.index, i, [k for k in own if self.columns[k].mask >> i & 1]

    def conflicts(self) -> Iterator[list[int]]:
        """Yield sets of columns of which at most one can be chosen: same day, and gap."""
        gap = max(self.problem.rules.gap_days, 1)
        for own in self.by_site:
            days: dict[int, list[int]] = {}
            for k in own:
                days.setdefault(self.columns[k].day, []).append(k)
            if len(days) < 2 and all(len(here) < 2 for here in days.values()):
                continue
            order = sorted(days)
            for day in order:
                near = [d for d in order if day < d < day + gap]
                free = [k for d in near for k in days[d] if not self.columns[k].exempt]
                here = days[day]
                if any(self.columns[k].exempt for k in here):
                    yield here
                    here = [k for k in here if not self.columns[k].exempt]
                if len(here) + len(free) > 1:
                    yield here + free

    def caps(self) -> Iterator[tuple[int, list[tuple[int, int, int]]]]:
        """Yield limit and (column, counted, free) of each counter and year that could bind."""
        problem = self.problem
        for site in problem.sites:
            for c, counter in enumerate(site.counters):
                for y, limit in enumerate(counter.limits):
                    here = [
                        (k, count.counted, count.free)
                        for k in self.by_site[site.index]
                        if problem.year_index(self.columns[k].day) == y
                        for count in self.columns[k].counts
                        if count.counter == c
                    ]
                    if min(_most(here), counter.members.bit_count()) > limit:
                        yield limit, here

    def rows(self) -> Iterator[tuple[int, list[tuple[int, int]]]]:
        """Yield room and (column, amount) of each row and day that could be too small."""
        takes: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for k, column in enumerate(self.columns):
            for row, amount in column.rows:
                takes.setdefault((row, column.day), []).append((k, amount))
        for (row, day), terms in sorted(takes.items()):
            room = self.problem.rows[row].room[day]
            if sum(amount for _, amount in terms) > room:
                yield room, terms


def make_columns(problem: Problem, start: Board, days: int) -> Columns:
    """Return the columns of every enterprise.

    Parameters
    ----------
    start
        A plan whose columns are among them.
    days
        Most candidate days of a group: spread over its open days, by another shift for each
        enterprise, so that no day is everyone's.
    """
    made = Columns(problem)
    for site in problem.sites:
        own: list[int] = []
        placed = {(day, mask) for day, mask in start.places[site.index].items()}
        seen = set(placed)
        for group in groups_of(problem, site):
            seen.update((day, group.mask) for day in _spread(group, days, site.index))
        for day, mask in sorted(seen):
            group = problem.group(site, mask)
            if (day, mask) in placed:
                made.start.append(len(made.columns))
            own.append(len(made.columns))
            made.columns.append(
                Column(site.index, mask, day, group.exempt, group.rows, group.counts)
            )
        made.by_site.append(own)
    return made


def groups_of(problem: Problem, site: Site) -> list[Group]:
    """Return the groups an enterprise's columns are made of.

    All of them up to six checks. Beyond: single checks and pairs, and what is left of the
    largest sets that a day allows once other such sets are taken, up to a count.
    """
    n = len(site.checks)
    if n <= _ALL_SUBSETS:
        masks: Sequence[Mask] = range(1, site.all + 1)
        return [group for mask in masks if (group := problem.group(site, mask)).open]
    found = {1 << i for i in range(n)}
    found |= {1 << i | 1 << j for i in range(n) for j in range(i)}
    largest = _largest(site)
    queue, known = [site.all], {site.all}
    while queue and len(found) < _MOST_GROUPS:
        rest = queue.pop(0)
        for whole in largest:
            mask = whole & rest
            if mask.bit_count() > _SMALL:
                found.add(mask)
            left = rest & ~mask
            if mask and left and left not in known:
                known.add(left)
                queue.append(left)
    return [group for mask in sorted(found) if (group := problem.group(site, mask)).open]


def _largest(site: Site) -> list[Mask]:
    """Return the sets of checks that some day allows and no other day's set contains."""
    sets: set[Mask] = set()
    union = 0
    for hard in site.hard:
        union |= hard
    for day in bits(union):
        mask = sum(1 << i for i, hard in enumerate(site.hard) if hard >> day & 1)
        for i in bits(mask):
            if mask >> i & 1:
                mask &= ~site.clashes[i]
        sets.add(mask)
    return sorted(a for a in sets if not any(a != b and a & b == a for b in sets))


def _spread(group: Group, most: int, shift: int) -> list[int]:
    days = list(bits(group.open))
    if len(days) <= most:
        return days
    step = len(days) / most
    offset = (shift * 7919 % 97) / 97 * step
    return [days[int(offset + k * step) % len(days)] for k in range(most)]


def _most(here: list[tuple[int, int, int]]) -> int:
    return sum(counted + free for _, counted, free in here)
