"""Sets of checks that could share a visit: their days, and what they take of their units."""

from __future__ import annotations

from typing import Any

import numpy as np

from optimizer.plan.kernel.arena import Arena, make_arena
from optimizer.plan.kernel.cells import fixed, fixed_cell, list_at, nth
from optimizer.plan.kernel.desk import (
    D_AMOUNT,
    D_DAYS,
    D_EFFORT,
    D_NEED,
    D_ROW,
    D_SKILLS,
    D_UNIT,
    SMALL,
    Desk,
)
from optimizer.plan.kernel.jit import borrowed, count_bits, jit, lowest_bit
from optimizer.plan.kernel.table import (
    T_CAP_ROW,
    T_CHECK_AT,
    T_CLASH,
    T_CLOSED,
    T_CLOSED_PLAIN,
    T_CUT_AT,
    T_CUT_ROW,
    T_CUT_SKILL,
    T_CUT_UNIT,
    T_DAY_SETS,
    T_EXEMPT,
    T_FULL_AT,
    T_FULL_ROW,
    T_HARD,
    T_HOLDER,
    T_ITEM_EFFORT,
    T_ITEM_INSPECTORS,
    T_LEAD,
    T_LEVEL_DAYS,
    T_OTHER,
    T_PAIR_ROW,
    T_PART,
    T_PART_AT,
    T_PART_ITEM,
    T_PART_SKILLS,
    T_PART_UNIT,
    T_PRESENT_AT,
    T_RIDE_AT,
    T_RIDE_DAYS,
    T_RIDE_HOSTS,
    T_ROOM_AT,
    T_ROOM_DAYS,
    T_SITES,
    T_SKILL_ROW,
    T_STAFF_AT,
    T_STAFF_PAIRS,
    T_WORDS,
    Table,
)

Groups = Arena
"""All groups of the enterprises with up to `SMALL` checks.

- ``at`` (S + 1,): where an enterprise's groups begin.
- ``mask`` (G,): its checks.
- ``word_at`` (G + 1,), ``from`` (G,), ``days``: the words of the days on which it could be a
  visit alone, without those of no day before and after, and the number of the first of them.
- ``row_at``, ``row``, ``amount`` (G + 1,) and flat: what it takes.
- ``aside`` (S,): checks of an enterprise that could be a visit alone, though no such group is
  listed here: it is no better to leave them out.
"""

NAMES = ("at", "mask", "word_at", "from", "days", "row_at", "row", "amount", "aside")
G_AT = 0
G_MASK = 2
G_WORD_AT = 4
G_FROM = 6
G_DAYS = 8
G_ROW_AT = 10
G_ROW = 12
G_AMOUNT = 14
G_ASIDE = 16


