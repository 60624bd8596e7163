"""Paired columns: how many enterprises get so many visits, before and after merging."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.publication.charts.scale import ticks
from optimizer.publication.charts.svg import NARROW, Svg
from optimizer.publication.text import whole


def draw_pairs(bins: Sequence[tuple[str, int, int]], width: float) -> Svg:
    """Draw two columns for each bin ``(label, before, after)`` with their numbers on top."""
    narrow = width <= NARROW
    height, bottom, top = (230.0, 30.0, 22.0) if narrow else (330.0, 38.0, 28.0)
    left = 34.0 if narrow else 56.0
    svg = Svg(width, height)
    marks = ticks(max((max(b, a) for _, b, a in bins), default=1), 4)
    scale = (height - bottom - top) / marks[-1]
    for mark in marks:
        y = height - bottom - mark * scale
        svg.line(left, y, width, y, "axis" if mark == 0 else "grid")
        svg.text(left - 6, y + 4, whole(mark), "tick", anchor="end")
    slot = (width - left) / max(len(bins), 1)
    column = min(slot * 0.38, 54.0)
    for i, (label, before, after) in enumerate(bins):
        middle = left + slot * (i + 0.5)
        for value, style, x in (
            (before, "c-before", middle - column - 1),
            (after, "c-plan", middle + 1),
        ):
            y = height - bottom - value * scale
            svg.rect(x, y, column, value * scale, style, tip=f"{label}: {value}", r=2)
            if value:
                size = "cell-s" if narrow or len(bins) > 9 else "value-s"
                svg.text(x + column / 2, y - 5, whole(value), size, anchor="middle")
        unit = "" if narrow else " 次"
        svg.both(middle, height - bottom + 20, (label + unit, label), "label", anchor="middle")
    return svg
