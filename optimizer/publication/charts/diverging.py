"""Differences as bars on both sides of zero: fewer to the left, more to the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.publication.charts.svg import NARROW, Svg, fit
from optimizer.publication.text import whole


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of `draw_differences`.

    Attributes
    ----------
    label
        Chinese and English.
    value
        More (above zero) or fewer (below).
    """

    label: tuple[str, str]
    value: int


def draw_differences(
    rows: Sequence[Difference], width: float, ends: tuple[tuple[str, str], tuple[str, str]]
) -> Svg:
    """Draw a bar a row, all on one scale.

    Parameters
    ----------
    ends
        What the left and the right of zero are, in both languages.
    """
    narrow = width <= NARROW
    left = 0.0 if narrow else 330.0
    row = 44.0 if narrow else 30.0
    foot = row * len(rows) + 4
    svg = Svg(width, foot + 24)
    most = max((abs(line.value) for line in rows), default=1) or 1
    middle = left + (width - left) / 2
    room = (width - left) / 2 - 60
    for i, line in enumerate(rows):
        y = i * row + (22 if narrow else 5)
        both = (
            fit(line.label[0], 13, width if narrow else left - 20),
            fit(line.label[1], 13, width if narrow else left - 20),
        )
        if narrow:
            svg.both(0, y - 6, both, "label")
            svg.line(middle, y - 2, middle, y + 20, "axis")  # not through the words
        else:
            svg.both(left - 14, y + 14, both, "label", anchor="end")
        length = room * abs(line.value) / most
        style = "quiet-all" if line.value > 0 else "c-plan"
        x = middle if line.value > 0 else middle - length
        if line.value:
            svg.rect(x, y, max(length, 1.5), 18, style, tip=f"{line.label[1]}: {line.value:+}", r=2)
        sign = "+" if line.value > 0 else "−" if line.value < 0 else "±"
        text = f"{sign}{whole(abs(line.value))}"
        end = middle + length + 8 if line.value >= 0 else middle - length - 8
        svg.text(end, y + 14, text, "value-s", anchor="start" if line.value >= 0 else "end")
    if not narrow:
        svg.line(middle, 0, middle, foot, "axis")
    svg.both(middle - 8, foot + 16, ends[0], "tick", anchor="end")
    svg.both(middle + 8, foot + 16, ends[1], "tick")
    return svg
