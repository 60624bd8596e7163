"""What is the same in every instance: departments, items, industries, rules, days off."""

from __future__ import annotations

from datetime import date, timedelta
from types import MappingProxyType

from optimizer.domain.days import Calendar, Span, make_calendar
from optimizer.domain.item import Item
from optimizer.domain.rules import CapRule, QuietRule, RuleSet, TeamRule

DEPARTMENTS = (
    "agriculture", "civil", "culture", "ecology", "education",
    "emergency", "energy", "fire", "health", "housing",
    "labour", "market", "resources", "transport", "water",
)  # fmt: skip

_PER_DEPARTMENT = 3
_SKILLS = MappingProxyType({"emergency": "gas", "ecology": "lab", "energy": "electrical"})
_THREE = frozenset({"emergency-2", "fire-2", "health-3"})
_WHOLE_DAY = frozenset({"ecology-2", "labour-3", "market-3", "transport-3", "energy-3"})
_APART = (
    ("fire-1", "energy-1"),
    ("health-1", "agriculture-2"),
    ("labour-1", "civil-2"),
    ("ecology-1", "water-3"),
)

SECTIONS = MappingProxyType(
    {
        "0610": "B", "1310": "C", "2614": "C", "3311": "C", "4710": "E", "5211": "F",
        "5430": "G", "6110": "H", "6210": "H", "7010": "K", "8331": "P", "8411": "Q",
    }
)  # fmt: skip
"""Industry code → section; a share of 1 in 12 each."""

ZONE = "high-tech"

RULES = RuleSet(
    name="benchmark",
    caps=(
        CapRule("cap-department", ("department",), 2, MappingProxyType({"C": 3, "D": 4})),
        CapRule("cap-total", (), 4, MappingProxyType({"A": 2, "B": 4, "C": 5, "D": 7})),
    ),
    quiet=(
        QuietRule(
            "quiet-high-tech",
            zones=(ZONE,),
            month_days=(1, 20),
            exempt=("complaint", "transferred"),
        ),
        QuietRule(
            "quiet-exam",
            spans=(Span(date(2026, 6, 5), date(2026, 6, 9)),),
            industries=("P",),
            exempt=("complaint", "transferred"),
        ),
    ),
    team=TeamRule(2, 1),
    gap_days=3,
)

_DAYS_OFF = (
    (date(2026, 1, 1), 3), (date(2026, 2, 15), 9), (date(2026, 4, 4), 3), (date(2026, 5, 1), 5),
    (date(2026, 6, 19), 3), (date(2026, 9, 25), 3), (date(2026, 10, 1), 7),
)  # fmt: skip
_MAKE_UP = (
    date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9),
    date(2026, 9, 20), date(2026, 10, 10),
)  # fmt: skip


def make_items() -> dict[str, Item]:
    """Return the 45 items, three a department, in order of identifier."""
    apart: dict[str, set[str]] = {}
    for a, b in _APART:
        apart.setdefault(a, set()).add(b)
        apart.setdefault(b, set()).add(a)
    items = {}
    for department in DEPARTMENTS:
        for number in range(1, _PER_DEPARTMENT + 1):
            name = f"{department}-{number}"
            skill = _SKILLS.get(department) if number <= 2 else None
            items[name] = Item(
                name,
                name,
                department,
                levels=("city", "county"),
                inspectors=3 if name in _THREE else 2,
                effort=2 if name in _WHOLE_DAY else 1,
                skills=(skill,) if skill else (),
                incompatible=frozenset(apart.get(name, ())),
            )
    return items


def make_days(horizon: Span) -> Calendar:
    """Return the working days of a horizon in 2026."""
    off = [first + timedelta(days=k) for first, count in _DAYS_OFF for k in range(count)]
    return make_calendar(horizon, holidays=off, makeup_days=_MAKE_UP, source="calendar of 2026")
