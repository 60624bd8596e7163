"""The best visits of one enterprise under prices, with the room there is or beyond it.

Up to `SMALL` checks: the exact least cost over all partitions into groups, each on its cheapest
day; where days or caps then collide, a search for the least cost that keeps them. The price of a
visit, of a check left out and of a half-day lacking lie orders of magnitude apart, so that one
whole number compares them in that order.
"""

from __future__ import annotations

import numpy as np

from optimizer.plan.kernel.cells import cell, fixed, fixed_cell, list_at, nth
from optimizer.plan.kernel.desk import (
    D_BEST,
    D_COST,
    D_DAY,
    D_GROUP,
    D_KNOWN,
    D_LOW,
    D_MASK,
    D_NONE,
    D_ON,
    D_OPEN,
    D_PICK,
    D_PRICE,
    D_RESULT,
    D_SHUT,
    D_STACK,
    D_TODO,
    Desk,
)
from optimizer.plan.kernel.groups import (
    G_AMOUNT,
    G_ASIDE,
    G_AT,
    G_DAYS,
    G_FROM,
    G_MASK,
    G_ROW,
    G_ROW_AT,
    G_WORD_AT,
    Groups,
)
from optimizer.plan.kernel.jit import jit, lowest_bit
from optimizer.plan.kernel.room import (
    R_DAYS,
    R_PRICE,
    Room,
    price_of,
    put,
)
from optimizer.plan.kernel.table import (
    T_CHECK_AT,
    T_COUNT_AT,
    T_COUNT_EXEMPT,
    T_COUNT_FORCED,
    T_COUNT_KIND,
    T_COUNT_LIMIT,
    T_COUNT_MEMBERS,
    T_COUNT_RIDER,
    T_DAYS,
    T_EXEMPT,
    T_GAP,
    T_ROOM_AT,
    T_WEIGHT_AT,
    T_WEIGHT_MASK,
    T_WORDS,
    T_YEAR,
    T_YEAR_OF,
    T_YEARS,
    Table,
)

VISIT = 1 << 30
LOST = 1 << 44
LACKING = 1 << 27
"""Price of one half-day that is not there, where a choice may go beyond the room."""
NEVER = 1 << 60
NODES = 1000
"""Most steps of one search for days and caps that hold together."""


@jit
def mix(a: int, b: int) -> int:
    """Return 16 bits that depend on both numbers."""
    x = (a * 40503 + b * 30011 + 12345) & 0x7FFFFFFF
    x ^= x >> 15
    x = (x * 21893) & 0x7FFFFFFF
    x ^= x >> 13
    return x & 0xFFFF


@jit
def cheapest_day(
    table: Table, groups: Groups, room: Room, g: int, desk: Desk, shut: int, soft: int, salt: int
) -> tuple[int, int]:
    """Return the least price of a group, and its day; `NEVER` if no day is left.

    Parameters
    ----------
    shut
        Where on the desk the days not to use stand.
    soft
        Price of each half-day lacking on a day without room; 0: only days with room.
    salt
        Not 0: prices are shaken by it.
    """
    if soft > 0:
        return _beyond(table, groups, room, g, desk, shut, soft, salt)
    lowest, chosen = NEVER, -1
    first, last = fixed(groups, G_ROW_AT, g), fixed(groups, G_ROW_AT, g + 1)
    at = fixed(groups, G_WORD_AT, g)
    origin = fixed(groups, G_FROM, g)
    for w in range(origin, origin + fixed(groups, G_WORD_AT, g + 1) - at):
        word = fixed(groups, G_DAYS, at + w - origin) & ~desk[shut + w]
        for r in range(first, last):
            level = fixed(table, T_ROOM_AT, fixed(groups, G_ROW, r)) + fixed(groups, G_AMOUNT, r)
            word &= room[cell(room, R_DAYS, level, w)]
        while word != 0:
            day = 56 * w + lowest_bit(word)
            word &= word - 1
            price = 0
            if salt != 0:
                price = mix(salt, day)
            for r in range(first, last):
                row, amount = fixed(groups, G_ROW, r), fixed(groups, G_AMOUNT, r)
                price += amount * room[cell(room, R_PRICE, row, day)]
            if price < lowest:
                lowest, chosen = price, day
    return lowest, chosen


