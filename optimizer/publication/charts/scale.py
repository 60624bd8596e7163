"""Axes: round steps that cover a range."""

from __future__ import annotations


def step_for(top: int, parts: int) -> int:
    """Return the least of 1, 2, 5, 10, 20, 50, … that covers `top` in at most `parts` steps."""
    power = 1
    while True:
        for factor in (1, 2, 5):
            if factor * power * parts >= top:
                return factor * power
        power *= 10


def ticks(top: int, parts: int) -> list[int]:
    """Return round marks from 0 to the first that is not below `top`."""
    step = step_for(max(top, 1), parts)
    count = -(-max(top, 1) // step)
    return [step * i for i in range(count + 1)]
