"""The same table in every form of file gives the same text."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.canon import SM3
from optimizer.errors import InputError
from optimizer.io import read_table

HEADS = ["统一社会信用代码", "企业名称", "收到日期"]
ROWS = [["914403001922038216", "甲、乙", "2026-03-01"], ["91440300192317458F", "丙", "2026-03-02"]]


def as_csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def write(path: Path, kind: str) -> Path:
    text = as_csv([HEADS, *ROWS])
    path = path / f"enterprises.{kind.split('-')[0]}"
    if kind == "csv-gb18030":
        path.write_bytes(text.encode("gb18030"))
    elif kind == "csv-bom":
        path.write_bytes(text.encode("utf-8-sig"))
    elif kind == "csv":
        path.write_bytes(text.encode())
    elif kind == "csv.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif kind == "parquet":
        pq.write_table(pa.table({h: [r[i] for r in ROWS] for i, h in enumerate(HEADS)}), path)
    else:
        book = openpyxl.Workbook()
        for row in (HEADS, *ROWS):
            book.active.append(row)
        book.save(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "csv-bom", "csv-gb18030", "csv.gz", "xlsx", "parquet"])
def test_every_form_gives_the_same_text(kind: str, tmp_path: Path) -> None:
    """Encoding, compression and container do not change what is read."""
    path = write(tmp_path, kind)
    table = read_table(path)
    assert table.name == "enterprises"
    assert table.file == path.name
    assert table.columns == tuple(HEADS)
    assert [table.column(head) for head in HEADS] == [list(c) for c in zip(*ROWS, strict=True)]
    assert table.rows.tolist() == [2, 3]
    assert table.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_table(path, hash=SM3).digest == SM3.hex(path.read_bytes())


def test_excel_cells_read_as_shown(tmp_path: Path) -> None:
    """Dates are ISO, whole numbers have no point, long numbers show that digits are lost."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["date", "moment", "whole", "half", "yes", "code", "empty", "text"])
    sheet.append(
        [date(2026, 3, 1), datetime(2026, 3, 1), 12, 0.5, True, 914403001922038216, None, " a "]
    )
    path = tmp_path / "t.xlsx"
    book.save(path)
    table = read_table(path)
    cells = [table.column(head)[0] for head in table.columns]
    assert cells == [
        "2026-03-01", "2026-03-01", "12", "0.5", "1", "9.14403001922038E+17", "", "a",
    ]  # fmt: skip


def test_parquet_types_read_as_text(tmp_path: Path) -> None:
    """Dates, integers, booleans, lists, dictionaries and nulls become the text a clerk writes."""
    path = tmp_path / "t.parquet"
    columns = {
        "day": pa.array([date(2026, 3, 1), None]),
        "moment": pa.array([datetime(2026, 3, 1), datetime(2026, 3, 1, 9)]),
        "whole": pa.array([3, None]),
        "number": pa.array([3.0, 0.25]),
        "flag": pa.array([True, False]),
        "list": pa.array([["a", "b"], []]),
        "word": pa.array(["x", "x"]).dictionary_encode(),
    }
    pq.write_table(pa.table(columns), path)
    table = read_table(path)
    assert {head: table.column(head) for head in table.columns} == {
        "day": ["2026-03-01", ""],
        "moment": ["2026-03-01", "2026-03-01 09:00:00"],
        "whole": ["3", ""],
        "number": ["3", "0.25"],
        "flag": ["1", "0"],
        "list": ["a;b", ""],
        "word": ["x", "x"],
    }


def test_rows_bear_the_numbers_of_the_spreadsheet(tmp_path: Path) -> None:
    """Blank rows and line breaks inside cells do not shift the rows that faults name."""
    path = tmp_path / "t.csv"
    path.write_text('\n a ,b\n1,"x\ny"\n,\n\n2,z,,\n3\n', "utf-8")
    table = read_table(path)
    assert table.columns == ("a", "b")
    assert table.column("a") == ["1", "2", "3"]
    assert table.rows.tolist() == [3, 6, 7]
    assert [(fault.row, fault.code) for fault in table.faults] == [(7, "row-ragged")]


def test_a_title_above_the_headings_is_passed_over(tmp_path: Path) -> None:
    """Rows keep their numbers; a table of one column has its heading in the first row still."""
    path = tmp_path / "t.csv"
    path.write_text("2025年检查对象名录,,\n\n本市\na,b\n1,2\n", "utf-8")
    table = read_table(path)
    assert (table.columns, table.rows.tolist(), table.faults) == (("a", "b"), [5], ())
    path.write_text("\na\n1\n\n2\n3\n4\n5\n6\n7,8\n", "utf-8")
    table = read_table(path)
    assert (table.columns, table.rows.tolist()) == (("a",), [3, 5, 6, 7, 8, 9, 10])


@settings(deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=2, max_size=2
        ),
        max_size=8,
    )
)
def test_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    """Whatever text stands in a CSV is read as it is, but for spaces around it."""
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    path.write_bytes(as_csv([["a", "b"], *rows]).encode())
    table = read_table(path)
    wanted = [[cell.strip() for cell in row] for row in rows]
    wanted = [row for row in wanted if any(row)]
    assert [list(r) for r in zip(table.column("a"), table.column("b"), strict=True)] == wanted


def test_missing_and_unknown_files_are_faults(tmp_path: Path) -> None:
    """No traceback for a wrong path or kind of file."""
    for name, code in (("no.csv", "file-missing"), ("no.doc", "file-kind"), ("", "file-kind")):
        with pytest.raises(InputError) as caught:
            read_table(tmp_path / name)
        assert caught.value.faults[0].code == code
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError) as caught:
        read_table(tmp_path / "folder.csv")
    assert caught.value.faults[0].code == "file-unreadable"
