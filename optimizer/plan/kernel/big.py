"""Visits of an enterprise with many checks: built around one check after another, then rebuilt.

All partitions are too many here. Visits are built one by one, each on the day that most of the
checks left share with an anchor; then a few visits at a time are taken apart and built again,
and what is cheaper stays.
"""

from __future__ import annotations

import numpy as np

from optimizer.plan.kernel.arena import Arena
from optimizer.plan.kernel.cells import cell, fixed, fixed_cell, list_at, nth
from optimizer.plan.kernel.choose import LOST, NEVER, VISIT, caps_hold, days_hold, mix
from optimizer.plan.kernel.desk import (
    D_AMOUNT,
    D_DAY,
    D_DAYS,
    D_MASK,
    D_RESULT,
    D_ROW,
    Desk,
)
from optimizer.plan.kernel.groups import clashes, common_days, has_day, work_out
from optimizer.plan.kernel.jit import count_bits, jit, lowest_bit
from optimizer.plan.kernel.room import (
    R_LEFT,
    Room,
    fits,
    price_of,
    put,
)
from optimizer.plan.kernel.table import (
    T_CAP_ROW,
    T_CHECK_AT,
    T_CLASH,
    T_DAYS,
    T_EXEMPT,
    T_HARD,
    T_PART,
    T_PART_AT,
    T_PART_UNIT,
    T_WORDS,
    Table,
)

LEFT = 1 << 20
"""Weight of a check left out in costs that leave prices aside; a visit weighs 1."""

LOOKS = 10
"""Days looked at for one visit."""


@jit
def _last_day(table: Table, check: int) -> int:
    for w in range(table[T_WORDS] - 1, -1, -1):
        word = fixed_cell(table, T_HARD, check, w)
        if word != 0:
            last = 0
            while word != 0:
                last = lowest_bit(word)
                word &= word - 1
            return 56 * w + last
    return -1


@jit
def _first_day(table: Table, check: int) -> int:
    for w in range(table[T_WORDS]):
        if fixed_cell(table, T_HARD, check, w) != 0:
            return 56 * w + lowest_bit(fixed_cell(table, T_HARD, check, w))
    return table[T_DAYS]


@jit
def visit_price(
    table: Table, room: Room, site: int, mask: int, day: int, desk: Desk, soft: int
) -> int:
    """Return the price of a set of checks as a visit on a day; `NEVER` if it cannot be."""
    if not common_days(table, site, mask, desk):
        return NEVER
    rows = work_out(table, site, mask, desk)
    if rows < 0 or not has_day(desk, list_at(desk, D_DAYS), day):
        return NEVER
    if soft == 0 and not fits(room, day, desk, rows):
        return NEVER
    price = VISIT
    for r in range(rows):
        row, amount = desk[nth(desk, D_ROW, r)], desk[nth(desk, D_AMOUNT, r)]
        price += price_of(room, row, amount, day, soft)
    return price


@jit
def _stands(table: Table, site: int, desk: Desk, count: int) -> bool:
    """Return whether the visit last written stands beside the others, caps included."""
    return days_hold(table, site, desk, count) and caps_hold(table, site, desk, count)


