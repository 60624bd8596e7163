"""What one inspector may see of the teams: own chances, own days, the unit only in sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from optimizer.domain.inspector import RECUSAL_KINDS, Inspector
from optimizer.domain.registry import Document
from optimizer.errors import InputError
from optimizer.flow.drawn import Round, Standing
from optimizer.flow.draws import read_odds
from optimizer.frame import open_ground
from optimizer.registers.fault import make_fault
from optimizer.teams import PartOdds
from optimizer.teams.marginals import DENOMINATOR
from optimizer.teams.numeric import decimal

FEWEST = 5
"""Inspectors of a unit from which on its least and greatest workload are told: nobody's own."""


def own_view(standing: Standing, inspector: str, *, salt_master: bytes | None = None) -> Document:
    """Return an inspector's own chances and days, and how the own work stands to the unit's.

    Of colleagues nothing is told but the unit's mean, and its least and greatest where it has
    `FEWEST` inspectors. Enterprises are named only where the inspector goes, or is recused.
    Half-days and odds are decimals as text, of 6 places. ``recusals`` are those of the last
    roster that has the inspector: the enterprise, what is published of the ground, the grounds,
    and the salt with which anyone can hold them to what is published.

    Parameters
    ----------
    salt_master
        Of the campaign's secrets; without it published grounds cannot be opened.

    Raises
    ------
    InputError
        Where no round's roster has the inspector.
    """
    rounds = [
        _round(standing, one, inspector)
        for one in standing.rounds
        if inspector in standing.inspectors(one)
    ]
    if not rounds:
        raise InputError(make_fault("proof-inspector", "view", None, "--inspector", inspector))
    last = standing.inspectors(standing.rounds[-1])
    return {
        "format": "double-random/own-view/v1",
        "campaign": standing.ledger.campaign,
        "inspector": inspector,
        "unit": next(
            people[inspector].unit
            for people in (last, *map(standing.inspectors, standing.rounds))
            if inspector in people
        ),
        "rounds": rounds,
        "going": _going(standing, inspector),
        "recusals": _recusals(standing, inspector, salt_master),
    }


def _recusals(standing: Standing, inspector: str, salt_master: bytes | None) -> list[Document]:
    """Return from where an inspector stays away, and why as far as it can be opened."""
    people = (standing.inspectors(one) for one in reversed(standing.rounds))
    me = next(known[inspector] for known in people if inspector in known)
    found: dict[str, Document] = {}
    for one in me.recusals:
        told = found.setdefault(
            one.enterprise,
            {"enterprise": one.enterprise, "published": one.kind, "grounds": [], "salt": None},
        )
        if one.kind in RECUSAL_KINDS:
            told["grounds"].append(one.kind)
        elif salt_master is not None:
            ground = open_ground(
                salt_master, inspector, one.enterprise, one.kind, standing.ledger.hash
            )
            if ground.kinds:
                told |= {"grounds": list(ground.kinds), "salt": ground.salt}
    return list(found.values())


def _round(standing: Standing, one: Round, inspector: str) -> Document:
    people = standing.inspectors(one)
    me = people[inspector]
    odds = read_odds(standing, one)
    own = [part for part in odds.parts if part.unit == me.unit]
    going, given_up = _teams_of(standing, one, me)
    drawn_until = one.draws[-1].span.last if one.draws else None
    days: dict[str, Document] = {}
    for part in own:
        for group, row in zip(part.groups, part.odds, strict=True):
            value = dict(zip(part.inspectors, row, strict=True)).get(inspector, 0)
            if not value and group.visit not in going:
                continue
            if one.replaced and (drawn_until is None or group.day > drawn_until):
                continue  # given up before it was drawn
            state = (
                "open"
                if drawn_until is None or group.day > drawn_until
                else "going"
                if group.visit in going
                else "replaced"
                if group.visit in given_up
                else "not"
            )
            day = days.setdefault(
                group.day.isoformat(), {"day": group.day.isoformat(), "seats": []}
            )
            day["seats"].append(
                {
                    "visit": group.visit,
                    "skill": group.skill,
                    "seats": group.seats,
                    "half_days": group.effort,
                    "odds": decimal(Fraction(value, DENOMINATOR)),
                    "state": state,
                }
            )
    for day in days.values():
        values = [Fraction(seat["odds"]) for seat in day["seats"]]
        day["expected"] = decimal(sum(values, Fraction(0)))
    return {
        "round": one.number,
        "period": [one.spans[0].first.isoformat(), one.spans[-1].last.isoformat()],
        "replaced": one.replaced,
        "days": [days[day] for day in sorted(days)],
        "workload": _workload(own, people, me),
    }


def _workload(
    parts: Sequence[PartOdds], people: Mapping[str, Inspector], me: Inspector
) -> Document:
    """Return the own half-days beside the unit's: carried over, and expected with this round."""
    loads = {
        name: Fraction(person.workload) for name, person in people.items() if person.unit == me.unit
    }
    carried = loads[me.id]
    for part in parts:
        for group, row in zip(part.groups, part.odds, strict=True):
            for name, value in zip(part.inspectors, row, strict=True):
                loads[name] += Fraction(value * group.effort, DENOMINATOR)
    found: Document = {
        "carried": decimal(carried),
        "expected": decimal(loads[me.id]),
        "inspectors": len(loads),
        "mean": decimal(sum(loads.values(), Fraction(0)) / len(loads)),
    }
    if len(loads) >= FEWEST:
        found["least"], found["greatest"] = (decimal(end(loads.values())) for end in (min, max))
    return found


def _teams_of(standing: Standing, one: Round, me: Inspector) -> tuple[set[str], set[str]]:
    """Return the visits of a round that an inspector goes to, and those given to a stand-in."""
    now, before = standing.teams(), standing.teams(as_drawn=True)
    visits = {visit for draw in one.draws for visit in standing.parsed(draw.teams)["teams"]}
    going, was = (
        {v for v in visits if me.id in found[v].get(me.unit, ())} for found in (now, before)
    )
    return going, was - going


def _going(standing: Standing, inspector: str) -> list[dict[str, Any]]:
    """Return the visits drawn for an inspector, in order of day, with enterprise and checks."""
    found = []
    as_drawn = standing.teams(as_drawn=True)
    visits = {visit.id: visit for visit in standing.visits}
    for visit, units in standing.teams().items():
        for unit, people in units.items():
            if inspector in people:
                about = visits[visit]
                effort = next(seat.effort for seat in about.seats if seat.unit == unit)
                found.append(
                    {
                        "visit": visit,
                        "day": about.day.isoformat(),
                        "unit": unit,
                        "enterprise": about.enterprise,
                        "checks": list(about.checks),
                        "half_days": effort,
                        "stands_in": inspector not in as_drawn[visit][unit],
                    }
                )
    return sorted(found, key=lambda one: (one["day"], one["visit"]))
