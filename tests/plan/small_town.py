"""One town of a few units, with as many inspectors as are needed, for tests of single rules."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import Any

from plan_instances import Instance
from verified import hold

from optimizer.domain.check import Check
from optimizer.domain.days import Span, make_calendar
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade
from optimizer.plan import Plan, plan_visits

COUNTY = "140302"
CITY = "140300"
ALWAYS = Span(date(2020, 1, 1), date(2030, 1, 1))
JANUARY = Span(date(2026, 1, 5), date(2026, 1, 30))


def unit(department: str, level: str = "county") -> Unit:
    """A unit of a department."""
    area = CITY if level == "city" else COUNTY
    return Unit(f"{department}-{level}", department, department, department, level, area)


def check(
    n: int,
    day: int | tuple[int, int],
    department: str = "mine",
    *,
    item: str = "",
    levels: tuple[str, ...] = ("county",),
    source: str = "daily",
    enterprise: str = "E",
) -> Check:
    """A check that may be done on one day of January, or from one day to another."""
    first, last = day if isinstance(day, tuple) else (day, day)
    return Check(
        f"c{n}",
        enterprise,
        item or f"{department}-1",
        department,
        "planned" if source in ("draw", "daily") else "triggered",
        source,
        date(2026, 1, first),
        date(2026, 1, last),
        tuple(f"{department}-{level}" for level in levels),
        "joint" if len(levels) > 1 else levels[0],
        "only-county",
    )


def town(
    checks: list[Check],
    rules: RuleSet,
    *,
    made: tuple[VisitMade, ...] = (),
    people: int = 6,
    items: dict[str, Item] | None = None,
    **about: Any,
) -> Instance:
    """A town with these checks; `about` says what its enterprises are."""
    units = {
        one.id: one
        for department in ("fire", "market", "mine")
        for one in (unit(department), unit(department, "city"))
    }
    inspectors = {
        name: Inspector(name, name, u, name, ALWAYS)
        for u in units
        for name in (f"{u}-{k}" for k in range(people))
    }
    every = {
        f"{department}-{k}": Item(f"{department}-{k}", "", department)
        for department in ("fire", "market", "mine")
        for k in (1, 2)
    } | (items or {})
    kind = {"industry": "0610", "risk": "A", "size": "small"} | about
    enterprises = {
        name: Enterprise(name, name, COUNTY, **kind) for name in {c.enterprise for c in checks}
    }
    registers = Registers(
        enterprises,
        units,
        inspectors,
        every,
        visits_made=made,
        sections=MappingProxyType({"0610": "B", "5212": "F"}),
    )
    return Instance(tuple(checks), rules, registers, make_calendar(JANUARY))


def planned(instance: Instance, **more: Any) -> Plan:
    """The plan of a town, held to the verifier's code."""
    plan = plan_visits(**instance.arguments(), effort=5, **more)
    hold(instance, plan)
    return plan


def left(plan: Plan) -> dict[str, str]:
    """Check left out → the code of its reason."""
    return {out.check: out.reason["code"] for out in plan.left_out}
