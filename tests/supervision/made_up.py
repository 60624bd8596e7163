"""Made-up visits and entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector
from optimizer.supervision import Entry, Task, Visited

DAY = date(2026, 3, 10)


def task(item: str, *, source: str = "draw", unit: str = "") -> Task:
    """Return a check; the item's department is what stands before the dash."""
    department = item.split("-")[0]
    kind = "planned" if source in ("draw", "special", "daily") else "triggered"
    return Task(f"{item}/{source}", item, department, kind, source, (unit or f"{department}-c",))


def visit(*tasks: Task, day: date = DAY, exempt: str = "", **more: Any) -> Visited:
    """Return a visit of these checks."""
    units = tuple(sorted({unit for each in tasks for unit in each.units}))
    team: Mapping[str, tuple[str, ...]] = more.get("team", {})
    return Visited(more.get("enterprise", "E1"), "c", day, tasks, exempt, units, team)


def holder(name: str = "I1", unit: str = "fire-c", *, last: date = date(2030, 1, 1)) -> Inspector:
    """Return an inspector."""
    return Inspector(name, "某某", unit, "C", Span(date(2020, 1, 1), last))


def entry(of: Visited | None, number: int = 1, **more: Any) -> Entry:
    """Return an entry as it should be, less what `more` says."""
    found: dict[str, Any] = {
        "number": number,
        "enterprise": of.enterprise if of else "E1",
        "day": of.day if of else DAY,
        "visit": of,
        "in_force": of is not None,
        "inspector": "I1",
        "holder": holder(),
        "code": "authorised",
        "items": (),
        "late": False,
    }
    return Entry(**{**found, **more})
