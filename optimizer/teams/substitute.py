"""Substitution: an inspector who cannot come is replaced by lottery, not by choice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

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


@dataclass(frozen=True, slots=True)
class Muster:
    """Who is where, as stand-ins for the visits of one odds document are found.

    Attributes
    ----------
    key
        Of the draw that drew the visits' teams.
    teams
        Visit → unit → inspectors in order of seats, as they stand.
    visits
        By number; all that are drawn or have odds.
    inspectors
        As the roster of the odds has them.
    start
        First day of the odds' period.
    before
        Inspector → day of each visit that was drawn when the odds were committed: the roster
        counts them.
    ahead
        Of visits that are not drawn: visit → unit → who has odds above 0 (`chances_after`). Whom
        those draws could take to the enterprise too, or beyond a cap, comes last.
    not_twice
        The team rule of that name: those who were or will be at the enterprise come last.
    """

    key: bytes
    teams: Mapping[str, Mapping[str, Sequence[str]]]
    visits: Mapping[str, Visit]
    inspectors: Mapping[str, Inspector]
    start: date
    before: Mapping[str, Sequence[date]] = field(default_factory=lambda: MappingProxyType({}))
    ahead: Mapping[str, Mapping[str, Collection[str]]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    not_twice: bool = False

    def counted(self, cap: VisitCap, name: str, day: date, *, without: Collection[str] = ()) -> int:
        """Return how many visits of an inspector, as teams stand, a cap counts with a day's.

        Parameters
        ----------
        without
            Visits that are not counted.
        """
        span = calendar_span(cap.kind, day)
        count = 0
        if self.start in span:
            count = cap.made - sum(then in span for then in self.before.get(name, ()))
        for visit, units in self.teams.items():
            if visit not in without and self.visits[visit].day in span:
                count += any(name in ids for ids in units.values())
        return count

    def chances(self, cap: VisitCap, name: str, day: date) -> int:
        """Return for how many undrawn visits that count under the same cap somebody has odds."""
        span = calendar_span(cap.kind, day)
        return sum(
            self.visits[visit].day in span and any(name in ids for ids in units.values())
            for visit, units in self.ahead.items()
        )


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
    muster = Muster(
        teams.key,
        now,
        visits,
        registers.inspectors,
        teams.odds.period.first,
        ahead=chances_after(teams.odds.document, visits, last),
        not_twice=not_twice,
    )
    return replacement(muster, visit, absent, already_away=away)


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
    muster: Muster,
    visit: str,
    absent: str,
    *,
    already_away: Collection[str] = (),
    shun: Collection[str] = (),
) -> Substitution:
    """Draw who goes in place of an inspector.

    Parameters
    ----------
    visit, absent
        As in `substitute`.
    already_away
        Given as absent on that day before.
    shun
        Whom the seat would only break the same rule for.

    Raises
    ------
    InputError
        If there is no such visit, or `absent` is not in its team.
    InfeasibleError
        If nobody is free who may go.
    """
    teams, visits, ahead = muster.teams, muster.visits, muster.ahead
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
    out = {absent, *already_away, *shun}
    own = sub_key(muster.key, "substitute", f"{visit}/{unit}/{absent}")
    team = {name for members in teams[visit].values() for name in members} - {absent}
    inspectors = muster.inspectors.values()
    apart = kept_apart(inspectors)
    again = {i.id for i in inspectors if here.enterprise in i.last_visited}
    both: tuple[Mapping[str, Mapping[str, Collection[str]]], ...] = (teams, ahead)
    for there in both:
        for other, whom in there.items():
            if other != visit and visits[other].enterprise == here.enterprise:
                again.update(whom.get(unit, ()))
    # Whoever is of another unit cannot go, and counting under a cap goes over all teams.
    unit_mates = [i for i in inspectors if i.unit == unit]
    room = {
        i.id: [(cap, cap.most - muster.counted(cap, i.id, here.day)) for cap in i.visit_caps]
        for i in unit_mates
    }
    beyond = {
        name
        for name, caps in room.items()
        for cap, left in caps
        if muster.chances(cap, name, here.day) >= left
    }
    free = sorted(
        (
            i.id
            for i in unit_mates
            if i.id not in out
            and i.id not in teams[visit][unit]
            and i.is_present(here.day)
            and (not skill or skill in i.skills)
            and not any(r.enterprise == here.enterprise for r in i.recusals)
            and team.isdisjoint(apart.get(i.id, ()))
            and served.get(i.id, 0) + seat.effort <= i.max_half_days
            and all(left > 0 for _, left in room[i.id])
        ),
        key=lambda name: (
            (muster.not_twice and name in again) or name in beyond,
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