@jit
def _grow(
    table: Table,
    room: Room,
    site: int,
    desk: Desk,
    place: int,
    count: int,
    mask: int,
    wanted: int,
    soft: int,
) -> tuple[int, int]:
    """Add as many of `wanted` as can be to the visit at `place` (of `count`), which holds `mask`.

    Returns
    -------
    tuple
        Mask and price; the price is `NEVER` if not even `mask` can stand (an empty one may).
    """
    first = fixed(table, T_CHECK_AT, site)
    price = NEVER
    day = desk[nth(desk, D_DAY, place)]
    kept = desk[nth(desk, D_MASK, place)]
    # The others first, the visit that grows last, as `_stands` wants it.
    last = count - 1
    desk[nth(desk, D_MASK, place)], desk[nth(desk, D_DAY, place)] = (
        desk[nth(desk, D_MASK, last)],
        desk[nth(desk, D_DAY, last)],
    )
    desk[nth(desk, D_DAY, last)] = day
    # All at once, then what it holds alone, then one after the other (twice: hosts may come late).
    whole, tried = mask, 0
    while True:
        if tried == 0:
            trial = mask | wanted
            rest = wanted
            if clashes(table, site, trial):
                tried = 1
                continue
        elif tried == 1:
            trial = mask
            rest = wanted
            if mask == 0:
                tried = 2
                continue
        else:
            if rest == 0:
                if tried == 3:
                    break
                tried = 3
                rest = wanted & ~whole
                continue
            i = lowest_bit(rest)
            rest &= rest - 1
            own = fixed(table, T_CLASH, first + i)
            hosted = fixed(table, T_EXEMPT, site)
            late = tried == 2 and whole == 0 and wanted & hosted != 0 and (hosted >> i) & 1 == 0
            if own & whole != 0 or late:
                continue
            trial = whole | 1 << i
        desk[nth(desk, D_MASK, last)] = trial
        value = NEVER
        if _stands(table, site, desk, count):
            value = visit_price(table, room, site, trial, day, desk, soft)
        if tried == 0:
            # Rather fewer checks than beyond the room, if that can be.
            if value != NEVER and not (soft > 0 and value >= VISIT + soft):
                whole, price = trial, value
                break
            tried = 1
        elif tried == 1:
            price = value
            tried = 2
        elif value != NEVER:
            whole, price = trial, value
    # Back where they were.
    desk[nth(desk, D_MASK, last)], desk[nth(desk, D_DAY, last)] = (
        desk[nth(desk, D_MASK, place)],
        desk[nth(desk, D_DAY, place)],
    )
    desk[nth(desk, D_MASK, place)], desk[nth(desk, D_DAY, place)] = kept, day
    return whole, price


@jit
def _anchor(table: Table, site: int, rest: int, variant: int, salt: int) -> int:
    first = fixed(table, T_CHECK_AT, site)
    least, chosen = NEVER, -1
    while rest != 0:
        i = lowest_bit(rest)
        rest &= rest - 1
        if variant == 0:
            value = _last_day(table, first + i)
        elif variant == 1:
            value = -_first_day(table, first + i)
        elif variant == 2:
            value = 0
            for w in range(table[T_WORDS]):
                value += count_bits(fixed_cell(table, T_HARD, first + i, w))
        else:
            value = mix(salt, i)
        if value < least:
            least, chosen = value, i
    return chosen


@jit
def _together(table: Table, site: int, mask: int, desk: Desk) -> bool:
    """Return whether the days and clashes of some checks let them share a visit."""
    return not clashes(table, site, mask) and common_days(table, site, mask, desk)


