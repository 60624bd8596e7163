"""Strips: the workloads of a unit's inspectors on one line, expected and as drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from optimizer.publication.charts.scale import ticks
from optimizer.publication.charts.svg import NARROW, Svg, fit


@dataclass(frozen=True, slots=True)
class Strip:
    """One unit in the drawn period, in half-days.

    Attributes
    ----------
    expected
        Least and greatest expected workload of its inspectors.
    drawn
        ``(half-days, inspectors with so many)``, ascending.
    """

    label: str
    expected: tuple[Fraction, Fraction]
    drawn: tuple[tuple[int, int], ...]


def draw_strips(strips: Sequence[Strip], width: float, top: int) -> Svg:
    """Draw a line a unit: a band for what was expected, dots for what was drawn.

    Parameters
    ----------
    top
        Largest number of half-days on the scale.
    """
    narrow = width <= NARROW
    left = 8.0 if narrow else 220.0
    row = 46.0 if narrow else 34.0
    head = 20.0
    marks = ticks(top, 4 if narrow else 10)
    room = width - left - 12
    most = max((n for strip in strips for _, n in strip.drawn), default=1)
    svg = Svg(width, head + row * len(strips) + 4)
    for mark in marks:
        x = left + room * mark / marks[-1]
        svg.line(x, head, x, svg.height, "grid")
        svg.text(x, 12, str(mark), "tick", anchor="middle")
    for i, strip in enumerate(strips):
        y = head + i * row + (30 if narrow else row / 2)
        if narrow:
            svg.text(0, y - 13, fit(strip.label, 12.5, width), "label")
        else:
            svg.text(left - 16, y + 5, fit(strip.label, 13.5, left - 22), "label", anchor="end")
        low, high = (left + room * float(v) / marks[-1] for v in strip.expected)
        svg.line(left, y, left + room, y, "grid")
        svg.rect(low - 4, y - 11, high - low + 8, 22, "band", r=4)
        for value, number in strip.drawn:
            radius = 2.6 + 5.4 * math.sqrt(number / most)
            tip = f"{strip.label}: {value} 个半日 half-days × {number} 人 inspectors"
            svg.circle(left + room * value / marks[-1], y, radius, "dot", tip=tip)
    return svg
