"""Rows of tables of checks and enterprises as domain values."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import fields
from itertools import repeat
from math import isnan
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from optimizer.domain.check import Check
from optimizer.domain.days import Calendar
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.errors import Fault, InputError
from optimizer.messages import phrase

if TYPE_CHECKING:
    from optimizer.plan.blocks import Block

_Made = TypeVar("_Made", Check, Enterprise)

CHECKS: Mapping[str, Any] = MappingProxyType(
    {
        "id": None,
        "enterprise": None,
        "item": None,
        "kind": "planned",
        "source": "daily",
        "release": None,
        "due": None,
        "units": None,
        "severity": 1,
    }
)
"""Columns of a table of checks, and what stands for one that is missing; ``None``: it is needed."""

ENTERPRISES: Mapping[str, Any] = MappingProxyType(
    {
        "id": None,
        "county": "",
        "industry": "",
        "risk": "",
        "size": "",
        "zones": "",
        "township": "",
        "lat": float("nan"),
        "lon": float("nan"),
    }
)
"""Columns of a table of enterprises, likewise."""


CHUNK = 1 << 16
"""Identifiers that are made texts of at a time."""


def need_columns(table: pd.DataFrame, columns: Mapping[str, Any], name: str) -> pd.DataFrame:
    """Return the columns the planner reads, those that may be missing filled.

    Raises
    ------
    InputError
        Where one that is needed is missing or has an empty cell, or ``id`` one that is not new.
    """
    faults = []
    for column, fallback in columns.items():
        if column not in table.columns:
            if fallback is None:
                faults.append(_fault("table-column", name, column))
        elif fallback is None and table[column].isna().any():
            row = str(table.index[table[column].isna()][0])
            faults.append(_fault("table-cell", name, column, row))
    if "id" in table.columns and _repeats(table["id"]):
        twice = str(table["id"][table["id"].duplicated()].iloc[0])
        faults.append(_fault("table-id", name, "id", twice))
    if faults:
        raise InputError(faults)
    missing = {c: fallback for c, fallback in columns.items() if c not in table.columns}
    return table.assign(**missing)[list(columns)]


def _repeats(ids: pd.Series) -> bool:
    """Return whether an identifier stands twice.

    Eight bytes of each tell it at once where all differ; a table of all texts takes ten times that.
    """
    parts = [
        pd.util.hash_array(ids.iloc[at : at + CHUNK].array, categorize=False)
        for at in range(0, len(ids), CHUNK)
    ]
    keys = np.sort(np.concatenate(parts)) if parts else np.empty(0, np.uint64)
    return bool((keys[1:] == keys[:-1]).any()) and not ids.is_unique


def _fault(code: str, name: str, column: str, value: str = "") -> Fault:
    return Fault(code, name, None, column, value, *phrase(code))


def domain_checks(
    table: pd.DataFrame, items: Mapping[str, Item], calendar: Calendar
) -> list[Check]:
    """Return the rows of a table of checks as domain values.

    Parameters
    ----------
    table
        With the columns of `CHECKS`; release and due are days since the calendar's start.
    """
    days = {
        day: calendar.day(day)
        for name in ("release", "due")
        for day in table[name].unique().tolist()
    }
    units = {text: tuple(text.split()) for text in table["units"].unique().tolist()}
    level = {text: "joint" if len(own) > 1 else "county" for text, own in units.items()}
    reason = {"joint": "item-mode", "county": "both-competent"}
    columns = {column: _values(table[column]) for column in CHECKS}
    named, joined = columns["item"], columns["units"]
    department = {item: items[item].department if item in items else "" for item in set(named)}
    levels = [level[text] for text in joined]
    return _made(
        Check,
        len(table),
        {
            **columns,
            "department": map(department.__getitem__, named),
            "release": map(days.__getitem__, columns["release"]),
            "due": map(days.__getitem__, columns["due"]),
            "units": map(units.__getitem__, joined),
            "level": levels,
            "reason": map(reason.__getitem__, levels),
        },
    )


def _made(kind: type[_Made], count: int, columns: Mapping[str, Iterable[Any]]) -> list[_Made]:
    """Return values of a frozen class with slots, by its fields; those not given are as by default.

    Field after field is set for all of them, which takes a third of the time of one after another.
    """
    found = list(map(kind.__new__, repeat(kind, count)))
    for field in fields(kind):
        column = columns.get(field.name, repeat(field.default))
        deque(map(getattr(kind, field.name).__set__, found, column), maxlen=0)
    return found


def _values(column: pd.Series) -> list[Any]:
    """Return the values of a column, equal ones of a category as one object.

    A text of its own for every row would take more memory than the row.
    """
    if not isinstance(column.dtype, pd.CategoricalDtype):
        return column.tolist()
    known = [*column.cat.categories.tolist(), float("nan")]
    return [known[code] for code in column.cat.codes.tolist()]


def domain_enterprises(table: pd.DataFrame) -> dict[str, Enterprise]:
    """Return the rows of a table of enterprises as domain values, by identifier."""
    zones_of = {text: tuple(text.split()) for text in table["zones"].unique().tolist()}
    columns = {column: _values(table[column]) for column in ENTERPRISES}
    found = _made(
        Enterprise,
        len(table),
        {
            **columns,
            "name": columns["id"],
            "zones": map(zones_of.__getitem__, columns["zones"]),
            "lat": [None if isnan(lat) else lat for lat in columns["lat"]],
            "lon": [None if isnan(lon) else lon for lon in columns["lon"]],
        },
    )
    return dict(zip(columns["id"], found, strict=True))


def block_registers(block: Block) -> Registers:
    """Return the registers of a block."""
    return Registers(
        domain_enterprises(block.enterprises),
        {unit.id: unit for unit in block.units},
        {inspector.id: inspector for inspector in block.inspectors},
        block.items,
        visits_made=block.visits_made,
        sections=block.sections,
    )
