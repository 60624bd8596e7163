"""Caps over weeks, months and the year as cuts: which visits leave a span, for the planner.

A planner that knows days cannot hold a cap over several. So of the visits that collide one is
chosen, and kept out of the spans that have no room for it: enough, though other visits could
leave as well. Why so: ``docs/decisions/0030-caps-over-time-as-cuts.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from optimizer.domain.cut import Cut
from optimizer.domain.days import Span, calendar_span
from optimizer.domain.inspector import CAP_KINDS, Inspector
from optimizer.domain.registry import Registers
from optimizer.domain.visit import Visit
from optimizer.messages import Words
from optimizer.teams.collisions import explain_core
from optimizer.teams.hall import ANY_KEY, barred_groups
from optimizer.teams.lots import capped_kinds, runs, shortage
from optimizer.teams.minimal import core_of
from optimizer.teams.seats import Group, by_unit

Days = Sequence[date]


@dataclass(frozen=True, slots=True)
class SpanCut:
    """A collision that caps over time make, and what keeps one of its visits away.

    Attributes
    ----------
    visit
        The one that leaves; ``None`` where none of them has another day.
    sure
        Whether it has a day with room on which it can be staffed beside all others. If not,
        another may yet leave the span that it takes.
    core
        Seats of the visits that collide.
    cuts
        Of its enterprise, one for each span of days without room for it.
    """

    unit: str
    visit: Visit | None
    sure: bool
    core: tuple[Group, ...]
    cuts: tuple[Cut, ...] = ()


class Ways(Protocol):
    """Where a visit could be instead, as `optimizer.plan.elsewhere` tells."""

    @property
    def free(self) -> Days:
        """Days with room."""

    @property
    def open(self) -> Days:
        """Days that its checks leave."""


def find_span_cuts(
    visits: Sequence[Visit],
    registers: Registers,
    *,
    start: date,
    ways: Callable[[Visit], Ways | None],
    held: Collection[tuple[str, date]] = (),
    apart: Iterable[Cut] = (),
    not_twice: bool = False,
    key: bytes = ANY_KEY,
) -> tuple[SpanCut, ...]:
    """Return every collision that caps over time make, each with the visit that leaves its span.

    Parameters
    ----------
    visits
        A plan's, in its order.
    registers
        With visits made before `start`, as of the roster.
    start
        First day of visits whose teams are not drawn; earlier ones are counted by `registers`.
    ways
        Where else a visit could be; ``None``: it stays.
    held
        (enterprise, day) of visits that stay.
    apart
        Collisions of single days (`find_cuts`), whose days are left aside.
    not_twice, key
        As of `find_cuts`.

    Returns
    -------
    tuple
        In order of unit; empty when caps over time leave enough for every visit.
    """
    later = [visit for visit in visits if visit.day >= start]
    people = by_unit(registers)
    aside = {(cut.unit, cut.day) for cut in apart}
    by_name = {visit.id: visit for visit in later}
    units = {
        unit: [g for g in groups if (unit, g.day) not in aside]
        for unit, groups in barred_groups(later, registers, not_twice, key).items()
        if any(i.visit_caps for i in people[unit])
    }
    search = _Search(units, people, key, start, ways, frozenset(held), by_name)
    return tuple(found for unit in units for found in search.unit(unit))


def explain_spans(
    found: Iterable[SpanCut], registers: Registers, *, start: date, key: bytes = ANY_KEY
) -> tuple[Words, ...]:
    """Say collisions as `find_span_cuts` returned them, with their mends."""
    people = by_unit(registers)
    return tuple(
        explain_core(one.core, registers.units[one.unit], people[one.unit], key, start)
        for one in found
    )


class _Search:
    """Takes visits out one after the other, and remembers where they go."""

    def __init__(
        self,
        units: dict[str, list[Group]],
        people: Mapping[str, tuple[Inspector, ...]],
        key: bytes,
        start: date,
        ways: Callable[[Visit], Ways | None],
        held: frozenset[tuple[str, date]],
        visits: Mapping[str, Visit],
    ) -> None:
        self._units, self._people, self._key, self._start = units, people, key, start
        self._ways, self._held, self._visits = ways, held, visits
        self._gone: set[str] = set()

    def unit(self, unit: str) -> Iterator[SpanCut]:
        """Yield a unit's collisions until its visits can be staffed."""
        while (core := self._collision(unit)) is not None:
            yield self._resolved(unit, core)

    def _collision(self, unit: str) -> list[Group] | None:
        for groups, inspectors in passes(self._units[unit], self._people[unit]):
            names = self._core(groups, inspectors)
            if names:
                return [g for g in groups if g.visit in names]
        return None

    def _core(self, groups: Sequence[Group], inspectors: Sequence[Inspector]) -> frozenset[str]:
        def short_of(some: frozenset[str]) -> frozenset[str] | None:
            mine = [g for g in groups if g.visit in some]
            return shortage(mine, inspectors, self._key, self._start)

        return core_of((g.visit for g in groups), short_of)

    def _resolved(self, unit: str, core: Sequence[Group]) -> SpanCut:
        """Choose who leaves: with room elsewhere; who mends all at once; with most other days."""
        inspectors = self._people[unit]
        ranks: list[tuple[bool, bool, int, date, str]] = []
        found: dict[str, Ways] = {}
        for name in dict.fromkeys(g.visit for g in core):
            ways = None if name in self._gone else self._ways(self._visits[name])
            if ways is None or not ways.open:
                continue
            found[name] = ways
            without = [g for g in self._units[unit] if g.visit != name]
            alone = all(
                shortage(groups, some, self._key, self._start) is None
                for groups, some in passes(without, inspectors)
            )
            rank = (bool(ways.free), alone, len(ways.open), self._visits[name].day, name)
            ranks.append(rank)
        best: _Move | None = None
        for *_, name in sorted(ranks, reverse=True):
            move = self._move(unit, self._visits[name], found[name])
            if best is None or move.target is not None:
                best = move
            if best.target is not None:
                break
        if best is None:
            self._drop(core[-1].visit)
            return SpanCut(unit, None, False, tuple(core))
        if best.target is None:
            # Out of its span at any rate: in the next round another may leave the one it takes.
            own = self._block(unit, best.visit.day)
            best = replace(best, barred=tuple(span for span in best.barred if span.first in own))
        self._gone.add(best.visit.id)
        self._drop(best.visit.id, best.target)
        cuts = tuple(self._cuts(unit, core, best))
        return SpanCut(unit, best.visit, best.target is not None, tuple(core), cuts)

    def _move(self, unit: str, visit: Visit, ways: Ways) -> _Move:
        """Find spans without room for a visit, and the first day with room."""
        blocks: dict[Span, list[date]] = {}
        for day in ways.open:
            blocks.setdefault(self._block(unit, day), []).append(day)
        own = self._block(unit, visit.day)
        blocks.setdefault(own, [])
        free = frozenset(ways.free)
        target: date | None = None
        barred: list[Span] = []
        for block, days in blocks.items():
            here = [day for day in days if day in free] or days
            if block != own:
                here = here[:1]  # the days of a span have the same caps
            fitting = [day for day in here if self._fits(visit, day)]
            if not fitting:
                barred.append(block)
                continue
            if block == own:
                bad = [visit.day, *(day for day in days if day not in fitting)]
                barred += [Span(day, day) for day in bad]
            if fitting[0] in free and (target is None or block == own):
                target = fitting[0]
        return _Move(visit, target, tuple(barred))

    def _block(self, unit: str, day: date) -> Span:
        """Return the shortest span of a kind that somebody of the unit is capped in."""
        kinds = capped_kinds(self._people[unit])
        return calendar_span("week" if "week" in kinds else "month", day)

    def _fits(self, visit: Visit, day: date) -> bool:
        """Return whether a visit can be staffed on another day beside all others."""
        for unit, groups in self._units.items():
            if not any(g.visit == visit.id for g in groups):
                continue
            moved = [replace(g, day=day) if g.visit == visit.id else g for g in groups]
            for some, inspectors in passes(moved, self._people[unit]):
                for run in runs(some, inspectors):
                    if any(g.visit == visit.id for g in run) and shortage(
                        run, inspectors, self._key, self._start
                    ):
                        return False
        return True

    def _drop(self, visit: str, target: date | None = None) -> None:
        for unit, groups in self._units.items():
            if target is None:
                self._units[unit] = [g for g in groups if g.visit != visit]
            else:
                self._units[unit] = [
                    replace(g, day=target) if g.visit == visit else g for g in groups
                ]

    def _cuts(self, unit: str, core: Sequence[Group], move: _Move) -> Iterator[Cut]:
        visit = move.visit
        asked = sum(g.seats for g in core if g.visit == visit.id)
        kinds = capped_kinds(self._people[unit])
        reason = min(kinds, key=CAP_KINDS.index)
        held = sorted(day for enterprise, day in self._held if enterprise == visit.enterprise)
        for span in _joined(move.barred):
            for part in _around(span, [day for day in held if day in span]):
                yield Cut(
                    unit,
                    part.first,
                    "",
                    0,
                    asked,
                    (visit.id,),
                    (visit.enterprise,),
                    reason,
                    len(part),
                )