@jit
def _beyond(
    table: Table, groups: Groups, room: Room, g: int, desk: Desk, shut: int, soft: int, salt: int
) -> tuple[int, int]:
    """Return the same where days without room may be used, at a price.

    The open days are listed first, and then priced row by row: of the days between the first and
    the last but one in four is open.
    """
    at = fixed(groups, G_WORD_AT, g)
    origin = fixed(groups, G_FROM, g) - at
    count = 0
    for w in range(at, fixed(groups, G_WORD_AT, g + 1)):
        word = fixed(groups, G_DAYS, w) & ~desk[shut + origin + w]
        while word != 0:
            day = 56 * (origin + w) + lowest_bit(word)
            word &= word - 1
            desk[nth(desk, D_OPEN, count)], desk[nth(desk, D_PRICE, count)] = day, 0
            if salt != 0:
                desk[nth(desk, D_PRICE, count)] = mix(salt, day)
            count += 1
    for r in range(fixed(groups, G_ROW_AT, g), fixed(groups, G_ROW_AT, g + 1)):
        row, amount = fixed(groups, G_ROW, r), fixed(groups, G_AMOUNT, r)
        for k in range(count):
            day = desk[nth(desk, D_OPEN, k)]
            desk[nth(desk, D_PRICE, k)] += price_of(room, row, amount, day, soft)
    lowest, chosen = NEVER, -1
    for k in range(count):
        if desk[nth(desk, D_PRICE, k)] < lowest:
            lowest, chosen = desk[nth(desk, D_PRICE, k)], desk[nth(desk, D_OPEN, k)]
    return lowest, chosen


@jit
def adds(table: Table, c: int, mask: int, exempt_checks: int) -> tuple[int, int]:
    """Return what a visit adds to a counter: counted, free (see `site.Counter.of`)."""
    here = mask & fixed(table, T_COUNT_MEMBERS, c)
    if here == 0:
        return 0, 0
    kind = fixed(table, T_COUNT_KIND, c)
    if kind == 2:
        n = 0
        while here != 0:
            here &= here - 1
            n += 1
        return n, 0
    exempt = mask & exempt_checks != 0
    uses = fixed(table, T_COUNT_EXEMPT, c)
    if kind == 0:
        if not exempt or (fixed(table, T_COUNT_RIDER, c) == 1 and here & ~exempt_checks != 0):
            return 1, 0
        return 0, uses
    weight = 1
    if fixed(table, T_WEIGHT_AT, c + 1) > fixed(table, T_WEIGHT_AT, c):
        weight = 0
        for k in range(fixed(table, T_WEIGHT_AT, c), fixed(table, T_WEIGHT_AT, c + 1)):
            if fixed(table, T_WEIGHT_MASK, k) & here != 0:
                weight += 1
    if exempt:
        return 0, weight * uses
    return weight, 0


@jit
def caps_hold(table: Table, site: int, desk: Desk, n: int) -> bool:
    """Return whether visits keep the caps of their enterprise."""
    masks, days = list_at(desk, D_MASK), list_at(desk, D_DAY)
    for c in range(fixed(table, T_COUNT_AT, site), fixed(table, T_COUNT_AT, site + 1)):
        for year in range(table[T_YEARS]):
            counted, free = 0, 0
            for k in range(n):
                if fixed(table, T_YEAR_OF, desk[days + k]) == year:
                    more, unpaid = adds(table, c, desk[masks + k], fixed(table, T_EXEMPT, site))
                    counted += more
                    free += unpaid
            if counted + free > fixed_cell(table, T_COUNT_LIMIT, c, year) and (
                counted > 0 or (free > 0 and fixed_cell(table, T_COUNT_FORCED, c, year) == 1)
            ):
                return False
    return True


