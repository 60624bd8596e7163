"""Tables as bureaus keep them, the same bytes on every machine."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape

Column = Sequence[str]


def csv_bytes(heads: Sequence[str], columns: Sequence[Column], *, encoding: str = "utf-8") -> bytes:
    """Return a CSV table; no cell may hold a comma, quote or line break."""
    lines = [",".join(heads), *map(",".join, zip(*columns, strict=True))]
    text = "\n".join(lines) + "\n"
    if '"' in text or text.count(",") != (len(heads) - 1) * len(lines):
        raise ValueError("a cell holds a comma or a quote")
    return text.encode(encoding)


_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.styles+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
        'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/worksheet" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/styles" Target="styles.xml"/></Relationships>'
    ),
    "xl/styles.xml": (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<fonts count="2"><font><sz val="11"/><name val="宋体"/></font>'
        '<font><b/><sz val="11"/><name val="宋体"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="3"><xf xfId="0"/><xf fontId="1" applyFont="1" xfId="0"/>'
        '<xf numFmtId="14" applyNumberFormat="1" xfId="0"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    ),
}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def xlsx_bytes(
    title: str, heads: Sequence[str], columns: Sequence[Column], *, dates: Sequence[str] = ()
) -> bytes:
    """Return an Excel workbook of one sheet.

    Written here, stored and not deflated, since libraries put their version and the time into the
    file and compress differently from one machine to the next.

    Parameters
    ----------
    dates
        Heads of the columns whose ISO 8601 text becomes Excel dates.
    """
    rows = [_row(1, [_text(head, 1) for head in heads])]
    is_date = [head in dates for head in heads]
    for number, cells in enumerate(zip(*columns, strict=True), 2):
        rows.append(
            _row(
                number,
                [_date(c) if day else _text(c, 0) for c, day in zip(cells, is_date, strict=True)],
            )
        )
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{''.join(rows)}</sheetData></worksheet>"
    )
    book = (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        f'<sheets><sheet name="{escape(title)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    parts = {**_PARTS, "xl/workbook.xml": book, "xl/worksheets/sheet1.xml": sheet}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            # Otherwise the system that wrote the file is noted in it.
            entry.create_system = 3
            archive.writestr(entry, (_HEAD + text).encode())
    return made.getvalue()


def _row(number: int, cells: Sequence[str]) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def _text(text: str, style: int) -> str:
    shown = f"<is><t>{escape(text)}</t></is>"
    return f'<c t="inlineStr" s="{style}">{shown}</c>' if text else "<c/>"


def _date(text: str) -> str:
    serial = (date.fromisoformat(text) - date(1899, 12, 30)).days
    return f'<c s="2"><v>{serial}</v></c>'
