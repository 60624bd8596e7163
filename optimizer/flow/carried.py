"""Registers as a later round sees them: with what this campaign drew so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

from optimizer.domain.days import Span, calendar_span
from optimizer.domain.inspector import Inspector, VisitCap
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet
from optimizer.flow.drawn import Standing


def with_drawn(standing: Standing, registers: Registers, period: Span, rules: RuleSet) -> Registers:
    """Return the registers with the half-days and visits that this campaign drew so far."""
    registers = leave_as_drawn(standing, registers)
    served, days = standing.served(), standing.days_served()
    latest = standing.latest_teams() if rules.team.not_twice else {}
    inspectors = {
        name: replace(
            person,
            workload=person.workload + served.get(name, 0),
            visit_caps=tuple(
                _with_visits(cap, days.get(name, ()), period) for cap in person.visit_caps
            ),
            last_visited=_last_visited(person, latest),
        )
        for name, person in registers.inspectors.items()
    }
    return replace(registers, inspectors=MappingProxyType(inspectors))


def leave_as_drawn(standing: Standing, registers: Registers) -> Registers:
    """Return the registers with the leave that counted when teams were drawn, on drawn days.

    Who falls ill on a drawn day is replaced (`optimizer.flow.stand_in`); the visits of that day
    stand, and so the unit is held to have had the people that they were planned with.
    """
    until = standing.drawn_until
    if until is None:
        return registers
    before = standing.inspectors(standing.rounds[-1])
    inspectors = {
        name: replace(person, leave=_leave(before[name].leave, person.leave, until))
        if name in before
        else person
        for name, person in registers.inspectors.items()
    }
    return replace(registers, inspectors=MappingProxyType(inspectors))


def _leave(before: tuple[Span, ...], now: tuple[Span, ...], until: date) -> tuple[Span, ...]:
    if before == now:
        return now
    kept = [Span(span.first, min(span.last, until)) for span in before if span.first <= until]
    later = until + timedelta(days=1)
    return (*kept, *(Span(max(span.first, later), span.last) for span in now if span.last > until))


def _last_visited(
    person: Inspector, latest: Mapping[tuple[str, str], tuple[str, ...]]
) -> tuple[str, ...]:
    drawn = {e for (unit, e), people in latest.items() if person.id in people}
    kept = {e for e in person.last_visited if (person.unit, e) not in latest}
    return tuple(sorted(drawn | kept))


def _with_visits(cap: VisitCap, days: Sequence[date], period: Span) -> VisitCap:
    span = calendar_span(cap.kind, period.first)
    return replace(cap, made=cap.made + sum(day in span for day in days))
