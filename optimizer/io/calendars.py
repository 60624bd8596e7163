"""Working days: the State Council's notices for 2025 and 2026, or a file of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from types import MappingProxyType

from optimizer.domain.days import Calendar, Span, make_calendar
from optimizer.errors import Fault, InputError
from optimizer.io.tables import read_table
from optimizer.registers.cells import read_date
from optimizer.registers.fault import BadCell, make_fault
from optimizer.registers.near import nearest

KINDS = ("holiday", "workday")


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """Days that are otherwise than Monday to Friday.

    Attributes
    ----------
    file
        Where they stand.
    days
        Day → ``holiday`` or ``workday``.
    sources
        Year → number of the notice; the years that the data cover.
    """

    file: str
    days: Mapping[date, str]
    sources: Mapping[int, str]


def builtin_days(country: str = "cn") -> SpecialDays:
    """Return the built-in days of a country."""
    name = f"{country}_calendar.csv"
    with as_file(files("optimizer.io").joinpath("data", name)) as path:
        return read_days(path, file=name)


def read_days(path: Path, *, file: str) -> SpecialDays:
    """Read a table with ``date`` and ``kind``; ``source`` may name the notice.

    A year is covered when at least one of its days stands in the file.

    Raises
    ------
    InputError
        With every fault found.
    """
    table = read_table(path, name="calendar", file=file)
    faults: list[Fault] = list(table.faults)
    heads = {head.lower(): head for head in table.columns}
    for needed in ("date", "kind"):
        if needed not in heads:
            near = nearest(needed, table.columns)
            faults.append(make_fault("column-missing", file, 1, needed, names=needed, near=near))
    if faults:
        raise InputError(faults)
    notices = table.column(heads["source"]) if "source" in heads else [""] * len(table)
    days: dict[date, str] = {}
    sources: dict[int, str] = {}
    rows = zip(
        table.rows.tolist(), table.column(heads["date"]), table.column(heads["kind"]), notices,
        strict=True,
    )  # fmt: skip
    for row, text, kind, notice in rows:
        if kind not in KINDS:
            words, near = ", ".join(KINDS), nearest(kind, KINDS)
            faults.append(
                make_fault("word-unknown", file, row, heads["kind"], kind, words=words, near=near)
            )
        try:
            day = read_date(text)
        except BadCell as bad:
            faults.append(make_fault(bad.code, file, row, heads["date"], text, **bad.params))
            continue
        if day in days:
            faults.append(make_fault("calendar-twice", file, row, heads["date"], text))
        days[day] = kind
        if not sources.get(day.year):
            sources[day.year] = notice
    if not days and not faults:
        faults.append(make_fault("table-empty", file))
    if faults:
        raise InputError(faults)
    return SpecialDays(file, MappingProxyType(days), MappingProxyType(sources))


def calendar_for(
    special: SpecialDays, horizon: Span, *, where: tuple[str, int | None] = ("calendar", None)
) -> Calendar:
    """Return the working days of a horizon.

    Parameters
    ----------
    where
        File and row in which the horizon stands, for faults.

    Raises
    ------
    InputError
        Where a year of the horizon is not covered: guessing would put visits on holidays.
    """
    years = range(horizon.first.year, horizon.last.year + 1)
    lacking = [str(year) for year in years if year not in special.sources]
    if lacking:
        covered = ", ".join(str(year) for year in sorted(special.sources))
        file, row = where
        raise InputError(
            make_fault("calendar-year", file, row, "horizon", ", ".join(lacking), covered=covered)
        )
    notices = [special.sources[year] for year in years if special.sources[year]]
    return make_calendar(
        horizon,
        holidays=[day for day, kind in special.days.items() if kind == "holiday"],
        makeup_days=[day for day, kind in special.days.items() if kind == "workday"],
        source="; ".join(dict.fromkeys(notices)) or special.file,
    )
