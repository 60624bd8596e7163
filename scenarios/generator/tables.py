"""The facts that cities are generated from: small tables beside this module."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from optimizer.registers import builtin_codes

PROVINCE = "140000"


def rows(name: str) -> list[dict[str, str]]:
    """Return the records of a table in ``data/``."""
    text = files("scenarios.generator").joinpath("data", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def parts(cell: str) -> tuple[str, ...]:
    """Return the members of a list cell."""
    return tuple(part for part in cell.split(";") if part)


@dataclass(frozen=True, slots=True)
class Area:
    """A county, or a zone with units of its own.

    Attributes
    ----------
    share
        Weight among enterprises.
    lat, lon
        Centre in millionths of a degree; 0 where it is not known.
    """

    code: str
    name: str
    short: str
    kind: str
    share: int
    lat: int
    lon: int
    townships: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Department:
    """A line of units.

    Attributes
    ----------
    staff
        Inspectors of a mean county unit in the large preset.
    complaints
        Weight among triggered checks.
    """

    id: str
    name: str
    staff: int
    complaints: int
    small: bool


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item with how it is drawn; `rates` and `windows` are keys of `orders`.

    Attributes
    ----------
    cells
        Column of the item register → text.
    source
        Row of the Zhejiang item list of 2017 that the rate or the cap follows.
    """

    id: str
    department: str
    cells: Mapping[str, str]
    levels: tuple[str, ...]
    onsite: bool
    inspectors: int
    effort: int
    skills: tuple[str, ...]
    industries: tuple[str, ...]
    mode: str
    rates: str
    windows: tuple[str, ...]
    small_windows: tuple[str, ...]
    source: str
    small: bool

    def covers(self, industry: str, section: str) -> bool:
        """Return whether the item applies to an industry."""
        return not self.industries or any(
            part == section or industry.startswith(part) for part in self.industries
        )


ITEM_COLUMNS = (
    "id", "name", "department", "basis", "levels", "way", "inspectors", "effort", "skills",
    "yearly_cap", "industries", "incompatible", "mode",
)  # fmt: skip


@lru_cache(maxsize=2)
def areas(region: str) -> tuple[Area, ...]:
    """Return a region itself, then its counties and zone.

    Parameters
    ----------
    region
        ``city``: Yangquan, with its high-tech zone; ``province``: Shanxi's 117 counties of the
        built-in list, every third of them twice as large as the others.
    """
    if region == "province":
        codes = builtin_codes()
        named = [(c, codes.areas[c]) for c in sorted(codes.counties) if c[:2] == PROVINCE[:2]]
        counties = [(c, name) for c, name in named if c[4] != "7"]
        return (
            Area(PROVINCE, codes.areas[PROVINCE], "", "city", 0, 0, 0, ()),
            *(
                Area(code, name, name, "county", 2 if i % 3 == 0 else 1, 0, 0, ())
                for i, (code, name) in enumerate(counties)
            ),
        )
    return tuple(
        Area(
            r["code"],
            r["name"],
            r["short"],
            r["kind"],
            int(r["share"]),
            int(r["lat"]),
            int(r["lon"]),
            parts(r["townships"]),
        )
        for r in rows("areas.csv")
    )


@lru_cache(maxsize=1)
def departments() -> tuple[Department, ...]:
    """Return all departments."""
    return tuple(
        Department(r["id"], r["name"], int(r["staff"]), int(r["complaints"]), r["small"] == "1")
        for r in rows("departments.csv")
    )


@lru_cache(maxsize=1)
def items() -> tuple[ItemRow, ...]:
    """Return all items in order of their department."""
    return tuple(
        ItemRow(
            r["id"],
            r["department"],
            {name: r[name] for name in ITEM_COLUMNS},
            parts(r["levels"]),
            r["way"] == "onsite",
            int(r["inspectors"]),
            int(r["effort"]),
            parts(r["skills"]),
            parts(r["industries"]),
            r["mode"],
            r["rates"],
            parts(r["windows"]),
            parts(r["small_windows"]),
            r["ratio_source"],
            r["small"] == "1",
        )
        for r in rows("items.csv")
    )
