"""What comes next is asked of memory while what is here is worked on.

Enterprises, and the visits on one day of a row, lie far apart in memory, and each number that is
read there says where the next one lies: to look at one is to wait several times, one wait after the
other. Nothing but the time depends on it.
"""

from __future__ import annotations

from optimizer.plan.kernel.cells import fetch, fixed, nth
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
from optimizer.plan.kernel.jit import jit
from optimizer.plan.kernel.room import (
    R_DAY,
    R_LINK,
    R_MASK,
    R_ROWS,
    R_TAKE,
    R_VISITS,
    Room,
    after_of,
)
from optimizer.plan.kernel.table import T_CHECK_AT, T_COUNT_AT, T_OWNER, T_SLOT_AT, Table

LINE = 8
"""Numbers that come from memory together."""


@jit
def fetch_site(table: Table, groups: Groups, room: Room, site: int) -> None:
    """Ask for where an enterprise's checks and groups begin."""
    fetch(table, nth(table, T_CHECK_AT, site))
    fetch(table, nth(table, T_COUNT_AT, site))
    fetch(room, nth(room, R_VISITS, site))
    fetch(groups, nth(groups, G_AT, site))
    fetch(groups, nth(groups, G_ASIDE, site))


@jit
def fetch_visits(table: Table, groups: Groups, room: Room, site: int) -> None:
    """Ask for its visits and groups: what `fetch_site` asked for says where they lie."""
    slot, g = fixed(table, T_CHECK_AT, site), fixed(groups, G_AT, site)
    fetch(table, nth(table, T_SLOT_AT, slot))
    fetch(room, nth(room, R_MASK, slot))
    fetch(room, nth(room, R_DAY, slot))
    fetch(room, nth(room, R_ROWS, slot))
    fetch(groups, nth(groups, G_MASK, g))
    fetch(groups, nth(groups, G_WORD_AT, g))
    fetch(groups, nth(groups, G_FROM, g))
    fetch(groups, nth(groups, G_ROW_AT, g))


@jit
def fetch_rows(table: Table, groups: Groups, room: Room, site: int) -> None:
    """Ask for what these take and the days of its groups: `fetch_visits` says where that lies."""
    slot, g = fixed(table, T_CHECK_AT, site), fixed(groups, G_AT, site)
    entry, word = fixed(table, T_SLOT_AT, slot), fixed(groups, G_WORD_AT, g)
    row = fixed(groups, G_ROW_AT, g)
    for more in (0, LINE):
        fetch(room, nth(room, R_TAKE, entry + more))
        fetch(groups, nth(groups, G_DAYS, word + more))
        fetch(groups, nth(groups, G_ROW, row + more))
        fetch(groups, nth(groups, G_AMOUNT, row + more))


@jit
def fetch_entries(table: Table, room: Room, entry: int) -> None:
    """Ask for the visit of an entry, and for less of the two that come after it in its list."""
    if entry < 0:
        return
    slot = fixed(table, T_CHECK_AT, fixed(table, T_OWNER, entry))
    fetch(table, nth(table, T_SLOT_AT, slot))
    fetch(room, nth(room, R_MASK, slot))
    fetch(room, nth(room, R_DAY, slot))
    fetch(room, nth(room, R_ROWS, slot))
    entry = after_of(room, entry)
    if entry < 0:
        return
    fetch(table, nth(table, T_CHECK_AT, fixed(table, T_OWNER, entry)))
    fetch(room, nth(room, R_TAKE, entry))
    entry = after_of(room, entry)
    if entry >= 0:
        fetch(table, nth(table, T_OWNER, entry))
        fetch(room, nth(room, R_LINK, entry))
