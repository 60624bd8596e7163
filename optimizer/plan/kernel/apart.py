"""Checks of which no two can share a visit, and first fit: bounds of enterprises with many checks.

What `optimizer.plan.bound` does one enterprise at a time, for all of a table in one go.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.arena import Arena
from optimizer.plan.kernel.cells import fixed
from optimizer.plan.kernel.desk import SMALL, Desk
from optimizer.plan.kernel.groups import clashes, common_days, work_out
from optimizer.plan.kernel.jit import count_bits, jit, lowest_bit
from optimizer.plan.kernel.table import (
    MOST,
    T_CHECK_AT,
    T_CLASH,
    T_SITES,
    T_WORDS,
    Table,
)

A_LONE = 0
"""Whether all checks could be one visit."""
A_HOPELESS = 1
"""Whether some check could not be a visit by itself."""
A_APART = 2
"""The checks of which no two can share a visit, as a mask."""
A_FIT = 3
"""Groups that first fit makes."""


@jit
def colours(apart: Arena, members: int) -> int:
    """Return into how many sets without a pair that is apart some checks part."""
    found = 0
    while members != 0:
        found += 1
        rest = members
        while rest != 0:
            i = lowest_bit(rest)
            members &= ~(1 << i)
            rest &= ~((1 << i) | apart[i])
    return found


@jit
def largest_apart(apart: Arena, members: int, limit: int) -> int:
    """Return a largest set of checks that are pairwise apart, as `bound.largest_apart` does.

    Parameters
    ----------
    apart
        For each check those that can never share its visit.
    limit
        Most nodes of the search.
    """
    most, nodes, best = colours(apart, members), 0, 0
    chosen, left = np.zeros(MOST + 2, np.int64), np.zeros(MOST + 2, np.int64)
    count, turn = np.zeros(MOST + 2, np.int64), np.zeros(MOST + 2, np.int64)
    order = np.zeros((MOST + 2, MOST), np.int64)
    depth = 0
    chosen[0], left[0], turn[0] = 0, members, -1
    while depth >= 0:
        own, rest = chosen[depth], left[depth]
        size = count_bits(own)
        if turn[depth] < 0:
            nodes += 1
            if size > count_bits(best):
                best = own
            top = count_bits(best)
            if nodes > limit or size + count_bits(rest) <= top or top == most:
                depth -= 1
                continue
            # Those apart from most others first, the first of equals first.
            n, todo = 0, rest
            while todo != 0:
                i = lowest_bit(todo)
                todo &= todo - 1
                key = (MOST - count_bits(apart[i] & rest)) * 64 + i
                k = n
                while k > 0 and order[depth, k - 1] > key:
                    order[depth, k] = order[depth, k - 1]
                    k -= 1
                order[depth, k] = key
                n += 1
            count[depth], turn[depth] = n, 0
        elif turn[depth] > 0:
            rest &= ~(1 << (order[depth, turn[depth] - 1] % 64))
            left[depth] = rest
            if nodes > limit or count_bits(best) == most:
                depth -= 1
                continue
        if turn[depth] == count[depth] or size + count_bits(rest) <= count_bits(best):
            depth -= 1
            continue
        i = order[depth, turn[depth]] % 64
        turn[depth] += 1
        depth += 1
        chosen[depth], left[depth], turn[depth] = own | (1 << i), rest & apart[i], -1
    return int(best)


@jit
def _is_lone(table: Table, site: int, mask: int, desk: Desk) -> bool:
    """Return whether some checks could be one visit, the only one of its units."""
    return common_days(table, site, mask, desk) and work_out(table, site, mask, desk) >= 0


@jit
def _first_fit(table: Table, days: Any, order: Any, site: int, desk: Desk) -> int:
    """Return the number of groups that first fit makes, in the order given."""
    words, first = table[T_WORDS], fixed(table, T_CHECK_AT, site)
    masks, common = np.zeros(MOST, np.int64), np.zeros((MOST, words), np.int64)
    found = 0
    for k in range(fixed(table, T_CHECK_AT, site + 1) - first):
        i = order[first + k]
        placed = False
        for g in range(found):
            some = 0
            for w in range(words):
                some |= common[g, w] & days[first + i, w]
            if some == 0 or fixed(table, T_CLASH, first + i) & masks[g] != 0:
                continue
            if _is_lone(table, site, masks[g] | (1 << i), desk):
                masks[g] |= 1 << i
                for w in range(words):
                    common[g, w] &= days[first + i, w]
                placed = True
                break
        if not placed:
            masks[found] = 1 << i
            for w in range(words):
                common[found, w] = days[first + i, w]
            found += 1
    return found


@jit
def bound_large(table: Table, days: Any, order: Any, limit: int, desk: Desk) -> Any:
    """Return what bounds the groups of each enterprise with more than `SMALL` checks.

    Parameters
    ----------
    days
        (C, W): the days that each check could be done on in whatever company.
    order
        (C,): of each enterprise, its checks in the order of first fit.
    limit
        Most nodes of a search for checks that are apart.

    Returns
    -------
    array
        (S, 4), its columns as the constants ``A_…`` name them; of enterprises with fewer checks
        zeros.
    """
    sites, words = table[T_SITES], table[T_WORDS]
    found = np.zeros((sites, 4), np.int64)
    apart = np.zeros(MOST, np.int64)
    for site in range(sites):
        first = fixed(table, T_CHECK_AT, site)
        n = fixed(table, T_CHECK_AT, site + 1) - first
        if n <= SMALL:
            continue
        full = (1 << n) - 1
        if not clashes(table, site, full) and _is_lone(table, site, full, desk):
            found[site, A_LONE] = 1
            continue
        for i in range(n):
            if not _is_lone(table, site, 1 << i, desk):
                found[site, A_HOPELESS] = 1
            apart[i] = fixed(table, T_CLASH, first + i)
        for i in range(n):
            for j in range(i):
                some = 0
                for w in range(words):
                    some |= days[first + i, w] & days[first + j, w]
                if some == 0:
                    apart[i] |= 1 << j
                    apart[j] |= 1 << i
        found[site, A_APART] = largest_apart(apart, full, limit)
        found[site, A_FIT] = _first_fit(table, days, order, site, desk)
    return found