@jit
def _build(
    table: Table,
    room: Room,
    site: int,
    desk: Desk,
    count: int,
    rest: int,
    variant: int,
    soft: int,
    salt: int,
    limit: int,
) -> tuple[int, int, int]:
    """Build visits for `rest` after the first `count`; return their number, lost, and price.

    Parameters
    ----------
    limit
        Most that they may cost: once it is clear that they cost more, the price is `NEVER`.
    """
    first = fixed(table, T_CHECK_AT, site)
    lost, total = 0, 0
    masks = np.zeros(LOOKS, np.int64)
    days = np.zeros(LOOKS, np.int64)
    sizes = np.zeros(LOOKS, np.int64)
    while rest != 0:
        # What is left takes a visit at least; if it may take no other, that must hold all of it.
        spare = limit - total
        if spare < VISIT or (spare < 2 * VISIT and not _together(table, site, rest, desk)):
            return count, lost, NEVER
        anchor = _anchor(table, site, rest, variant, salt)
        bit = 1 << anchor
        # The days that the most of what is left share with the anchor, all different.
        found = 0
        for w in range(table[T_WORDS]):
            word = fixed_cell(table, T_HARD, first + anchor, w)
            while word != 0:
                day = 56 * w + lowest_bit(word)
                word &= word - 1
                mask = 0
                other = rest
                while other != 0:
                    i = lowest_bit(other)
                    other &= other - 1
                    if has_day(table, cell(table, T_HARD, first + i, 0), day):
                        mask |= 1 << i
                size = 1024 * count_bits(mask)
                part = fixed(table, T_PART, first + anchor)
                unit = fixed(table, T_PART_UNIT, fixed(table, T_PART_AT, part))
                left = room[cell(room, R_LEFT, fixed(table, T_CAP_ROW, unit), day)]
                if soft == 0 and left <= 0:
                    continue
                if salt != 0:
                    size += mix(salt, day) & 1023
                else:
                    size += min(left, 900)
                same = -1
                for k in range(found):
                    if masks[k] == mask:
                        same = k
                if same >= 0 and salt == 0 and found == LOOKS and size <= sizes[same]:
                    continue
                k = found
                if found == LOOKS:
                    k = 0
                    for j in range(1, LOOKS):
                        if sizes[j] < sizes[k]:
                            k = j
                    if sizes[k] >= size:
                        continue
                else:
                    found += 1
                masks[k], days[k], sizes[k] = mask, day, size
        top, top_price, top_mask, top_day = 0, NEVER, 0, -1
        for _ in range(found):
            k = 0
            for j in range(1, found):
                if sizes[j] > sizes[k]:
                    k = j
            if sizes[k] < 0 or count_bits(masks[k]) < top:
                break
            sizes[k] = -1
            desk[nth(desk, D_DAY, count)] = days[k]
            desk[nth(desk, D_MASK, count)] = 0
            grown, price = _grow(
                table, room, site, desk, count, count + 1, bit, masks[k] & ~bit, soft
            )
            if price == NEVER or grown & bit == 0:
                continue
            size = count_bits(grown)
            if size > top or (size == top and price < top_price):
                top, top_price, top_mask, top_day = size, price, grown, days[k]
        if top == 0:
            lost |= bit
            total += LOST
            rest &= ~bit
            continue
        desk[nth(desk, D_MASK, count)], desk[nth(desk, D_DAY, count)] = top_mask, top_day
        count += 1
        total += top_price
        rest &= ~top_mask
    return count, lost, total


@jit
def _fill(
    table: Table, room: Room, site: int, desk: Desk, count: int, rest: int, soft: int
) -> tuple[int, int]:
    """Let the first `count` visits take of `rest`; return what is left of it, and their price.

    The price is `NEVER` where one of them cannot stand.
    """
    cost = 0
    for k in range(count):
        held = desk[nth(desk, D_MASK, k)]
        wanted = rest & ~_off_day(table, site, rest, desk[nth(desk, D_DAY, k)])
        grown, price = _grow(table, room, site, desk, k, count, held, wanted, soft)
        if price == NEVER:
            return rest, NEVER
        desk[nth(desk, D_MASK, k)] = grown
        rest &= ~grown
        cost += price
    return rest, cost


@jit
def choose_big(
    table: Table,
    room: Room,
    site: int,
    desk: Desk,
    soft: int,
    salt: int,
    rounds: int,
    enough: int,
) -> int:
    """Choose the visits of an enterprise with many checks, its own visits being off.

    Parameters
    ----------
    rounds
        How often a few visits are taken apart and built again.
    enough
        Look no further once the checks left out and visits, as in `search.choose`, are no more.

    Returns
    -------
    int
        The cost of the choice on the desk.
    """
    n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
    full = (1 << n) - 1
    best_mask = np.zeros(n + 1, np.int64)
    best_day = np.zeros(n + 1, np.int64)
    best_count, best_lost, best_cost = 0, full, NEVER
    state = salt * 31 + 17 + site
    for turn in range(3 + rounds):
        if best_cost < NEVER and LEFT * count_bits(best_lost) + best_count <= enough:
            break
        # Three ways from nothing, then again and again with two or three visits taken apart.
        variant, shaken, rest, count, cost = turn, salt, full, 0, 0
        if turn >= 3:
            if best_count < 2 and best_lost == 0:
                break
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            variant, shaken, rest = (state >> 20) % 4, state, best_lost
            start = (state >> 13) % max(best_count, 1)
            far = 1 + (state >> 17) % max(best_count - 1, 1)
            third = -1
            if (state >> 9) % 2 == 1:
                third = (start + 2 * far) % max(best_count, 1)
            for k in range(best_count):
                if k in (start, third, (start + far) % best_count):
                    rest |= best_mask[k]
                else:
                    desk[nth(desk, D_MASK, count)] = best_mask[k]
                    desk[nth(desk, D_DAY, count)] = best_day[k]
                    count += 1
            # What the visits that stay can take first, then new ones.
            rest, cost = _fill(table, room, site, desk, count, rest, soft)
            if cost == NEVER:
                continue
        count, lost, more = _build(
            table, room, site, desk, count, rest, variant, soft, shaken, best_cost - cost
        )
        if more == NEVER:
            continue
        cost += more
        if cost <= best_cost:
            best_count, best_lost, best_cost = count, lost, cost
            for k in range(count):
                best_mask[k], best_day[k] = desk[nth(desk, D_MASK, k)], desk[nth(desk, D_DAY, k)]
    for k in range(best_count):
        desk[nth(desk, D_MASK, k)], desk[nth(desk, D_DAY, k)] = best_mask[k], best_day[k]
    desk[nth(desk, D_RESULT, 0)] = best_count
    desk[nth(desk, D_RESULT, 1)] = best_lost
    desk[nth(desk, D_RESULT, 2)] = best_cost
    return best_cost


