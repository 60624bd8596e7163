"""Mapping files: a bureau's own headings and words."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from optimizer.errors import Fault, InputError
from optimizer.io.yamlfile import read_yaml
from optimizer.registers.columns import COLUMNS
from optimizer.registers.mapping import RegisterMapping
from optimizer.registers.near import nearest


def read_mapping(path: Path, *, file: str) -> dict[str, RegisterMapping]:
    """Read a mapping file.

    Raises
    ------
    InputError
        With every fault found.
    """
    found = read_yaml(path, file=file, schema="mapping")
    faults: list[Fault] = []
    made: dict[str, RegisterMapping] = {}
    for register, raw in found.value.items():
        names = [column.name for column in COLUMNS[register]]
        columns, values = raw.get("columns", {}), raw.get("values", {})
        targets = [(f"{register}.columns.{head}", name) for head, name in columns.items()]
        targets += [(f"{register}.values.{name}", name) for name in values]
        faults += [
            found.fault(
                "mapping-column", place, name, known=", ".join(names), near=nearest(name, names)
            )
            for place, name in targets
            if name not in names
        ]
        made[register] = RegisterMapping(
            MappingProxyType({head.strip(): name for head, name in columns.items()}),
            MappingProxyType({name: MappingProxyType(words) for name, words in values.items()}),
        )
    if faults:
        raise InputError(faults)
    return made
