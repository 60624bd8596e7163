"""Bars: who is kept out of a visit by an open rule that no network of seats can hold.

Not twice running at an enterprise, and two who must not go together, join visits or people in
ways that leave the two laminar families of the lottery (Budish, Che, Kojima and Milgrom 2013).
They are handled openly: by tickets of a key that was public before the odds were made, so that
nobody chooses who is kept out, and anyone can do it again. Rules: ``docs/formats/teams.md``,
*Bars*.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from optimizer.chance import sub_key
from optimizer.domain.inspector import Inspector
from optimizer.domain.registry import Document
from optimizer.teams.duty import can_fill, first_by_ticket, ticket
from optimizer.teams.marginals import DENOMINATOR
from optimizer.teams.numeric import decimal
from optimizer.teams.seats import Group, Indices, Part
from optimizer.teams.transcript import kept_apart

ATTEMPTS = 8
"""How many ways to part those who must not go together are tried for a day."""

Place = tuple[str, str]
"""Unit and visit."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Who is kept out of what.

    Attributes
    ----------
    groups
        By unit, as given, with `Group.barred` and `Group.discounted` filled.
    attempts
        Day → which way of parting was taken, where not the first.
    relieved
        Units and days on which too few others are left: nobody is kept out there for having
        been at the enterprise before, only discounted.
    counts
        Rule → pairs of visit and inspector that it keeps out.
    """

    groups: Mapping[str, list[Group]]
    attempts: Mapping[date, int]
    relieved: tuple[tuple[str, date], ...]
    counts: Mapping[str, int]

    def without(self) -> dict[str, list[Group]]:
        """Return the groups of the units that have bars, as if there were none."""
        return {
            unit: [replace(g, barred=frozenset(), discounted=frozenset()) for g in mine]
            for unit, mine in self.groups.items()
            if any(g.barred or g.discounted for g in mine)
        }

    def document(self) -> Document:
        """Return ``bars`` of odds.json."""
        return {
            "attempts": [
                {"day": day.isoformat(), "attempt": attempt}
                for day, attempt in sorted(self.attempts.items())
            ],
            "relieved": [{"unit": u, "day": day.isoformat()} for u, day in self.relieved],
            "kept_out": dict(sorted(self.counts.items())),
        }


def bars_of(
    groups: Mapping[str, list[Group]],
    people: Mapping[str, tuple[Inspector, ...]],
    key: bytes,
    *,
    not_twice: bool,
) -> Bars | None:
    """Keep out of each visit whom the rules keep out; ``None`` where no rule can.

    Parameters
    ----------
    groups
        By unit, in the plan's order.
    people
        Each unit's inspectors in order of identifier.
    key
        The duty key: that of the first draw.
    not_twice
        The rule of that name.
    """
    apart = kept_apart(i for members in people.values() for i in members)
    if not (not_twice or apart):
        return None
    again = _been_before(groups, people, key) if not_twice else {}
    days: dict[date, dict[str, list[Group]]] = {}
    for unit, mine in groups.items():
        for group in mine:
            days.setdefault(group.day, {}).setdefault(unit, []).append(group)
    attempts: dict[date, int] = {}
    relieved: list[tuple[str, date]] = []
    kept: dict[Place, tuple[frozenset[str], frozenset[str]]] = {}
    for day, units in sorted(days.items()):
        first = None
        for attempt in range(ATTEMPTS if apart else 1):
            parted = _parted(day, units, people, apart, key, attempt)
            found, tight, whole = _judge(day, units, people, key, again, parted)
            first = first or (found, tight)
            if whole:
                if attempt:
                    attempts[day] = attempt
                break
        else:
            assert first
            found, tight = first
        relieved += [(unit, day) for unit in tight]
        kept |= found
    barred = {
        unit: [
            replace(
                group,
                barred=kept.get((unit, group.visit), _NOBODY)[0],
                discounted=kept.get((unit, group.visit), _NOBODY)[1],
            )
            for group in mine
        ]
        for unit, mine in groups.items()
    }
    counts: dict[str, int] = {}
    for place, (out, _) in kept.items():
        before = again.get(place, frozenset())
        for name in out:
            rule = "twice" if name in before else "apart"
            counts[rule] = counts.get(rule, 0) + 1
    return Bars(
        MappingProxyType(barred),
        MappingProxyType(attempts),
        tuple(sorted(relieved)),
        MappingProxyType(counts),
    )


def odds_change(
    ruled: Iterable[tuple[Part, Indices]], bare: Iterable[tuple[Part, Indices]]
) -> Document:
    """Return ``change`` of the bars: how far they move the odds from what they would be without.

    Parameters
    ----------
    ruled, bare
        Parts with odds, over D, under the bars and without them; of the latter only those that
        have bars.

    Returns
    -------
    dict
        How many pairs of group and inspector have other odds by more than a thousandth, and by
        how much at most.
    """

    def table(many: Iterable[tuple[Part, Indices]]) -> dict[tuple[str, str, str, str], int]:
        return {
            (g.unit, g.visit, g.skill, part.inspectors[k]): x
            for part, odds in many
            for g, k, x in zip(
                [part.groups[n] for n in part.pair_group.tolist()],
                part.pair_inspector.tolist(),
                odds.tolist(),
                strict=True,
            )
        }

    before, now = table(bare), table(ruled)
    moved = [abs(now.get(place, 0) - x) for place, x in before.items()]
    changed = sum(away * 1000 > DENOMINATOR for away in moved)
    return {"pairs": changed, "largest": decimal(Fraction(max(moved, default=0), DENOMINATOR))}


_NOBODY: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())


def _been_before(
    groups: Mapping[str, list[Group]],
    people: Mapping[str, tuple[Inspector, ...]],
    key: bytes,
) -> dict[Place, frozenset[str]]:
    """Return who would go to an enterprise twice running, by unit and visit.

    From the first visit of the period those who made the last one before. Of two visits that
    follow each other in the period those of odd rank by ticket from one, of even rank from the
    other, since nobody knows yet who makes the first.
    """
    found: dict[Place, frozenset[str]] = {}
    for unit, mine in groups.items():
        visits: dict[str, list[str]] = {}
        for group in mine:
            known = visits.setdefault(group.enterprise, [])
            if group.visit not in known:
                known.append(group.visit)
        last: dict[str, set[str]] = {}
        for inspector in people[unit]:
            for enterprise in inspector.last_visited:
                last.setdefault(enterprise, set()).add(inspector.id)
        for enterprise, known in visits.items():
            if enterprise in last:
                found[unit, known[0]] = frozenset(last[enterprise])
            if len(known) == 1:
                continue
            own = sub_key(key, "twice", f"{unit}/{enterprise}")
            order = sorted((i.id for i in people[unit]), key=lambda name: ticket(own, name))
            for place, visit in enumerate(known):
                out = frozenset(order[1 - place % 2 :: 2])
                found[unit, visit] = found.get((unit, visit), frozenset()) | out
    return found


def _parted(
    day: date,
    units: Mapping[str, Sequence[Group]],
    people: Mapping[str, tuple[Inspector, ...]],
    apart: Mapping[str, frozenset[str]],
    key: bytes,
    attempt: int,
) -> dict[Place, frozenset[str]]:
    """Return whom each visit of a day goes without so that no two go who must not go together.

    In order of ticket everybody who may belong to the visit's team stays, unless somebody who
    stays already is kept apart from them.
    """
    if not apart:
        return {}
    visits: dict[str, set[str]] = {}
    enterprises: dict[str, str] = {}
    for unit, mine in units.items():
        for group in mine:
            visits.setdefault(group.visit, set()).add(unit)
            enterprises[group.visit] = group.enterprise
    found: dict[Place, frozenset[str]] = {}
    for visit, attending in visits.items():
        home = {
            i.id: unit
            for unit in attending
            for i in people[unit]
            if i.id in apart
            and i.is_present(day)
            and all(r.enterprise != enterprises[visit] for r in i.recusals)
        }
        asked = [name for name in home if not apart[name].isdisjoint(home)]
        if not asked:
            continue
        own = sub_key(key, "apart", f"{enterprises[visit]}/{day}/{attempt}")
        stays: set[str] = set()
        for name in sorted(asked, key=lambda name: ticket(own, name)):
            if apart[name].isdisjoint(stays):
                stays.add(name)
        for unit in attending:
            out = frozenset(n for n in asked if home[n] == unit and n not in stays)
            if out:
                found[unit, visit] = out
    return found


def _judge(
    day: date,
    units: Mapping[str, Sequence[Group]],
    people: Mapping[str, tuple[Inspector, ...]],
    key: bytes,
    again: Mapping[Place, frozenset[str]],
    parted: Mapping[Place, frozenset[str]],
) -> tuple[dict[Place, tuple[frozenset[str], frozenset[str]]], list[str], bool]:
    """Return who is out and who is discounted, units that are relieved, and whether all is filled.

    Filled means: with those first by ticket on full-day duty.
    """
    kept: dict[Place, tuple[frozenset[str], frozenset[str]]] = {}
    tight: list[str] = []
    whole = True
    for unit, mine in units.items():
        before = {g.visit: again.get((unit, g.visit), frozenset()) for g in mine}
        without = {g.visit: parted.get((unit, g.visit), frozenset()) for g in mine}
        out = {visit: before[visit] | without[visit] for visit in before}
        if any(out.values()) and not _filled(unit, day, mine, people[unit], key, out):
            if any(before.values()):
                tight.append(unit)
            whole &= _filled(unit, day, mine, people[unit], key, without)
            for visit in before:
                kept[unit, visit] = (without[visit], before[visit] - without[visit])
        else:
            for visit, names in out.items():
                kept[unit, visit] = (names, frozenset())
    return {place: both for place, both in kept.items() if both[0] or both[1]}, tight, whole


def _filled(
    unit: str,
    day: date,
    mine: Sequence[Group],
    inspectors: Sequence[Inspector],
    key: bytes,
    out: Mapping[str, frozenset[str]],
) -> bool:
    groups = [replace(g, barred=out[g.visit]) for g in mine]
    duty: frozenset[str] = frozenset()
    if any(g.effort == 2 for g in groups):
        _, duty = first_by_ticket(unit, day, groups, inspectors, key)
    return can_fill(unit, groups, inspectors, duty)
