"""The lower bound: what no plan can beat, with a proof for each enterprise.

An enterprise's checks must be parted into groups that could each be one visit; the least number
of groups is at most its visits plus its checks left out. Anchor: the piercing number of windows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.plan.days import Days
from optimizer.plan.problem import Problem
from optimizer.plan.site import Mask, Site

EXACT_LIMIT = 12
"""Most checks of an enterprise whose least number of groups is found exactly."""

SEARCH_LIMIT = 20_000
"""Most nodes of the search for a large set of checks of which no two can share a visit."""


@dataclass(frozen=True, slots=True)
class Lower:
    """A proven least number of groups.

    Attributes
    ----------
    apart
        Checks of which no two can share a visit, as many as `groups`; ``None``: the dynamic
        program over subsets is the proof.
    """

    groups: int
    apart: tuple[str, ...] | None


def lower_bound(problem: Problem, site: Site, within: Mask | None = None) -> Lower:
    """Return the least number of groups of a site's checks, or of those `within`.

    Exact up to `EXACT_LIMIT` checks; beyond, the largest set found of checks that are pairwise
    apart.
    """
    members = site.all if within is None else within
    n = members.bit_count()
    if n <= 1:
        return Lower(n, None)
    if problem.group(site, members).days:
        return Lower(1, None)
    apart = _apart(_conflicts(problem, site, members), members)
    names = tuple(site.checks[i].id for i in range(len(site.checks)) if apart >> i & 1)
    size = len(names)
    if n > EXACT_LIMIT:
        return Lower(size, names)
    exact = size
    if first_fit(problem, site, members) != size:
        exact = _least_groups(problem, site, members)
    # A short list is checked at once; the dynamic program only where it proves more.
    return Lower(exact, names if exact == size and n > 6 else None)


def first_fit(problem: Problem, site: Site, members: Mask) -> int:
    """Return the number of groups that first fit by due date makes: an upper bound."""
    groups: list[Mask] = []
    order = [i for i in range(len(site.checks)) if members >> i & 1]
    order.sort(key=lambda i: (site.checks[i].due, site.checks[i].id))
    for i in order:
        for g, mask in enumerate(groups):
            if problem.group(site, mask | 1 << i).days:
                groups[g] = mask | 1 << i
                break
        else:
            groups.append(1 << i)
    return len(groups)


def possible_days(problem: Problem, site: Site, i: int) -> Days:
    """Return the days that a check could at best be done on, in whatever company.

    A rule with ``planned_rides`` keeps nobody out here, and each unit sends the least number it
    could ever be asked for.
    """
    check, item = site.checks[i], site.items[i]
    skills = tuple(sorted(set(item.skills)))
    team = problem.rules.team
    # As the lead it sends at least `lead`; where the rules ask more of those who join, less.
    least = max(min(max(item.inspectors, team.lead), team.other), len(skills))
    days = site.hard[i]
    for unit in check.units:
        days &= problem.staffed(unit, least, item.effort, skills)
    return days


def _conflicts(problem: Problem, site: Site, members: Mask) -> list[Mask]:
    """Return for each check of a site those of `members` that can never share its visit."""
    n = len(site.checks)
    days = [possible_days(problem, site, i) if members >> i & 1 else 0 for i in range(n)]
    conflicts = [0] * n
    for i in range(n):
        if not members >> i & 1:
            continue
        for j in range(i):
            if members >> j & 1 and (site.clashes[i] >> j & 1 or not days[i] & days[j]):
                conflicts[i] |= 1 << j
                conflicts[j] |= 1 << i
    return conflicts


def _apart(conflicts: list[Mask], members: Mask) -> Mask:
    """Return a largest clique of conflicts, by search with a count of nodes."""
    best = 0
    nodes = 0

    def grow(clique: Mask, rest: Mask) -> None:
        nonlocal best, nodes
        nodes += 1
        size, top = clique.bit_count(), best.bit_count()
        if size > top:
            best, top = clique, size
        if nodes > SEARCH_LIMIT or size + rest.bit_count() <= top:
            return
        inside = [(-(conflicts[i] & rest).bit_count(), i) for i in _members(rest)]
        for _, i in sorted(inside):
            if size + rest.bit_count() <= best.bit_count():
                return
            grow(clique | 1 << i, rest & conflicts[i])
            rest &= ~(1 << i)
            if nodes > SEARCH_LIMIT:
                return

    grow(0, members)
    return best


def _members(mask: Mask) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def _least_groups(problem: Problem, site: Site, members: Mask) -> int:
    """Return the least number of groups exactly: tables over subsets, doubled level by level."""
    places = _members(members)
    n = len(places)
    full = (1 << n) - 1
    masks = [0] * (full + 1)
    for s in range(1, full + 1):
        low = (s & -s).bit_length() - 1
        masks[s] = masks[s & (s - 1)] | 1 << places[low]
    one = np.zeros(full + 1, dtype=bool)
    one[0] = True
    for s in range(1, full + 1):
        one[s] = not s & (s - 1) or bool(problem.group(site, masks[s]).days)
    groups = np.flatnonzero(one)
    tables = [np.arange(full + 1) == 0, one]  # tables[k][s]: k groups are enough for s
    for k in range(2, n + 1):
        before = tables[k - 1]
        if _halves(one, before):
            return k
        tables.append(_step(groups, before))
    return n


def _halves(one: NDArray[np.bool_], before: NDArray[np.bool_]) -> bool:
    """Return whether the whole parts into one group and a set that `before` holds."""
    return bool(np.any(one & before[::-1]))


def _step(groups: NDArray[np.int64], before: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the sets that part into one group and a set that `before` holds."""
    after = before.copy()
    for s in range(len(before)):
        if not after[s]:
            inside = groups[(groups & ~s) == 0]
            after[s] = bool(np.any(before[s ^ inside]))
    return after
