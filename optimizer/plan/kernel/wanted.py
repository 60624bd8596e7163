"""A visit that an enterprise wants, any: those in its way are taken off for it."""

from __future__ import annotations

from optimizer.plan.kernel.cells import cell, fixed, nth
from optimizer.plan.kernel.chance import stir
from optimizer.plan.kernel.choose import NEVER
from optimizer.plan.kernel.desk import D_AMOUNT, D_ROW, SMALL, Desk
from optimizer.plan.kernel.groups import (
    G_AMOUNT,
    G_AT,
    G_DAYS,
    G_FROM,
    G_MASK,
    G_ROW,
    G_ROW_AT,
    G_WORD_AT,
    Groups,
    common_days,
    has_day,
    work_out,
)
from optimizer.plan.kernel.jit import count_bits, jit, lowest_bit
from optimizer.plan.kernel.room import R_LEFT, Room
from optimizer.plan.kernel.table import T_CHECK_AT, T_CLASH, T_HARD, T_WORDS, Table

DRAWN, ASKED = 3, 3
"""Groups of which the largest is wanted, and days of which the one with the least lacking is."""


@jit
def _listed(groups: Groups, room: Room, site: int, desk: Desk, state: int) -> tuple[int, int]:
    """Write what the largest of some of an enterprise's groups, any, takes; return rows and day.

    Of some of its days, any, the one is taken on which the least is lacking.
    """
    at = fixed(groups, G_AT, site)
    count = fixed(groups, G_AT, site + 1) - at
    if count == 0:
        return -1, -1
    g, most = -1, 0
    for _ in range(DRAWN):
        state = stir(state)
        other = at + (state >> 7) % count
        size = count_bits(fixed(groups, G_MASK, other))
        if size > most:
            g, most = other, size
    first = fixed(groups, G_ROW_AT, g)
    rows = fixed(groups, G_ROW_AT, g + 1) - first
    for r in range(rows):
        desk[nth(desk, D_ROW, r)] = fixed(groups, G_ROW, first + r)
        desk[nth(desk, D_AMOUNT, r)] = fixed(groups, G_AMOUNT, first + r)
    begin, end = fixed(groups, G_WORD_AT, g), fixed(groups, G_WORD_AT, g + 1)
    days = 0
    for w in range(begin, end):
        days += count_bits(fixed(groups, G_DAYS, w))
    day, least = -1, NEVER
    for _ in range(ASKED):
        state = stir(state)
        skip, on = (state >> 9) % days, 0
        for w in range(begin, end):
            word = fixed(groups, G_DAYS, w)
            here = count_bits(word)
            if skip >= here:
                skip -= here
                continue
            while skip > 0:
                word &= word - 1
                skip -= 1
            on = 56 * (fixed(groups, G_FROM, g) + w - begin) + lowest_bit(word)
            break
        lacking = 0
        for r in range(rows):
            row = desk[nth(desk, D_ROW, r)]
            lacking += max(0, desk[nth(desk, D_AMOUNT, r)] - room[cell(room, R_LEFT, row, on)])
        if lacking < least:
            day, least = on, lacking
    return rows, day


@jit
def wanted(
    table: Table, groups: Groups, room: Room, site: int, desk: Desk, state: int
) -> tuple[int, int]:
    """Work out a large set of checks on a day that it has; return rows and day."""
    if fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site) <= SMALL:
        return _listed(groups, room, site, desk, state)
    first = fixed(table, T_CHECK_AT, site)
    n = fixed(table, T_CHECK_AT, site + 1) - first
    one = state % n
    line = cell(table, T_HARD, first + one, 0)
    days = 0
    for w in range(table[T_WORDS]):
        days += count_bits(table[line + w])
    if days == 0:
        return -1, -1
    skip, day = (state >> 8) % days, -1
    for w in range(table[T_WORDS]):
        word = table[line + w]
        here = count_bits(word)
        if skip >= here:
            skip -= here
            continue
        while skip > 0:
            word &= word - 1
            skip -= 1
        day = 56 * w + lowest_bit(word)
        break
    mask = 1 << one
    for k in range(1, n):
        i = (one + k) % n
        if fixed(table, T_CLASH, first + i) & mask == 0 and has_day(
            table, cell(table, T_HARD, first + i, 0), day
        ):
            mask |= 1 << i
    for attempt in range(2):
        if attempt == 1:
            mask = 1 << one
        if common_days(table, site, mask, desk):
            rows = work_out(table, site, mask, desk)
            if rows >= 0:
                return rows, day
    return -1, -1
