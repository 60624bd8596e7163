"""A table as bureaus publish it: the same rows go into the page and the workbook."""

from __future__ import annotations

from dataclasses import dataclass

Cell = str | int


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading and how it is shown.

    Attributes
    ----------
    zh, en
        Headings; workbooks carry the Chinese one.
    width
        In characters of the workbook's font.
    """

    zh: str
    en: str
    width: int = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table.

    Attributes
    ----------
    name
        Of the worksheet: at most 28 characters, so that a part's number fits behind.
    title
        Above the table, Chinese and English.
    """

    name: str
    title: tuple[str, str]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
