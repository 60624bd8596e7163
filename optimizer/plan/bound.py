"""The lower bound: what no plan can beat, with a proof for each enterprise.

An enterprise's checks must be parted into groups that could each be one visit; the least number
of groups is at most its visits plus its checks left out. Anchor: the piercing number of windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from optimizer.plan.days import Days
from optimizer.plan.kernel.apart import A_APART, A_FIT, A_HOPELESS, A_LONE, bound_large
from optimizer.plan.kernel.arena import view
from optimizer.plan.kernel.desk import SMALL, Desk, make_desk
from optimizer.plan.kernel.groups import list_groups
from optimizer.plan.kernel.least import least_parts
from optimizer.plan.kernel.table import (
    MOST,
    T_CHECKS,
    T_HARD,
    T_PART,
    T_WORDS,
    Table,
    make_table,
    words_of,
)
from optimizer.plan.problem import Problem
from optimizer.plan.site import Mask, Site
from optimizer.plan.weights import Weights, find_weights

EXACT_LIMIT = 12
"""Most checks of an enterprise whose least number of groups is found exactly."""

LISTED = 6
"""Fewest checks less one for which a list of checks apart is preferred: it is checked at once."""

SEARCH_LIMIT = 2_000
"""Most nodes of the search for a large set of checks of which no two can share a visit."""


@dataclass(frozen=True, slots=True)
class Lower:
    """Proven least numbers of one enterprise.

    Attributes
    ----------
    groups
        Visits and checks left out, together, of any plan.
    proof
        As published: ``exact``, ``caps``, checks of which no two can share a visit, or weights.
    left_out
        Checks left out of any plan.
    apart
        Checks by which caps prove a part of these, see `optimizer.plan.kept_out`.
    """

    groups: int
    proof: str | tuple[str, ...] | Weights
    left_out: int = 0
    apart: tuple[str, ...] = ()


def lower_bounds(problem: Problem) -> list[Lower]:
    """Return the least numbers of all enterprises, caps and gap relaxed."""
    sites = [s for s in problem.sites if len(s.checks) <= MOST]
    found: dict[int, Lower] = {}
    # Most are one of a few values.
    same: dict[tuple[int, str | tuple[str, ...], int], Lower] = {}
    if sites:
        table = make_table(problem, sites, relaxed=True)
        desk = make_desk(table)
        numbers = least_parts(table, list_groups(table, desk), desk)
        large = _bound_large(problem, sites, table, desk)
        del table, desk  # nothing below needs them, and they are large
        for k, site in enumerate(sites):
            if len(site.checks) > SMALL:
                found[site.index] = _of_large(problem, site, large[k].tolist())
                continue
            groups, lost = int(numbers[k, 0]), int(numbers[k, 1])
            proof: str | tuple[str, ...] = "exact"
            # Only documents name them.
            if problem.document and len(site.checks) > LISTED and groups > 1:
                names = names_of(
                    site, largest_apart(conflicts_of(problem, site, site.all), site.all)
                )
                if len(names) == groups:
                    proof = names
            key = groups, proof, lost
            lower = same.get(key)
            if lower is None:
                lower = same[key] = Lower(*key)
            found[site.index] = lower
    for site in problem.sites:
        if site.index not in found:
            with site.in_passing():
                found[site.index] = lower_bound(problem, site)
    return [found[site.index] for site in problem.sites]


def _bound_large(
    problem: Problem, sites: Sequence[Site], table: Table, desk: Desk
) -> NDArray[np.int64]:
    """Return what `bound_large` does of the enterprises of a table."""
    parts = chain.from_iterable(site.parts for site in sites)
    able = {part: problem.able(part) for part in dict.fromkeys(parts)}
    checks, words = int(table[T_CHECKS]), int(table[T_WORDS])
    # The table numbers parts in the same order.
    days = words_of(list(able.values()), words)[view(table, T_PART, checks)]
    days &= view(table, T_HARD, checks).reshape(days.shape)
    order = np.zeros(checks, np.int64)
    at = 0
    for site in sites:
        if len(site.checks) > SMALL:
            order[at : at + len(site.checks)] = _by_due(site)
        at += len(site.checks)
    found: NDArray[np.int64] = bound_large(table, days, order, SEARCH_LIMIT, desk)
    return found


def _of_large(problem: Problem, site: Site, bounds: Sequence[int]) -> Lower:
    """Return the least numbers of an enterprise by its line of `bound_large`."""
    if bounds[A_LONE]:
        return Lower(1, (_first(site, site.all),))
    with site.in_passing():
        lost = hopeless(problem, site, site.all) if bounds[A_HOPELESS] else 0
    names = names_of(site, bounds[A_APART])
    return _apart_or_weights(problem, site, site.all, names, bounds[A_FIT], lost)


def _apart_or_weights(
    problem: Problem, site: Site, members: Mask, names: tuple[str, ...], fit: int, lost: int
) -> Lower:
    """Return the bound by checks that are apart, or by weights where these prove more.

    Parameters
    ----------
    fit
        Groups that are enough.
    """
    if fit > len(names):
        days = [possible_days(problem, site, i) for i in range(len(site.checks))]
        weights = find_weights(site, members, days, len(names))
        if weights is not None and weights.lower > len(names):
            return Lower(weights.lower, weights, lost)
    return Lower(len(names), names, lost)


def lower_bound(problem: Problem, site: Site, within: Mask | None = None) -> Lower:
    """Return the least numbers of a site's checks, or of those `within`, caps and gap relaxed.

    Exact up to `EXACT_LIMIT` checks; beyond, the largest set found of checks that are pairwise
    apart, or weights where they prove more.
    """
    members = site.all if within is None else within
    n = members.bit_count()
    if n == 0:
        return Lower(0, "exact")
    if problem.lone(site, members):
        return Lower(1, "exact") if n <= EXACT_LIMIT else Lower(1, (_first(site, members),))
    lost = hopeless(problem, site, members)
    if n == 1:
        return Lower(1, "exact", lost)
    if n > MOST:
        return _one_after_the_other(problem, site, members, lost)
    names = names_of(site, largest_apart(conflicts_of(problem, site, members), members))
    size = len(names)
    if n > EXACT_LIMIT:
        fit = first_fit(problem, site, members)
        return _apart_or_weights(problem, site, members, names, fit, lost)
    exact = size
    if first_fit(problem, site, members) != size:
        exact = _least_groups(problem, site, members)
    return Lower(exact, names if exact == size and n > LISTED else "exact", lost)


def _one_after_the_other(problem: Problem, site: Site, members: Mask, lost: int) -> Lower:
    """Return the bound of checks whose days lie one after the other: quick at any number."""
    spans = []
    for i in _members(members):
        days = possible_days(problem, site, i)
        if days:
            spans.append((days.bit_length() - 1, (days & -days).bit_length() - 1, i))
    names, last = [], -1
    for end, begin, i in sorted(spans):
        if begin > last:
            names.append(site.checks[i].id)
            last = end
    found = tuple(sorted(names)) or (_first(site, members),)
    return Lower(len(found), found, lost)


def _first(site: Site, members: Mask) -> str:
    return site.checks[(members & -members).bit_length() - 1].id


def names_of(site: Site, mask: Mask) -> tuple[str, ...]:
    """Return the identifiers of some checks, sorted."""
    return tuple(sorted(site.checks[i].id for i in _members(mask)))


def hopeless(problem: Problem, site: Site, members: Mask) -> int:
    """Return the number of checks that are in no group at all."""
    return in_no_group(problem, site, members).bit_count()


def in_no_group(problem: Problem, site: Site, members: Mask) -> Mask:
    """Return the checks that are in no group at all."""
    return sum(1 << i for i in _members(members) if not _grouped(problem, site, members, i))


def _grouped(problem: Problem, site: Site, members: Mask, i: int) -> bool:
    """Return whether a check is in a group.

    A group that holds it still is one with only that check, one that gives the lead its need, one
    that makes it exempt and one for each quiet rule it rides on: no more need be tried.
    """
    days = possible_days(problem, site, i)
    if not days or problem.lone(site, 1 << i):
        return bool(days)
    others = [
        (j, days & possible_days(problem, site, j))
        for j in _members(members)
        if j != i and not site.clashes[i] >> j & 1
    ]
    others = [(j, both) for j, both in others if both]
    most = 3 + len(site.rides)
    stack = [(1 << i, days, 0)]
    while stack:
        mask, common, begin = stack.pop()
        for place in range(begin, len(others)):
            j, both = others[place]
            if common & both:
                if problem.lone(site, mask | 1 << j):
                    return True
                if mask.bit_count() + 1 < most:
                    stack.append((mask | 1 << j, common & both, place + 1))
    return False


def first_fit(problem: Problem, site: Site, members: Mask) -> int:
    """Return the number of groups that first fit by due date makes: an upper bound."""
    groups: list[Mask] = []
    # A group's days are among those its checks have in any company: most trials end there, and
    # no team has to be worked out for them.
    common: list[Days] = []
    for i in _by_due(site):
        if not members >> i & 1:
            continue
        days, clash = possible_days(problem, site, i), site.clashes[i]
        for g, mask in enumerate(groups):
            both = common[g] & days
            if both and not clash & mask and problem.lone(site, mask | 1 << i):
                groups[g], common[g] = mask | 1 << i, both
                break
        else:
            groups.append(1 << i)
            common.append(days)
    return len(groups)


def _by_due(site: Site) -> list[int]:
    """Return the places of an enterprise's checks by due date, then identifier."""
    checks = site.checks
    return sorted(range(len(checks)), key=lambda i: (checks[i].due, checks[i].id))


