"""The groups that enterprises have in plans with the fewest visits that each could do alone.

Where first places are agreed on, hardly anybody makes a visit more than it must: of the groups of
an enterprise those that would ask for one, three of five in all, are not looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.arena import make_arena, view
from optimizer.plan.kernel.big import LEFT
from optimizer.plan.kernel.cells import fixed, nth
from optimizer.plan.kernel.choose import NEVER, begin, least
from optimizer.plan.kernel.desk import D_COST, SMALL, Desk
from optimizer.plan.kernel.groups import (
    G_AMOUNT,
    G_AT,
    G_DAYS,
    G_FROM,
    G_MASK,
    G_ROW,
    G_ROW_AT,
    G_WORD_AT,
    NAMES,
    Groups,
)
from optimizer.plan.kernel.jit import borrowed, jit
from optimizer.plan.kernel.table import T_CHECK_AT, T_SITES, Table


@jit
def _among_fewest(
    table: Table, groups: Groups, desk: Desk, best: Any, kept: Any, aside: Any
) -> None:
    """Note which groups are not kept, and by enterprise the checks whose own group is not."""
    table = borrowed(table)
    groups = borrowed(groups)
    desk = borrowed(desk)
    best = borrowed(best)
    kept = borrowed(kept)
    aside = borrowed(aside)
    for site in range(table[T_SITES]):
        n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
        first, last = fixed(groups, G_AT, site), fixed(groups, G_AT, site + 1)
        if n > SMALL:
            continue
        full = (1 << n) - 1
        for mask in range(full + 1):
            desk[nth(desk, D_COST, mask)] = NEVER
        for g in range(first, last):
            desk[nth(desk, D_COST, fixed(groups, G_MASK, g))] = 1
        begin(table, groups, site, desk)
        fewest = least(groups, desk, LEFT, full)
        if fewest != best[site]:
            continue
        for g in range(first, last):
            mask = fixed(groups, G_MASK, g)
            if 1 + least(groups, desk, LEFT, full ^ mask) > fewest:
                kept[g] = False
                if mask & (mask - 1) == 0:
                    aside[site] |= mask


def list_fewest(table: Table, groups: Groups, desk: Desk, best: Any) -> Groups:
    """Return the groups without those that no plan with the fewest visits has.

    All are kept of an enterprise whose days and caps ask for more visits than its groups alone.

    Parameters
    ----------
    best
        (S,): what each could do alone, as of `search.alone`.
    """
    sites = int(table[T_SITES])
    at = view(groups, G_AT, sites + 1)
    count = int(at[-1])
    kept, aside = np.ones(count, np.bool_), np.zeros(sites, np.int64)
    _among_fewest(table, groups, desk, best, kept, aside)
    word_at, row_at = view(groups, G_WORD_AT, count + 1), view(groups, G_ROW_AT, count + 1)
    words, rows = np.diff(word_at), np.diff(row_at)
    of_row = np.repeat(kept, rows)
    return make_arena(
        (),
        NAMES,
        {},
        {
            "at": _places(kept)[at],
            "mask": view(groups, G_MASK, count)[kept],
            "word_at": _places(words[kept]),
            "from": view(groups, G_FROM, count)[kept],
            "days": view(groups, G_DAYS, int(word_at[-1]))[np.repeat(kept, words)],
            "row_at": _places(rows[kept]),
            "row": view(groups, G_ROW, int(row_at[-1]))[of_row],
            "amount": view(groups, G_AMOUNT, int(row_at[-1]))[of_row],
            "aside": aside,
        },
    )


def _places(sizes: Any) -> Any:
    """Return where each of some lists begins that follow one another, and where the last ends."""
    return np.concatenate([[0], np.cumsum(sizes)])
