"""Workbooks: every cell text or a whole number, never a formula; the same bytes each time.

Rows are written one by one (xlsxwriter's ``constant_memory``), so that tens of thousands need
little memory. The container is then written anew with fixed times, order and attributes, since
the library takes those from temporary files. Compression is zlib's: the content is the same
everywhere, the compressed bytes wherever zlib is the same.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import xlsxwriter

from optimizer.publication.sheet import Cell, Sheet
from optimizer.publication.text import clean

MOST_ROWS = 1_000_000
"""Rows a worksheet holds here; Excel's limit is 1,048,576 with headings."""

MOST_CHARACTERS = 32_767
"""Characters an Excel cell can hold."""

_BLANK = "\t\r\n"
# Spreadsheets with Chinese input take the full-width signs for the others.
_STARTS_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
_PASSED_OVER = " \u3000\ufeff\u200b\xa0" + _BLANK
_CREATED = datetime(2000, 1, 1)
_FONT = "等线"


def safe_cell(value: str) -> str:
    """Return text as a cell can hold it: cleaned, one kind of line end, no longer than allowed."""
    text = clean(value.replace("\r\n", "\n").replace("\r", "\n"))
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def looks_like_formula(text: str) -> bool:
    """Return whether a spreadsheet could take `text` for a formula when it is typed in again."""
    begun = text.lstrip(" ")
    return begun[:1] in tuple(_BLANK) or begun.lstrip(_PASSED_OVER).startswith(_STARTS_FORMULA)


def workbook(sheets: Sequence[Sheet], *, title: str, campaign: str) -> bytes:
    """Write sheets to an ``.xlsx`` file.

    Text that begins like a formula gets the *quote prefix* besides: it stays text when a person
    edits the cell or saves the sheet as another kind of file.
    """
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": clean(title), "subject": clean(campaign), "created": _CREATED})
    styles = _styles(book)
    for sheet in sheets:
        parts = max(1, -(-len(sheet.rows) // MOST_ROWS))
        for part in range(parts):
            name = sheet.name if part == 0 else f"{sheet.name}({part + 1})"
            rows = sheet.rows[part * MOST_ROWS : (part + 1) * MOST_ROWS]
            _write_sheet(book.add_worksheet(name), sheet, rows, styles)
    book.close()
    return _pack_anew(target.getvalue())


def _styles(book: Any) -> dict[str, Any]:
    base = {"font_name": _FONT, "font_size": 10.5, "valign": "vcenter"}
    cell = {**base, "border": 1, "border_color": "#C9CDD2", "text_wrap": True}
    head = {**cell, "bold": True, "align": "center", "bg_color": "#EEF1F3"}
    return {
        "title": book.add_format({**base, "bold": True, "font_size": 15}),
        "head": book.add_format(head),
        "text": book.add_format(cell),
        "quoted": book.add_format({**cell, "quote_prefix": True}),
        "number": book.add_format({**cell, "num_format": "#,##0"}),
    }


def _write_sheet(
    page: Any, sheet: Sheet, rows: Sequence[tuple[Cell, ...]], styles: dict[str, Any]
) -> None:
    last = len(sheet.columns) - 1
    for i, column in enumerate(sheet.columns):
        page.set_column(i, i, column.width)
    page.set_row(0, 30)
    page.write_string(0, 0, safe_cell(sheet.title[0]), styles["title"])
    for i, column in enumerate(sheet.columns):
        page.write_string(1, i, column.zh, styles["head"])
    for r, row in enumerate(rows, start=2):
        for c, value in enumerate(row):
            if isinstance(value, int):
                page.write_number(r, c, value, styles["number"])
                continue
            text = safe_cell(value)
            style = styles["quoted" if looks_like_formula(text) else "text"]
            if text:
                page.write_string(r, c, text, style)
            else:
                page.write_blank(r, c, None, style)
    page.freeze_panes(2, 0)
    if rows:
        page.autofilter(1, 0, len(rows) + 1, last)
    page.repeat_rows(1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer("&C第 &P 页，共 &N 页")


def _pack_anew(data: bytes) -> bytes:
    """Write the container again with what varies between machines made the same."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            info = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o600 << 16
            new.writestr(info, old.read(entry), compresslevel=6)
    return made.getvalue()
