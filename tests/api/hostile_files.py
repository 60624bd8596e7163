"""Hostile tables: small files that want much, or want what is not theirs."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from api_city import pack

_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_CELLS = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>{more}'


def workbook(more: str, *, doctype: str = "") -> bytes:
    """Return a workbook by hand: no library writes such."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEETS}" xmlns:r="{_DOCUMENT}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": f'{doctype}<worksheet xmlns="{_SHEETS}"><sheetData>'
        f"{_CELLS.format(more=more)}</sheetData></worksheet>",
    }
    return pack({name: head + text for name, text in parts.items()})


def text_cell(text: str) -> str:
    """Return a second row whose only cell holds a text."""
    return f'<row r="2"><c r="A2" t="inlineStr"><is><t>{text}</t></is></c></row>'


def corners() -> bytes:
    """A workbook with its first and its last cell filled: a reader wants room for all between."""
    return workbook('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def laughs() -> bytes:
    """A workbook whose entities, if they were followed, make ten thousand million letters."""
    names = "abcdefghij"
    entities = "".join(
        f'<!ENTITY {name} "{f"&{names[place - 1]};" * 10 if place else "ha" * 5}">'
        for place, name in enumerate(names)
    )
    return workbook(text_cell("&j;"), doctype=f"<!DOCTYPE x [{entities}]>")


def foreign(path: str) -> bytes:
    """A workbook with an entity that stands for a file of the server."""
    return workbook(
        text_cell("&mine;"), doctype=f'<!DOCTYPE x [<!ENTITY mine SYSTEM "file://{path}">]>'
    )


def repeats(rows: int) -> bytes:
    """A Parquet file of one long value, many times: some kilobytes."""
    said = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), pa.array(["x" * 1000]))
    out = io.BytesIO()
    pq.write_table(pa.table({"id": said}), out)
    return out.getvalue()
