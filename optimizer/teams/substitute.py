"""Substitution: an inspector who cannot come is replaced by lottery, not by choice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from optimizer.chance import sub_key
from optimizer.domain.days import calendar_span
from optimizer.domain.inspector import Inspector, VisitCap
from optimizer.domain.registry import Document, Registers
from optimizer.domain.visit import Visit
from optimizer.errors import Fault, InfeasibleError, InputError
from optimizer.messages import sentence
from optimizer.teams.duty import ticket
from optimizer.teams.lottery import Teams
from optimizer.teams.transcript import kept_apart


@dataclass(frozen=True, slots=True)
class Substitution:
    """One replacement.

    Attributes
    ----------
    free
        All who could have come, in order of ticket; the first one does.
    """

    visit: str
    unit: str
    absent: str
    substitute: str
    free: tuple[str, ...]


def substitute(
    teams: Teams,
    registers: Registers,
    visit: str,
    absent: str,
    *,
    earlier: Collection[Substitution] = (),
    not_twice: bool = False,
) -> Substitution:
    """Draw who goes in place of an inspector, from a sub-key fixed by the teams' seed.

    Parameters
    ----------
    teams
        As drawn.
    visit
        Its number.
    absent
        Who cannot come: a member of the visit's team as it stands.
    earlier
        Substitutions already made, in ledger order.
    not_twice
        The team rule of that name.

    Raises
    ------
    InputError
        If there is no such visit, or `absent` is not in its team.
    InfeasibleError
        If nobody is free who may go.
    """
    now = {v: {u: list(ids) for u, ids in units.items()} for v, units in teams.teams.items()}
    for past in earlier:
        members = now[past.visit][past.unit]
        members[members.index(past.absent)] = past.substitute
    visits = {v.id: v for v in teams.odds.visits}
    here = visits[visit].day if visit in visits else None
    last = teams.span.last if teams.span else teams.odds.period.last
    away = [past.absent for past in earlier if visits[past.visit].day == here]
    return replacement(
        teams.key,
        now,
        visits,
        registers.inspectors,
        visit,
        absent,
        already_away=away,
        start=teams.odds.period.first,
        ahead=chances_after(teams.odds.document, visits, last),
        not_twice=not_twice,
    )


def chances_after(
    odds: Document, visits: Mapping[str, Visit], last: date | None
) -> dict[str, dict[str, frozenset[str]]]:
    """Return visit → unit → who has odds above 0, of an odds document's visits after a day.

    Parameters
    ----------
    odds
        odds.json as committed.
    visits
        By number; those of the odds' plan.
    last
        The last day whose teams are drawn; ``None``: nothing is drawn.
    """
    found: dict[str, dict[str, frozenset[str]]] = {}
    for part in odds["parts"]:
        for group in part["groups"]:
            if last is None or visits[group["visit"]].day > last:
                units = found.setdefault(group["visit"], {})
                some = {i for i, x in zip(part["inspectors"], group["odds"], strict=True) if x}
                units[part["unit"]] = units.get(part["unit"], frozenset()) | some
    return found


def replacement(
    key: bytes,
    teams: Mapping[str, Mapping[str, Sequence[str]]],
    visits: Mapping[str, Visit],
    inspectors: Mapping[str, Inspector],
    visit: str,
    absent: str,
    *,
    already_away: Collection[str] = (),
    start: date,
    ahead: Mapping[str, Mapping[str, Collection[str]]],
    not_twice: bool = False,
) -> Substitution:
    """Draw who goes in place of an inspector.

    Parameters
    ----------
    key
        Of the draw that drew the visit's teams.
    teams
        Visit → unit → inspectors in order of seats, as they stand.
    visits
        By number; all that are drawn or have odds.
    inspectors
        As the roster of the visit's odds has them.
    visit, absent
        As in `substitute`.
    already_away
        Given as absent on that day before.
    start
        First day of the period of the visit's odds.
    ahead
        Of visits that are not drawn: visit → unit → who has odds above 0 (`chances_after`). Whom
        those draws could take to the enterprise too, or beyond a cap, comes last.
    not_twice
        The team rule of that name: those who were or will be at the enterprise come last.

    Raises
    ------
    InputError
        If there is no such visit, or `absent` is not in its team.
    InfeasibleError
        If nobody is free who may go.
    """
    unit = next((u for u, ids in teams.get(visit, {}).items() if absent in ids), None)
    if unit is None:
        raise InputError(
            Fault(
                "not-in-team",
                f"visit {visit}",
                None,
                "absent",
                absent,
                "expected an inspector of this visit's team",
                "Look the team up in teams.json.",
            )
        )
    here = visits[visit]
    seat = next(s for s in here.seats if s.unit == unit)
    place = teams[visit][unit].index(absent)
    skill = seat.skills[place] if place < len(seat.skills) else ""
    served: dict[str, int] = {}
    for other, units in teams.items():
        if visits[other].day == here.day:
            for s in visits[other].seats:
                for name in units[s.unit]:
                    served[name] = served.get(name, 0) + s.effort
    away = {absent, *already_away}
    own = sub_key(key, "substitute", f"{visit}/{unit}/{absent}")
    team = {name for members in teams[visit].values() for name in members} - {absent}
    apart = kept_apart(inspectors.values())
    again = {i.id for i in inspectors.values() if here.enterprise in i.last_visited}
    both: tuple[Mapping[str, Mapping[str, Collection[str]]], ...] = (teams, ahead)
    for there in both:
        for other, whom in there.items():
            if other != visit and visits[other].enterprise == here.enterprise:
                again.update(whom.get(unit, ()))
    # Whoever is of another unit cannot go, and counting under a cap goes over all teams.
    unit_mates = [i for i in inspectors.values() if i.unit == unit]
    beyond = {
        i.id
        for i in unit_mates
        for cap in i.visit_caps
        if _chances(cap, ahead, visits, i.id, here.day)
        >= _room(cap, teams, visits, i.id, here.day, start)
    }
    free = sorted(
        (
            i.id
            for i in unit_mates
            if i.id not in away
            and i.id not in teams[visit][unit]
            and i.is_present(here.day)
            and (not skill or skill in i.skills)
            and not any(r.enterprise == here.enterprise for r in i.recusals)
            and team.isdisjoint(apart.get(i.id, ()))
            and served.get(i.id, 0) + seat.effort <= i.max_half_days
            and all(_room(cap, teams, visits, i.id, here.day, start) > 0 for cap in i.visit_caps)
        ),
        key=lambda name: (
            (not_twice and name in again) or name in beyond,
            ticket(own, name),
            name,
        ),
    )
    if not free:
        raise InfeasibleError(
            [
                sentence(
                    "nobody-free",
                    unit=unit,
                    absent=absent,
                    visit=visit,
                    day=here.day.isoformat(),
                )
            ]
        )
    return Substitution(visit, unit, absent, free[0], tuple(free))


def _room(
    cap: VisitCap,
    teams: Mapping[str, Mapping[str, Sequence[str]]],
    visits: Mapping[str, Visit],
    name: str,
    day: date,
    start: date,
) -> int:
    """Return how many visits more a cap leaves, counting all teams as they stand."""
    span = calendar_span(cap.kind, day)
    count = cap.made if start in span else 0
    for visit, units in teams.items():
        then = visits[visit].day
        if then >= start and then in span:
            count += any(name in ids for ids in units.values())
    return cap.most - count


def _chances(
    cap: VisitCap,
    ahead: Mapping[str, Mapping[str, Collection[str]]],
    visits: Mapping[str, Visit],
    name: str,
    day: date,
) -> int:
    """Return for how many undrawn visits that count under the same cap somebody has odds."""
    span = calendar_span(cap.kind, day)
    return sum(
        visits[visit].day in span and any(name in ids for ids in units.values())
        for visit, units in ahead.items()
    )
