"""All registers together: read, checked against each other, frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from optimizer.domain.days import Span
from optimizer.domain.registry import RegisterFile, Registers
from optimizer.errors import Fault, InputError
from optimizer.registers.codes import CodeLists, builtin_codes
from optimizer.registers.columns import REGISTERS, REQUIRED
from optimizer.registers.enterprises import read_enterprises
from optimizer.registers.fault import make_fault
from optimizer.registers.inspectors import read_inspectors
from optimizer.registers.items import note_skills_nobody_has, read_items
from optimizer.registers.mapping import PLAIN, RegisterMapping
from optimizer.registers.sheet import Sheet
from optimizer.registers.table import RawTable, make_table
from optimizer.registers.triggered import read_triggered, read_visits_made
from optimizer.registers.units import read_units


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading the registers.

    Attributes
    ----------
    registers
        ``None`` where `faults` keep them from being used.
    faults
        Every fault, in order of register and row; those of excluded rows too.
    warnings
        What is odd but may be used.
    item_ids
        Items of the list, those of faulty rows too; ``None`` where the list cannot be read.
    """

    registers: Registers | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    item_ids: frozenset[str] | None = None


def read_registers(
    tables: Mapping[str, RawTable],
    *,
    codes: CodeLists | None = None,
    identifiers: str = "uscc",
    city: str = "",
    mapping: Mapping[str, RegisterMapping] | None = None,
    exempt_sources: Iterable[str] = (),
    exclude_faulty: bool = False,
    unreadable: frozenset[str] = frozenset(),
    horizon: Span | None = None,
) -> Reading:
    """Read and check all registers; never raises for what stands in them.

    Parameters
    ----------
    tables
        Register → table; ``triggered`` and ``visits_made`` may be missing.
    codes
        Code lists; the built-in ones by default.
    identifiers
        ``uscc``, or ``free`` for identifiers of ``[0-9A-Z-]``.
    city
        Area code of the city.
    mapping
        Register → its headings and words.
    exempt_sources
        Sources of triggered checks beside the usual five.
    exclude_faulty
        Leave faulty rows out, and rows that refer to them, and record both.
    unreadable
        Registers whose file is there but cannot be read: that is said already.
    horizon
        Days that are planned; triggered checks must have one of them.
    """
    codes = codes or builtin_codes()
    sources = tuple(dict.fromkeys(exempt_sources))
    missing = [name for name in REQUIRED if name not in tables]
    sheets = {
        name: Sheet(
            name,
            tables[name] if name in tables else make_table(name, (), ()),
            (mapping or {}).get(name, PLAIN),
            exclude_faulty,
        )
        for name in REGISTERS
    }
    for name in (*missing, *(n for n in REGISTERS if n not in REQUIRED and n not in tables)):
        sheets[name].table_faults.clear()
    for name in REQUIRED:
        if name in tables and not len(tables[name]):
            sheets[name].table_faults.append(make_fault("table-empty", tables[name].file))

    units, unit_keys, department_keys = read_units(sheets["units"], codes, city=city)
    items, item_keys = read_items(sheets["items"], department_keys, codes)
    enterprises, enterprise_keys = read_enterprises(
        sheets["enterprises"], codes, identifiers=identifiers, city=city
    )
    inspectors, _ = read_inspectors(sheets["inspectors"], unit_keys, enterprise_keys)
    if not sheets["inspectors"].bad.any():
        note_skills_nobody_has(sheets["items"], items, inspectors, units)
    triggered = read_triggered(
        sheets["triggered"], enterprise_keys, item_keys, sources, horizon=horizon
    )
    visits = read_visits_made(
        sheets["visits_made"], enterprise_keys, department_keys, sources, unit_keys, item_keys
    )

    fatal = [
        make_fault("register-missing", name, register=name)
        for name in missing
        if name not in unreadable
    ]
    fatal += [fault for sheet in sheets.values() for fault in sheet.table_faults]
    of_rows = [
        fault
        for sheet in sheets.values()
        for _, fault in sorted(sheet.faults, key=lambda found: found[0])
    ]
    warnings = tuple(fault for sheet in sheets.values() for fault in sheet.warnings)
    if exclude_faulty:
        fatal += [
            make_fault("all-excluded", sheets[name].table.file)
            for name in REQUIRED
            if len(sheets[name].table) and sheets[name].bad.all()
        ]
    faults = (*fatal, *of_rows)
    item_ids = None if item_keys.unreadable else item_keys.known
    if fatal or unreadable or (of_rows and not exclude_faulty):
        return Reading(None, faults, warnings, item_ids)
    made = Registers(
        MappingProxyType({e.id: e for e in sorted(enterprises, key=lambda e: e.id)}),
        MappingProxyType({u.id: u for u in sorted(units, key=lambda u: u.id)}),
        MappingProxyType({i.id: i for i in sorted(inspectors, key=lambda i: i.id)}),
        MappingProxyType({i.id: i for i in sorted(items, key=lambda i: i.id)}),
        tuple(triggered),
        tuple(visits),
        tuple(
            RegisterFile(
                name,
                tables[name].file,
                tables[name].digest,
                len(tables[name]),
                sheets[name].excluded(),
            )
            for name in REGISTERS
            if name in tables
        ),
        codes.areas,
        codes.industries,
        codes.sections,
    )
    return Reading(made, faults, warnings, item_ids)


def build_registers(
    tables: Mapping[str, RawTable],
    *,
    codes: CodeLists | None = None,
    identifiers: str = "uscc",
    city: str = "",
    mapping: Mapping[str, RegisterMapping] | None = None,
    exempt_sources: Iterable[str] = (),
    exclude_faulty: bool = False,
) -> Registers:
    """Read and check all registers; parameters as for `read_registers`.

    Raises
    ------
    InputError
        With every fault found.
    """
    reading = read_registers(
        tables,
        codes=codes,
        identifiers=identifiers,
        city=city,
        mapping=mapping,
        exempt_sources=exempt_sources,
        exclude_faulty=exclude_faulty,
    )
    if reading.registers is None:
        raise InputError(reading.faults)
    return reading.registers
