"""One check left out for another that takes more: what is over may be room for a third.

Where a unit is short it matters who is left out: two who take three half-days each leave as much as
three who take two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.arena import Arena, make_arena
from optimizer.plan.kernel.augment import (
    L_COUNT,
    MOVES,
    Line,
    days_beside,
    go_back,
    lost_of,
    note_move,
    slot_on,
    take_off,
)
from optimizer.plan.kernel.cells import cell, fixed, nth
from optimizer.plan.kernel.desk import D_AMOUNT, D_DAYS, D_ROW, Desk
from optimizer.plan.kernel.eject import E_LOOKS, E_MOVED, E_NOW, Tree, find_place
from optimizer.plan.kernel.groups import Groups
from optimizer.plan.kernel.jit import borrowed, jit, lowest_bit
from optimizer.plan.kernel.lighten import asked_by
from optimizer.plan.kernel.room import R_HEAD, R_LEFT, R_MASK, Room, after_of, amount_of
from optimizer.plan.kernel.table import T_OWNER, T_WORDS, Table

TRIES = 12
"""Checks that are tried to be left out instead of one."""

Offers = Arena
"""Visits with a check that may be left out, the best first (TRIES,): ``price``, ``site``, ``mask``,
``day``, ``check``: its bit. ``count``: how many there are."""

O_COUNT = 0
O_PRICE = 1
O_SITE = 3
O_MASK = 5
O_DAY = 7
O_CHECK = 9


def make_offers() -> Offers:
    """Return room for the visits of one search."""
    lists = dict.fromkeys(("price", "site", "mask", "day", "check"), np.zeros(TRIES, np.int64))
    return make_arena(("count",), tuple(lists), {"count": 0}, lists)


@jit
def _offer(offers: Offers, price: int, site: int, mask: int, day: int, check: int) -> None:
    """Add a visit in its place, unless there are as many that are better."""
    at = offers[O_COUNT]
    if at == TRIES:
        at -= 1
        if offers[nth(offers, O_PRICE, at)] <= price:
            return
    else:
        offers[O_COUNT] += 1
    while at > 0 and offers[nth(offers, O_PRICE, at - 1)] > price:
        for line in (O_PRICE, O_SITE, O_MASK, O_DAY, O_CHECK):
            offers[offers[line] + at] = offers[offers[line] + at - 1]
        at -= 1
    offers[nth(offers, O_PRICE, at)], offers[nth(offers, O_SITE, at)] = price, site
    offers[nth(offers, O_MASK, at)], offers[nth(offers, O_DAY, at)] = mask, day
    offers[nth(offers, O_CHECK, at)] = check


@jit
def _list_offers(
    table: Table, room: Room, desk: Desk, offers: Offers, own: int, row: int, unit: int, rows: int
) -> None:
    """List visits with one check for which a unit comes that takes more than the one on the desk.

    On the days written there; those first on whose day no other row is short, and of these such as
    hold no other check.
    """
    offers[O_COUNT] = 0
    asked = 0
    for r in range(rows):
        if desk[nth(desk, D_ROW, r)] == row:
            asked = desk[nth(desk, D_AMOUNT, r)]
    if asked == 0:
        return
    for w in range(table[T_WORDS]):
        word = desk[nth(desk, D_DAYS, w)]
        while word != 0:
            day = 56 * w + lowest_bit(word)
            word &= word - 1
            short = 0
            for r in range(rows):
                other = desk[nth(desk, D_ROW, r)]
                left = room[cell(room, R_LEFT, other, day)]
                short += int(other != row and left < desk[nth(desk, D_AMOUNT, r)])
            entry = room[cell(room, R_HEAD, row, day)]
            while entry >= 0:
                site, amount = fixed(table, T_OWNER, entry), amount_of(room, entry)
                entry = after_of(room, entry)
                if site == own or amount <= asked:
                    continue
                mask = room[nth(room, R_MASK, slot_on(table, room, site, day))]
                check = asked_by(table, site, mask, unit)
                if check & (check - 1) == 0:
                    price = 64 * (2 * short + int(mask != check)) - amount
                    _offer(offers, price, site, mask, day, check)


@jit
def _swap(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    offers: Offers,
    site: int,
    i: int,
    row: int,
    unit: int,
) -> bool:
    """Take a check in for one that takes more and is left out; return whether there is one."""
    rows = days_beside(table, groups, room, site, 1 << i, -1, desk)
    if rows <= 0:
        return False
    _list_offers(table, room, desk, offers, site, row, unit, rows)
    where = (table, groups, room, desk, line, tree)
    for k in range(offers[O_COUNT]):
        if line[L_COUNT] == MOVES:
            return False
        start, other = line[L_COUNT], offers[nth(offers, O_SITE, k)]
        mask, day = offers[nth(offers, O_MASK, k)], offers[nth(offers, O_DAY, k)]
        rest = mask & ~offers[nth(offers, O_CHECK, k)]
        tree[E_NOW] += 1
        tree[nth(tree, E_MOVED, site)] = tree[nth(tree, E_MOVED, other)] = tree[E_NOW]
        take_off(table, room, other, day)
        note_move(line, other, mask, day, -1)
        tree[E_LOOKS] = 0
        if (rest == 0 or find_place(*where, other, rest)) and find_place(*where, site, 1 << i):
            return True
        go_back(table, room, desk, line, start)
    return False


@jit
def swap(
    table: Table,
    groups: Groups,
    room: Room,
    desk: Desk,
    line: Line,
    tree: Tree,
    offers: Offers,
    own: Any,
    best: Any,
    row: int,
    unit: int,
) -> int:
    """Leave checks out that take more of a row than those taken in for them; return how many.

    As many are left out as before. What moves is added to ``line.moved``.

    Parameters
    ----------
    own, best
        As of `augment.take_in`.
    row, unit
        What is short: the half-days of a unit, and its number.
    """
    table = borrowed(table)
    groups = borrowed(groups)
    room = borrowed(room)
    desk = borrowed(desk)
    line = borrowed(line)
    tree = borrowed(tree)
    offers = borrowed(offers)
    own = borrowed(own)
    best = borrowed(best)
    done = 0
    for k in range(len(own)):
        lost = lost_of(table, room, best, own[k])
        while lost != 0:
            i = lowest_bit(lost)
            lost &= lost - 1
            where = (table, groups, room, desk, line, tree, offers)
            done += int(_swap(*where, own[k], i, row, unit))
    return done