def passes(
    groups: Sequence[Group], inspectors: Sequence[Inspector]
) -> Iterator[tuple[list[Group], list[Inspector]]]:
    """Yield what to fill so that caps nest: a week can lie in two months, or in two years.

    Where they do not all nest in the days of the groups: weeks alone, months and years alone, and
    every month by itself with all. Beyond these, odds of a period can only fail where weeks and
    months bind together across the ends of a month, which no period of odds may hold.
    """
    kinds = capped_kinds(inspectors)
    months = sorted({g.day.replace(day=1) for g in groups})
    if "week" not in kinds or len(kinds) == 1 or len(months) <= 1:
        yield list(groups), list(inspectors)
        return
    yield list(groups), [_capped(i, {"week"}) for i in inspectors]
    yield list(groups), [_capped(i, {"month", "year"}) for i in inspectors]
    for month in months:
        yield [g for g in groups if g.day.replace(day=1) == month], list(inspectors)


def _capped(inspector: Inspector, kinds: Collection[str]) -> Inspector:
    caps = tuple(cap for cap in inspector.visit_caps if cap.kind in kinds)
    return replace(inspector, visit_caps=caps)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that follow each other at once as one."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.first):
        if found and span.first <= found[-1].last + timedelta(days=1):
            found[-1] = Span(found[-1].first, max(found[-1].last, span.last))
        else:
            found.append(span)
    return found


def _around(span: Span, held: Sequence[date]) -> Iterator[Span]:
    """Yield what is left of a span without some of its days, in order."""
    first = span.first
    for day in held:
        if day > first:
            yield Span(first, day - timedelta(days=1))
        first = day + timedelta(days=1)
    if first <= span.last:
        yield Span(first, span.last)


@dataclass(frozen=True, slots=True)
class _Move:
    """A visit, the day it could take, and the spans that it must leave alone."""

    visit: Visit
    target: date | None
    barred: tuple[Span, ...]
