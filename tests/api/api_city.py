"""A small city as a scenario's zip, and a server's parts with a clock and chance of their own."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

COUNTIES = ("140302", "140303")
DEPARTMENTS = ("fire", "market", "health")
RULES = """\
format: double-random/rules/v1
name: test-city
source: test notice 1
caps:
  - {id: cap-department, by: [department], limit: 1, source: measure 4}
  - {id: cap-total, by: [], limit: 3, source: measure 4}
quiet:
  - {id: quiet-zone, zones: [quiet], month_days: [1, 31], exempt: [complaint], source: measure 10}
team: {lead: 2, other: 1}
gap_days: 3
exempt_sources: [complaint, transferred]
"""
SCENARIO = """\
format: double-random/scenario/v1
name: {name}
title: {{en: Test city, zh: 测试市}}
city: "140300"
identifiers: free
horizon: {{from: 2026-01-01, to: 2026-12-31}}
rules: [rules.yaml]
campaign:
  id: {name}
  seed: {{source: {source}}}
  orders:
    - {{item: F-1, strata_by: [county], rate: 1/2, window: {{from: 2026-03-02, to: 2026-04-30}}}}
    - {{item: M-1, strata_by: [county], rate: 1/2, window: {{from: 2026-03-02, to: 2026-05-29}}}}
    - {{item: O-1, strata_by: [], size: 2, window: {{from: 2026-03-02, to: 2026-05-29}}}}
"""


def enterprise(number: int) -> str:
    """Return the id of enterprise `number`."""
    return f"E{number:04d}"


def files(
    name: str = "test-2026", *, source: str = "dice", enterprises: int = 24, inspectors: int = 4
) -> dict[str, str]:
    """Return the scenario's files.

    The last enterprise lies in a zone that is quiet on every day.
    """
    rows = [
        f"{enterprise(i)},企业{i},{COUNTIES[i % 2]},5212,{'ABCD'[i % 4]},"
        f"{'quiet' if i == enterprises - 1 else ''}"
        for i in range(enterprises)
    ]
    units = [
        f"{department}-{county},{department} {county},{department},{department},county,{county}"
        for department in DEPARTMENTS
        for county in COUNTIES
    ]
    people = [
        f"I-{unit.split(',')[0]}-{i},人员{i},{unit.split(',')[0]},C-{u}-{i},2020-01-01,2030-01-01"
        for u, unit in enumerate(units)
        for i in range(inspectors)
    ]
    items = [
        "F-1,消防检查,fire,onsite,2,1",
        "M-1,市场检查,market,onsite,2,1",
        "H-1,卫生检查,health,onsite,2,1",
        "O-1,网络检查,market,offsite,2,1",
    ]
    return {
        "scenario.yaml": SCENARIO.format(name=name, source=source),
        "rules.yaml": RULES,
        "registers/enterprises.csv": _csv("id,name,county,industry,risk,zones", rows),
        "registers/units.csv": _csv("id,name,department,department_name,level,area", units),
        "registers/inspectors.csv": _csv("id,name,unit,certificate,valid_from,valid_to", people),
        "registers/items.csv": _csv("id,name,department,way,inspectors,effort", items),
        "registers/triggered.csv": _csv(
            "id,enterprise,item,source,received,due",
            [f"T-1,{enterprise(0)},M-1,complaint,2026-03-01,2026-03-31"],
        ),
    }


def _csv(heads: str, rows: list[str]) -> str:
    return "\n".join([heads, *rows, ""])


def pack(contents: Mapping[str, str | bytes], *, top: str = "") -> bytes:
    """Return a zip of files, below the folder `top` if given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in contents.items():
            # A fixed time: the same files are the same zip.
            info = zipfile.ZipInfo(top + path, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return out.getvalue()


class Ticking:
    """A clock that goes on by a second each time it is read."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 5, 9, 0, tzinfo=timezone(timedelta(hours=8)))

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


class Tokens:
    """Repeatable bytes in place of secret chance."""

    def __init__(self, name: str = "test") -> None:
        self.count = 0
        self.name = name

    def __call__(self, size: int) -> bytes:
        self.count += 1
        return hashlib.shake_256(f"{self.name}:{self.count}".encode()).digest(size)


DICE = {"source": "dice", "sides": 10, "rolls": "31415926535897932384"}
