"""Exports and calendars: text comes back as it was, no cell is a formula, the same bytes."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import icalendar
import openpyxl
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from optimizer.publication.calendar import Appointment, calendar_bytes
from optimizer.publication.excel import looks_like_formula
from optimizer.publication.exports import KINDS, Export, Field, csv_cell, export_bytes
from optimizer.publication.text import clean

FIELDS = (Field("name", "名称", "name"), Field("count", "数量", "count", whole=True))
TEXT = st.text(st.characters(codec="utf-8"), max_size=30) | st.sampled_from(
    ["=1+1", "@SUM(A1)", "+1", "-2", "'quoted", " =x", "\t=x", 'a,b"c\nd', "'", "''="]
)
ROWS = st.lists(st.tuples(TEXT, st.integers(-(2**40), 2**40) | st.just("")), max_size=6)


def table(rows: list[tuple[str, int | str]]) -> Export:
    return Export("t", ("表", "Table"), FIELDS, tuple(rows))


@given(ROWS)
def test_csv_comes_back(rows: list[tuple[str, int | str]]) -> None:
    """With one apostrophe taken off where there is any, each text is what it was, cleaned."""
    data = export_bytes(table(rows), "csv", campaign="c")
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert read[0] == ["name", "count"]
    for cells, row in zip(read[1:], rows, strict=True):
        assert not looks_like_formula(cells[0])
        assert cells[0].removeprefix("'") == clean(row[0])
        assert cells[1] == str(row[1])


@given(TEXT)
def test_a_cell_has_one_text(text: str) -> None:
    """Two texts never share a cell, so what was meant can always be told."""
    assert csv_cell(text).removeprefix("'") == clean(text)
    assert not csv_cell(text).lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@given(ROWS)
def test_parquet_and_excel_hold_the_same(rows: list[tuple[str, int | str]]) -> None:
    """Parquet has types: whole numbers or nothing; Excel has text and numbers, no formula."""
    made = pq.read_table(io.BytesIO(export_bytes(table(rows), "parquet", campaign="c")))
    assert made.column("name").to_pylist() == [clean(name) for name, _ in rows]
    assert made.column("count").to_pylist() == [None if n == "" else n for _, n in rows]
    book = openpyxl.load_workbook(io.BytesIO(export_bytes(table(rows), "xlsx", campaign="c")))
    assert all(c.data_type != "f" for line in book.worksheets[0].iter_rows() for c in line)


def test_the_same_table_gives_the_same_bytes() -> None:
    """Made twice, each kind of file is the same, byte for byte."""
    rows: list[tuple[str, int | str]] = [("企业", 3), ("=1", "")]
    for kind in KINDS:
        one, two = (export_bytes(table(rows), kind, campaign="c") for _ in range(2))
        assert one == two


LINE = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["a\r\nBEGIN:VEVENT", "x;y,z\\n", "END:VCALENDAR\r\n", "长" * 90]
)


@given(st.lists(st.tuples(st.dates(date(2000, 1, 1), date(2100, 1, 1)), LINE, LINE), max_size=5))
def test_calendars_come_back(rows: list[tuple[date, str, str]]) -> None:
    """Whatever stands in a name, a calendar has its appointments and no other part."""
    appointments = [
        Appointment(f"c.{n}", day, what, where, (where, what))
        for n, (day, what, where) in enumerate(rows)
    ]
    changed = datetime(2026, 1, 5, tzinfo=UTC)
    data = calendar_bytes(appointments, name="队", changed=changed, host="h")
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    read = icalendar.Calendar.from_ical(data)
    events = {str(event["uid"]): event for event in read.walk("VEVENT")}
    assert len(read.subcomponents) == len(events) == len(rows)
    for one in appointments:
        event = events[f"{one.ident}@h"]
        assert event["dtstart"].dt == one.day
        assert event["dtend"].dt == one.day + timedelta(days=1)
        assert "\n".join(str(event["summary"]).splitlines()) == "\n".join(
            clean(one.what).splitlines()
        )
    shuffled = calendar_bytes(appointments[::-1], name="队", changed=changed, host="h")
    assert shuffled == data