@jit
def days_hold(table: Table, site: int, desk: Desk, n: int) -> bool:
    """Return whether the last of n visits lies apart from the others."""
    masks, days = list_at(desk, D_MASK), list_at(desk, D_DAY)
    last = n - 1
    plain = desk[masks + last] & fixed(table, T_EXEMPT, site) == 0
    for k in range(last):
        apart = abs(desk[days + k] - desk[days + last])
        if apart == 0:
            return False
        if plain and apart < table[T_GAP] and desk[masks + k] & fixed(table, T_EXEMPT, site) == 0:
            return False
    return True


@jit
def begin(table: Table, groups: Groups, site: int, desk: Desk) -> None:
    """Forget the least costs known, and find where the groups with each lowest check begin."""
    desk[nth(desk, D_RESULT, 3)] += 1
    n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
    g, last = fixed(groups, G_AT, site), fixed(groups, G_AT, site + 1)
    for low in range(n):
        desk[nth(desk, D_LOW, low)] = g
        while g < last and (fixed(groups, G_MASK, g) >> low) & 1 == 1:
            g += 1
    desk[nth(desk, D_LOW, n)] = last


@jit
def least(groups: Groups, desk: Desk, lost: int, rest: int) -> int:
    """Return the least cost of doing some checks in listed groups, days and caps aside.

    Looks only at sets that groups leave of `rest`, and remembers them in ``desk.best``. Where a
    check could be a visit alone it is never better to leave it out.

    Parameters
    ----------
    lost
        Cost of a check left out, at least that of any single one.
    """
    best, known = list_at(desk, D_BEST), list_at(desk, D_KNOWN)
    todo, cost = list_at(desk, D_TODO), list_at(desk, D_COST)
    now = desk[nth(desk, D_RESULT, 3)]
    desk[best] = 0
    desk[known] = now
    count = 0
    if desk[known + rest] != now:
        desk[todo] = rest
        count = 1
    while count > 0:
        mask = desk[todo + count - 1]
        if desk[known + mask] == now:
            count -= 1
            continue
        low = lowest_bit(mask)
        before, cheapest, chosen = count, NEVER, 0
        if desk[cost + (1 << low)] == NEVER:
            left = mask & (mask - 1)
            if desk[known + left] != now:
                desk[todo + count] = left
                count += 1
            else:
                cheapest = lost + desk[best + left]
        for g in range(desk[nth(desk, D_LOW, low)], desk[nth(desk, D_LOW, low + 1)]):
            own = fixed(groups, G_MASK, g)
            if own & ~mask != 0 or desk[cost + own] == NEVER:
                continue
            left = mask ^ own
            if desk[known + left] != now:
                desk[todo + count] = left
                count += 1
            elif count == before:
                price = desk[cost + own] + desk[best + left]
                if price < cheapest:
                    cheapest, chosen = price, own
        if count == before:
            desk[best + mask] = cheapest
            desk[nth(desk, D_PICK, mask)] = chosen
            desk[known + mask] = now
            count -= 1
    return desk[best + rest]


