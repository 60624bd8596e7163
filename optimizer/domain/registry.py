"""The registers (一单两库) after validation: immutable, looked up by identifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from optimizer.domain.check import TriggeredReport
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade


@dataclass(frozen=True, slots=True)
class RegisterFile:
    """Where a register came from.

    Attributes
    ----------
    digest
        Of the file's bytes, hex, by the campaign's hash.
    rows
        Rows read, faulty ones included.
    excluded
        Rows left out by ``--exclude-faulty`` with the fault codes: ``(row, code)``.
    """

    register: str
    file: str
    digest: str
    rows: int
    excluded: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Registers:
    """Everything the flow reads, each mapping in order of identifier.

    Attributes
    ----------
    triggered
        In order of identifier.
    visits_made
        In order of enterprise, day, department.
    counted_on
        Day whose week, month and year the inspectors' `visit_caps` count in; ``None``: the first
        of the days that are looked at.
    """

    enterprises: Mapping[str, Enterprise]
    units: Mapping[str, Unit]
    inspectors: Mapping[str, Inspector]
    items: Mapping[str, Item]
    triggered: tuple[TriggeredReport, ...] = ()
    visits_made: tuple[VisitMade, ...] = ()
    files: tuple[RegisterFile, ...] = ()
    areas: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Area code → name."""
    industries: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Industry code → name, sections included."""
    sections: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Industry code → section (门类)."""
    counted_on: date | None = None


Document = dict[str, Any]
"""A published JSON document: strings, integers, booleans, null, lists and objects, no floats."""
