"""Rows of a part's network: what of one inspector is counted together.

Kinds: 0 visit, 1 day, 2 week, 3 month, 4 year; the meaning: ``docs/formats/teams.md``, *Nodes*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of some groups of a part.

    Attributes
    ----------
    inspector, kind, key
        Shape (rows,): whose, which kind, and the visit, day or span, numbered in order.
    above
        Shape (rows,): the row above, of a higher kind; −1: the root.
    deepest
        Shape (groups, inspectors): the lowest row over a pair; −1: the root.
    group_day
        Shape (groups,): number of the day.
    row_day
        Shape (rows,): number of the day of a visit or day row, else −1.
    """

    FIRST_LIMIT: ClassVar[int] = 2
    inspector: Indices
    kind: Indices
    key: Indices
    above: Indices
    deepest: Indices
    group_day: Indices
    row_day: Indices

    def of(self, groups: NDArray[np.bool_]) -> Rows:
        """Return the rows of some of the groups; rows without a group stay, empty."""
        return Rows(
            self.inspector,
            self.kind,
            self.key,
            self.above,
            self.deepest[groups],
            self.group_day[groups],
            self.row_day,
        )

    def is_later(self, now: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which visit and day rows lie on days that are not drawn now."""
        return (self.row_day >= 0) & ~np.isin(self.row_day, self.group_day[now])


def make_rows(
    odds: Indices,
    visits: Sequence[int],
    days: Sequence[int],
    caps: Indices,
    limits: Sequence[tuple[int, int, int, int, int]] = (),
) -> Rows:
    """Find the rows of a part.

    Parameters
    ----------
    odds
        Shape (groups, inspectors): as committed.
    visits, days
        Of each group, numbered in order from 0.
    caps
        Shape (groups, inspectors): most visits that day.
    limits
        (inspector, kind, first day, last day, cap): most visits over several days, by inspector,
        then kind, then days; of one inspector and kind no two overlap.
    """
    people = odds.shape[1]
    visit, day = np.asarray(visits, dtype=np.int64), np.asarray(days, dtype=np.int64)
    has = odds > 0
    number = int(visit.max(initial=-1)) + 1
    first_day = int(day.max(initial=-1)) + 1
    day_of = np.zeros(number, dtype=np.int64)
    day_of[visit] = day
    in_visit = np.zeros((number, people), dtype=np.int64)
    np.add.at(in_visit, visit, has)
    on_day = np.zeros((first_day, people), dtype=np.int64)
    np.add.at(on_day, day_of, in_visit > 0)
    day_cap = np.zeros((first_day, people), dtype=np.int64)
    np.maximum.at(day_cap, day, np.where(has, caps, 0))
    visit_key, visit_owner = np.nonzero(in_visit > 1)
    day_key, day_owner = np.nonzero(on_day > day_cap)
    # Limits in order of kind, so that a row's number is below that of the row above.
    held = [
        (kind, first, last, i)
        for i, kind, first, last, cap in limits
        if int(on_day[first : last + 1, i].sum()) > cap
    ]
    held.sort()
    inspector = np.concatenate(
        [visit_owner, day_owner, np.array([i for *_, i in held], dtype=np.int64)]
    )
    kind = np.concatenate(
        [
            np.zeros(len(visit_key), dtype=np.int64),
            np.ones(len(day_key), dtype=np.int64),
            np.array([k for k, *_ in held], dtype=np.int64),
        ]
    )
    key = np.concatenate([visit_key, day_key, np.array([f for _, f, *_ in held], dtype=np.int64)])
    above = np.full(len(inspector), -1, dtype=np.int64)
    top = np.full((first_day, people), -1, dtype=np.int64)
    low = np.full((first_day, people), -1, dtype=np.int64)
    base = len(visit_key) + len(day_key)
    for n, (_, first, last, i) in enumerate(held, start=base):
        span = slice(first, last + 1)
        free = low[span, i] < 0
        inner = np.unique(top[span, i][~free])
        above[inner] = n
        low[span, i][free] = n
        top[span, i] = n
    day_row = np.arange(len(visit_key), base)
    above[day_row] = low[day_key, day_owner]
    low[day_key, day_owner] = day_row
    above[: len(visit_key)] = low[day_of[visit_key], visit_owner]
    deepest = low[day]
    visit_row = np.full((number, people), -1, dtype=np.int64)
    visit_row[visit_key, visit_owner] = np.arange(len(visit_key))
    deepest = np.where(visit_row[visit] >= 0, visit_row[visit], deepest)
    row_day = np.concatenate([day_of[visit_key], day_key, np.full(len(held), -1, dtype=np.int64)])
    return Rows(inspector, kind, key, above, deepest, day, row_day)
