"""Sets of days as whole numbers: bit d stands for day d of the horizon."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from optimizer.domain.days import Calendar
from optimizer.domain.rules import ClosedRule, QuietRule
from optimizer.plan.rulebook import falls_on

Days = int
"""A set of days; bit d is day index d."""


def bits(days: Days) -> Iterator[int]:
    """Yield the members of a set in ascending order."""
    while days:
        low = days & -days
        yield low.bit_length() - 1
        days ^= low


def lowest(days: Days) -> int:
    """Return the first day of a set that is not empty."""
    return (days & -days).bit_length() - 1


def nearest(days: Days, day: int) -> int:
    """Return the day of a set that is not empty nearest to `day`, the earlier of two."""
    before = days & ((1 << (day + 1)) - 1)
    after = days >> day << day
    if not before or not after:
        return lowest(after) if after else before.bit_length() - 1
    return min(before.bit_length() - 1, lowest(after), key=lambda d: abs(d - day))


def between(first: int, last: int, horizon: int) -> Days:
    """Return the days from `first` to `last`, both included, inside a horizon of so many days."""
    first, last = max(first, 0), min(last, horizon - 1)
    return (1 << (last + 1)) - (1 << first) if first <= last else 0


def where(flags: Sequence[bool]) -> Days:
    """Return the days whose flag is set."""
    return sum(1 << i for i, flag in enumerate(flags) if flag)


def working_days(calendar: Calendar, not_before: date | None = None) -> Days:
    """Return the working days, from `not_before` on if it is given."""
    days = where(calendar.working)
    if not_before is None:
        return days
    return days & between(calendar.index(not_before), len(calendar) - 1, len(calendar))


def at_least(line: Sequence[int], amount: int) -> Days:
    """Return the days on which `line` has at least `amount`."""
    return sum(1 << i for i, value in enumerate(line) if value >= amount)


def levels(line: Sequence[int], top: int) -> list[Days]:
    """Return the days on which `line` has at least 0, 1, …, `top`."""
    flags = np.array(line, np.int64) >= np.arange(top + 1)[:, None]
    packed = np.packbits(flags, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def all_levels(line: Sequence[int]) -> list[Days]:
    """Return the days on which `line` has at least 0, 1, …, its most."""
    return levels(line, max(line, default=0))


def active_days(rule: QuietRule | ClosedRule, calendar: Calendar) -> Days:
    """Return the days on which a quiet rule, or one that closes units, is active."""
    return where([falls_on(rule, calendar.day(i)) for i in range(len(calendar))])


def years_of(calendar: Calendar) -> dict[int, Days]:
    """Return the days of each calendar year of the horizon."""
    years: dict[int, Days] = {}
    for i in range(len(calendar)):
        year = calendar.day(i).year
        years[year] = years.get(year, 0) | 1 << i
    return years
