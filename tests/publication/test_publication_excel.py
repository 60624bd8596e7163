"""Workbooks: no formula ever, the same bytes each time, any number of rows."""

import io
import os
import time
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.publication import excel
from optimizer.publication.excel import looks_like_formula, safe_cell, workbook
from optimizer.publication.sheet import Column, Sheet
from optimizer.publication.text import clean

HOSTILE = st.text(max_size=40) | st.sampled_from("=+-@\t\r").flatmap(
    lambda first: st.text(max_size=20).map(lambda rest: first + rest)
)


def one_sheet(rows):
    """Wrap rows of two cells."""
    return Sheet("表", ("标题", "title"), (Column("甲", "a"), Column("乙", "b")), tuple(rows))


def cells(data: bytes) -> list[list[object]]:
    """Read every cell of the first sheet below the headings, with another library."""
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return [list(row) for row in page.iter_rows(min_row=3, max_col=2)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=4))
def test_text_is_never_a_formula_and_reads_back(rows):
    """Any text comes back as text, cleaned; what looks like a formula carries the quote prefix."""
    for row, found in zip(rows, cells(workbook([one_sheet(rows)], title="t", campaign="c")),
                          strict=True):  # fmt: skip
        for text, cell in zip(row, found, strict=True):
            expected = clean(text.replace("\r\n", "\n").replace("\r", "\n"))
            assert cell.data_type != "f"
            assert (cell.value or "") == expected
            assert bool(cell.quotePrefix) == looks_like_formula(expected)


def test_no_part_of_the_file_holds_a_formula_or_link():
    """There is no formula element, no hyperlink and no relation to the outside in the package."""
    rows = [("=1+1", "http://outside.example/"), ("+cmd", "mailto:a@outside.example")]
    with zipfile.ZipFile(io.BytesIO(workbook([one_sheet(rows)], title="=t", campaign="c"))) as book:
        for name in book.namelist():
            text = book.read(name).decode()
            assert "<f>" not in text
            assert "<hyperlink" not in text
            assert 'TargetMode="External"' not in text


def test_container_is_the_same_at_another_time_and_place(monkeypatch):
    """Neither clock, time zone nor umask reaches the file; its parts bear one fixed date."""
    sheet = one_sheet([("a", 1), ("b", 2)])
    first = workbook([sheet], title="t", campaign="c")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    before = os.umask(0o077)
    try:
        second = workbook([sheet], title="t", campaign="c")
    finally:
        os.umask(before)
        monkeypatch.delenv("TZ")
        time.tzset()
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as book:
        assert {info.date_time for info in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr for info in book.infolist()} == {0o600 << 16}


def test_head_is_frozen_and_filtered():
    """The headings stay in sight, and can be filtered by."""
    page = openpyxl.load_workbook(
        io.BytesIO(workbook([one_sheet([("a", 1)])], title="t", campaign="c"))
    ).worksheets[0]
    assert page.freeze_panes == "A3"
    assert page.auto_filter.ref == "A2:B3"
    assert [page["A1"].value, page["A2"].value, page["B2"].value] == ["标题", "甲", "乙"]


def test_rows_beyond_a_sheet_go_on_in_another(monkeypatch):
    """No row is lost where a sheet is full."""
    monkeypatch.setattr(excel, "MOST_ROWS", 10)
    data = workbook([one_sheet([(str(i), i) for i in range(25)])], title="t", campaign="c")
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["表", "表(2)", "表(3)"]
    found = [row[1] for page in book for row in page.iter_rows(min_row=3, values_only=True)]
    assert found == list(range(25))


def test_fifty_five_thousand_rows():
    """A city's whole list fits, first and last row as given."""
    data = workbook([one_sheet([(f"企业{i}", i) for i in range(55_000)])], title="t", campaign="c")
    page = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0]
    count = last = 0
    for row in page.iter_rows(min_row=3, values_only=True):
        count, last = count + 1, row[1]
    assert (count, last) == (55_000, 54_999)


@pytest.mark.parametrize("text", ["=1", "  =1", "+1", "-1", "@x", "\t1", "\u3000=1", "\uff1d1"])
def test_formula_starts_are_known(text):
    """What a spreadsheet would take for a formula when typed is recognised."""
    assert looks_like_formula(text)


def test_cells_hold_no_more_than_excel_allows():
    """A text beyond Excel's limit is cut, and says so."""
    assert len(safe_cell("长" * 40_000)) == excel.MOST_CHARACTERS
    assert safe_cell("长" * 40_000).endswith("…")
