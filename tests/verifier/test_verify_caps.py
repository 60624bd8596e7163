"""Caps, gap and capacity: the verifier's reading of plan.md against the planner's."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.domain.check import Check
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.item import Item
from optimizer.domain.rules import CAP_KEYS, CapRule, RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade
from optimizer.plan.counters import CapBook
from optimizer.plan.documents import rules_document
from optimizer.verifier import verify

START = date(2026, 12, 1)
DEPARTMENTS = ("d1", "d2", "d3")
SOURCES = ("draw", "draw", "complaint", "assigned")


UNITS = {
    f"{department}-{level}": Unit(f"{department}-{level}", "", department, "", level, area)
    for department in DEPARTMENTS
    for level, area in (("city", "1403"), ("county", "140302"))
}
ENTERPRISE = Enterprise("E", "", "", "5212", risk="k1", size="small", zones=("high-tech",))
FILTERS = {
    "levels": ("city", "county"),
    "areas": ("1403", "140302"),
    "items": ("i0", "i1", "i2", "i3"),
    "zones": ("high-tech", "port"),
    "enterprises": ("E", "F"),
    "sizes": ("small", "large"),
    "risks": ("k1", "k2"),
    "replaces": ("cap0", "cap1"),
}


def random_cap(rng: random.Random, n: int) -> CapRule:
    """A cap that counts by anything, of anything."""
    more = {
        name: tuple(rng.sample(words, 1)) for name, words in FILTERS.items() if rng.random() < 0.2
    }
    more["replaces"] = tuple(name for name in more.get("replaces", ()) if name < f"cap{n}")
    return CapRule(
        f"cap{n}",
        tuple(word for word in CAP_KEYS if rng.random() < 0.35),
        rng.randint(0, 4),
        rng.choice([{}, {"k1": rng.randint(0, 4)}, {"k2": 0}]),
        tuple(sorted(rng.sample(DEPARTMENTS, rng.choice([0, 0, 1, 2])))),
        rng.choice([(), (), ("52",), ("F",), ("C",)]),
        **more,
    )


def random_case(rng: random.Random) -> tuple[RuleSet, list[Item], list[Check], list[VisitMade]]:
    """One enterprise's checks, visits made, and caps that may or may not hold."""
    items = [
        Item(f"i{n}", "", rng.choice(DEPARTMENTS), yearly_cap=rng.choice([None, None, 1, 2]))
        for n in range(4)
    ]
    checks = []
    for n in range(rng.randint(1, 7)):
        item = rng.choice(items)
        source = rng.choice(SOURCES)
        levels = rng.choice([("county",), ("city",), ("county", "city")])
        units = tuple(f"{item.department}-{level}" for level in levels)
        checks.append(
            Check(f"c{n}", "E", item.id, item.department, "", source, START, START, units, "", "")
        )
    rules = RuleSet(
        caps=tuple(random_cap(rng, n) for n in range(rng.randint(1, 3))),
        exempt_uses_cap=rng.random() < 0.5,
        joint_counts_each=rng.random() < 0.5,
        rider_counts=rng.random() < 0.5,
    )
    made = []
    for _ in range(rng.randint(0, 4)):
        department = rng.choice(DEPARTMENTS)
        own = [item.id for item in items if item.department == department]
        made.append(
            VisitMade(
                "E",
                START + timedelta(rng.randint(-5, 35)),
                department,
                rng.choice(SOURCES),
                rng.choice(["", f"{department}-city", f"{department}-county"]),
                rng.choice(["", *own]),
            )
        )
    return rules, items, checks, made


def as_verified(rules: RuleSet, items: list[Item], made: list[VisitMade]) -> verify.Problem:
    """The same case as the problem document holds it."""
    document = {
        "calendar": {"start": START.isoformat(), "working": "1" * 62},
        "rules": {
            "caps": rules_document(rules)["caps"],
            "quiet": [],
            "team": {"lead": 2, "other": 1},
            "exempt_sources": list(rules.exempt_sources),
            "exempt_uses_cap": rules.exempt_uses_cap,
            "joint_counts_each": rules.joint_counts_each,
            "rider_counts": rules.rider_counts,
            "gap_days": rules.gap_days,
        },
        "items": {
            item.id: {
                "department": item.department,
                "yearly_cap": item.yearly_cap,
                "incompatible": [],
            }
            for item in items
        },
        "units": {
            name: {"department": unit.department, "level": unit.level, "area": unit.area}
            for name, unit in UNITS.items()
        },
        "enterprises": {
            "E": {
                "industry": "5212",
                "section": "F",
                "zones": ["high-tech"],
                "risk": "k1",
                "size": "small",
            }
        },
        "visits_made": [
            {
                "enterprise": "E",
                "day": v.day.isoformat(),
                "department": v.department,
                "source": v.source,
            }
            | ({"level": UNITS[v.unit].level, "area": UNITS[v.unit].area} if v.unit else {})
            | ({"item": v.item} if v.item else {})
            for v in made
        ],
    }
    return verify.Problem(document)


