"""Where one enterprise is worked on, for one thread at a time."""

from __future__ import annotations

import numpy as np

from optimizer.plan.kernel.arena import Arena, make_arena
from optimizer.plan.kernel.table import (
    MOST,
    T_CAP_ROW,
    T_DAYS,
    T_FULL_ROW,
    T_WIDEST,
    T_WORDS,
    Table,
)

SMALL = 12
"""Most checks of an enterprise all of whose groups are listed."""

Desk = Arena
"""Lists of the desk.

- ``mask``, ``day``: the visits chosen; ``result`` holds their number, the checks left out, and
  the cost.
- ``cost``, ``group``, ``on``: by mask, least price of the group, its number, its day.
- ``best``, ``pick``: by mask, least cost of doing these checks, and the group with the lowest
  check (0: left out), known if ``known`` is the number of this choice, ``result[3]``. ``low``:
  where the groups with a lowest check begin; ``todo``: masks to be worked out.
- ``shut``, ``none``: days closed by visits chosen already, and no days.
- ``stack``: of the search for days and caps that hold together.
- ``open``, ``price``: the days of the group that is being priced, and what it costs there.
- ``unit``, ``need``, ``effort``, ``skills``: who attends the group that is being worked out;
  ``row``, ``amount``: what it takes; ``days``: when it can be.
"""

NAMES = (
    "mask",
    "day",
    "result",
    "cost",
    "group",
    "on",
    "best",
    "pick",
    "known",
    "low",
    "todo",
    "shut",
    "none",
    "unit",
    "need",
    "effort",
    "skills",
    "row",
    "amount",
    "days",
    "stack",
    "price",
    "open",
)
D_MASK = 0
D_DAY = 2
D_RESULT = 4
D_COST = 6
D_GROUP = 8
D_ON = 10
D_BEST = 12
D_PICK = 14
D_KNOWN = 16
D_LOW = 18
D_TODO = 20
D_SHUT = 22
D_NONE = 24
D_UNIT = 26
D_NEED = 28
D_EFFORT = 30
D_SKILLS = 32
D_ROW = 34
D_AMOUNT = 36
D_DAYS = 38
D_STACK = 40
D_PRICE = 42
D_OPEN = 44


def make_desk(table: Table) -> Desk:
    """Return room to work on one enterprise."""
    by_mask = np.zeros(1 << SMALL, np.int64)
    visits = np.zeros(MOST + 4, np.int64)
    days = np.zeros(int(table[T_WORDS]), np.int64)
    units = np.zeros(max(1, int(table[T_FULL_ROW] - table[T_CAP_ROW])), np.int64)
    rows = np.zeros(int(table[T_WIDEST]) + 4, np.int64)
    sizes = {
        "mask": visits,
        "day": visits,
        "result": visits[:4],
        "cost": by_mask,
        "group": by_mask,
        "on": by_mask,
        "best": by_mask,
        "pick": by_mask,
        "known": by_mask,
        "low": np.zeros(SMALL + 1, np.int64),
        "todo": np.zeros(2 << SMALL, np.int64),
        "shut": days,
        "none": days,
        "unit": units,
        "need": units,
        "effort": units,
        "skills": units,
        "row": rows,
        "amount": rows,
        "days": days,
        "stack": np.zeros((MOST + 4, 6), np.int64),
        "price": np.zeros(int(table[T_DAYS]), np.int64),
        "open": np.zeros(int(table[T_DAYS]), np.int64),
    }
    return make_arena((), NAMES, {}, sizes)
