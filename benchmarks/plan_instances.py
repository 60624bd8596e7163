"""Instances of the plan benchmark: seeded cities and a province, with tables and objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

import pandas as pd
from pandas.api.types import union_categoricals

from benchmarks.instances.demand import make_checks, make_enterprises, make_made, sizes
from benchmarks.instances.staff import half_days_needed, make_inspectors, make_units
from benchmarks.instances.tables import RULES, SECTIONS, make_days, make_items
from optimizer.domain.check import Check
from optimizer.domain.days import Calendar, Span
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade
from scenarios.generator.chance import Chance

_QUARTER = Span(date(2026, 4, 1), date(2026, 6, 30))
_YEAR = Span(date(2026, 1, 1), date(2026, 12, 31))


@dataclass(frozen=True, slots=True)
class Size:
    """What an instance of one name is.

    Attributes
    ----------
    cities
        Number of counties of each city.
    lengths
        Shortest and longest window of planned checks, in days.
    share
        Per cent of the log-series of checks per enterprise.
    made
        Enterprises of 1,000 that were already visited this year.
    """

    checks: int
    cities: tuple[int, ...]
    horizon: Span
    lengths: tuple[int, int]
    share: int
    made: int


SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "XS": Size(120, (1,), _QUARTER, (20, 75), 77, 80),
        "S": Size(1_000, (1,), _QUARTER, (20, 75), 77, 80),
        "M": Size(10_000, (6,), _QUARTER, (20, 75), 76, 80),
        "L": Size(50_000, (6,), _YEAR, (20, 150), 88, 50),
        # The counties of the eleven cities of Shanxi: 117.
        "XL": Size(1_000_000, (10, 10, 5, 12, 6, 6, 11, 13, 14, 17, 13), _YEAR, (20, 150), 88, 50),
    }
)
"""Name → size; XS is for trying out; S is one county, M and L a city, XL a province."""

UTILISATIONS = (50, 80, 95)

CHECK_COLUMNS = (
    "id", "enterprise", "item", "kind", "source", "release", "due", "units", "severity",
)  # fmt: skip
ENTERPRISE_COLUMNS = (
    "id", "county", "industry", "risk", "zones", "township", "lat", "lon",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlanInstance:
    """One instance: tables of checks and enterprises, the rest as domain values.

    Attributes
    ----------
    utilisation
        Per cent of the half-days present that are needed, see `half_days_needed`.
    checks
        Columns id, enterprise, item, kind, source, release, due, units (joined by a space),
        severity; in order of city, county, enterprise.
    enterprises
        Columns id, county, industry, risk, zones (joined by a space), township, lat, lon.
    needed
        Half-days by unit that `utilisation` refers to.
    parts
        City → first and last row + 1 of its checks, and of its enterprises.
    """

    size: str
    utilisation: int
    seed: int
    checks: pd.DataFrame
    enterprises: pd.DataFrame
    items: Mapping[str, Item]
    units: Mapping[str, Unit]
    inspectors: Mapping[str, Inspector]
    rules: RuleSet
    calendar: Calendar
    visits_made: tuple[VisitMade, ...]
    needed: Mapping[str, int]
    parts: Mapping[str, tuple[tuple[int, int], tuple[int, int]]] = field(repr=False)

    @property
    def campaign(self) -> str:
        """A name for the documents."""
        return f"bench-{self.size.lower()}-{self.utilisation}-{self.seed}"

    def arguments(self, city: str | None = None) -> dict[str, Any]:
        """Return the arguments of `optimizer.plan.build_problem`, of one city or of all."""
        rows = self.parts[city] if city else ((0, len(self.checks)), (0, len(self.enterprises)))
        prefix = city[:4] if city else ""
        units = {u: unit for u, unit in self.units.items() if unit.area.startswith(prefix)}
        return {
            "checks": domain_checks(self.checks.iloc[slice(*rows[0])], self.items),
            "rules": self.rules,
            "campaign": self.campaign,
            "registers": Registers(
                domain_enterprises(self.enterprises.iloc[slice(*rows[1])]),
                units,
                {i: one for i, one in self.inspectors.items() if one.unit in units},
                self.items,
                visits_made=tuple(v for v in self.visits_made if v.enterprise.startswith(prefix)),
                sections=SECTIONS,
            ),
            "calendar": self.calendar,
            "checks_digest": "0" * 64,
        }

    def blocks(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield each city with its arguments; no unit serves two cities."""
        for city in self.parts:
            yield city, self.arguments(city)


