"""How the text of one cell is read; each reader takes text and returns a value or raises.

Readers raise `BadCell`; they are called once for each distinct text of a column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from optimizer.domain.days import Span
from optimizer.registers.fault import BadCell
from optimizer.registers.near import nearest

T = TypeVar("T")

_SEPARATORS = re.compile("[;；、]")
_DATE = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d\d)(\d\d))"
    r"(?:[T ]00:00(?::00(?:\.0+)?)?)?"
)
_TO = re.compile(r"\s*[至~～]\s*")
_YES_NO = {
    "1": True,
    "yes": True,
    "true": True,
    "是": True,
    "0": False,
    "no": False,
    "false": False,
    "否": False,
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_EXCEL_NUMBER = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")


def read_text(text: str) -> str:
    """Read any text on one line."""
    if _CONTROL.search(text):
        raise BadCell("text-control")
    return text


def needed(reader: Callable[[str], T]) -> Callable[[str], T]:
    """Make a reader refuse an empty cell."""

    def read(text: str) -> T:
        if not text:
            raise BadCell("cell-missing")
        return reader(text)

    return read


def matching(pattern: str, code: str) -> Callable[[str], str]:
    """Read text that matches a pattern as a whole, else give fault `code`."""
    whole = re.compile(pattern)

    def read(text: str) -> str:
        if not whole.fullmatch(text):
            if _EXCEL_NUMBER.fullmatch(text):
                raise BadCell("code-as-number")
            raise BadCell(code)
        return text

    return read


def choice(words: Mapping[str, str], default: str | None = None) -> Callable[[str], str]:
    """Read one of `words` (written form → value); an empty cell is the default.

    Parameters
    ----------
    default
        ``None``: the cell is needed.
    """
    forms: dict[str, str] = {}
    for word, value in words.items():
        # Each value with its Chinese word, as the format page lists them.
        if word == value or (not word.isascii() and " " not in forms.get(value, "")):
            forms[value] = value if word == value else f"{value} {word}"
    lowered = {word.lower(): value for word, value in words.items()}

    def read(text: str) -> str:
        if not text:
            if default is None:
                raise BadCell("cell-missing")
            return default
        try:
            return lowered[text.lower()]
        except KeyError:
            raise BadCell(
                "word-unknown", words=", ".join(forms.values()), near=nearest(text, words)
            ) from None

    return read


def read_yes_no(text: str) -> bool:
    """Read yes or no; an empty cell is no."""
    if not text:
        return False
    try:
        return _YES_NO[text.lower()]
    except KeyError:
        raise BadCell("yes-no-unknown") from None


def whole(low: int, high: int, default: int | None) -> Callable[[str], int | None]:
    """Read a whole number from `low` to `high`; an empty cell is the default."""

    def read(text: str) -> int | None:
        if not text:
            return default
        if not re.fullmatch(r"[+-]?[0-9]{1,15}", text):
            raise BadCell("number-malformed")
        value = int(text)
        if not low <= value <= high:
            raise BadCell("number-range", low=low, high=high)
        return value

    return read


def degrees(limit: int) -> Callable[[str], float | None]:
    """Read degrees from ``-limit`` to ``limit``; an empty cell is ``None``."""

    def read(text: str) -> float | None:
        if not text:
            return None
        if not re.fullmatch(r"[+-]?[0-9]{1,3}(?:\.[0-9]{0,15})?", text):
            raise BadCell("degrees-malformed")
        value = float(text)
        if abs(value) > limit:
            raise BadCell("number-range", low=-limit, high=limit)
        return value

    return read


def read_date(text: str) -> date:
    """Read a date: ``2026-03-01``, ``2026/3/1``, ``2026.3.1``, ``20260301``, ``2026年3月1日``."""
    match = _DATE.fullmatch(text)
    if match is None:
        raise BadCell("date-malformed")
    year, month, day = (int(part) for part in match.groups() if part and part.isdigit())
    try:
        return date(year, month, day)
    except ValueError:
        raise BadCell("date-impossible") from None


def split_list(text: str) -> list[str]:
    """Split a list inside a cell at ``;``, ``；`` or ``、``; empty parts are dropped."""
    return [part for raw in _SEPARATORS.split(text) if (part := raw.strip())]


def list_of(reader: Callable[[str], T]) -> Callable[[str], tuple[T, ...]]:
    """Read a list inside a cell, each part by `reader`; a part said twice is a fault."""

    def read(text: str) -> tuple[T, ...]:
        parts = split_list(text)
        if len(set(parts)) != len(parts):
            twice = next(part for i, part in enumerate(parts) if part in parts[:i])
            raise BadCell("list-twice", part=twice)
        return tuple(reader(part) for part in parts)

    return read


def read_span(text: str) -> Span:
    """Read days as ``2026-02-01/2026-02-10`` or with 至 or ~ between, or a single date."""
    text = _TO.sub("/", text)
    first, slash, last = text.partition("/")
    if slash and not re.fullmatch(r"\d{4}", first):
        span = Span(read_date(first.strip()), read_date(last.strip()))
    elif text.count("/") in (3, 5):
        # 2026/2/1/2026/2/10: dates written with slashes, joined by a slash.
        parts = text.split("/")
        if len(parts) != 6:
            raise BadCell("date-malformed")
        span = Span(read_date("/".join(parts[:3])), read_date("/".join(parts[3:])))
    else:
        day = read_date(text)
        span = Span(day, day)
    if span.last < span.first:
        raise BadCell("span-reversed")
    return span
