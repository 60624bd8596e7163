"""Shares: how many of a unit's odds lie near the even chance, and how many below or above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.publication.charts.svg import NARROW, Svg, fit
from optimizer.publication.text import percent, whole

CLASSES = ("off", "quiet-part", "q2", "c-plan", "q3", "quiet-all")
"""Style of each class, from no chance over the even one to more than twice as much."""


@dataclass(frozen=True, slots=True)
class Share:
    """A row of `draw_shares`.

    Attributes
    ----------
    counts
        Pairs of inspector and seat group in each of `CLASSES`.
    """

    label: str
    counts: tuple[int, ...]


def draw_shares(rows: Sequence[Share], width: float, classes: Sequence[tuple[str, str]]) -> Svg:
    """Draw a bar a unit, parted by classes; the share near the even chance stands beside it.

    Parameters
    ----------
    classes
        What each class is, in both languages.
    """
    narrow = width <= NARROW
    left, right = (0.0, 52.0) if narrow else (220.0, 64.0)
    row = 44.0 if narrow else 30.0
    svg = Svg(width, row * len(rows) + 4)
    room = width - left - right
    for i, line in enumerate(rows):
        y = i * row + (22 if narrow else 5)
        if narrow:
            svg.text(0, y - 6, fit(line.label, 12.5, width), "label")
        else:
            svg.text(left - 16, y + 14, fit(line.label, 13.5, left - 22), "label", anchor="end")
        total = sum(line.counts)
        x = left
        for style, count, name in zip(CLASSES, line.counts, classes, strict=True):
            part = room * count / (total or 1)
            if part:
                tip = f"{line.label}: {name[0]} {name[1]}: {whole(count)} / {whole(total)}"
                svg.rect(x, y, part, 18, style, tip=tip)
            x += part
        even = line.counts[CLASSES.index("c-plan")]
        svg.text(left + room + 8, y + 14, percent(even, total, 0), "value-s")
    return svg
