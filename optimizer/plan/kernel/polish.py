"""Visits that change their day for a later aim: triggered early, load even, travel short, kept.

A visit keeps its checks, so it keeps what it takes of its units, and a move is one visit to
another day, two that change days, or one that makes way for another. What a move changes is one
whole number in which the aims stand in their order (`LATE`, `UNEVEN`, `TRAVEL`, 1): a move is made
if it lowers the number, so no later aim costs an earlier one.
"""

from __future__ import annotations

from optimizer.plan.kernel.arena import Arena
from optimizer.plan.kernel.cells import cell, nth
from optimizer.plan.kernel.jit import BITS, borrowed, jit, lowest_bit

SCALE = 10_000
"""Parts in which used shares are squared."""

TRAVEL = 1 << 4
UNEVEN = 1 << 13
LATE = 1 << 44
NEVER = 1 << 62

BLOCKERS = 32
"""Most visits of one day that are asked to make way for an earlier triggered one."""

Trips = Arena
"""All visits in place, in order of enterprise.

- ``day`` (V,): -1 while a visit is off; ``open`` (V, W): days it may move to, its enterprise's
  other visits apart; ``free`` (V,): whether it moves at all.
- ``late`` (V,): severities of its triggered checks; ``was`` (V,): its day in the previous plan,
  or -1; ``exempt``, ``place`` (V,).
- ``first``, ``last`` (V,): the visits of its enterprise. ``same`` (V,): equal where rows and
  amounts are.
- ``row_at`` (V + 1,), ``row``, ``amount``, ``owner`` (E,): what it takes, and whose entry it is.
- ``left``, ``size`` (R, D); ``even`` (R,): whether a row is the half-days of a unit.
- ``head`` (R, D), ``after``, ``before`` (E,): lists of the entries on a row's day.
- ``seen`` (R, D): places of those entries, and of some that left, as bits, which several places
  share: where the bit of a place is not set, none of the entries lies there.
"""

SCALARS = ("visits", "days", "words", "gap")
LISTS = (
    "day",
    "open",
    "free",
    "late",
    "was",
    "exempt",
    "place",
    "first",
    "last",
    "same",
    "row_at",
    "row",
    "amount",
    "owner",
    "left",
    "size",
    "even",
    "head",
    "after",
    "before",
    "seen",
)
P_VISITS = 0
P_DAYS = 1
P_WORDS = 2
P_GAP = 3
P_DAY = 4
P_OPEN = 6
P_FREE = 8
P_LATE = 10
P_WAS = 12
P_EXEMPT = 14
P_PLACE = 16
P_FIRST = 18
P_LAST = 20
P_SAME = 22
P_ROW_AT = 24
P_ROW = 26
P_AMOUNT = 28
P_OWNER = 30
P_LEFT = 32
P_SIZE = 34
P_EVEN = 36
P_HEAD = 38
P_AFTER = 40
P_BEFORE = 42
P_SEEN = 44


@jit
def _bit(trips: Trips, v: int) -> int:
    """Return the bit that the place of a visit shares with others."""
    return 1 << (trips[nth(trips, P_PLACE, v)] % BITS)


@jit
def lift(trips: Trips, v: int) -> None:
    """Take a visit off its day."""
    day, days = trips[nth(trips, P_DAY, v)], trips[P_DAYS]
    for e in range(trips[nth(trips, P_ROW_AT, v)], trips[nth(trips, P_ROW_AT, v + 1)]):
        at = trips[nth(trips, P_ROW, e)] * days + day
        trips[nth(trips, P_LEFT, at)] += trips[nth(trips, P_AMOUNT, e)]
        after, before = trips[nth(trips, P_AFTER, e)], trips[nth(trips, P_BEFORE, e)]
        if before >= 0:
            trips[nth(trips, P_AFTER, before)] = after
        else:
            trips[nth(trips, P_HEAD, at)] = after
        if after >= 0:
            trips[nth(trips, P_BEFORE, after)] = before
    trips[nth(trips, P_DAY, v)] = -1


@jit
def drop(trips: Trips, v: int, day: int) -> None:
    """Put a visit on a day, whether there is room or not."""
    days = trips[P_DAYS]
    for e in range(trips[nth(trips, P_ROW_AT, v)], trips[nth(trips, P_ROW_AT, v + 1)]):
        at = trips[nth(trips, P_ROW, e)] * days + day
        trips[nth(trips, P_LEFT, at)] -= trips[nth(trips, P_AMOUNT, e)]
        top = trips[nth(trips, P_HEAD, at)]
        trips[nth(trips, P_AFTER, e)] = top
        trips[nth(trips, P_BEFORE, e)] = -1
        if top >= 0:
            trips[nth(trips, P_BEFORE, top)] = e
        trips[nth(trips, P_HEAD, at)] = e
        trips[nth(trips, P_SEEN, at)] |= _bit(trips, v)
    trips[nth(trips, P_DAY, v)] = day


