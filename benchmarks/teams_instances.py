"""Instances of the teams benchmark: seeded months of visits that can be staffed, S, M and L.

Every seat is laid out for somebody who may fill it, so teams exist by construction; leave,
recusals, skills and caps are then given to people around that layout. One unit in seven works
near its limit, with days on which every half-day there is is asked for; in one in six some people
have caps on their visits in a week.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

from optimizer.domain.days import Span
from optimizer.domain.inspector import RECUSAL_KINDS, Inspector, Recusal, VisitCap
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet, TeamRule
from optimizer.domain.unit import Unit
from optimizer.domain.visit import Seat, Visit
from scenarios.generator.chance import Chance

PERIOD = Span(date(2026, 7, 1), date(2026, 7, 31))
DAYS = tuple(day for day in PERIOD if day.weekday() < 5)[:22]
RULES = RuleSet(team=TeamRule(lead=2, other=1))
SKILLS = ("boilers", "food", "measures")
_FULL_DAYS = 3
"""Days of a tight unit that ask for every half-day."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large an instance is; `departments` · (`counties` + 1) units."""

    visits: int
    inspectors: int
    departments: int
    counties: int


SIZES: Mapping[str, Size] = MappingProxyType(
    {
        "S": Size(200, 30, 2, 1),
        "M": Size(2_000, 300, 5, 3),
        "L": Size(20_000, 3_000, 15, 6),
    }
)


@dataclass(frozen=True, slots=True)
class Instance:
    """A month to be staffed.

    Attributes
    ----------
    visits
        In the plan's order.
    tight
        Units near their limit.
    capped
        Units in which some have caps on their visits in a week.
    """

    name: str
    visits: tuple[Visit, ...]
    registers: Registers
    tight: frozenset[str]
    capped: frozenset[str]

    @property
    def seats(self) -> int:
        """Seats of all visits."""
        return sum(seat.inspectors for visit in self.visits for seat in visit.seats)


class _Dice:
    """Whole numbers one by one from a stream of `Chance`."""

    def __init__(self, seed: int, label: str) -> None:
        self._chance = Chance(seed, label)
        self._words: list[int] = []

    def below(self, m: int) -> int:
        if not self._words:
            self._words = (self._chance.raw(4096) >> 32).tolist()
        return self._words.pop() * m >> 32

    def happens(self, per_mille: int) -> bool:
        return self.below(1000) < per_mille

    def shuffle(self, items: Iterable[str]) -> list[str]:
        order = list(items)
        for k in range(len(order) - 1, 0, -1):
            j = self.below(k + 1)
            order[k], order[j] = order[j], order[k]
        return order


@dataclass(slots=True)
class _Person:
    unit: str
    half_days: int
    skills: frozenset[str]
    leave: Span | None
    until: date
    workload: int
    left: dict[date, int]
    """Half-days free on each day."""
    enterprises: set[str] = field(default_factory=set)
    weeks: dict[int, int] = field(default_factory=dict)
    """Visits laid out in each week (ISO 8601)."""


@dataclass(slots=True)
class _Draft:
    """A visit as it grows: unit → (people, effort, skill)."""

    day: date
    enterprise: str
    county: int
    lead: str
    seats: dict[str, tuple[list[str], int, str]] = field(default_factory=dict)


def make_instance(name: str, *, seed: int = 2026) -> Instance:
    """Return an instance of `SIZES`, the same for the same name and seed.

    Parameters
    ----------
    name
        ``S``, ``M`` or ``L``.
    seed
        Of everything in it.
    """
    size = SIZES[name]
    layout = _Layout(size, _Dice(seed, f"teams {name}"))
    layout.fill_tight_days()
    layout.fill_month()
    return layout.instance(name)


