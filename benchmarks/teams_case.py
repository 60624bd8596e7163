"""A month as every method of the teams benchmark sees it, and what its draws are worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

import numpy as np

from benchmarks.teams_instances import DAYS, PERIOD, RULES, Instance
from optimizer.domain.inspector import Inspector
from optimizer.domain.visit import Seat, Visit
from optimizer.teams import Odds, commit_odds
from optimizer.teams.odds import KAPPA

DUTY_KEY = bytes(range(32))
NO_CAP = 10**6
Teams = Mapping[str, Mapping[str, Sequence[str]]]
"""Visit → unit → inspectors; a unit left out could not fill its seats."""


def commit(instance: Instance, kappa: Fraction | None = None, workers: int = 1) -> Odds:
    """Commit the month's odds; `kappa` ``None``: the default."""
    return commit_odds(
        instance.visits,
        instance.registers,
        RULES,
        campaign="bench",
        plan_digest="00" * 32,
        period=PERIOD,
        duty_key=DUTY_KEY,
        workers=workers,
        kappa=KAPPA if kappa is None else kappa,
    )


def chances(odds: Odds) -> dict[tuple[str, str], float]:
    """Return the probability of every (visit, inspector) that they go, in any seat."""
    found: dict[tuple[str, str], float] = {}
    for part in odds.parts:
        for group, row in zip(part.groups, part.odds, strict=True):
            for name, value in zip(part.inspectors, row, strict=True):
                if value:
                    at = (group.visit, name)
                    found[at] = found.get(at, 0.0) + value / 1e9
    return found


@dataclass(slots=True)
class Tally:
    """Draws as they come: workloads and how often each goes where.

    Attributes
    ----------
    spreads
        Of each draw: largest less smallest workload of a unit at the month's end, carried over
        included, averaged over inspectors; of those who may go somewhere.
    failures
        Draws that left a seat empty.
    """

    instance: Instance
    fair: Mapping[tuple[str, str], float]
    spreads: list[float] = field(default_factory=list)
    failures: int = 0
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)
    _draws: int = 0

    def add(self, teams: Teams) -> None:
        """Count one draw."""
        people = self.instance.registers.inspectors
        load = {name: person.workload for name, person in people.items()}
        whole = True
        for visit in self.instance.visits:
            drawn = teams.get(visit.id, {})
            for seat in visit.seats:
                team = drawn.get(seat.unit, ())
                whole &= len(team) == seat.inspectors
                for name in team:
                    load[name] += seat.effort
                    at = (visit.id, name)
                    self._counts[at] = self._counts.get(at, 0) + 1
        self._draws += 1
        self.failures += not whole
        units: dict[str, list[int]] = {}
        for name in {name for _, name in self.fair}:
            units.setdefault(people[name].unit, []).append(load[name])
        total = sum(len(loads) for loads in units.values())
        self.spreads.append(
            sum((max(loads) - min(loads)) * len(loads) for loads in units.values()) / total
        )

    @property
    def spread(self) -> float:
        """Mean over the draws."""
        return float(np.mean(self.spreads))

    @property
    def deviation(self) -> float:
        """Largest difference between how often somebody goes somewhere and what is fair.

        Days on which a unit has full-day seats are left aside: who is on duty then is drawn
        before the odds are made.
        """
        people = self.instance.registers.inspectors
        mixed = {
            (seat.unit, visit.day)
            for visit in self.instance.visits
            for seat in visit.seats
            if seat.effort == 2
        }
        days = {visit.id: visit.day for visit in self.instance.visits}
        every = [
            (visit, name)
            for visit, name in self._counts.keys() | self.fair.keys()
            if (people[name].unit, days[visit]) not in mixed
        ]
        return max(
            abs(self._counts.get(at, 0) / self._draws - self.fair.get(at, 0.0)) for at in every
        )


class Roll:
    """Who is free: plain rules for methods that fill seats one by one."""

    def __init__(self, instance: Instance) -> None:
        self.unit: dict[str, list[Inspector]] = {}
        for person in instance.registers.inspectors.values():
            self.unit.setdefault(person.unit, []).append(person)
        self._here: dict[tuple[str, date], list[Inspector]] = {
            (unit, day): [p for p in members if p.is_present(day)]
            for unit, members in self.unit.items()
            for day in DAYS
        }
        self._recused = {
            p.id: {r.enterprise for r in p.recusals} for p in instance.registers.inspectors.values()
        }

    def able(self, visit: Visit, seat: Seat) -> Iterable[Inspector]:
        """Yield who may go, leaving aside what else they do that day or week."""
        for person in self._here[seat.unit, visit.day]:
            if visit.enterprise not in self._recused[person.id] and (
                seat.effort <= person.max_half_days
            ):
                yield person


def week_of(day: date) -> int:
    """Return the week of the year (ISO 8601)."""
    return day.isocalendar().week


def week_cap(person: Inspector) -> int:
    """Return the most visits a week; `NO_CAP`: as many as one likes."""
    return next((cap.most for cap in person.visit_caps if cap.kind == "week"), NO_CAP)
