"""Visits that caps over a week, month or year leave too few inspectors for: which, why, mends.

Looked at where every day by itself can be staffed: then it is the caps above the day that make
seats ask for more than there is (a Hall violator of the part, from the minimum cut). The set told
is irreducible: without any one of its visits the others can be staffed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from optimizer.domain.days import calendar_span
from optimizer.domain.inspector import CAP_KINDS, Inspector
from optimizer.domain.unit import Unit
from optimizer.messages import Words, listed, sentence
from optimizer.teams.hall import added, fewest_added, shortened
from optimizer.teams.lots import LOTS, by_first_lots, part_with, shortage
from optimizer.teams.minimal import Violators, minimal_violators
from optimizer.teams.network import fill
from optimizer.teams.seats import Group

_NAMED = 3
"""How many inspectors a mend names."""


@dataclass(frozen=True, slots=True)
class Collision:
    """Visits of one unit that caps over time keep from being staffed together.

    Attributes
    ----------
    groups
        Their seats.
    possible, asked
        Seats that can be filled together, and seats asked for.
    caps
        (inspector, kind, first day, visits left) of the caps that keep people out.
    raised
        Inspectors any one of whom would mend it with higher caps, the first few.
    added
        How few more inspectors would mend it, and the skills that they must hold.
    lots
        Whether all seats could be filled but for full-day duty: no lots of it leave enough.
    """

    groups: tuple[Group, ...]
    possible: int
    asked: int
    caps: tuple[tuple[str, str, date, int], ...]
    raised: tuple[str, ...]
    added: tuple[int, list[str]]
    lots: bool = False

    @property
    def missing(self) -> int:
        """Seats that stay empty."""
        return self.asked - self.possible

    @property
    def visits(self) -> tuple[str, ...]:
        """By number, in order."""
        return tuple(dict.fromkeys(g.visit for g in self.groups))


def span_collisions(
    groups: Sequence[Group], inspectors: Sequence[Inspector], key: bytes, start: date
) -> tuple[list[Collision], Violators]:
    """Return the irreducible collisions of a unit whose days can each be staffed.

    Parameters
    ----------
    groups
        The unit's, in order, of both efforts.
    inspectors
        The unit's, in order of identifier.
    key, start
        The duty key and the first day of the period, as `settle` takes them.

    Returns
    -------
    tuple
        All there are, as far as `minimal_violators` looks, and the sets that they are of.
    """

    def short_of(some: frozenset[str]) -> frozenset[str] | None:
        return shortage([g for g in groups if g.visit in some], inspectors, key, start)

    found = minimal_violators((g.visit for g in groups), short_of)
    return [
        _collision([g for g in groups if g.visit in core], inspectors, key, start)
        for core in found.sets
    ], found


def _collision(
    core: Sequence[Group], inspectors: Sequence[Inspector], key: bytes, start: date
) -> Collision:
    def helps(people: Sequence[Inspector]) -> bool:
        return shortage(core, people, key, start) is None

    part, flow = by_first_lots(core, inspectors, key, start)
    possible, asked = int(flow.pairs.sum()), int(part.seats.sum())
    binding = flow.limits >= part.limit_cap
    names = dict.fromkeys(
        inspectors[k].id for k in part.limit_inspector[np.flatnonzero(binding)].tolist()
    )
    raised: list[str] = []
    for k, person in enumerate(inspectors):
        if person.id in names and len(raised) < _NAMED:
            free = replace(person, visit_caps=())
            if helps([*inspectors[:k], free, *inspectors[k + 1 :]]):
                raised.append(person.id)
    return Collision(
        tuple(core),
        possible,
        asked,
        tuple(_caps(core, inspectors, names, start)),
        tuple(raised),
        fewest_added(core, asked - possible, lambda more: helps([*inspectors, *more])),
        fill(part_with(core, inspectors, start)).full,
    )


def _caps(
    core: Sequence[Group], inspectors: Sequence[Inspector], names: dict[str, None], start: date
) -> Iterator[tuple[str, str, date, int]]:
    days = sorted({g.day for g in core})
    for person in inspectors:
        for cap in person.visit_caps if person.id in names else ():
            for span in dict.fromkeys(calendar_span(cap.kind, day) for day in days):
                left = max(0, cap.most - (cap.made if start in span else 0))
                if sum(day in span for day in days) > left or len(core) > left:
                    yield person.id, cap.kind, span.first, left


def explain_core(
    core: Sequence[Group], unit: Unit, inspectors: Sequence[Inspector], key: bytes, start: date
) -> Words:
    """Say an irreducible collision, as `span_collisions` finds it, in words a clerk understands."""
    return explain_collision(_collision(core, inspectors, key, start), unit)


def explain_collision(collision: Collision, unit: Unit) -> Words:
    """Say a collision and its cheapest mends in words a clerk understands."""
    names: dict[str, Words] = {}
    for g in collision.groups:
        day = g.day.isoformat()
        names.setdefault(
            g.visit, sentence("visit-at-on", visit=g.visit, enterprise=g.enterprise, day=day)
        )
    days = sorted({g.day for g in collision.groups})
    caps = [
        sentence(f"cap-{kind}", who=name, left=left, first=first.isoformat())
        for name, kind, first, left in collision.caps
    ]
    kinds = sorted({kind for _, kind, _, _ in collision.caps}, key=CAP_KINDS.index)
    away = listed([sentence(f"another-{kind}") for kind in kinds], " or ", "或")
    away = away or sentence("other-days")
    visits = list(names.values())
    if len(visits) == 1:
        mends = [sentence("mend-move-one-span", visit=next(iter(names)), away=away)]
    else:
        mends = [sentence("mend-move-any-span", away=away)]
    if collision.raised:
        mends.append(sentence("mend-raise", who=listed(collision.raised, " or ", "或")))
    elif collision.caps:
        mends.append(sentence("mend-raise-several"))
    mends.append(added(*collision.added))
    whys = [sentence("why-caps", caps=shortened(caps))]
    if collision.lots:
        whys.append(sentence("why-lots", most=LOTS))
    span = {"first": days[0].isoformat(), "last": days[-1].isoformat()}
    return sentence(
        "collision-span",
        unit=unit.name,
        code=unit.id,
        when=sentence("when-days" if days[1:] else "when-day", **span),
        visits=shortened(visits),
        asks="asks for" if len(visits) == 1 else "ask for",
        asked=collision.asked,
        possible=collision.possible,
        whys=listed(whys, "; ", "；"),
        mends=listed(mends, "; or ", "；或"),
    )
