"""Own code lists: `areas.csv` (`code,name`), `industries.csv` (`code,name,section`)."""

from __future__ import annotations

import re
from pathlib import Path

from optimizer.errors import Fault, InputError
from optimizer.io.tables import read_table
from optimizer.registers.fault import make_fault
from optimizer.registers.near import nearest


def read_code_list(path: Path, *, file: str, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Read a code list.

    Parameters
    ----------
    columns
        Needed columns; the first holds the code.

    Raises
    ------
    InputError
        With every fault found.
    """
    table = read_table(path, file=file)
    faults: list[Fault] = list(table.faults)
    faults += [
        make_fault("column-missing", file, 1, name, names=name, near=nearest(name, table.columns))
        for name in columns
        if name not in table.columns
    ]
    if not faults and not len(table):
        faults.append(make_fault("table-empty", file))
    if faults:
        raise InputError(faults)
    records = list(zip(*(table.column(name) for name in columns), strict=True))
    seen: dict[str, int] = {}
    for row, (code, *_) in zip(table.rows.tolist(), records, strict=True):
        if not re.fullmatch(r"[0-9A-Za-z-]{1,40}", code):
            faults.append(make_fault("id-malformed", file, row, columns[0], code))
        elif code in seen:
            faults.append(make_fault("id-twice", file, row, columns[0], code, first=seen[code]))
        seen.setdefault(code, row)
    if faults:
        raise InputError(faults)
    return records
