"""An inspector's days: a row a month, a column a day as high as the chance of going."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from optimizer.publication.charts.heat import month_name
from optimizer.publication.charts.svg import NARROW, Svg
from optimizer.publication.text import fixed, percent


@dataclass(frozen=True, slots=True)
class OwnDay:
    """One day with a chance.

    Attributes
    ----------
    expected
        Visits to be expected of the day.
    state
        ``open`` (not drawn), ``going`` or ``not``.
    """

    day: date
    expected: Fraction
    state: str


STYLES = {"open": "c-inside", "going": "c-plan", "not": "c-before"}


def draw_own_days(days: Sequence[OwnDay], width: float) -> Svg:
    """Draw the months that have days with a chance."""
    narrow = width <= NARROW
    left = 34.0 if narrow else 64.0
    high, gap = 44.0, 24.0 if narrow else 40.0
    head = 8.0 if narrow else 20.0
    pitch = (width - left) / 31
    column = pitch * 0.72
    months = sorted({(d.day.year, d.day.month) for d in days})
    most = max((d.expected for d in days), default=Fraction(1)) or Fraction(1)
    svg = Svg(width, (high + gap) * len(months) + head)
    for row, (_, month) in enumerate(months):
        base = row * (high + gap) + high + head
        svg.both(0, base, month_name(month), "label")
        svg.line(left, base, width, base, "axis")
        for number in (1, 5, 10, 15, 20, 25, 31):
            x = left + (number - 1) * pitch + column / 2
            svg.text(x, base + 15, str(number), "tick", anchor="middle")
    for d in days:
        row = months.index((d.day.year, d.day.month))
        base = row * (high + gap) + high + head
        # Who stands in goes on a day without a chance of its own: it is still seen.
        size = max(high * float(d.expected / most), 3.0)
        tip = f"{d.day.isoformat()}: {fixed(d.expected, 3)}"
        x = left + (d.day.day - 1) * pitch
        svg.rect(x, base - size, column, size, STYLES[d.state], tip=tip, r=1)
        if not narrow and d.expected:
            text = percent(d.expected, 1, 0)
            svg.text(x + column / 2, base - size - 4, text, "cell-s", anchor="middle")
    return svg
