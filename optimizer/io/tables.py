"""Tables as bureaus keep them: CSV, Excel and Parquet, every cell as text."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from optimizer.canon import SHA256, Hash
from optimizer.errors import Fault, InputError
from optimizer.registers.fault import make_fault
from optimizer.registers.table import RawTable

__all__ = ["SUFFIXES", "read_table"]

SUFFIXES = (".csv", ".csv.gz", ".xlsx", ".parquet")
LARGEST = 1 << 30
"""Bytes of a table once unpacked: a small file must not fill the memory."""
_TITLE_ROWS = 5
"""A title stands in that many rows at most; below more of one cell no heading is sought."""
_BLOCK = 16384
"""Records turned into columns at a time, so that a large file is never held as Python rows."""


def read_table(
    path: Path | str, *, name: str = "", file: str = "", hash: Hash = SHA256
) -> RawTable:
    """Read one table.

    Parameters
    ----------
    path
        ``.csv`` (UTF-8 with or without BOM, or GB 18030), ``.csv.gz``, ``.xlsx`` (first sheet) or
        ``.parquet``.
    name
        Register it stands for; the file's stem by default.
    file
        What to call the file in faults and documents; its name by default.
    hash
        What the file's digest is made with.

    Raises
    ------
    InputError
        Where the file as a whole cannot be read. Faults of single rows stay in the table.
    """
    path = Path(path)
    shown = file or path.name
    name = name or path.name.split(".")[0]
    kind = next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), None)
    if kind is None:
        raise InputError(make_fault("file-kind", shown))
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(make_fault("file-missing", shown)) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputError(make_fault("file-unreadable", shown, reason=reason)) from None
    digest = hash.hex(data)
    if not data:
        raise InputError(make_fault("file-empty", shown))
    if kind == ".parquet":
        return _fit(_parquet(data, name, shown, digest))
    if kind == ".xlsx":
        return _fit(_gather(_excel(data, shown), name, shown, digest))
    if kind == ".csv.gz":
        data = _unzip(data, shown)
    return _gather(_csv(_decode(data, shown), shown), name, shown, digest)


def _fit(table: RawTable) -> RawTable:
    """Note the rows with a NUL character, which no CSV file can hold, and not every store."""
    if any("\x00" in head for head in table.columns):
        raise InputError(make_fault("text-unfit", table.file, 1))
    faults = list(table.faults)
    for head, column in zip(table.columns, table.cells, strict=True):
        found = pc.match_substring(column, "\x00")
        if pc.any(found).as_py():
            faults += [
                make_fault("text-unfit", table.file, int(table.rows[n]), head, column[n].as_py())
                for n in np.flatnonzero(found.to_numpy(zero_copy_only=False))
            ]
    return replace(table, faults=tuple(faults))


def _unzip(data: bytes, shown: str) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            text = file.read(LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = "not compressed by gzip, or damaged"
        raise InputError(make_fault("file-unreadable", shown, reason=reason)) from error
    if len(text) > LARGEST:
        raise InputError(make_fault("file-large", shown, most=LARGEST >> 20))
    return text


def _decode(data: bytes, shown: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise InputError(make_fault("file-encoding", shown))


def _csv(text: str, shown: str) -> Iterator[Sequence[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    count = 0
    try:
        for record in reader:
            count += 1
            yield record
    except csv.Error as error:
        raise InputError(make_fault("csv-quoting", shown, count + 1, reason=str(error))) from None


def _excel(data: bytes, shown: str) -> Iterator[Sequence[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        # Blank rows above the first filled one come along: rows bear the spreadsheet's numbers.
        rows = book.get_sheet_by_index(0).iter_rows()
    except (CalamineError, OSError, IndexError) as error:
        reason = "not an Excel workbook, or damaged"
        raise InputError(make_fault("file-unreadable", shown, reason=reason)) from error
    for row in rows:
        yield [cell if isinstance(cell, str) else _as_text(cell) for cell in row]


def _as_text(cell: Any) -> str:
    """Return what a spreadsheet shows of a cell, dates as ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if cell != cell or cell in (float("inf"), float("-inf")):
            return str(cell)
        if not cell.is_integer():
            return repr(cell)
        # Excel keeps 15 digits of a number; a longer one was a code and is spoilt.
        return str(int(cell)) if abs(cell) < 1e15 else f"{cell:.14E}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, list | tuple | np.ndarray):
        return ";".join(_as_text(part) for part in cell)
    if isinstance(cell, time | timedelta):
        return str(cell)
    return str(cell)


