"""The second draw: who serves how much in the drawn period, as expected and as drawn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from optimizer.domain.registry import Document


@dataclass(frozen=True, slots=True)
class UnitLoad:
    """One unit in the drawn period; loads in half-days of the period, nothing carried over.

    Attributes
    ----------
    inspectors
        On the roster.
    seats
        Filled by the draw.
    expected
        Least and greatest expected load of its inspectors, exactly.
    drawn
        ``(load, inspectors with it)``, ascending; inspectors who were not drawn have load 0.
    """

    unit: str
    inspectors: int
    seats: int
    expected: tuple[Fraction, Fraction]
    drawn: tuple[tuple[int, int], ...]


def team_lists(*rounds: Document) -> dict[str, tuple[str, ...]]:
    """Return visit → inspectors of all its units, units in order, of all rounds of teams."""
    return {
        visit: tuple(i for unit in sorted(units) for i in units[unit])
        for teams in rounds
        for visit, units in teams["teams"].items()
    }


def unit_loads(
    roster: Document, odds: Document, teams: Document, plan: Document
) -> tuple[UnitLoad, ...]:
    """Return every unit that serves in the period, most seats first."""
    members: dict[str, list[str]] = {}
    for inspector in roster["inspectors"]:
        members.setdefault(inspector["unit"], []).append(inspector["id"])
    denominator = odds["denominator"]
    expected: Counter[str] = Counter()
    for part in odds["parts"]:
        for group in part["groups"]:
            for ident, value in zip(part["inspectors"], group["odds"], strict=True):
                expected[ident] += value * part["effort"]
    effort = {
        (visit["id"], seat["unit"]): seat["effort"]
        for visit in plan["visits"]
        for seat in visit["seats"]
    }
    drawn: Counter[str] = Counter()
    seats: Counter[str] = Counter()
    for visit, units in teams["teams"].items():
        for unit, idents in units.items():
            seats[unit] += len(idents)
            for ident in idents:
                drawn[ident] += effort[visit, unit]
    rows = []
    for unit in sorted(seats, key=lambda u: (-seats[u], u)):
        people = members.get(unit, [])
        loads = [Fraction(expected[i], denominator) for i in people] or [Fraction(0)]
        counted = Counter(drawn[i] for i in people)
        rows.append(
            UnitLoad(
                unit,
                len(people),
                seats[unit],
                (min(loads), max(loads)),
                tuple(sorted(counted.items())),
            )
        )
    return tuple(rows)
