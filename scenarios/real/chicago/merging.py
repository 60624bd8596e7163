"""What merging can bring in the replayed year, counted apart from the planner.

Spans are pairs of working days' numbers, both ends included. Capacity is left aside here: a visit
may take all checks of an establishment whose spans hold its day.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def least_visits(spans: Sequence[tuple[int, int]]) -> int:
    """Return the fewest days that meet every span: each time the earliest end not yet met."""
    count, last = 0, -1
    for first, end in sorted(spans, key=lambda span: span[1]):
        if first > last:
            count, last = count + 1, end
    return count


def met_by_chance(window: tuple[int, int], triggered: Sequence[tuple[int, int]]) -> Fraction:
    """Return how likely a planned check is merged where nobody knows what will be asked for.

    Its day is any of its window, equally likely. It is made along with a triggered check that
    arrives in the window before that day, or that is open on that day.

    Parameters
    ----------
    window
        Of the planned check.
    triggered
        Of the same establishment's triggered checks, from received to due.
    """
    first, end = window
    days: set[int] = set()
    for received, due in triggered:
        last = end if received >= first else min(due, end)
        days.update(range(max(received, first), last + 1))
    return Fraction(len(days), end - first + 1)
