"""Requests: checks that come to a plan after it was made, as JSON or as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from optimizer import canon
from optimizer.checks import level_of
from optimizer.domain.check import SOURCES, Check
from optimizer.domain.registry import Registers
from optimizer.errors import Fault, InputError
from optimizer.io.tables import read_table
from optimizer.plan import Case
from optimizer.registers.cells import read_date, split_list
from optimizer.registers.columns import COLUMNS
from optimizer.registers.fault import BadCell, make_fault
from optimizer.registers.triggered import PLANNED_SOURCES, TRIGGERED_SOURCES
from optimizer.registers.units import PLAIN_ID

FIELDS = ("id", "enterprise", "item", "source", "received", "due", "severity", "units")
NEEDED = ("id", "enterprise", "item", "due")
_ID = re.compile(PLAIN_ID)


def read_requests(
    path: Path, case: Case, *, first: date | None = None, registers: Registers | None = None
) -> tuple[Check, ...]:
    """Read requests and route them to units.

    Parameters
    ----------
    path
        JSON (a list of objects, or one) or a table; fields as of the register of triggered checks,
        and ``units`` (parted by ``;`` in a table) where the units are not to be found otherwise.
    case
        Of the plan.
    first
        No request is released before this day.
    registers
        The scenario's, by which a request is routed; without them by the units of other checks of
        its item in its county.

    Raises
    ------
    InputError
        With every fault.
    """
    faults: list[Fault] = []
    seen = {check.id for check in case.checks}
    checks: list[Check] = []
    for row, record in _records(path):
        reader = _Reader(path.name, row, record, case, first, registers)
        check = reader.check(seen)
        faults += reader.faults
        if check is not None:
            seen.add(check.id)
            checks.append(check)
    if not checks and not faults:
        faults.append(make_fault("table-empty", path.name))
    if faults:
        raise InputError(faults)
    return tuple(checks)


def _records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    if path.suffix == ".json":
        try:
            found = canon.parse(path.read_bytes(), name=path.name)
        except OSError:
            raise InputError(make_fault("file-missing", str(path))) from None
        listed = found if isinstance(found, list) else [found]
        for row, record in enumerate(listed, 1):
            if not isinstance(record, dict):
                raise InputError(make_fault("request-value", path.name, row, form="an object"))
            yield row, record
        return
    table = read_table(path, name="triggered")
    if table.faults:
        raise InputError(table.faults)
    english = {h: column.name for column in COLUMNS["triggered"] for h in column.headings}
    names = [english.get(heading, heading) for heading in table.columns]
    for row, cells in zip(
        table.rows, zip(*(cell.to_pylist() for cell in table.cells), strict=True), strict=True
    ):
        yield int(row), {name: cell for name, cell in zip(names, cells, strict=True) if cell}


class _Reader:
    """Reads one request; gathers its faults."""

    def __init__(
        self,
        file: str,
        row: int,
        record: Mapping[str, Any],
        case: Case,
        first: date | None,
        registers: Registers | None,
    ) -> None:
        self.faults: list[Fault] = []
        self._file, self._row, self._record = file, row, record
        self._case, self._first = case, first
        self._registers = registers or case.registers
        self._routed = registers is not None

    def _fault(self, code: str, field: str, value: object = "", **params: object) -> None:
        fault = make_fault(code, self._file, self._row, field, str(value), **params)
        self.faults.append(fault)

    def check(self, seen: set[str]) -> Check | None:
        record, calendar = self._record, self._case.calendar
        for field in sorted(record.keys() - set(FIELDS)):
            self._fault("request-field", field, fields=", ".join(FIELDS))
        for field in NEEDED:
            if record.get(field) in (None, ""):
                self._fault("request-missing", field)
        if self.faults:
            return None
        name = record["id"] if isinstance(record["id"], str) else ""
        if not _ID.fullmatch(name) or name.startswith("P-"):
            form = "up to 40 letters, digits and -, not P-…"
            self._fault("request-value", "id", record["id"], form=form)
        if name in seen:
            self._fault("check-twice", "id", name)
        start = max(self._first or calendar.start, calendar.start)
        received = self._date("received", start)
        due = self._date("due", calendar.last)
        release = max(received, start)
        due = min(due, calendar.last)
        if not self.faults and release > calendar.last:
            form = f"{calendar.start.isoformat()} … {calendar.last.isoformat()}"
            field = "received" if self._record.get("received") else "--from"
            self._fault("request-value", field, release.isoformat(), form=form)
        elif not self.faults and due < release:
            form = f"{release.isoformat()} … {calendar.last.isoformat()}"
            self._fault("request-value", "due", record["due"], form=form)
        source = str(record.get("source") or "special")
        source = {**PLANNED_SOURCES, **TRIGGERED_SOURCES}.get(source, source)
        # What is drawn only a draw can say.
        known = dict.fromkeys((*SOURCES[1:], *self._case.rules.exempt_sources))
        if source not in known:
            self._fault("request-value", "source", source, form=", ".join(known))
        severity = "1" if record.get("severity") in (None, "") else str(record["severity"])
        if severity not in ("1", "2", "3"):
            self._fault("request-value", "severity", severity, form="1, 2 or 3")
        place = self._place()
        if self.faults or place is None:
            return None
        level, reason, units = place
        item = self._registers.items[str(record["item"])]
        kind = "planned" if source in SOURCES[:3] else "triggered"
        return Check(
            name,
            str(record["enterprise"]),
            item.id,
            item.department,
            kind,
            source,
            release,
            due,
            units,
            level,
            reason,
            severity=int(severity),
        )

    def _date(self, field: str, default: date) -> date:
        text = str(self._record.get(field) or default.isoformat())
        try:
            return read_date(text)
        except BadCell:
            self._fault("request-value", field, text, form="a date such as 2026-03-01")
            return default

    def _place(self) -> tuple[str, str, tuple[str, ...]] | None:
        """Return level, reason and units."""
        registers, record = self._registers, self._record
        known = True
        for field, names in (("enterprise", registers.enterprises), ("item", registers.items)):
            if str(record[field]) not in names:
                self._fault("request-unknown", field, record[field])
                known = False
        if not known:
            return None
        if record.get("units") not in (None, ""):
            return self._named(record["units"])
        if self._routed:
            return self._route()
        enterprise = registers.enterprises[str(record["enterprise"])]
        for other in self._case.checks:
            county = registers.enterprises[other.enterprise].county
            if other.item == record["item"] and county == enterprise.county:
                return other.level, other.reason, other.units
        self._fault("request-units", "units")
        return None

    def _named(self, given: Any) -> tuple[str, str, tuple[str, ...]] | None:
        names = given if isinstance(given, list) else split_list(str(given))
        units = tuple(str(name).strip() for name in names)
        item = self._registers.items[str(self._record["item"])]
        if not units or len(set(units)) < len(units):
            self._fault("request-value", "units", given, form="one or more units, each once")
            return None
        for unit in units:
            if unit not in self._registers.units:
                self._fault("request-unknown", "units", unit)
                return None
            if self._registers.units[unit].department != item.department:
                form = f"units of the item's department, {item.department}"
                self._fault("request-value", "units", unit, form=form)
                return None
        levels = {self._registers.units[unit].level for unit in units}
        level = "joint" if len(levels) > 1 else levels.pop()
        return level, "item-mode", units

    def _route(self) -> tuple[str, str, tuple[str, ...]] | None:
        registers = self._registers
        item = registers.items[str(self._record["item"])]
        enterprise = registers.enterprises[str(self._record["enterprise"])]
        level = level_of(item, enterprise, self._case.rules.level)
        units = [
            unit.id
            for wanted in ("county", "city")
            if level.level in (wanted, "joint")
            for unit in registers.units.values()
            if unit.department == item.department
            and unit.level == wanted
            and (wanted == "city" or unit.area == enterprise.county)
        ]
        if not units:
            self._fault("request-units", "units")
            return None
        return level.level, level.reason, tuple(units)
