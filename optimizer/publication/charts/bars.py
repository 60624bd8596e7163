"""Bars: one quantity in a few states, and the same for many departments or counties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimizer.publication.charts.svg import NARROW, Svg, fit, text_width
from optimizer.publication.text import percent, whole


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of `draw_states`.

    Attributes
    ----------
    label
        Chinese and English.
    style
        Class that colours it.
    note
        Text after the value, Chinese and English.
    """

    label: tuple[str, str]
    value: int
    style: str
    note: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Nested:
    """A row of `draw_nested`: three numbers, each at most the one before, and a lower bound.

    Attributes
    ----------
    bound
        Drawn as a tick, or ``None``.
    note
        At the end of the row, Chinese and English; by default the share saved.
    """

    label: str
    unmerged: int
    by_department: int
    plan: int
    bound: int | None = None
    note: tuple[str, str] | None = None


def draw_states(bars: Sequence[Bar], width: float) -> Svg:
    """Draw a few thick bars on one scale from zero, each with its value."""
    narrow = width <= NARROW
    left = 0.0 if narrow else 210.0
    row = 52.0 if narrow else 46.0
    top = max((bar.value for bar in bars), default=1) or 1
    room = width - left - (70 if narrow else 190)
    svg = Svg(width, row * len(bars) + 6)
    for i, bar in enumerate(bars):
        y = i * row + (22 if narrow else 8)
        if narrow:
            svg.both(0, y - 6, bar.label, "label")
        else:
            svg.both(left - 14, y + 20, bar.label, "label", anchor="end")
        length = room * bar.value / top
        svg.rect(left, y, max(length, 1.5), 22 if narrow else 28, bar.style, r=2)
        value = whole(bar.value)
        x = left + length + 8
        svg.text(x, y + (16 if narrow else 20), value, "value")
        if not narrow and bar.note[0]:
            svg.both(x + text_width(value, 17) + 10, y + 20, bar.note, "note")
    if not narrow:
        svg.line(left, 0, left, svg.height, "axis")
    return svg


def draw_nested(rows: Sequence[Nested], width: float, top: int) -> Svg:
    """Draw one line a department or county: unmerged, merged inside departments, plan, bound.

    Parameters
    ----------
    top
        Largest number on the scale, so that several drawings can share it.
    """
    narrow = width <= NARROW
    left = 0.0 if narrow else 210.0
    row = 44.0 if narrow else 32.0
    right = 0.0 if narrow else 215.0
    room = width - left - right - 4
    top = top or 1
    svg = Svg(width, row * len(rows) + 4)
    for i, item in enumerate(rows):
        y = i * row + (24 if narrow else 7)
        tip = f"{item.label}: {item.unmerged} → {item.by_department} → {item.plan}"
        change = f"{whole(item.unmerged)} → {whole(item.plan)}"
        saved = percent(item.plan - item.unmerged, item.unmerged, 0)
        note = item.note or (saved, saved)
        if narrow:
            svg.text(0, y - 7, fit(item.label, 13, width - 160), "label")
            told = (f"{change} · {note[0]}", f"{change} · {note[1]}")
            svg.both(width, y - 7, told, "note", anchor="end")
        else:
            svg.text(left - 14, y + 13, fit(item.label, 13.5, left - 20), "label", anchor="end")
            svg.text(width - 84, y + 13, change, "value-s", anchor="end")
            svg.both(width, y + 13, note, "note", anchor="end")
        svg.rect(left, y, room * item.unmerged / top, 18, "c-before", tip=tip, r=2)
        svg.rect(left, y + 3, room * item.by_department / top, 12, "c-inside", tip=tip, r=1.5)
        svg.rect(left, y + 6, max(room * item.plan / top, 1), 6, "c-plan", tip=tip, r=1)
        if item.bound is not None:
            x = left + room * item.bound / top
            svg.line(x, y - 2, x, y + 20, "bound")
    if not narrow:
        svg.line(left, 0, left, svg.height, "axis")
    return svg
