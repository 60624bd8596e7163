"""Registers as a later round sees them: with what this campaign drew so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

from optimizer import canon
from optimizer.domain.days import Span, calendar_span
from optimizer.domain.inspector import RECUSAL_KINDS, Inspector, VisitCap
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.flow.drawn import Round, Standing
from optimizer.teams import roster_entries


def with_drawn(standing: Standing, registers: Registers, period: Span, rules: RuleSet) -> Registers:
    """Return the registers with the half-days and visits that this campaign drew so far."""
    registers = leave_as_drawn(standing, registers)
    served, days, on = standing.served(), standing.days_served(), registers.counted_on
    latest = standing.latest_teams() if rules.team.not_twice else {}
    inspectors = {
        name: replace(
            person,
            workload=person.workload + served.get(name, 0),
            visit_caps=tuple(
                _with_visits(cap, days.get(name, ()), period, on) for cap in person.visit_caps
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
    own = person.unit
    drawn = {e for (unit, e), people in latest.items() if unit == own and person.id in people}
    kept = {e for e in person.last_visited if (person.unit, e) not in latest}
    return tuple(sorted(drawn | kept))


def _with_visits(
    cap: VisitCap, days: Sequence[date], period: Span, counted_on: date | None
) -> VisitCap:
    span = calendar_span(cap.kind, period.first)
    made = cap.made if counted_on is None or counted_on in span else 0
    return replace(cap, made=made + sum(day in span for day in days))


def as_committed(standing: Standing, registers: Registers) -> Registers:
    """Return registers that stay as they were: their visits made count where they were made.

    Those of the week, month and year of a campaign's first period are none of later ones. Of
    registers as they are now the visits made are those of the period that is committed.
    """
    first = standing.rounds[0].spans[0].first if standing.rounds else None
    return replace(registers, counted_on=first)


def since(standing: Standing, registers: Registers, period: Span, rules: RuleSet) -> Document:
    """Return what a later roster says otherwise than the one before and what was drawn since.

    Parameters
    ----------
    registers
        As `with_drawn` gives them.

    Returns
    -------
    dict
        ``roster``, the digest of the one before; ``come`` and ``gone``, who is on one of the two
        alone; ``changed``: inspector → fields. Whoever comes again is held to the last roster.
    """
    last: dict[str, tuple[Document, Round]] = {}
    for one in standing.rounds:
        last |= {entry["id"]: (entry, one) for entry in standing.parsed(one.roster)["inspectors"]}
    before = {entry["id"] for entry in standing.parsed(standing.rounds[-1].roster)["inspectors"]}
    carry = _Carried(standing, period, rules)
    entries = {entry["id"]: entry for entry in roster_entries(registers)}
    changed = {
        name: fields
        for name, entry in entries.items()
        if name in last and (fields := carry.changed(entry, *last[name]))
    }
    return {
        "roster": canon.digest(
            standing.documents[standing.rounds[-1].roster], standing.ledger.hash
        ),
        "come": sorted(entries.keys() - before),
        "gone": sorted(before - entries.keys()),
        "changed": changed,
    }


class _Carried:
    """Carries entries of earlier rosters over to a period."""

    def __init__(self, standing: Standing, period: Span, rules: RuleSet) -> None:
        self._period = period
        self._served, self._days = standing.served(), standing.days_served()
        self._latest = standing.latest_teams() if rules.team.not_twice else {}
        self._been: dict[tuple[str, str], set[str]] = {}
        for (unit, enterprise), people in self._latest.items():
            for name in people:
                self._been.setdefault((unit, name), set()).add(enterprise)
        self._then = {
            one.number: (standing.served(until=one.entry), standing.days_served(until=one.entry))
            for one in standing.rounds
        }

    def changed(self, entry: Document, before: Document, of: Round) -> list[str]:
        """Return the fields in which an entry is not the one of an earlier round, carried over."""
        wanted = self._carried(entry, before, of)
        found = {**entry, "leave": _merged(entry["leave"])}
        if any(kind in RECUSAL_KINDS for _, kind in before["recusals"]):
            found["recusals"] = sorted({pair[0] for pair in entry["recusals"]})
            wanted["recusals"] = sorted({pair[0] for pair in before["recusals"]})
        names = found.keys() | wanted.keys()
        return sorted(name for name in names if found.get(name) != wanted.get(name))

    def _carried(self, entry: Document, before: Document, of: Round) -> Document:
        name, first = entry["id"], self._period.first
        served, days = self._then[of.number]
        visits = {}
        for kind in entry.get("max_visits", {}):
            span = calendar_span(kind, first)
            made = sum(day in span for day in self._days.get(name, ()))
            if kind in before.get("max_visits", {}) and of.spans[0].first in span:
                made += before.get("visits", {}).get(kind, 0)
                made -= sum(day in span for day in days.get(name, ()))
            if made:
                visits[kind] = made
        kept = {e for e in before.get("last_visited", ()) if (entry["unit"], e) not in self._latest}
        wanted = {
            **before,
            "leave": _merged(before["leave"]),
            "workload": before["workload"] + self._served.get(name, 0) - served.get(name, 0),
            "visits": visits,
            "last_visited": sorted(kept | self._been.get((entry["unit"], name), set())),
        }
        for field in ("visits", "last_visited"):
            if not wanted[field]:
                del wanted[field]
        return wanted


def _merged(spans: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return spans of leave as the fewest that hold the same days."""
    found: list[list[str]] = []
    for first, last in sorted(list(span) for span in spans):
        if found and date.fromisoformat(first) <= date.fromisoformat(found[-1][1]) + timedelta(1):
            found[-1][1] = max(found[-1][1], last)
        else:
            found.append([first, last])
    return found