@jit
def choose_small(
    table: Table, groups: Groups, room: Room, site: int, desk: Desk, soft: int, salt: int
) -> int:
    """Choose the visits of an enterprise whose groups are listed.

    The enterprise's own visits must be off. Writes the choice to the desk.

    Returns
    -------
    int
        Its cost.
    """
    n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
    full = (1 << n) - 1
    for mask in range(full + 1):
        desk[nth(desk, D_COST, mask)] = NEVER
    for g in range(fixed(groups, G_AT, site), fixed(groups, G_AT, site + 1)):
        shaken = salt
        if salt != 0:
            shaken = salt + 7919 * fixed(groups, G_MASK, g)
        price, day = cheapest_day(table, groups, room, g, desk, list_at(desk, D_NONE), soft, shaken)
        if day >= 0:
            mask = fixed(groups, G_MASK, g)
            desk[nth(desk, D_COST, mask)] = VISIT + price
            desk[nth(desk, D_GROUP, mask)] = g
            desk[nth(desk, D_ON, mask)] = day
    rest = fixed(groups, G_ASIDE, site)
    while rest != 0:
        desk[nth(desk, D_COST, rest & -rest)] = NEVER - 1  # no better left out
        rest &= rest - 1
    begin(table, groups, site, desk)
    cost = least(groups, desk, LOST, full)
    count, lost, rest = 0, 0, full
    good = True
    while rest != 0:
        chosen = desk[nth(desk, D_PICK, rest)]
        if chosen == 0:
            lost |= rest & -rest
            rest &= rest - 1
            continue
        desk[nth(desk, D_MASK, count)] = chosen
        desk[nth(desk, D_DAY, count)] = desk[nth(desk, D_ON, chosen)]
        count += 1
        rest ^= chosen
        if count > 1 and not days_hold(table, site, desk, count):
            good = False
            break
    if good and caps_hold(table, site, desk, count):
        desk[nth(desk, D_RESULT, 0)] = count
        desk[nth(desk, D_RESULT, 1)] = lost
        desk[nth(desk, D_RESULT, 2)] = cost
        return cost
    return _search(table, groups, room, site, desk, soft, salt)


@jit
def _search(
    table: Table, groups: Groups, room: Room, site: int, desk: Desk, soft: int, salt: int
) -> int:
    """Look for the least cost that keeps days apart and caps; `least` never overestimates.

    The stack holds, by number of decisions: what is left, the cost, the group that is tried
    next (one before the first: leaving its check out comes next; -2: nothing more), and visits
    chosen.
    """
    n = fixed(table, T_CHECK_AT, site + 1) - fixed(table, T_CHECK_AT, site)
    full = (1 << n) - 1
    stack = list_at(desk, D_STACK)
    lowest, kept, lost_kept = NEVER, 0, full
    found = np.zeros((n + 1, 2), np.int64)
    depth, nodes = 0, 0
    _push(desk, 0, full, 0, 0, 0)
    while depth >= 0:
        at = stack + 6 * depth
        rest = desk[at]
        if rest == 0:
            if desk[at + 1] < lowest:
                lowest = desk[at + 1]
                kept, lost_kept = desk[at + 3], desk[at + 4]
                for k in range(kept):
                    found[k, 0] = desk[nth(desk, D_MASK, k)]
                    found[k, 1] = desk[nth(desk, D_DAY, k)]
            depth -= 1
            continue
        low = rest & -rest
        others = rest ^ low
        g = desk[at + 2]
        if g == -2 or nodes > NODES:
            depth -= 1
            continue
        so_far, count, out = desk[at + 1], desk[at + 3], desk[at + 4]
        if g < desk[nth(desk, D_LOW, lowest_bit(rest))]:
            desk[at + 2] = -2
            price = so_far + LOST
            if price < lowest and price + least(groups, desk, LOST, others) < lowest:
                depth += 1
                _push(desk, depth, others, price, count, out | low)
            continue
        desk[at + 2] = g - 1
        chosen = fixed(groups, G_MASK, g)
        price = desk[nth(desk, D_COST, chosen)]
        if chosen & ~rest != 0 or price == NEVER:
            continue
        after = least(groups, desk, LOST, rest ^ chosen)
        if so_far + price + after >= lowest:
            continue
        nodes += 1
        desk[nth(desk, D_MASK, count)] = chosen
        desk[nth(desk, D_DAY, count)] = desk[nth(desk, D_ON, chosen)]
        if count > 0 and not days_hold(table, site, desk, count + 1):
            close_beside(table, site, desk, chosen, count)
            shaken = salt
            if salt != 0:
                shaken = salt + 7919 * chosen
            price, day = cheapest_day(
                table,
                groups,
                room,
                desk[nth(desk, D_GROUP, chosen)],
                desk,
                list_at(desk, D_SHUT),
                soft,
                shaken,
            )
            price += VISIT
            if day < 0 or so_far + price + after >= lowest:
                continue
            desk[nth(desk, D_DAY, count)] = day
        if not caps_hold(table, site, desk, count + 1):
            if table[T_YEARS] == 1:
                continue
            other = _other_year(table, groups, room, site, desk, chosen, count, soft, salt)
            if other < 0 or so_far + VISIT + other + after >= lowest:
                continue
            price = VISIT + other
        depth += 1
        _push(desk, depth, rest ^ chosen, so_far + price, count + 1, out)
    if lowest == NEVER:
        # Nothing found in so many steps: leave all out, and let the caller judge.
        lowest = LOST * n
        kept, lost_kept = 0, full
    for k in range(kept):
        desk[nth(desk, D_MASK, k)] = found[k, 0]
        desk[nth(desk, D_DAY, k)] = found[k, 1]
    desk[nth(desk, D_RESULT, 0)] = kept
    desk[nth(desk, D_RESULT, 1)] = lost_kept
    desk[nth(desk, D_RESULT, 2)] = lowest
    return lowest