class _Layout:
    """The month with somebody in every seat."""

    def __init__(self, size: Size, dice: _Dice) -> None:
        self.size, self.dice = size, dice
        self.units: dict[str, tuple[int, int]] = {}
        self.members: dict[str, list[str]] = {}
        self.people: dict[str, _Person] = {}
        self.visits: list[_Draft] = []
        self.on_day: dict[tuple[str, date], list[_Draft]] = {}
        places = [(d, c) for d in range(size.departments) for c in range(size.counties + 1)]
        weights = [25 + dice.below(17) ** 2 for _ in places]
        shares = _parts(size.inspectors, weights, least=4)
        for (department, county), many in zip(places, shares, strict=True):
            unit = f"d{department:02d}-{140300 + county}"
            self.units[unit] = (department, county)
            self.members[unit] = []
            for n in range(many):
                self._join(unit, f"{unit}-{n:03d}")
        self.tight = frozenset(sorted(self.units)[3::7])
        self.capped = frozenset(sorted(self.units)[1::6])
        self.weights = [
            len(self.members[unit]) * (200 if unit in self.tight else 60 + dice.below(60))
            for unit in self.units
        ]

    def _join(self, unit: str, name: str) -> None:
        dice = self.dice
        leave = None
        if dice.happens(250):
            first = PERIOD.first + timedelta(days=dice.below(len(PERIOD)))
            leave = Span(first, first + timedelta(days=dice.below(8)))
        until = DAYS[10] if dice.happens(10) else date(2030, 12, 31)
        half_days = 1 if dice.happens(100) else 2
        self.members[unit].append(name)
        self.people[name] = _Person(
            unit,
            half_days,
            frozenset(s for s in SKILLS if dice.happens(300)),
            leave,
            until,
            _carried(dice),
            {d: half_days for d in DAYS if d <= until and not (leave and d in leave)},
        )

    def fill_tight_days(self) -> None:
        """Ask tight units for every half-day on some days."""
        for unit in sorted(self.tight):
            for day in sorted(self.dice.shuffle(d.isoformat() for d in DAYS)[:_FULL_DAYS]):
                at = date.fromisoformat(day)
                while len(self._free(unit, at, 1)) > 1 and len(self.visits) < self.size.visits:
                    self._visit(unit, at)
                for name in self._free(unit, at, 1):
                    for draft in self.on_day.get((unit, at), []):
                        people, effort, skill = draft.seats[unit]
                        if effort == 1 and name not in people and self.people[name].left[at]:
                            self._take(name, at, 1, draft)
                            draft.seats[unit] = ([*people, name], effort, skill)

    def fill_month(self) -> None:
        """Add visits until there are as many as wanted."""
        units = list(self.units)
        total = sum(self.weights)
        misses = 0
        while len(self.visits) < self.size.visits:
            at = self.dice.below(total)
            unit = units[-1]
            for one, weight in zip(units, self.weights, strict=True):
                at -= weight
                if at < 0:
                    unit = one
                    break
            day = DAYS[self.dice.below(len(DAYS))]
            if not self._visit(unit, day):
                misses += 1
                if misses > 50 * self.size.visits:
                    raise ValueError("there are more visits than the people can make")

    def _free(self, unit: str, day: date, effort: int) -> list[str]:
        """Return who has `effort` half-days left, those with most first, mixed among equals."""
        left = [n for n in self.members[unit] if self.people[n].left.get(day, 0) >= effort]
        return sorted(self.dice.shuffle(left), key=lambda n: -self.people[n].left[day])

    def _take(self, name: str, day: date, effort: int, draft: _Draft) -> None:
        self.people[name].left[day] -= effort
        self.people[name].enterprises.add(draft.enterprise)
        week = day.isocalendar().week
        self.people[name].weeks[week] = self.people[name].weeks.get(week, 0) + 1

    def _seat(self, draft: _Draft, unit: str, many: int, effort: int) -> bool:
        free = self._free(unit, draft.day, effort)[:many]
        if len(free) < many:
            return False
        skill = ""
        if self.dice.happens(150):
            held = sorted({s for name in free for s in self.people[name].skills})
            skill = held[self.dice.below(len(held))] if held else ""
        for name in free:
            self._take(name, draft.day, effort, draft)
        draft.seats[unit] = (free, effort, skill)
        self.on_day.setdefault((unit, draft.day), []).append(draft)
        return True

    def _visit(self, unit: str, day: date) -> bool:
        dice, (department, county) = self.dice, self.units[unit]
        place = county or 1 + dice.below(self.size.counties)
        name = f"E{len(self.visits):06d}"
        if self.visits and dice.happens(50):
            before = self.visits[dice.below(len(self.visits))]
            if before.day != day and before.county == place:
                name = before.enterprise
        if any(v.enterprise == name for v in self.on_day.get((unit, day), [])):
            name = f"E{len(self.visits):06d}"
        draft = _Draft(day, name, place, unit)
        many = 3 if dice.happens(150) else 2
        effort = 2 if dice.happens(120) else 1
        if not self._seat(draft, unit, many, effort) and not self._seat(draft, unit, 2, 1):
            return False
        self.visits.append(draft)
        if county and dice.happens(80):
            self._join_in(draft, department, 0)
        if dice.happens(400):
            self._join_in(draft, dice.below(self.size.departments), place)
        return True

    def _join_in(self, draft: _Draft, department: int, county: int) -> None:
        """Let another unit take part where it has people left: joint visits (联合检查)."""
        unit = f"d{department:02d}-{140300 + county}"
        if unit not in draft.seats:
            self._seat(draft, unit, 2 if self.dice.happens(200) else 1, 1)

    def instance(self, name: str) -> Instance:
        """Return visits and registers, the layout forgotten."""
        days: dict[tuple[str, date], _Draft] = {}
        for draft in self.visits:
            if (draft.enterprise, draft.day) in days:
                draft.enterprise = f"F{len(days):06d}"
                for people, _, _ in draft.seats.values():
                    for one in people:
                        self.people[one].enterprises.add(draft.enterprise)
            days[draft.enterprise, draft.day] = draft
        ordered = sorted(self.visits, key=lambda v: (v.day, v.enterprise))
        visits = tuple(
            Visit(
                f"V{n:06d}",
                draft.enterprise,
                draft.day,
                (f"P{n:06d}",),
                draft.lead,
                tuple(
                    Seat(unit, len(people), effort, (skill,) if skill else ())
                    for unit, (people, effort, skill) in sorted(draft.seats.items())
                ),
            )
            for n, draft in enumerate(ordered, start=1)
        )
        asked: dict[str, list[str]] = {unit: [] for unit in self.units}
        for draft in ordered:
            for unit in draft.seats:
                asked[unit].append(draft.enterprise)
        inspectors = {
            who: self._inspector(who, person, asked[person.unit])
            for who, person in sorted(self.people.items())
        }
        units = {
            unit: Unit(
                unit,
                f"Unit {unit}",
                unit[:3],
                f"Department {unit[:3]}",
                "county" if county else "city",
                unit[4:],
            )
            for unit, (_, county) in sorted(self.units.items())
        }
        held = Registers({}, units, inspectors, {})
        return Instance(name, visits, held, self.tight, self.capped)

    def _inspector(self, name: str, person: _Person, asked: Sequence[str]) -> Inspector:
        recused = []
        if self.dice.happens(200):
            for _ in range(1 + self.dice.below(3)):
                place = asked[self.dice.below(len(asked))] if asked else ""
                if place and place not in person.enterprises:
                    recused.append(Recusal(place, RECUSAL_KINDS[self.dice.below(4)]))
        caps: tuple[VisitCap, ...] = ()
        if person.unit in self.capped and self.dice.happens(200):
            most = max(person.weeks.values(), default=1) + self.dice.below(2)
            caps = (VisitCap("week", most),)
        return Inspector(
            name,
            f"Name {name}",
            person.unit,
            f"cert-{name}",
            Span(date(2020, 1, 1), person.until),
            person.skills,
            (person.leave,) if person.leave else (),
            tuple(recused),
            person.half_days,
            person.workload,
            caps,
        )


def _carried(dice: _Dice) -> int:
    """Return half-days carried over: near one another after months of lotteries, but for a few
    who joined late or were long away.
    """
    return 30 + dice.below(5) - (6 + dice.below(10) if dice.happens(40) else 0)


def _parts(total: int, weights: Sequence[int], *, least: int) -> list[int]:
    """Share a whole number out by weights, each at least `least`, by largest remainders."""
    rest = total - least * len(weights)
    whole = sum(weights)
    shares = [rest * w // whole for w in weights]
    order = sorted(range(len(weights)), key=lambda k: (-(rest * weights[k] % whole), k))
    for k in order[: rest - sum(shares)]:
        shares[k] += 1
    return [least + share for share in shares]