@jit
def rework_big(
    table: Table,
    room: Room,
    site: int,
    desk: Desk,
    held: Arena,
    masks: int,
    days: int,
    had: int,
    soft: int,
    salt: int,
    limit: int,
) -> int:
    """Choose visits of an enterprise with many checks that differ little from those it had.

    One to three of them, and those whose day has no room any more or is dear for the lack of it,
    are taken apart; the others take what they can of that, and new ones the rest. Much less work
    than from nothing.

    Parameters
    ----------
    held
        Holds the visits it had, `had` of them: their checks from place `masks` on, and days.
    salt
        More than 0.
    limit
        Most that the choice may cost: one that costs more leaves all checks out.

    Returns
    -------
    int
        The cost of the choice on the desk, `NEVER` for one that leaves all checks out.
    """
    n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
    full = (1 << n) - 1
    start, far, third = 0, 0, -1
    if had > 0:
        start = (salt >> 13) % had
        far = 1 + (salt >> 17) % max(had - 1, 1)
        if (salt >> 9) % 2 == 1:
            third = (start + 2 * far) % had
    rest, count = full, 0
    for k in range(had):
        mask, day = held[masks + k], held[days + k]
        if k in (start, third, (start + far) % max(had, 1)):
            continue
        price = visit_price(table, room, site, mask, day, desk, soft)
        if price == NEVER or (soft > 0 and price >= VISIT + soft):
            continue
        desk[nth(desk, D_MASK, count)], desk[nth(desk, D_DAY, count)] = mask, day
        count += 1
        rest &= ~mask
    rest, cost = _fill(table, room, site, desk, count, rest, soft)
    lost, more = 0, NEVER
    if cost != NEVER:
        count, lost, more = _build(
            table, room, site, desk, count, rest, (salt >> 20) % 4, soft, salt, limit - cost
        )
    cost += more
    if more == NEVER:
        count, lost, cost = 0, full, NEVER
    desk[nth(desk, D_RESULT, 0)] = count
    desk[nth(desk, D_RESULT, 1)] = lost
    desk[nth(desk, D_RESULT, 2)] = cost
    return cost


@jit
def _off_day(table: Table, site: int, rest: int, day: int) -> int:
    """Return those of some checks that cannot be done on a day."""
    first = fixed(table, T_CHECK_AT, site)
    mask = 0
    while rest != 0:
        i = lowest_bit(rest)
        rest &= rest - 1
        if not has_day(table, cell(table, T_HARD, first + i, 0), day):
            mask |= 1 << i
    return mask


@jit
def put_visit(table: Table, room: Room, site: int, mask: int, day: int, desk: Desk) -> None:
    """Place one visit of any enterprise, its rows worked out anew."""
    common_days(table, site, mask, desk)
    rows = work_out(table, site, mask, desk)
    put(table, room, site, mask, day, desk, list_at(desk, D_ROW), list_at(desk, D_AMOUNT), rows)


@jit
def place_big(table: Table, room: Room, site: int, desk: Desk) -> None:
    """Place what `choose_big` chose."""
    for k in range(desk[nth(desk, D_RESULT, 0)]):
        put_visit(table, room, site, desk[nth(desk, D_MASK, k)], desk[nth(desk, D_DAY, k)], desk)
