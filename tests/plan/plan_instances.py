"""Random instances for the plan's tests and measurements: a city in numbers, seeded."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from optimizer.domain.check import Check
from optimizer.domain.days import Calendar, Span, make_calendar
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.registry import Registers
from optimizer.domain.rules import CapRule, QuietRule, RuleSet, TeamRule
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade


@dataclass(frozen=True)
class Instance:
    checks: tuple[Check, ...]
    rules: RuleSet
    registers: Registers
    calendar: Calendar

    def arguments(self) -> dict[str, Any]:
        return {
            "checks": self.checks,
            "rules": self.rules,
            "campaign": "test",
            "registers": self.registers,
            "calendar": self.calendar,
            "checks_digest": "0" * 64,
        }


@dataclass(frozen=True)
class Mix:
    """What kind of city."""

    checks: int = 60
    counties: int = 2
    departments: int = 3
    items: int = 2
    days: int = 40
    utilisation: float = 0.6
    tail: float = 0.5
    windows: tuple[int, int] = (5, 30)
    triggered: float = 0.15
    zones: float = 0.15
    skills: float = 0.2
    full: float = 0.15
    clash: float = 0.1
    joint: float = 0.1
    made: float = 0.2
    least_people: int = 2
    team: tuple[int, int] = (2, 1)
    month_days: tuple[int, int] | None = (1, 20)
    planned_rides: bool = False
    caps: tuple[CapRule, ...] = (
        CapRule("cap-department", ("department",), 2),
        CapRule("cap-total", (), 4, MappingProxyType({"k1": 2, "k2": 3})),
    )
    settings: dict[str, Any] = field(default_factory=dict)
    start: date = date(2026, 3, 2)


CITY = Mix(
    checks=55_000,
    counties=5,
    departments=30,
    items=3,
    days=365,
    windows=(20, 150),
    least_people=4,
    start=date(2026, 1, 1),
)
"""The size of a prefecture's year."""