def make_plan_instance(size: str, utilisation: int = 80, seed: int = 1) -> PlanInstance:
    """Return the instance of this name; the same on every machine.

    Parameters
    ----------
    size
        Of `SIZES`.
    utilisation
        Per cent, 1 to 100. It changes the inspectors and nothing else.
    """
    about = SIZES[size]
    items, calendar = make_items(), make_days(about.horizon)
    counties, whole = 0, sum(about.cities)
    checks: list[pd.DataFrame] = []
    enterprises: list[pd.DataFrame] = []
    units: dict[str, Unit] = {}
    inspectors: dict[str, Inspector] = {}
    made: list[VisitMade] = []
    needed: dict[str, int] = {}
    parts: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {}
    row = line = 0
    for number, count in enumerate(about.cities, start=1):
        city = f"14{number:02d}00"
        label = f"plan:{size}:{city}"
        names = [f"{city[:4]}{k:02d}" for k in range(1, count + 1)]
        # Whole checks, the rounding spread over the cities.
        share = about.checks * (counties + count) // whole - about.checks * counties // whole
        counties += count
        counts = sizes(Chance(seed, f"{label}:sizes"), share, about.share)
        here = make_enterprises(seed, label, names, counts)
        own = make_checks(seed, label, here, counts, items, calendar, about.lengths)
        city_units = make_units(names)
        need, _ = half_days_needed(own, items, RULES.team)
        units.update(city_units)
        needed.update(need)
        inspectors.update(
            make_inspectors(seed, label, city_units, items, need, calendar, utilisation)
        )
        made += make_made(seed, label, here, calendar, about.made)
        parts[city] = ((row, row + len(own)), (line, line + len(here)))
        row, line = row + len(own), line + len(here)
        checks.append(own)
        enterprises.append(here)
    return PlanInstance(
        size,
        utilisation,
        seed,
        _joined(checks),
        _joined(enterprises),
        items,
        dict(sorted(units.items())),
        dict(sorted(inspectors.items())),
        RULES,
        calendar,
        tuple(made),
        needed,
        parts,
    )


def domain_checks(table: pd.DataFrame, items: Mapping[str, Item]) -> tuple[Check, ...]:
    """Return the rows of a table of checks as domain values."""
    days = {day: day.date() for column in ("release", "due") for day in table[column].unique()}
    units = {text: tuple(text.split(" ")) for text in table["units"].cat.categories}
    found = []
    for name, enterprise, item, kind, source, release, due, joined, severity in zip(
        *(table[column].tolist() for column in CHECK_COLUMNS), strict=True
    ):
        joint = len(units[joined]) > 1
        found.append(
            Check(
                name,
                enterprise,
                item,
                items[item].department,
                kind,
                source,
                days[release],
                days[due],
                units[joined],
                "joint" if joint else "county",
                "item-mode" if joint else "both-competent",
                severity=severity,
            )
        )
    return tuple(found)


def domain_enterprises(table: pd.DataFrame) -> dict[str, Enterprise]:
    """Return the rows of a table of enterprises as domain values, by identifier."""
    return {
        name: Enterprise(
            name,
            name,
            county,
            industry,
            risk,
            township=township,
            zones=tuple(zones.split()),
            lat=lat,
            lon=lon,
        )
        for name, county, industry, risk, zones, township, lat, lon in zip(
            *(table[column].tolist() for column in ENTERPRISE_COLUMNS), strict=True
        )
    }


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Return tables one below the other, columns of few values as categories."""
    if len(tables) == 1:
        return tables[0]
    for column in tables[0].columns:
        if isinstance(tables[0][column].dtype, pd.CategoricalDtype):
            known = union_categoricals([table[column] for table in tables]).categories
            for table in tables:
                table[column] = table[column].cat.set_categories(known)
    return pd.concat(tables, ignore_index=True)