@jit
def has_day(arena: Arena, at: int, day: int) -> bool:
    """Return whether the set of days at a place holds a day."""
    return (arena[at + day // 56] >> (day % 56)) & 1 == 1


@jit
def work_out(table: Table, site: int, mask: int, desk: Desk) -> int:
    """Work out what a set of checks would be as a visit.

    ``desk.days`` holds the days all its checks can be done on when it is called, and the days it
    could be a visit on afterwards.

    Returns
    -------
    int
        Number of rows written to ``desk.row`` and ``desk.amount``; -1 if it has no day.
    """
    words, days = table[T_WORDS], list_at(desk, D_DAYS)
    for r in range(fixed(table, T_RIDE_AT, site), fixed(table, T_RIDE_AT, site + 1)):
        hosts = fixed(table, T_RIDE_HOSTS, r)
        if mask & ~hosts != 0 and mask & hosts == 0:
            for w in range(words):
                desk[days + w] &= ~fixed_cell(table, T_RIDE_DAYS, r, w)
    shut = fixed(table, T_CLOSED, site)
    if mask & fixed(table, T_EXEMPT, site) == 0:
        shut = fixed(table, T_CLOSED_PLAIN, site)
    if shut >= 0:
        for w in range(words):
            desk[days + w] &= ~fixed_cell(table, T_DAY_SETS, shut, w)
    # Who attends, and with what.
    used = 0
    first = fixed(table, T_CHECK_AT, site)
    rest = mask
    while rest != 0:
        i = lowest_bit(rest)
        rest &= rest - 1
        part = fixed(table, T_PART, first + i)
        item = fixed(table, T_PART_ITEM, part)
        for p in range(fixed(table, T_PART_AT, part), fixed(table, T_PART_AT, part + 1)):
            unit = fixed(table, T_PART_UNIT, p)
            k = 0
            while k < used and desk[nth(desk, D_UNIT, k)] != unit:
                k += 1
            if k == used:
                used += 1
                desk[nth(desk, D_UNIT, k)] = unit
                desk[nth(desk, D_NEED, k)] = 0
                desk[nth(desk, D_EFFORT, k)] = 0
                desk[nth(desk, D_SKILLS, k)] = 0
            desk[nth(desk, D_NEED, k)] = max(
                desk[nth(desk, D_NEED, k)], fixed(table, T_ITEM_INSPECTORS, item)
            )
            desk[nth(desk, D_EFFORT, k)] = max(
                desk[nth(desk, D_EFFORT, k)], fixed(table, T_ITEM_EFFORT, item)
            )
            desk[nth(desk, D_SKILLS, k)] |= fixed(table, T_PART_SKILLS, p)
    lead = 0
    for k in range(1, used):
        if desk[nth(desk, D_NEED, k)] > desk[nth(desk, D_NEED, lead)] or (
            desk[nth(desk, D_NEED, k)] == desk[nth(desk, D_NEED, lead)]
            and desk[nth(desk, D_UNIT, k)] < desk[nth(desk, D_UNIT, lead)]
        ):
            lead = k
    rows = 0
    for k in range(used):
        unit, effort, skills = (
            desk[nth(desk, D_UNIT, k)],
            desk[nth(desk, D_EFFORT, k)],
            desk[nth(desk, D_SKILLS, k)],
        )
        people = table[T_OTHER]
        if k == lead:
            people = max(desk[nth(desk, D_NEED, k)], table[T_LEAD])
        people = max(people, count_bits(skills))
        line = unit
        for p in range(fixed(table, T_STAFF_AT, site), fixed(table, T_STAFF_AT, site + 1)):
            if fixed_cell(table, T_STAFF_PAIRS, p, 0) == unit:
                line = fixed_cell(table, T_STAFF_PAIRS, p, 1)
        level, top = fixed(table, T_PRESENT_AT, line), fixed(table, T_FULL_AT, line)
        if effort == 2:
            level, top = fixed(table, T_FULL_AT, line), fixed(table, T_PRESENT_AT, line + 1)
        if level + people >= top:
            return -1
        for w in range(words):
            desk[days + w] &= fixed_cell(table, T_LEVEL_DAYS, level + people, w)
        desk[nth(desk, D_ROW, rows)] = fixed(table, T_CAP_ROW, unit)
        desk[nth(desk, D_AMOUNT, rows)] = people * effort
        rows += 1
        pair = fixed(table, T_PAIR_ROW, unit)
        if pair >= 0 and people * effort > 1:
            desk[nth(desk, D_ROW, rows)] = pair
            desk[nth(desk, D_AMOUNT, rows)] = people * effort // 2
            rows += 1
        if effort == 2:
            desk[nth(desk, D_ROW, rows)] = fixed(table, T_FULL_ROW, unit)
            desk[nth(desk, D_AMOUNT, rows)] = people
            rows += 1
        rest = skills
        while rest != 0:
            skill = lowest_bit(rest)
            rest &= rest - 1
            held = fixed_cell(table, T_HOLDER, line, skill)
            for w in range(words):
                desk[days + w] &= fixed_cell(table, T_DAY_SETS, held, w)
            desk[nth(desk, D_ROW, rows)] = fixed_cell(table, T_SKILL_ROW, unit, skill)
            desk[nth(desk, D_AMOUNT, rows)] = effort
            rows += 1
        for c in range(fixed(table, T_CUT_AT, site), fixed(table, T_CUT_AT, site + 1)):
            if fixed(table, T_CUT_UNIT, c) == unit:
                skill = fixed(table, T_CUT_SKILL, c)
                if skill < 0 or (skills >> skill) & 1 == 1:
                    desk[nth(desk, D_ROW, rows)] = fixed(table, T_CUT_ROW, c)
                    desk[nth(desk, D_AMOUNT, rows)] = 1
                    rows += 1
    some = 0
    for r in range(rows):
        place = fixed(table, T_ROOM_AT, desk[nth(desk, D_ROW, r)]) + desk[nth(desk, D_AMOUNT, r)]
        if place >= fixed(table, T_ROOM_AT, desk[nth(desk, D_ROW, r)] + 1):
            return -1
        some = 0
        for w in range(words):
            desk[days + w] &= fixed_cell(table, T_ROOM_DAYS, place, w)
            some |= desk[days + w]
        if some == 0:
            return -1
    return rows


@jit
def common_days(table: Table, site: int, mask: int, desk: Desk) -> bool:
    """Write the days all checks of a mask can be done on; return whether there is one."""
    first = fixed(table, T_CHECK_AT, site)
    for w in range(table[T_WORDS]):
        desk[nth(desk, D_DAYS, w)] = -1
    some = 0
    rest = mask
    while rest != 0:
        i = first + lowest_bit(rest)
        rest &= rest - 1
        some = 0
        for w in range(table[T_WORDS]):
            desk[nth(desk, D_DAYS, w)] &= fixed_cell(table, T_HARD, i, w)
            some |= desk[nth(desk, D_DAYS, w)]
        if some == 0:
            return False
    return True


@jit
def clashes(table: Table, site: int, mask: int) -> bool:
    """Return whether two checks of a mask must not share a visit."""
    first = fixed(table, T_CHECK_AT, site)
    rest = mask
    while rest != 0:
        i = lowest_bit(rest)
        rest &= rest - 1
        if fixed(table, T_CLASH, first + i) & mask != 0:
            return True
    return False


@jit
def _list(table: Table, desk: Desk, small: int) -> Any:
    """List every group of every enterprise with at most `small` checks.

    Groups with the same lowest check follow one another, single checks first of theirs.
    """
    table = borrowed(table)
    desk = borrowed(desk)
    sites = table[T_SITES]
    words = table[T_WORDS]
    at = np.zeros(sites + 1, np.int64)
    size, size_rows, size_words = 1024, 4096, 2048
    mask = np.zeros(size, np.int64)
    word_at = np.zeros(size + 1, np.int64)
    origin = np.zeros(size, np.int64)
    days = np.zeros(size_words, np.int64)
    row_at = np.zeros(size + 1, np.int64)
    row = np.zeros(size_rows, np.int64)
    amount = np.zeros(size_rows, np.int64)
    stack_mask = np.zeros(small + 1, np.int64)
    stack_next = np.zeros(small + 1, np.int64)
    stack_days = np.zeros((small + 1, words), np.int64)
    found, filled, held = 0, 0, 0
    for site in range(sites):
        first = fixed(table, T_CHECK_AT, site)
        n = fixed(table, T_CHECK_AT, site + 1) - first
        at[site] = found
        if n > small:
            continue
        for low in range(n):
            depth = 0
            stack_mask[0] = 1 << low
            stack_next[0] = low + 1
            some = 0
            for w in range(words):
                stack_days[0, w] = fixed_cell(table, T_HARD, first + low, w)
                some |= stack_days[0, w]
            fresh = some != 0
            if not fresh:
                continue
            while depth >= 0:
                own = stack_mask[depth]
                if fresh:
                    for w in range(words):
                        desk[nth(desk, D_DAYS, w)] = stack_days[depth, w]
                    rows = work_out(table, site, own, desk)
                    if rows >= 0:
                        if found == size:
                            size *= 2
                            mask = _longer(mask, size)
                            row_at = _longer(row_at, size + 1)
                            word_at = _longer(word_at, size + 1)
                            origin = _longer(origin, size)
                        while filled + rows > size_rows:
                            size_rows *= 2
                            row = _longer(row, size_rows)
                            amount = _longer(amount, size_rows)
                        mask[found] = own
                        while held + words > size_words:
                            size_words *= 2
                            days = _longer(days, size_words)
                        begin, end = 0, words
                        while desk[nth(desk, D_DAYS, begin)] == 0:
                            begin += 1
                        while desk[nth(desk, D_DAYS, end - 1)] == 0:
                            end -= 1
                        origin[found] = begin
                        for w in range(begin, end):
                            days[held] = desk[nth(desk, D_DAYS, w)]
                            held += 1
                        word_at[found + 1] = held
                        for r in range(rows):
                            row[filled + r] = desk[nth(desk, D_ROW, r)]
                            amount[filled + r] = desk[nth(desk, D_AMOUNT, r)]
                        filled += rows
                        found += 1
                        row_at[found] = filled
                    fresh = False
                # Extend by the next check that the days and clashes allow.
                j = stack_next[depth]
                while j < n:
                    if fixed(table, T_CLASH, first + j) & own == 0:
                        some = 0
                        for w in range(words):
                            both = stack_days[depth, w] & fixed_cell(table, T_HARD, first + j, w)
                            stack_days[depth + 1, w] = both
                            some |= both
                        if some != 0:
                            break
                    j += 1
                if j < n:
                    stack_next[depth] = j + 1
                    depth += 1
                    stack_mask[depth] = own | (1 << j)
                    stack_next[depth] = j + 1
                    fresh = True
                else:
                    depth -= 1
    at[sites] = found
    return found, filled, held, at, mask, word_at, origin, days, row_at, row, amount


@jit
def _longer(line: Any, size: int) -> Any:
    more = np.zeros(size, np.int64)
    for k in range(len(line)):
        more[k] = line[k]
    return more


def list_groups(table: Table, desk: Desk, small: int = SMALL) -> Groups:
    """List every group of every enterprise with at most `small` checks."""
    found, filled, held, at, mask, word_at, origin, days, row_at, row, amount = _list(
        table, desk, small
    )
    return make_arena(
        (),
        NAMES,
        {},
        {
            "at": at,
            "mask": mask[:found],
            "word_at": word_at[: found + 1],
            "from": origin[:found],
            "days": days[:held],
            "row_at": row_at[: found + 1],
            "row": row[:filled],
            "amount": amount[:filled],
            "aside": np.zeros(len(at) - 1, np.int64),
        },
    )
