"""The least number of groups that an enterprise's checks part into."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.cells import fixed, nth
from optimizer.plan.kernel.choose import NEVER, begin, least
from optimizer.plan.kernel.desk import D_COST, SMALL, Desk
from optimizer.plan.kernel.groups import G_AT, G_MASK, Groups
from optimizer.plan.kernel.jit import borrowed, count_bits, jit
from optimizer.plan.kernel.table import T_CHECK_AT, T_SITES, Table


@jit
def least_parts(table: Table, groups: Groups, desk: Desk) -> Any:
    """Return for each enterprise the least number of groups and single checks, and checks in none.

    Of those with more than `SMALL` checks, whose groups are not listed, zeros.

    Returns
    -------
    array
        (S, 2).
    """
    table = borrowed(table)
    groups = borrowed(groups)
    desk = borrowed(desk)
    sites = table[T_SITES]
    found = np.zeros((sites, 2), np.int64)
    for site in range(sites):
        n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
        if n > SMALL:
            continue
        full = (1 << n) - 1
        for mask in range(full + 1):
            desk[nth(desk, D_COST, mask)] = NEVER
        grouped = 0
        for g in range(fixed(groups, G_AT, site), fixed(groups, G_AT, site + 1)):
            mask = fixed(groups, G_MASK, g)
            desk[nth(desk, D_COST, mask)] = 1
            grouped |= mask
        begin(table, groups, site, desk)
        found[site, 0] = least(groups, desk, 1, full)
        found[site, 1] = n - count_bits(grouped)
    return found
