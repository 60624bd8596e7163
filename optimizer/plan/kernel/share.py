"""A room as one part of the enterprises sees it, and what they have there put into another."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.big import LEFT, put_visit
from optimizer.plan.kernel.cells import cell, fixed, nth
from optimizer.plan.kernel.desk import Desk
from optimizer.plan.kernel.jit import borrowed, jit
from optimizer.plan.kernel.room import (
    R_BASE,
    R_DAY,
    R_LEFT,
    R_MASK,
    R_VISITS,
    Room,
    dearer,
    lift,
    use,
)
from optimizer.plan.kernel.search import cost_of
from optimizer.plan.kernel.table import T_CHECK_AT, T_DAYS, T_ROWS, Table


@jit
def close_off(table: Table, room: Room, rows: Any, kept: Any) -> None:
    """Take what is left of some rows on the days that are not kept.

    Parameters
    ----------
    rows, kept
        (K,), (K, D): the rows, and the days on which each stays as it is.
    """
    for k in range(len(rows)):
        for day in range(table[T_DAYS]):
            if not kept[k, day]:
                row = rows[k]
                use(table, room, row, day, room[cell(room, R_LEFT, row, day)])


@jit
def visits_of(table: Table, room: Room, own: Any) -> Any:
    """Return the visits of some enterprises, (V, 3): enterprise, checks, day."""
    count = 0
    for k in range(len(own)):
        count += room[nth(room, R_VISITS, own[k])]
    found = np.zeros((count, 3), np.int64)
    at = 0
    for k in range(len(own)):
        site = own[k]
        first = fixed(table, T_CHECK_AT, site)
        for v in range(room[nth(room, R_VISITS, site)]):
            found[at, 0] = site
            found[at, 1] = room[nth(room, R_MASK, first + v)]
            found[at, 2] = room[nth(room, R_DAY, first + v)]
            at += 1
    return found


@jit
def cost_among(table: Table, room: Room, own: Any, best: Any) -> tuple[int, int, int]:
    """Return checks left out and visits of some enterprises, and how many are in excess.

    Parameters
    ----------
    best
        (S,): what each could do alone.
    """
    lost, visits, over = 0, 0, 0
    for k in range(len(own)):
        cost = cost_of(table, room, own[k])
        lost += cost // LEFT
        visits += cost % LEFT
        over += cost > best[own[k]]
    return lost, visits, over


@jit
def lift_all(table: Table, room: Room, own: Any) -> None:
    """Take all visits of some enterprises off."""
    table = borrowed(table)
    room = borrowed(room)
    own = borrowed(own)
    for k in range(len(own)):
        lift(table, room, own[k])


@jit
def put_all(table: Table, room: Room, visits: Any, desk: Desk) -> None:
    """Place visits as `visits_of` returned them."""
    table = borrowed(table)
    room = borrowed(room)
    visits = borrowed(visits)
    desk = borrowed(desk)
    for k in range(len(visits)):
        put_visit(table, room, visits[k, 0], visits[k, 1], visits[k, 2], desk)


@jit
def raise_prices(table: Table, room: Room, base: Any) -> None:
    """Make no row's day cheaper by scarcity than `base`, (R, D)."""
    for row in range(table[T_ROWS]):
        for day in range(table[T_DAYS]):
            more = base[row, day] - room[cell(room, R_BASE, row, day)]
            if more > 0:
                dearer(table, room, row, day, more)
