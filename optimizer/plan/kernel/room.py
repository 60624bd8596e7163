"""Visits in place and what they leave of every unit's day."""

from __future__ import annotations

import numpy as np

from optimizer.plan.kernel.arena import Arena, make_arena, view
from optimizer.plan.kernel.cells import cell, fixed, fixed_cell, list_at, nth
from optimizer.plan.kernel.desk import D_AMOUNT, D_ROW, Desk
from optimizer.plan.kernel.jit import jit
from optimizer.plan.kernel.table import (
    T_CHECK_AT,
    T_CHECKS,
    T_DAYS,
    T_ROOM,
    T_ROOM_AT,
    T_ROOM_DAYS,
    T_ROWS,
    T_SITES,
    T_SLOT_AT,
    T_WORDS,
    Table,
)

DEAREST = 1 << 19
"""Most that `base` grows to."""

FULL = 4096
"""Price of one half-day where a row is quite used up, besides `base`."""


Room = Arena
"""What is left; changed in place.

- ``left`` (R, D): room; negative while a move is under way.
- ``days``: as ``room_days`` of the table: days with room for 0, 1, … now.
- ``base``, ``price`` (R, D): price of a half-day by scarcity, and with how full the row is now.
- ``visits`` (S,): visits of an enterprise; the k-th stands in slot ``check_at[s] + k``.
- ``mask``, ``day``, ``rows`` (C,): of the visit in a slot; what it takes is in the entries from
  ``slot_at`` on: ``take`` (E,), row and amount in one number (`row_of`, `amount_of`).
- ``head`` (R, D), ``link`` (E,): lists of the entries that take of a row's day, the one before
  and the one after in one number (`after_of`).
- ``spare``: sum of the squares of what is left, less what it was at first: the more, the less
  the room is in splinters.
"""

NAMES = (
    "left",
    "days",
    "base",
    "price",
    "visits",
    "mask",
    "day",
    "rows",
    "take",
    "head",
    "link",
    "spare",
)
R_LEFT = 0
R_DAYS = 2
R_BASE = 4
R_PRICE = 6
R_VISITS = 8
R_MASK = 10
R_DAY = 12
R_ROWS = 14
R_TAKE = 16
R_HEAD = 18
R_LINK = 20
R_SPARE = 22

HALF = 32
"""Bits of a link for the entry after; the others are for the one before. 0: none."""

AMOUNT = 20
"""Bits of what an entry takes for the amount; the others are for the row."""


def make_room(table: Table) -> Room:
    """Return a room without visits and without prices."""
    checks, rows = int(table[T_CHECKS]), int(table[T_ROWS])
    slots = view(table, T_SLOT_AT, checks + 1)
    entries = np.zeros(int(slots[-1]), np.int64)
    room = view(table, T_ROOM, rows).reshape(rows, int(table[T_DAYS]))
    lines = int(view(table, T_ROOM_AT, rows + 1)[-1])
    by_check = np.zeros(checks, np.int64)
    return make_arena(
        (),
        NAMES,
        {},
        {
            "left": room,
            "days": view(table, T_ROOM_DAYS, lines).reshape(lines, int(table[T_WORDS])),
            "base": np.zeros_like(room),
            "price": np.zeros_like(room),
            "visits": np.zeros(int(table[T_SITES]), np.int64),
            "mask": by_check,
            "day": by_check,
            "rows": by_check,
            "take": entries,
            "head": np.full(room.shape, -1, np.int64),
            "link": entries,
            "spare": np.zeros(1, np.int64),
        },
    )


@jit
def reprice(table: Table, room: Room, row: int, day: int) -> None:
    """Work out the price of a row's day anew."""
    size = fixed_cell(table, T_ROOM, row, day)
    used = size - room[cell(room, R_LEFT, row, day)]
    extra = 0
    if size > 0:
        extra = FULL * used // size
    room[cell(room, R_PRICE, row, day)] = room[cell(room, R_BASE, row, day)] + extra


@jit
def dearer(table: Table, room: Room, row: int, day: int, more: int) -> None:
    """Raise the price of a row's day, up to a most."""
    at = cell(room, R_BASE, row, day)
    room[at] = min(room[at] + more, DEAREST)
    reprice(table, room, row, day)


@jit
def use(table: Table, room: Room, row: int, day: int, amount: int) -> None:
    """Take `amount` of a row's day; a negative amount gives it back."""
    before = room[cell(room, R_LEFT, row, day)]
    after = before - amount
    room[cell(room, R_LEFT, row, day)] = after
    kept = max(after, 0)
    room[list_at(room, R_SPARE)] += kept * kept - max(before, 0) * max(before, 0)
    start = fixed(table, T_ROOM_AT, row)
    top = fixed(table, T_ROOM_AT, row + 1) - start - 1
    word, bit = day // 56, 1 << (day % 56)
    if amount > 0:
        for a in range(max(after + 1, 0), min(before, top) + 1):
            room[cell(room, R_DAYS, start + a, word)] &= ~bit
    else:
        for a in range(max(before + 1, 0), min(after, top) + 1):
            room[cell(room, R_DAYS, start + a, word)] |= bit
    reprice(table, room, row, day)


@jit
def row_of(room: Room, entry: int) -> int:
    """Return the row of an entry."""
    return room[nth(room, R_TAKE, entry)] >> AMOUNT


@jit
def amount_of(room: Room, entry: int) -> int:
    """Return what an entry takes of its row."""
    return room[nth(room, R_TAKE, entry)] & ((1 << AMOUNT) - 1)


