"""Overruns: whom a draw takes beyond a rule because they stood in since its odds were committed.

The odds of days to come do not know who stands in meanwhile. Where a draw takes a stand-in past
a cap, or to the same enterprise twice running, the seat goes to another in the same draw, as if
the inspector could not come: by ticket of the draw's own key, and on record in its document.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.errors import InfeasibleError
from optimizer.teams.substitute import Muster, replacement

TWICE = "twice"
"""Ground beside the kinds of caps: the same enterprise twice running."""

Came = tuple[str, str, str]
"""Visit, unit and inspector: a seat that somebody took in another's place."""


@dataclass(frozen=True, slots=True)
class Overrun:
    """One seat for which the lottery named somebody beyond a rule.

    Attributes
    ----------
    absent
        Whom the lottery named.
    substitute
        Who goes; ``""``: nobody else may, and `absent` goes beyond the rule.
    ground
        The kind of the cap, or `TWICE`.
    """

    visit: str
    unit: str
    absent: str
    substitute: str
    ground: str

    def document(self) -> Document:
        """Return the entry of ``stood_in`` in teams.json."""
        return {
            "visit": self.visit,
            "unit": self.unit,
            "absent": self.absent,
            "substitute": self.substitute or None,
            "ground": self.ground,
        }


def overruns(
    muster: Muster,
    drawn: Sequence[Visit],
    came: Collection[Came],
    *,
    relieved: Collection[tuple[str, date]] = (),
) -> tuple[Overrun, ...]:
    """Return who goes in place of whom, seat by seat in order of visits, units and places.

    Parameters
    ----------
    muster
        Its teams are those that stand, with this draw's as the lottery named them; its key is
        the draw's.
    drawn
        The draw's visits, in the plan's order.
    came
        The seats that stand-ins took since the odds were committed.
    relieved
        Units and days for which the odds gave up *not twice*.
    """
    teams = {v: {u: list(ids) for u, ids in units.items()} for v, units in muster.teams.items()}
    muster = replace(muster, teams=teams)
    seats, later = set(came), {visit.id for visit in drawn}
    found: list[Overrun] = []
    for visit in drawn:
        later.discard(visit.id)
        for unit, members in sorted(teams[visit.id].items()):
            stood_in = {name for _, _, name in seats}
            for place, name in enumerate(tuple(members)):
                if name not in stood_in:
                    continue
                near = neighbours(muster, visit, unit)
                ground = _capped(muster, visit, name, later)
                if not ground and muster.not_twice and (unit, visit.day) not in relieved:
                    ground = _twice(teams, near[0], unit, name, seats)
                if not ground:
                    continue
                others = {i for there in near if there for i in teams[there][unit]}
                try:
                    other = replacement(
                        muster, visit.id, name, shun=others if ground == TWICE else ()
                    ).substitute
                    members[place] = other
                    seats.add((visit.id, unit, other))
                except InfeasibleError:
                    other = ""
                found.append(Overrun(visit.id, unit, name, other, ground))
    return tuple(found)


def neighbours(muster: Muster, visit: Visit, unit: str) -> tuple[str, str]:
    """Return a unit's last drawn visit at the enterprise before a visit, and the first after it.

    Each is ``""`` where there is none.
    """
    there = sorted(
        (muster.visits[other].day, other)
        for other, units in muster.teams.items()
        if other != visit.id and unit in units
        if muster.visits[other].enterprise == visit.enterprise
    )
    before = [other for day, other in there if day < visit.day]
    after = [other for day, other in there if day > visit.day]
    return before[-1] if before else "", after[0] if after else ""


def _capped(muster: Muster, visit: Visit, name: str, later: Collection[str]) -> str:
    """Return the kind of the first cap that a visit takes somebody past, or ``""``."""
    for cap in muster.inspectors[name].visit_caps:
        if muster.counted(cap, name, visit.day, without=later) > cap.most:
            return cap.kind
    return ""


def _twice(
    teams: Mapping[str, Mapping[str, Sequence[str]]],
    before: str,
    unit: str,
    name: str,
    came: Collection[Came],
) -> str:
    stood_there = (before, unit, name) in came and name in teams[before][unit]
    return TWICE if stood_there else ""


def as_drawn(document: Document) -> Document:
    """Return teams.json as the lottery named them, without those who go in the place of others."""
    teams = _copy(document)
    for one in reversed(document.get("stood_in", ())):
        if one["substitute"] is not None:
            members = teams[one["visit"]][one["unit"]]
            members[members.index(one["substitute"])] = one["absent"]
    bare = {name: value for name, value in document.items() if name != "stood_in"}
    return {**bare, "teams": teams}


def with_overruns(document: Document, found: Sequence[Overrun]) -> Document:
    """Return teams.json with those who go in the place of others."""
    if not found:
        return document
    teams = _copy(document)
    for one in found:
        if one.substitute:
            members = teams[one.visit][one.unit]
            members[members.index(one.absent)] = one.substitute
    return {**document, "teams": teams, "stood_in": [one.document() for one in found]}


def _copy(document: Document) -> dict[str, dict[str, list[str]]]:
    return {v: {u: list(ids) for u, ids in units.items()} for v, units in document["teams"].items()}