def make_instance(mix: Mix, seed: int) -> Instance:
    rng = random.Random(seed)
    span = Span(mix.start, mix.start + timedelta(days=mix.days - 1))
    calendar = make_calendar(span, holidays=[mix.start + timedelta(days=9)])
    counties = [f"1403{k:02d}" for k in range(1, mix.counties + 1)]
    departments = [f"d{k:02d}" for k in range(mix.departments)]
    units: dict[str, Unit] = {}
    for d in departments:
        for area, level in [("140300", "city"), *((c, "county") for c in counties)]:
            units[f"{d}-{area}"] = Unit(f"{d}-{area}", d, d, d, level, area)
    items: dict[str, Item] = {}
    names = [f"{d}-{k}" for d in departments for k in range(mix.items)]
    for name in names:
        skill = rng.random() < mix.skills
        clash = frozenset(
            other for other in names if other != name and rng.random() < mix.clash / len(names)
        )
        items[name] = Item(
            name,
            name,
            name.split("-")[0],
            inspectors=2 if rng.random() < 0.85 else 3,
            effort=2 if rng.random() < mix.full else 1,
            skills=(rng.choice(["gas", "lab"]),) if skill else (),
            yearly_cap=rng.choice([None, None, 1, 2]),
            incompatible=clash,
        )
    for name, item in list(items.items()):  # both name each other, as the registers see to
        named = item.incompatible | {o for o, b in items.items() if name in b.incompatible}
        items[name] = replace(item, incompatible=frozenset(named))
    enterprises: dict[str, Enterprise] = {}
    checks: list[Check] = []
    made: list[VisitMade] = []
    load: dict[str, int] = {}
    sources = ["complaint", "transferred", "monitoring", "application", "assigned"]
    while len(checks) < mix.checks:
        e = f"E{len(enterprises):06d}"
        county = rng.choice(counties)
        enterprises[e] = Enterprise(
            e,
            e,
            county,
            rng.choice(["5212", "0610", "2710"]),
            rng.choice(["k1", "k2", "k3", ""]),
            zones=("high-tech",) if rng.random() < mix.zones else (),
        )
        n = 1
        while rng.random() < mix.tail and n < 14:
            n += 1
        for _ in range(min(n, mix.checks - len(checks))):
            item = items[rng.choice(names)]
            triggered = rng.random() < mix.triggered
            length = rng.randint(*mix.windows)
            if triggered:
                length = min(length, rng.randint(3, 15))
            first = rng.randint(0, max(0, mix.days - length))
            own = [f"{item.department}-{county}"]
            if rng.random() < mix.joint:
                own.append(f"{item.department}-140300")
            for u in own:
                load[u] = (
                    load.get(u, 0) + max(2 if u == own[0] else 1, item.inspectors) * item.effort
                )
            number = len(checks)
            checks.append(
                Check(
                    f"T-{number:06d}" if triggered else f"P-{item.id}-{e}-{number}",
                    e,
                    item.id,
                    item.department,
                    "triggered" if triggered else "planned",
                    rng.choice(sources) if triggered else rng.choice(["draw", "draw", "daily"]),
                    mix.start + timedelta(days=first),
                    mix.start + timedelta(days=first + length - 1),
                    tuple(own),
                    "joint" if len(own) > 1 else "county",
                    "only-county",
                    severity=rng.randint(1, 3) if triggered else 1,
                )
            )
        if rng.random() < mix.made:
            made.append(
                VisitMade(
                    e,
                    mix.start - timedelta(days=rng.randint(1, 40)),
                    rng.choice(departments),
                    rng.choice(["daily", "complaint", "draw"]),
                )
            )
    working = sum(calendar.working)
    inspectors: dict[str, Inspector] = {}
    for u in units:
        half_days = load.get(u, 0) / mix.utilisation
        people = max(mix.least_people, round(half_days / max(1, working) / 2 + 0.5))
        for k in range(people):
            i = f"{u}-i{k:03d}"
            first = rng.randint(0, mix.days)
            leave = (
                (Span(mix.start + timedelta(first), mix.start + timedelta(first + 4)),)
                if rng.random() < 0.3
                else ()
            )
            inspectors[i] = Inspector(
                i,
                i,
                u,
                i,
                Span(date(2020, 1, 1), date(2030, 1, 1)),
                frozenset(
                    s for s in ("gas", "lab") if rng.random() < 0.6 or k < mix.least_people - 2
                ),
                leave,
                max_half_days=2 if rng.random() < 0.9 else 1,
            )
    quiet = ()
    if mix.zones:
        quiet = (
            QuietRule(
                "quiet-high-tech",
                zones=("high-tech",),
                month_days=mix.month_days,
                exempt=("complaint", "transferred"),
                planned_rides=mix.planned_rides,
            ),
            QuietRule(
                "quiet-exam",
                spans=(Span(mix.start + timedelta(3), mix.start + timedelta(4)),),
                industries=("H", "06"),
            ),
        )
    rules = RuleSet(
        caps=mix.caps,
        quiet=quiet,
        team=TeamRule(*mix.team),
        **{"gap_days": 3, **mix.settings},
    )
    registers = Registers(
        enterprises,
        units,
        inspectors,
        items,
        visits_made=tuple(sorted(made, key=lambda v: (v.enterprise, v.day, v.department))),
        sections=MappingProxyType({"5212": "F", "0610": "B", "2710": "C"}),
    )
    rng.shuffle(checks)
    return Instance(tuple(checks), rules, registers, calendar)


def with_odd_half_days(instance: Instance) -> Instance:
    """The same where one inspector of each unit has half a day only."""
    known = instance.registers.inspectors
    first = {one.unit: id for id, one in sorted(known.items(), reverse=True)}
    halves = {id: replace(known[id], max_half_days=1) for id in first.values()}
    registers = replace(instance.registers, inspectors={**known, **halves})
    return replace(instance, registers=registers)