@jit
def after_of(room: Room, entry: int) -> int:
    """Return the next entry that takes of the same row's day, or -1."""
    return (room[nth(room, R_LINK, entry)] & ((1 << HALF) - 1)) - 1


@jit
def _link(room: Room, entry: int, row: int, day: int) -> None:
    head = cell(room, R_HEAD, row, day)
    top = room[head]
    room[nth(room, R_LINK, entry)] = top + 1
    if top >= 0:
        room[nth(room, R_LINK, top)] |= (entry + 1) << HALF
    room[head] = entry


@jit
def _unlink(room: Room, entry: int, row: int, day: int) -> None:
    link = room[nth(room, R_LINK, entry)]
    after, before = (link & ((1 << HALF) - 1)) - 1, (link >> HALF) - 1
    if before >= 0:
        place = nth(room, R_LINK, before)
        room[place] = (room[place] >> HALF << HALF) | (after + 1)
    else:
        room[cell(room, R_HEAD, row, day)] = after
    if after >= 0:
        place = nth(room, R_LINK, after)
        room[place] = (room[place] & ((1 << HALF) - 1)) | ((before + 1) << HALF)


@jit
def put(
    table: Table,
    room: Room,
    site: int,
    mask: int,
    day: int,
    taken: Arena,
    rows: int,
    amounts: int,
    count: int,
) -> None:
    """Place a visit, whether there is room or not.

    Parameters
    ----------
    taken
        Holds what it takes: `count` rows from place `rows` on, and as many amounts.
    """
    slot = fixed(table, T_CHECK_AT, site) + room[nth(room, R_VISITS, site)]
    room[nth(room, R_VISITS, site)] += 1
    room[nth(room, R_MASK, slot)] = mask
    room[nth(room, R_DAY, slot)] = day
    room[nth(room, R_ROWS, slot)] = count
    at = fixed(table, T_SLOT_AT, slot)
    for r in range(count):
        room[nth(room, R_TAKE, at + r)] = taken[rows + r] << AMOUNT | taken[amounts + r]
        use(table, room, taken[rows + r], day, taken[amounts + r])
        _link(room, at + r, taken[rows + r], day)


@jit
def take(table: Table, room: Room, site: int, k: int) -> None:
    """Take the k-th visit of an enterprise off; its last one gets that number."""
    slot = fixed(table, T_CHECK_AT, site) + k
    last = fixed(table, T_CHECK_AT, site) + room[nth(room, R_VISITS, site)] - 1
    at, end = fixed(table, T_SLOT_AT, slot), fixed(table, T_SLOT_AT, last)
    for r in range(room[nth(room, R_ROWS, slot)]):
        row = row_of(room, at + r)
        _unlink(room, at + r, row, room[nth(room, R_DAY, slot)])
        use(table, room, row, room[nth(room, R_DAY, slot)], -amount_of(room, at + r))
    if last != slot:
        day = room[nth(room, R_DAY, last)]
        for r in range(room[nth(room, R_ROWS, last)]):
            row = row_of(room, end + r)
            _unlink(room, end + r, row, day)
            room[nth(room, R_TAKE, at + r)] = room[nth(room, R_TAKE, end + r)]
            _link(room, at + r, row, day)
        room[nth(room, R_MASK, slot)] = room[nth(room, R_MASK, last)]
        room[nth(room, R_DAY, slot)] = day
        room[nth(room, R_ROWS, slot)] = room[nth(room, R_ROWS, last)]
    room[nth(room, R_VISITS, site)] -= 1


@jit
def lift(table: Table, room: Room, site: int) -> None:
    """Take all visits of an enterprise off."""
    while room[nth(room, R_VISITS, site)] > 0:
        take(table, room, site, room[nth(room, R_VISITS, site)] - 1)


@jit
def discount(table: Table, room: Room, site: int, share: int) -> None:
    """Leave an enterprise's visits out of what is left and of the prices (`share` 1), as if off.

    Only there: they stay in their lists, and `days` and `spare` as they are. With `share` -1 all
    is as before. Less work than `lift` and `put`, and all that a choice beyond the room looks at.
    """
    first = fixed(table, T_CHECK_AT, site)
    for slot in range(first, first + room[nth(room, R_VISITS, site)]):
        at, day = fixed(table, T_SLOT_AT, slot), room[nth(room, R_DAY, slot)]
        for entry in range(at, at + room[nth(room, R_ROWS, slot)]):
            row = row_of(room, entry)
            room[cell(room, R_LEFT, row, day)] += share * amount_of(room, entry)
            reprice(table, room, row, day)


@jit
def fits(room: Room, day: int, desk: Desk, count: int) -> bool:
    """Return whether a group worked out has room on a day."""
    for r in range(count):
        if room[cell(room, R_LEFT, desk[nth(desk, D_ROW, r)], day)] < desk[nth(desk, D_AMOUNT, r)]:
            return False
    return True


@jit
def price_of(room: Room, row: int, amount: int, day: int, soft: int) -> int:
    """Return what a visit that is off would pay for a row's day, `soft` for each that lacks."""
    lacking = amount - max(room[cell(room, R_LEFT, row, day)], 0)
    return amount * room[cell(room, R_PRICE, row, day)] + soft * max(lacking, 0)


@jit
def seen_by(table: Table, room: Room, site: int) -> int:
    """Return the checks of an enterprise that are in visits."""
    mask = 0
    for k in range(room[nth(room, R_VISITS, site)]):
        mask |= room[nth(room, R_MASK, fixed(table, T_CHECK_AT, site) + k)]
    return mask