def possible_days(problem: Problem, site: Site, i: int) -> Days:
    """Return the days that a check could at best be done on, in whatever company.

    A rule with ``planned_rides`` keeps nobody out here, and each unit sends the least number it
    could ever be asked for.
    """
    return site.hard[i] & problem.able(site.parts[i])


def conflicts_of(problem: Problem, site: Site, members: Mask) -> list[Mask]:
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


def largest_apart(conflicts: list[Mask], members: Mask) -> Mask:
    """Return a largest clique of conflicts, by search with a count of nodes."""
    best = 0
    nodes = 0
    most = _colours(conflicts, members)

    def grow(clique: Mask, rest: Mask) -> None:
        nonlocal best, nodes
        nodes += 1
        size, top = clique.bit_count(), best.bit_count()
        if size > top:
            best, top = clique, size
        if nodes > SEARCH_LIMIT or size + rest.bit_count() <= top or top == most:
            return
        inside = [(-(conflicts[i] & rest).bit_count(), i) for i in _members(rest)]
        for _, i in sorted(inside):
            if size + rest.bit_count() <= best.bit_count():
                return
            grow(clique | 1 << i, rest & conflicts[i])
            rest &= ~(1 << i)
            if nodes > SEARCH_LIMIT or best.bit_count() == most:
                return

    grow(0, members)
    return best


def _colours(conflicts: list[Mask], members: Mask) -> int:
    """Return into how many sets without a conflict some checks part: no clique has more."""
    colours = 0
    while members:
        colours += 1
        rest = members
        while rest:
            low = rest & -rest
            members ^= low
            rest &= ~(low | conflicts[low.bit_length() - 1])
    return colours


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
        one[s] = not s & (s - 1) or bool(problem.lone(site, masks[s]))
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
