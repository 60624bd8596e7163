"""A register being read: columns found, cells read, faults collected, rows marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from optimizer.errors import Fault
from optimizer.registers.cells import read_text
from optimizer.registers.columns import COLUMNS
from optimizer.registers.fault import BadCell, make_fault
from optimizer.registers.mapping import PLAIN, RegisterMapping
from optimizer.registers.near import nearest
from optimizer.registers.table import RawTable

T = TypeVar("T")

GUESSES = 50
"""Most wrong words of a register for which a right one is sought: it takes a while each."""
LARGEST_GUESSED = 5000
"""Identifiers among which a right one is sought."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Identifiers of a register that others refer to.

    Attributes
    ----------
    known
        All that stand in the register, those of faulty rows included: a reference to a faulty
        row is no second fault.
    good
        Those of rows without fault.
    unreadable
        The register or its column is missing: nothing can be said of references to it.
    """

    known: frozenset[str]
    good: frozenset[str]
    unreadable: bool = False


@dataclass(slots=True)
class Sheet:
    """One register while it is read.

    Attributes
    ----------
    faults
        (position, fault) of single rows; position is 0-based among the records.
    table_faults
        Faults of the table as a whole; rows cannot be excluded to be rid of them.
    bad
        Shape ``(n,)``: rows with a fault.
    """

    register: str
    table: RawTable
    mapping: RegisterMapping = PLAIN
    excluding: bool = False
    faults: list[tuple[int, Fault]] = field(default_factory=list)
    table_faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    bad: NDArray[np.bool_] = field(init=False)
    found: dict[str, int] = field(default_factory=dict)
    ragged: set[int] = field(default_factory=set)
    guesses: int = GUESSES

    def __post_init__(self) -> None:
        self.bad = np.zeros(len(self.table), dtype=bool)
        place = {int(row): i for i, row in enumerate(self.table.rows)} if self.table.faults else {}
        for fault in self.table.faults:
            if fault.row in place:
                self.ragged.add(place[fault.row])
                self._add(place[fault.row], fault)
            else:
                self.table_faults.append(fault)
        self._find_columns()

    # Columns

    def _find_columns(self) -> None:
        wanted = COLUMNS[self.register]
        meaning = {head: column.name for column in wanted for head in column.headings}
        meaning |= {column.name: column.name for column in wanted}
        meaning |= self.mapping.columns
        unknown = []
        for place, heading in enumerate(self.table.columns):
            name = meaning.get(heading) or meaning.get(heading.lower())
            if name is None:
                unknown.append(heading)
            elif name in self.found:
                first = self.table.columns[self.found[name]]
                self._add_whole("column-twice", heading, column=name, first=first)
            else:
                self.found[name] = place
        for column in wanted:
            if column.needed and column.name not in self.found:
                self._forget_ragged()
                near = nearest(column.name, unknown) or nearest(column.headings[0], unknown)
                names = " / ".join((column.name, *column.headings))
                self._add_whole("column-missing", column.name, names=names, near=near)
        named = [heading for heading in unknown if heading]
        if named:
            self.warnings.append(
                make_fault("column-unknown", self.table.file, 1, "", ", ".join(named))
            )

    def _forget_ragged(self) -> None:
        """Say nothing of rows that are longer than the headings: those are wrong themselves."""
        self.faults = [each for each in self.faults if each[1].code != "row-ragged"]

    def _add_whole(self, code: str, heading: str, **params: object) -> None:
        self.table_faults.append(make_fault(code, self.table.file, 1, heading, "", **params))

    def has(self, column: str) -> bool:
        """Return whether the table has the column."""
        return column in self.found

    def heading(self, column: str) -> str:
        """Return the heading of a column as the user wrote it."""
        return self.table.columns[self.found[column]] if column in self.found else column

    # Cells

    def cells(self, column: str) -> pa.Array:
        """Return the column's text, the mapping's words replaced; all ``""`` without a column."""
        if column not in self.found:
            return pa.array([""] * len(self.table), pa.string())
        text = self.table.cells[self.found[column]]
        words = self.mapping.values.get(column)
        if not words:
            return text
        encoded = text.dictionary_encode()
        swapped = pa.array(
            [words.get(word, word) for word in encoded.dictionary.to_pylist()], pa.string()
        )
        return swapped.take(encoded.indices)

    def read(self, column: str, reader: Callable[[str], T]) -> list[T]:
        """Read a column, each distinct text once; faulty cells give ``None``.

        Cells that are ``None`` stand in rows marked `bad`, so callers may take `T` for granted
        in the rows they keep.
        """
        n = len(self.table)
        if column not in self.found:
            try:
                return [reader("")] * n
            except BadCell:
                # A needed column that is missing is a fault of the table already.
                return cast("list[T]", [None] * n)
        encoded = self.cells(column).dictionary_encode()
        places = encoded.indices.to_numpy()
        values: list[T | None] = []
        wrong: dict[int, BadCell] = {}
        for i, text in enumerate(encoded.dictionary.to_pylist()):
            try:
                values.append(reader(text))
            except BadCell as error:
                values.append(None)
                wrong[i] = error
        if wrong:
            for place in np.flatnonzero(np.isin(places, np.fromiter(wrong, np.int64))):
                bad = wrong[int(places[place])]
                self.add(int(place), column, bad.code, **bad.params)
        if len(values) == n:
            # All cells differ: the dictionary stands in the order of the rows.
            return cast("list[T]", values)
        return cast("list[T]", [values[i] for i in places.tolist()])

    def read_names(self, column: str) -> list[str]:
        """Read a needed column of free text, whole column at once."""
        if column not in self.found:
            return [""] * len(self.table)
        text = self.cells(column)
        for place in np.flatnonzero(pc.equal(text, "").to_numpy(zero_copy_only=False)):
            self.add(int(place), column, "cell-missing")
        odd = pc.match_substring_regex(text, "[\\x00-\\x1f\\x7f]").to_numpy(zero_copy_only=False)
        for place in np.flatnonzero(odd):
            try:
                read_text(text[int(place)].as_py())
            except BadCell as bad:
                self.add(int(place), column, bad.code)
        return cast("list[str]", text.to_pylist())

    def read_references(
        self, column: str, keys: Keys, code: str, *, optional: bool = False
    ) -> list[str]:
        """Read a column of identifiers of another register.

        Parameters
        ----------
        code
            Fault of an identifier that does not stand there.
        """

        def reader(text: str) -> str:
            if not text and optional:
                return text
            if not text:
                raise BadCell("cell-missing")
            self.check_reference(text, keys, code)
            return text

        return self.read(column, reader)

    def check_reference(self, key: str, keys: Keys, code: str) -> None:
        """Raise `BadCell` where `key` cannot be referred to."""
        if keys.unreadable:
            return
        if key not in keys.known:
            few = len(keys.known) <= LARGEST_GUESSED
            near = self.guess(lambda: nearest(key, keys.known)) if few else ""
            raise BadCell(code, near=near)
        if self.excluding and key not in keys.good:
            raise BadCell("refers-to-excluded")

    def guess(self, near: Callable[[], str]) -> str:
        """Return what a wrong word was perhaps meant to be; after many guesses no more."""
        self.guesses -= 1
        return near() if self.guesses >= 0 else ""

    def mark_twice(self, column: str, code: str) -> None:
        """Mark rows whose text in `column` stood in an earlier row already."""
        if column not in self.found:
            return
        encoded = self.cells(column).dictionary_encode()
        if len(encoded.dictionary) == len(self.table):
            return
        places = encoded.indices.to_numpy()
        _, first, inverse = np.unique(places, return_index=True, return_inverse=True)
        empty = pc.equal(self.cells(column), "").to_numpy(zero_copy_only=False)
        for place in np.flatnonzero((first[inverse] != np.arange(len(places))) & ~empty):
            row = int(self.table.rows[first[inverse[place]]])
            self.add(int(place), column, code, first=row)

    # Faults

    def add(self, place: int, column: str, code: str, **params: object) -> None:
        """Record a fault of the cell of `column` in record `place`.

        In a row whose cells do not fit the headings, that alone is said.
        """
        if place not in self.ragged:
            self._add(place, self._fault(place, column, code, params))

    def warn(self, place: int, column: str, code: str, **params: object) -> None:
        """Record what is odd about the cell of `column` in record `place`, but may be used."""
        self.warnings.append(self._fault(place, column, code, params))

    def _fault(self, place: int, column: str, code: str, params: dict[str, object]) -> Fault:
        value = ""
        if column in self.found:
            value = self.table.cells[self.found[column]][place].as_py()
        row = int(self.table.rows[place])
        return make_fault(code, self.table.file, row, self.heading(column), value, **params)

    def _add(self, place: int, fault: Fault) -> None:
        self.bad[place] = True
        self.faults.append((place, fault))

    def keys(self, column: str = "id") -> Keys:
        """Return the identifiers in a column for other registers to refer to."""
        if column not in self.found or not len(self.table):
            return Keys(frozenset(), frozenset(), unreadable=True)
        listed = self.raw(column)
        known = frozenset(text for text in listed if text)
        if not self.bad.any():
            return Keys(known, known)
        good = (text for text, bad in zip(listed, self.bad.tolist(), strict=True) if not bad)
        return Keys(known, frozenset(good))

    def raw(self, column: str) -> list[str]:
        """Return the column's text as it stands, mapping applied."""
        return cast("list[str]", self.cells(column).to_pylist())

    def good_places(self) -> list[int]:
        """Return the positions of rows without fault; none where the table itself has one."""
        if self.table_faults:
            return []
        return np.flatnonzero(~self.bad).tolist()

    def excluded(self) -> tuple[tuple[int, str], ...]:
        """Return (row, code of its first fault) of every row left out, in order of rows."""
        codes: dict[int, str] = {}
        for place, fault in self.faults:
            codes.setdefault(place, fault.code)
        return tuple((int(self.table.rows[p]), code) for p, code in sorted(codes.items()))