@jit
def may_stand(trips: Trips, v: int, day: int) -> bool:
    """Return whether a visit may be on a day by its own days and its enterprise's other visits."""
    open_at = cell(trips, P_OPEN, v, 0)
    if (trips[open_at + day // BITS] >> (day % BITS)) & 1 == 0:
        return False
    for o in range(trips[nth(trips, P_FIRST, v)], trips[nth(trips, P_LAST, v)]):
        other = trips[nth(trips, P_DAY, o)]
        if o == v or other < 0:
            continue
        if other == day:
            return False
        both = trips[nth(trips, P_EXEMPT, v)] == 0 and trips[nth(trips, P_EXEMPT, o)] == 0
        if both and abs(other - day) < trips[P_GAP]:
            return False
    return True


@jit
def lacking(trips: Trips, v: int, day: int) -> int:
    """Return a row that has no room for a visit on a day; -1: it fits."""
    for e in range(trips[nth(trips, P_ROW_AT, v)], trips[nth(trips, P_ROW_AT, v + 1)]):
        row = trips[nth(trips, P_ROW, e)]
        if trips[nth(trips, P_LEFT, row * trips[P_DAYS] + day)] < trips[nth(trips, P_AMOUNT, e)]:
            return int(row)
    return -1


@jit
def _other_aims(trips: Trips, v: int, day: int) -> int:
    """Return what a visit that is off adds to all aims but even load on a day."""
    place, was = trips[nth(trips, P_PLACE, v)], trips[nth(trips, P_WAS, v)]
    bit = _bit(trips, v)
    found = LATE * int(trips[nth(trips, P_LATE, v)]) * day
    if was >= 0 and was != day:
        found += 1
    for e in range(trips[nth(trips, P_ROW_AT, v)], trips[nth(trips, P_ROW_AT, v + 1)]):
        row = trips[nth(trips, P_ROW, e)]
        if trips[nth(trips, P_EVEN, row)] == 0:
            continue
        entry = trips[nth(trips, P_HEAD, row * trips[P_DAYS] + day)]
        if entry >= 0:
            found += TRAVEL
        if trips[nth(trips, P_SEEN, row * trips[P_DAYS] + day)] & bit == 0:
            continue
        while entry >= 0:
            if trips[nth(trips, P_PLACE, trips[nth(trips, P_OWNER, entry)])] == place:
                found -= TRAVEL
                break
            entry = trips[nth(trips, P_AFTER, entry)]
    return found


@jit
def price(trips: Trips, v: int, day: int, most: int) -> int:
    """Return what a visit that is off adds to the aims on a day.

    Parameters
    ----------
    most
        Where it is clear that it adds as much or more, something as much or more is returned.
    """
    uneven = 0
    for e in range(trips[nth(trips, P_ROW_AT, v)], trips[nth(trips, P_ROW_AT, v + 1)]):
        row = trips[nth(trips, P_ROW, e)]
        at = row * trips[P_DAYS] + day
        size = trips[nth(trips, P_SIZE, at)]
        if trips[nth(trips, P_EVEN, row)] == 1 and size > 0:
            used = size - trips[nth(trips, P_LEFT, at)]
            more = used + trips[nth(trips, P_AMOUNT, e)]
            uneven += SCALE * more * more // size - SCALE * used * used // size
    least = LATE * int(trips[nth(trips, P_LATE, v)]) * day + UNEVEN * uneven
    if least >= most:
        return least
    return UNEVEN * uneven + _other_aims(trips, v, day)


@jit
def best_day(trips: Trips, v: int, day: int) -> int:
    """Return the best day of a visit that is off; `day` among equals, if that is not -1."""
    least, found = NEVER, day
    if day >= 0:
        least = price(trips, v, day, NEVER)
    for w in range(trips[P_WORDS]):
        word = trips[cell(trips, P_OPEN, v, w)]
        while word != 0:
            d = BITS * w + lowest_bit(word)
            word &= word - 1
            if d != day and lacking(trips, v, d) < 0 and may_stand(trips, v, d):
                cost = price(trips, v, d, least)
                if cost < least:
                    least, found = cost, d
    return found


@jit
def _make_way(trips: Trips, v: int, day: int, early: int) -> bool:
    """Put a visit that is off and was on `day` on an earlier day, where another makes way."""
    entry = trips[nth(trips, P_HEAD, lacking(trips, v, early) * trips[P_DAYS] + early)]
    for _ in range(BLOCKERS):
        if entry < 0:
            return False
        x = trips[nth(trips, P_OWNER, entry)]
        entry = trips[nth(trips, P_AFTER, entry)]
        if (
            trips[nth(trips, P_FREE, x)] == 0
            or trips[nth(trips, P_LATE, x)] >= trips[nth(trips, P_LATE, v)]
        ):
            continue
        lift(trips, x)
        if lacking(trips, v, early) < 0 and may_stand(trips, v, early):
            stood = price(trips, v, day, NEVER) + price(trips, x, early, NEVER)
            stands = price(trips, v, early, NEVER)
            drop(trips, v, early)
            other = best_day(trips, x, -1)
            if other >= 0 and stands + price(trips, x, other, NEVER) < stood:
                drop(trips, x, other)
                return True
            lift(trips, v)
        drop(trips, x, early)
        # It stands first of its day now: what comes after it is where it was.
    return False


@jit
def _earlier(trips: Trips, v: int) -> int:
    """Put a triggered visit on the first day that has room, or where another makes way."""
    day = trips[nth(trips, P_DAY, v)]
    lift(trips, v)
    for w in range(day // BITS + 1):
        word = trips[cell(trips, P_OPEN, v, w)]
        while word != 0:
            early = BITS * w + lowest_bit(word)
            word &= word - 1
            if early >= day:
                break
            if may_stand(trips, v, early):
                if lacking(trips, v, early) < 0:
                    drop(trips, v, early)
                    return 1
                if _make_way(trips, v, day, early):
                    return 1
    drop(trips, v, day)
    return 0


@jit
def _settle(trips: Trips, v: int) -> int:
    """Put a visit on its best day."""
    day = trips[nth(trips, P_DAY, v)]
    lift(trips, v)
    other = best_day(trips, v, day)
    drop(trips, v, other)
    return int(other != day)


@jit
def _near(trips: Trips, row: int, day: int, v: int) -> bool:
    """Return whether another visit of a row's day lies where this one does."""
    if trips[nth(trips, P_SEEN, row * trips[P_DAYS] + day)] & _bit(trips, v) == 0:
        return False
    entry = trips[nth(trips, P_HEAD, row * trips[P_DAYS] + day)]
    while entry >= 0:
        x = trips[nth(trips, P_OWNER, entry)]
        if x != v and trips[nth(trips, P_PLACE, x)] == trips[nth(trips, P_PLACE, v)]:
            return True
        entry = trips[nth(trips, P_AFTER, entry)]
    return False


@jit
def _swap(trips: Trips, v: int, row: int) -> int:
    """Let a visit alone in its place change days with one of the same team, to join another."""
    day = trips[nth(trips, P_DAY, v)]
    if _near(trips, row, day, v):
        return 0
    bit = _bit(trips, v)
    for w in range(trips[P_WORDS]):
        word = trips[cell(trips, P_OPEN, v, w)]
        while word != 0:
            other = BITS * w + lowest_bit(word)
            word &= word - 1
            if trips[nth(trips, P_SEEN, row * trips[P_DAYS] + other)] & bit == 0 or other == day:
                continue
            near = may_stand(trips, v, other) and _near(trips, row, other, v)
            if near and _change(trips, v, row, other):
                return 1
    return 0


@jit
def _change(trips: Trips, v: int, row: int, other: int) -> bool:
    """Let a visit change days with one of the same team that is on another day, if that gains."""
    day = trips[nth(trips, P_DAY, v)]
    entry = trips[nth(trips, P_HEAD, row * trips[P_DAYS] + other)]
    while entry >= 0:
        x = trips[nth(trips, P_OWNER, entry)]
        entry = trips[nth(trips, P_AFTER, entry)]
        if trips[nth(trips, P_SAME, x)] != trips[nth(trips, P_SAME, v)]:
            continue
        if (
            trips[nth(trips, P_FREE, x)] == 0
            or trips[nth(trips, P_PLACE, x)] == trips[nth(trips, P_PLACE, v)]
        ):
            continue
        if (
            not may_stand(trips, x, day)
            and trips[nth(trips, P_FIRST, x)] != trips[nth(trips, P_FIRST, v)]
        ):
            continue
        later = (trips[nth(trips, P_LATE, v)] - trips[nth(trips, P_LATE, x)]) * (other - day)
        lift(trips, v)
        lift(trips, x)
        # Both take the same of their units: the load of the two days stays as even as it is.
        if (
            later <= 0
            and _other_aims(trips, v, other) + _other_aims(trips, x, day)
            < _other_aims(trips, v, day) + _other_aims(trips, x, other)
            and lacking(trips, v, other) < 0
            and lacking(trips, x, day) < 0
        ):
            drop(trips, v, other)
            drop(trips, x, day)
            return True
        drop(trips, v, day)
        drop(trips, x, other)
        # x stands first of its day now; what comes after it is where it was.
    return False


@jit
def settle_all(trips: Trips, urgent: Arena, rounds: int) -> int:
    """Move visits until nothing gets better, `rounds` times at most; return the moves.

    Parameters
    ----------
    urgent
        Visits with triggered checks, the most severe first.
    """
    trips = borrowed(trips)
    urgent = borrowed(urgent)
    moves = 0
    for _ in range(rounds):
        before = moves
        for k in range(len(urgent)):
            if trips[nth(trips, P_FREE, urgent[k])] == 1:
                moves += _earlier(trips, urgent[k])
        for v in range(trips[P_VISITS]):
            if trips[nth(trips, P_FREE, v)] == 1:
                moves += _settle(trips, v)
        for v in range(trips[P_VISITS]):
            if trips[nth(trips, P_FREE, v)] == 0:
                continue
            for e in range(trips[nth(trips, P_ROW_AT, v)], trips[nth(trips, P_ROW_AT, v + 1)]):
                row = trips[nth(trips, P_ROW, e)]
                if trips[nth(trips, P_EVEN, row)] == 1:
                    moves += _swap(trips, v, row)
        if moves == before:
            break
    return moves
