"""Tables to work on: CSV, Excel and Parquet, with field names that stay (measure 15)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from optimizer.publication.excel import looks_like_formula, workbook
from optimizer.publication.sheet import Cell, Column, Sheet
from optimizer.publication.text import clean

KINDS = ("csv", "xlsx", "parquet")
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an export.

    Attributes
    ----------
    name
        In CSV and Parquet; never changed once published.
    zh, en
        Headings; Excel carries the Chinese one.
    whole
        Whether it holds whole numbers, or ``""`` where there is none.
    """

    name: str
    zh: str
    en: str
    whole: bool = False
    width: int = 16


@dataclass(frozen=True, slots=True)
class Export:
    """A table to be exported; every row has a cell for each field."""

    name: str
    title: tuple[str, str]
    fields: tuple[Field, ...]
    rows: tuple[tuple[Cell, ...], ...]


def export_bytes(table: Export, kind: str, *, campaign: str) -> bytes:
    """Return a table as a file; the same table gives the same bytes.

    Parameters
    ----------
    kind
        One of `KINDS`.
    """
    if kind == "csv":
        return _csv(table)
    if kind == "parquet":
        return _parquet(table)
    columns = tuple(Column(field.zh, field.en, field.width) for field in table.fields)
    sheet = Sheet(table.title[0][:28], table.title, columns, table.rows)
    return workbook((sheet,), title=table.title[0], campaign=campaign)


def csv_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    An apostrophe is put before what looks like one, and before an apostrophe: so whoever reads the
    file takes one apostrophe off where there is any, and has the text.
    """
    text = clean(text)
    return f"'{text}" if looks_like_formula(text) or text.lstrip(" ").startswith("'") else text


def _csv(table: Export) -> bytes:
    out = io.StringIO()
    # Without the mark at the beginning Excel would take the Chinese for another encoding.
    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([field.name for field in table.fields])
    for row in table.rows:
        writer.writerow([cell if isinstance(cell, int) else csv_cell(cell) for cell in row])
    return out.getvalue().encode()


def _parquet(table: Export) -> bytes:
    columns = []
    for place, field in enumerate(table.fields):
        cells = [row[place] for row in table.rows]
        if field.whole:
            whole = [cell if isinstance(cell, int) else None for cell in cells]
            columns.append(pa.array(whole, pa.int64()))
        else:
            columns.append(pa.array([clean(str(cell)) for cell in cells], pa.string()))
    made = pa.table(columns, names=[field.name for field in table.fields])
    out = io.BytesIO()
    pq.write_table(made, out)
    return out.getvalue()
