"""The city of the service benchmark: as many visits as asked for, eight departments."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

NAME = "service-2026"
SEED = {"source": "dice", "sides": 10, "rolls": "31415926535897932384"}
DEPARTMENTS = ("market", "fire", "health", "labour", "housing", "culture", "water", "energy")
COUNTIES = ("140302", "140303", "140311", "140321", "140322")
SPARE = 50
"""One enterprise in so many more than the visits, for requests that find none to join."""

_RULES = """\
format: double-random/rules/v1
name: service-city
source: the benchmark's own
caps:
  - {id: cap-department, by: [department], limit: 1, source: measure 4}
  - {id: cap-total, by: [], limit: 3, source: measure 4}
quiet:
  - {id: quiet-zone, zones: [quiet], month_days: [1, 20], exempt: [complaint], source: measure 10}
team: {lead: 2, other: 1}
gap_days: 3
exempt_sources: [complaint, transferred]
"""
_SCENARIO = """\
format: double-random/scenario/v1
name: {name}
title: {{en: City of the service benchmark, zh: 服务基准城市}}
city: "140300"
identifiers: free
horizon: {{from: 2026-01-01, to: 2026-12-31}}
rules: [rules.yaml]
campaign:
  id: {name}
  seed: {{source: dice}}
  orders:
    - {{item: market-1, strata_by: [county], rate: {share}, window: {{from: 2026-01-05, to: 2026-12-18}}}}
{orders}"""  # noqa: E501
_ORDER = (
    "    - {{item: {name}-1, strata_by: [county], rate: 1/20, "
    "window: {{from: 2026-03-02, to: 2026-11-27}}}}\n"
)


def enterprise(number: int) -> str:
    """Return the id of enterprise `number`."""
    return f"E{number:06d}"


def enterprises(visits: int) -> int:
    """Return how many enterprises the city of so many visits has."""
    return visits + visits // SPARE


def city_zip(visits: int) -> bytes:
    """Return the scenario as an archive.

    Parameters
    ----------
    visits
        Of the plan, nearly: the market's draw takes so many enterprises, each other department's
        one in twenty, most of which join a visit that is there.
    """
    count = enterprises(visits)
    # A visit takes two inspectors half a day; a county's market inspectors have half of their
    # time left in the mean.
    market = max(4, -(-visits * 2 * 2 // (len(COUNTIES) * 2 * 240)))
    other = max(3, -(-count * 2 * 2 // (20 * len(COUNTIES) * 2 * 180)))
    units = [(d, c) for d in DEPARTMENTS for c in COUNTIES]
    people = [(d, c, i) for d, c in units for i in range(market if d == DEPARTMENTS[0] else other)]
    files = {
        "scenario.yaml": _SCENARIO.format(
            name=NAME,
            share=f"{SPARE}/{SPARE + 1}",
            orders="".join(_ORDER.format(name=name) for name in DEPARTMENTS[1:]),
        ),
        "rules.yaml": _RULES,
        "registers/enterprises.csv": _csv(
            "id,name,county,industry,risk,zones",
            (
                f"{enterprise(i)},企业{i},{COUNTIES[i % len(COUNTIES)]},5212,{'ABCD'[i % 4]},"
                f"{'quiet' if i % 25 == 0 else ''}"
                for i in range(count)
            ),
        ),
        "registers/units.csv": _csv(
            "id,name,department,department_name,level,area",
            (f"{d}-{c},{d} {c},{d},{d},county,{c}" for d, c in units),
        ),
        "registers/inspectors.csv": _csv(
            "id,name,unit,certificate,valid_from,valid_to",
            (
                f"I-{d}-{c}-{i},人员{i},{d}-{c},C-{d}-{c}-{i},2020-01-01,2030-01-01"
                for d, c, i in people
            ),
        ),
        "registers/items.csv": _csv(
            "id,name,department,way,inspectors,effort",
            (f"{d}-{n},{d} {n},{d},onsite,2,1" for d in DEPARTMENTS for n in (1, 2)),
        ),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return out.getvalue()


def _csv(heads: str, rows: Iterable[str]) -> str:
    return "\n".join([heads, *rows, ""])