def visit_of(n: int, day: date, checks: list[Check], exempt: tuple[str, ...]) -> verify.Visit:
    rows = [
        {"id": c.id, "item": c.item, "source": c.source, "units": list(c.units)} for c in checks
    ]
    code = min((c.source for c in checks if c.source in exempt), default="")
    at = f"visits[{n}]"
    number = day.toordinal()
    offset = (day - START).days
    return verify.Visit(at, at, "E", day.isoformat(), number, offset, rows, [], code)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**32))
def test_caps_as_the_planner_counts_them(seed: int) -> None:
    """A set of visits breaks a cap for the verifier exactly when it does for the planner."""
    rng = random.Random(seed)
    rules, items, checks, made = random_case(rng)
    by_id = {item.id: item for item in items}
    days = sorted(rng.sample(range(62), 3))
    placed: dict[date, list[Check]] = {}
    for check in checks:
        placed.setdefault(START + timedelta(rng.choice(days)), []).append(check)
    exempt_checks = sum(
        1 << n for n, check in enumerate(checks) if check.source in rules.exempt_sources
    )
    years = (2026, 2027)
    counters = CapBook(rules, by_id, UNITS, years).counters(
        ENTERPRISE,
        "F",
        [(check.item, check.units) for check in checks],
        [by_id[check.item] for check in checks],
        exempt_checks,
        made,
    )
    broken = False
    for place, year in enumerate(years):
        for counter in counters:
            counted = free = 0
            for day, here in placed.items():
                if day.year == year:
                    mask = sum(1 << checks.index(check) for check in here)
                    one, other = counter.of(mask, exempt_checks)
                    counted, free = counted + one, free + other
            broken |= counted > 0 and counted + free > counter.limits[place]
    problem = as_verified(rules, items, made)
    visits = [
        visit_of(n, day, here, rules.exempt_sources)
        for n, (day, here) in enumerate(sorted(placed.items()))
    ]
    if broken:
        with pytest.raises(verify.Fault, match=r"visits\["):
            verify.check_years(problem, visits)
    else:
        verify.check_years(problem, visits)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_gap_pair_by_pair(seed: int) -> None:
    """The gap holds exactly when it does for every pair, read out of plan.md pair by pair."""
    rng = random.Random(seed)
    gap = rng.randint(0, 6)
    rules = RuleSet(gap_days=gap)
    item = Item("i0", "", "d1")
    made = [
        VisitMade("E", START + timedelta(rng.randint(-4, 30)), "d1", rng.choice(SOURCES))
        for _ in range(rng.randint(0, 3))
    ]
    visits = []
    for n, day in enumerate(sorted(rng.sample(range(30), rng.randint(1, 4)))):
        check = Check("c", "E", "i0", "d1", "", rng.choice(SOURCES), START, START, (), "", "")
        visits.append(visit_of(n, START + timedelta(day), [check], rules.exempt_sources))
    bad = False
    for n, one in enumerate(visits):
        if one.exempt:
            continue
        for other in visits[:n]:
            bad |= not other.exempt and abs(one.number - other.number) < gap
        for row in made:
            near = abs(one.number - row.day.toordinal()) < gap
            bad |= row.source not in rules.exempt_sources and near
    problem = as_verified(rules, [item], made)
    if bad:
        with pytest.raises(verify.Fault, match=r"visits\["):
            verify.check_years(problem, visits)
    else:
        verify.check_years(problem, visits)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_days_by_adding_up(seed: int) -> None:
    """Half-days, full days and skills of a unit's day suffice exactly when the sums say so."""
    rng = random.Random(seed)
    room = {
        "capacity": {"u": [rng.randint(0, 12)] * 62},
        "full": {"u": [rng.randint(0, 6)] * 62},
        "skill_capacity": {"u": {"lift": [rng.randint(0, 4)] * 62}},
    }
    problem = as_verified(RuleSet(), [], [])
    problem.document.update(room)
    seats = [
        {
            "unit": "u",
            "inspectors": rng.randint(1, 3),
            "effort": rng.randint(1, 2),
            "skills": rng.choice([[], ["lift"]]),
        }
        for _ in range(rng.randint(1, 4))
    ]
    visits = [
        visit_of(n, START, [], ())._replace(seats=[seat], enterprise=f"E{n}")
        for n, seat in enumerate(seats)
    ]
    fits = (
        sum(s["inspectors"] * s["effort"] for s in seats) <= room["capacity"]["u"][0]
        and sum(s["inspectors"] for s in seats if s["effort"] == 2) <= room["full"]["u"][0]
        and sum(s["effort"] for s in seats if s["skills"]) <= room["skill_capacity"]["u"]["lift"][0]
    )
    if fits:
        verify.check_days(problem, visits)
    else:
        with pytest.raises(verify.Fault):
            verify.check_days(problem, visits)
