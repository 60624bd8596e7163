"""A table as it stands in a file: every cell is text, nothing is interpreted yet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from optimizer.errors import Fault


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """One table, column by column.

    Attributes
    ----------
    name
        Register the table stands for, such as ``enterprises``.
    file
        File name as the user wrote it; it is published, so it is never an absolute path.
    digest
        Of the file's bytes as stored, hex, by the hash the reader was given.
    columns
        Headings, surrounding spaces removed.
    cells
        One Arrow array of strings a column; surrounding spaces removed; an empty cell is ``""``.
    rows
        Row of each record as a spreadsheet shows it (the heading is row 1), shape ``(n,)``.
        Blank rows are no records, but they count.
    faults
        Faults of single records, such as a row with too many cells.
    """

    name: str
    file: str
    digest: str
    columns: tuple[str, ...]
    cells: tuple[pa.Array, ...]
    rows: NDArray[np.int64]
    faults: tuple[Fault, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        return f"RawTable({self.file}: {len(self):,} rows, {len(self.columns)} columns)"

    def column(self, heading: str) -> list[str]:
        """Return the cells below a heading.

        Raises
        ------
        KeyError
            Where there is no such heading.
        """
        try:
            return list(self.cells[self.columns.index(heading)].to_pylist())
        except ValueError:
            raise KeyError(heading) from None


def make_table(
    name: str,
    columns: Sequence[str],
    records: Iterable[Sequence[str]],
    *,
    file: str = "",
    digest: str = "",
) -> RawTable:
    """Build a table from records of text, as the API and tests do.

    Parameters
    ----------
    records
        Each of the length of `columns`; the first stands in row 2.
    """
    rows = [tuple(str(cell).strip() for cell in record) for record in records]
    turned = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    return RawTable(
        name,
        file or name,
        digest,
        tuple(columns),
        tuple(pa.array(cells, pa.string()) for cells in turned),
        np.arange(2, len(rows) + 2, dtype=np.int64),
    )
