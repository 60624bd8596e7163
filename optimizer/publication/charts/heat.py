"""The year as a calendar: a square a day, darker the more of the inspectors' time is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from optimizer.publication.charts.scale import step_for
from optimizer.publication.charts.svg import NARROW, Svg, fit
from optimizer.publication.text import percent, whole

LEVELS = 5
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class DayLoad:
    """One day of the horizon.

    Attributes
    ----------
    used, capacity
        Inspector half-days.
    quiet
        ``""``, ``part`` (for some enterprises) or ``all``.
    """

    day: date
    working: bool
    visits: int
    used: int
    capacity: int
    quiet: str


def level_step(days: Sequence[DayLoad]) -> int:
    """Return per cent of capacity that one shade stands for, so that the busiest day fits."""
    top = max((Fraction(100 * d.used, d.capacity) for d in days if d.capacity), default=Fraction(0))
    return step_for(max(-(-top.numerator // top.denominator), 1), LEVELS)


def shade(used: int, capacity: int, step: int) -> int:
    """Return the shade, 0 (nothing) to `LEVELS`, of a share of capacity."""
    if used <= 0 or capacity <= 0:
        return 0
    return min(LEVELS, -(-100 * used // (capacity * step)))


def month_name(month: int) -> tuple[str, str]:
    """Return a month's name in Chinese and English."""
    return f"{month}月", _MONTHS[month - 1]


def draw_calendar(days: Sequence[DayLoad], width: float) -> Svg:
    """Draw a row a month and a column a day of the month, with the month's visits at the end."""
    narrow = width <= NARROW
    left, right = (34.0, 0.0) if narrow else (64.0, 96.0)
    pitch = (width - left - right) / 31
    gap = 1.4 if narrow else 3.5
    side = pitch - gap
    row = pitch + (7.5 if narrow else 6)
    top = 16.0 if narrow else 24.0
    months = sorted({(d.day.year, d.day.month) for d in days})
    place = {month: i for i, month in enumerate(months)}
    step = level_step(days)
    svg = Svg(width, top + row * len(months) + 2)
    for number in (1, 5, 10, 15, 20, 25, 31):
        x = left + (number - 1) * pitch + side / 2
        svg.text(x, top - 6, str(number), "tick", anchor="middle")
    if not narrow:
        svg.both(width, top - 6, ("入企次数", "visits"), "tick", anchor="end")
    totals = dict.fromkeys(months, 0)
    for d in days:
        key = (d.day.year, d.day.month)
        totals[key] += d.visits
        x = left + (d.day.day - 1) * pitch
        y = top + place[key] * row
        if not d.working:
            svg.rect(x + side * 0.34, y + side * 0.34, side * 0.32, side * 0.32, "off", r=1)
        else:
            tip = (
                f"{d.day.isoformat()} · 入企 {whole(d.visits)} visits · "
                f"{whole(d.used)}/{whole(d.capacity)} 人·半日 half-days "
                f"({percent(d.used, d.capacity)})"
            )
            svg.rect(
                x,
                y,
                side,
                side,
                f"q{shade(d.used, d.capacity, step)}",
                tip=tip,
                r=1 if narrow else 3,
            )
        if d.quiet and d.working:
            svg.rect(x, y + side + 1, side, 1.6 if narrow else 2, f"quiet-{d.quiet}")
    for month, i in place.items():
        y = top + i * row + side / 2 + (3.5 if narrow else 4.5)
        svg.both(0, y, month_name(month[1]), "label")
        if not narrow:
            svg.text(width, y, whole(totals[month]), "value-s", anchor="end")
    return svg


def draw_grid(
    rows: Sequence[tuple[str, Mapping[tuple[int, int], int]]],
    months: Sequence[tuple[int, int]],
    width: float,
) -> Svg:
    """Draw counties by months, each cell with its number of visits, shaded by it."""
    narrow = width <= NARROW
    left = 70.0 if narrow else 150.0
    pitch = (width - left) / max(len(months), 1)
    row = 26.0 if narrow else 34.0
    gap = 1.5 if narrow else 3.0
    top = max((n for _, line in rows for n in line.values()), default=1) or 1
    svg = Svg(width, 24 + row * len(rows))
    for i, (_, month) in enumerate(months):
        x = left + i * pitch + (pitch - gap) / 2
        label = (str(month), str(month)) if narrow else month_name(month)
        svg.both(x, 14, label, "tick", anchor="middle")
    for r, (name, line) in enumerate(rows):
        y = 22 + r * row
        size = 11.5 if narrow else 13.5
        svg.text(0, y + row / 2 + 3, fit(name, size, left - 6), "label")
        for i, key in enumerate(months):
            number = line.get(key, 0)
            level = min(LEVELS, -(-LEVELS * number // top))
            x = left + i * pitch
            svg.rect(x, y, pitch - gap, row - gap, f"q{level}", r=2 if narrow else 3)
            if number:
                style = ("cell-s" if narrow else "cell") + (" on-dark" if level >= 4 else "")
                svg.text(
                    x + (pitch - gap) / 2,
                    y + row / 2 + (2 if narrow else 3),
                    str(number) if narrow else whole(number),
                    style,
                    anchor="middle",
                )
    return svg