def _parquet(data: bytes, name: str, shown: str, digest: str) -> RawTable:
    try:
        table = pq.read_table(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        reason = "not a Parquet file, or damaged"
        raise InputError(make_fault("file-unreadable", shown, reason=reason)) from error
    if not table.column_names:
        raise InputError(make_fault("file-empty", shown))
    cells = tuple(_arrow_text(table.column(i)) for i in range(table.num_columns))
    rows = np.arange(2, table.num_rows + 2, dtype=np.int64)
    heads = tuple(str(column).strip() for column in table.column_names)
    return RawTable(name, shown, digest, heads, cells, rows)


def _arrow_text(column: Any) -> Any:
    """Return an Arrow column as one array of trimmed text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind):
        text = column.cast(pa.string())
    else:
        text = pa.chunked_array([pa.array([_as_text(c) for c in column.to_pylist()], pa.string())])
    return _trim(pa.concat_arrays(text.chunks) if text.num_chunks else pa.array([], pa.string()))


def _trim(cells: Any) -> Any:
    return pc.utf8_trim_whitespace(cells.fill_null(""))


def _heading(
    records: Iterator[Sequence[str]],
) -> tuple[list[str], int, Iterator[Sequence[str]]]:
    """Return the headings, their row, and the records behind.

    Rows of one filled cell above a fuller one are a title, which bureaus' workbooks often have;
    where no row is fuller, the first is the heading.
    """
    title: list[str] = []
    at = 0
    passed: list[Sequence[str]] = []
    for row, record in enumerate(records, 1):
        heads = [cell.strip() for cell in record]
        while heads and not heads[-1]:
            heads.pop()
        if sum(map(bool, heads)) > 1:
            return heads, row, records
        if title:
            passed.append(record)
        elif heads:
            title, at = heads, row
        if len(passed) == _TITLE_ROWS:
            break
    return title, at, chain(passed, records)


def _gather(records: Iterator[Sequence[str]], name: str, shown: str, digest: str) -> RawTable:
    """Turn records into columns, titles and blank rows left out, ragged ones noted."""
    heads, row, records = _heading(records)
    if not heads:
        raise InputError(make_fault("file-empty", shown))
    width = len(heads)
    blocks: list[list[Any]] = []
    block: list[Sequence[str]] = []
    rows: list[int] = []
    faults: list[Fault] = []

    def turn() -> None:
        if block:
            blocks.append([_trim(pa.array(c, pa.string())) for c in zip(*block, strict=True)])
            block.clear()

    for record in records:
        row += 1
        if len(record) != width:
            filled = len(record)
            while filled > width and not record[filled - 1].strip():
                filled -= 1
            if filled == 0 or (filled < width and not any(c.strip() for c in record)):
                continue
            if filled != width:
                faults.append(make_fault("row-ragged", shown, row, found=filled, wanted=width))
            record = [*record[:width], *[""] * (width - filled)]
        elif not any(record) or not any(cell.strip() for cell in record):
            continue
        block.append(record)
        rows.append(row)
        if len(block) == _BLOCK:
            turn()
    turn()
    cells = tuple(
        pa.concat_arrays([block[i] for block in blocks]) if blocks else pa.array([], pa.string())
        for i in range(width)
    )
    return RawTable(
        name, shown, digest, tuple(heads), cells, np.array(rows, dtype=np.int64), tuple(faults)
    )