@jit
def _push(desk: Desk, depth: int, rest: int, price: int, count: int, out: int) -> None:
    at = nth(desk, D_STACK, 6 * depth)
    desk[at] = rest
    desk[at + 1] = price
    desk[at + 2] = -2
    if rest != 0:
        desk[at + 2] = desk[nth(desk, D_LOW, lowest_bit(rest) + 1)] - 1
    desk[at + 3] = count
    desk[at + 4] = out


@jit
def close_beside(table: Table, site: int, desk: Desk, chosen: int, count: int) -> None:
    """Write to ``desk.shut`` the days closed to a group by the visits chosen before."""
    for w in range(table[T_WORDS]):
        desk[nth(desk, D_SHUT, w)] = 0
    plain = chosen & fixed(table, T_EXEMPT, site) == 0
    for k in range(count):
        reach = 0
        if plain and desk[nth(desk, D_MASK, k)] & fixed(table, T_EXEMPT, site) == 0:
            reach = max(table[T_GAP] - 1, 0)
        for day in range(
            max(desk[nth(desk, D_DAY, k)] - reach, 0),
            min(desk[nth(desk, D_DAY, k)] + reach, table[T_DAYS] - 1) + 1,
        ):
            desk[nth(desk, D_SHUT, day // 56)] |= 1 << (day % 56)


@jit
def _other_year(
    table: Table,
    groups: Groups,
    room: Room,
    site: int,
    desk: Desk,
    chosen: int,
    count: int,
    soft: int,
    salt: int,
) -> int:
    """Put the last visit into another year where the caps allow it; return its price, or -1."""
    lowest, when = NEVER, -1
    for year in range(table[T_YEARS]):
        close_beside(table, site, desk, chosen, count)
        for w in range(table[T_WORDS]):
            desk[nth(desk, D_SHUT, w)] |= ~fixed_cell(table, T_YEAR, year, w)
        price, day = cheapest_day(
            table,
            groups,
            room,
            desk[nth(desk, D_GROUP, chosen)],
            desk,
            list_at(desk, D_SHUT),
            soft,
            salt,
        )
        if day >= 0 and price < lowest:
            desk[nth(desk, D_DAY, count)] = day
            if caps_hold(table, site, desk, count + 1):
                lowest, when = price, day
    if when < 0:
        return -1
    desk[nth(desk, D_DAY, count)] = when
    return lowest


@jit
def place_small(table: Table, groups: Groups, room: Room, site: int, desk: Desk) -> None:
    """Place what `choose_small` chose."""
    for k in range(desk[nth(desk, D_RESULT, 0)]):
        g = desk[nth(desk, D_GROUP, desk[nth(desk, D_MASK, k)])]
        first, last = fixed(groups, G_ROW_AT, g), fixed(groups, G_ROW_AT, g + 1)
        put(
            table,
            room,
            site,
            desk[nth(desk, D_MASK, k)],
            desk[nth(desk, D_DAY, k)],
            groups,
            nth(groups, G_ROW, first),
            nth(groups, G_AMOUNT, first),
            last - first,
        )
