"""A frame in parts as Parquet files: what a draw larger than memory is made from.

Columns: ``id``, and one for each order, named by its key, with the name of the enterprise's
stratum, empty (null) where the order cannot draw it. Any tool can write such files. Those sorted
by stratum, in row groups of some hundred thousand, are drawn from fastest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from optimizer.draw.packed import pack_array
from optimizer.draw.parts import Names, Part, runs, sort_by_cell
from optimizer.errors import Fault, InputError

_SHORT = 64
"""Runs of fewer enterprises than this on average are sorted first."""


@dataclass(frozen=True, slots=True)
class ParquetPart:
    """A Parquet file, or some of its row groups; read one row group at a time.

    Attributes
    ----------
    path
        The file.
    row_groups
        Which; ``None``: all.
    """

    path: str
    row_groups: tuple[int, ...] | None = None

    def parts(self, names: Names) -> Iterator[Part]:
        """Yield a part for each row group."""
        known = pq.read_schema(self.path).names
        missing = [name for name in ("id", *names) if name not in known]
        if missing:
            raise InputError(
                Fault(
                    "parts-column",
                    Path(self.path).name,
                    field=name,
                    expected="expected this column",
                    mend="Write one column for each order, and id.",
                )
                for name in missing
            )
        with pq.ParquetFile(self.path, read_dictionary=list(names)) as file:
            chosen = self.row_groups
            for group in range(file.num_row_groups) if chosen is None else chosen:
                table = file.read_row_group(group, columns=["id", *names], use_threads=False)
                yield self._part(table, names)

    def _part(self, table: pa.Table, names: Names) -> Part:
        codes = np.stack(
            [
                self._codes(table.column(order).combine_chunks(), order, strata)
                for order, strata in names.items()
            ]
        )
        ids = table.column("id").combine_chunks()
        bounds, strata = runs(codes)
        if len(strata) * _SHORT > len(table) or (strata < 0).all(axis=1).any():
            order, bounds, strata = sort_by_cell(codes)
            ids = ids.take(pa.array(order))
        try:
            return Part(pack_array(ids), bounds, strata)
        except ValueError as error:
            raise InputError(
                Fault(
                    "parts-id",
                    Path(self.path).name,
                    field="id",
                    expected=f"expected identifiers of 1 to 55 bytes: {error}",
                    mend="Write the frame's identifiers.",
                )
            ) from None

    def _codes(self, column: pa.Array, order: str, strata: Sequence[str]) -> NDArray[np.int32]:
        """Return the place of each row's stratum in the spec, or -1."""
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        place = _places(tuple(strata))
        known = column.dictionary.to_pylist()
        used = set(pc.unique(column.indices).to_pylist()) - {None}
        unknown = sorted(
            str(known[k]) for k in used if known[k] is not None and known[k] not in place
        )
        if unknown:
            raise InputError(
                Fault(
                    "parts-stratum",
                    Path(self.path).name,
                    field=order,
                    value=name,
                    expected="expected a stratum of the spec",
                    mend="Write the frame's parts anew from what was committed.",
                )
                for name in unknown
            )
        table = np.array([*(place.get(name, -1) for name in known), -1], dtype=np.int32)
        places: NDArray[np.int32] = table[column.indices.fill_null(len(known)).to_numpy()]
        return places


@lru_cache(maxsize=64)
def _places(strata: tuple[str, ...]) -> dict[str, int]:
    """Return the place of each name; the same for every part of a draw."""
    return {name: number for number, name in enumerate(strata)}


def part_table(names: Names, part: Part) -> pa.Table:
    """Return a part as the table that `ParquetPart` reads.

    Parameters
    ----------
    names
        The strata, in the order of the spec.
    part
        Identifiers by cell.
    """
    sizes = np.diff(part.bounds)
    columns = {"id": pa.array(part.packed.texts(), pa.string())}
    for number, (order, strata) in enumerate(names.items()):
        codes = np.repeat(part.strata[:, number], sizes)
        columns[order] = pa.DictionaryArray.from_arrays(
            pa.array(codes, mask=codes < 0), pa.array(strata, pa.string())
        )
    return pa.table(columns)
