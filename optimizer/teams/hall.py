"""Visits that no team can be found for: which collide, why, and what would mend it.

By Hall's theorem seats cannot all be filled exactly when some of them together ask for more than
those who may fill them can give. Units share no inspectors and no rule joins two days, so each
unit and day is looked at alone; the set of visits reported is irreducible: without any one of
them the others can be staffed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from optimizer.domain.cut import Cut
from optimizer.domain.days import Span
from optimizer.domain.inspector import RECUSAL_KINDS, Inspector
from optimizer.domain.registry import Registers
from optimizer.domain.unit import Unit
from optimizer.domain.visit import Visit
from optimizer.messages import Words, listed, sentence
from optimizer.teams.bars import bars_of
from optimizer.teams.duty import can_staff, most_seats
from optimizer.teams.given import check_visits
from optimizer.teams.minimal import Violators, minimal_violators
from optimizer.teams.network import fill
from optimizer.teams.seats import (
    Group,
    by_unit,
    groups_of,
    make_part,
    split_by_day,
)

ANY_KEY = bytes(32)
"""Where there is no first draw yet: what can be staffed at all does not hang on it."""
_NAMED = 3
"""How many inspectors a mend names."""


def find_cuts(
    visits: Sequence[Visit],
    registers: Registers,
    *,
    period: Span | None = None,
    not_twice: bool = False,
    key: bytes = ANY_KEY,
) -> tuple[Cut, ...]:
    """Return every set of visits that a unit cannot staff on a day, for the planner to part.

    Parameters
    ----------
    visits
        A plan's, in its order: the whole plan or part of it.
    period
        Look only at these days; ``None``: at all.
    not_twice
        The team rule of that name.
    key
        The duty key, by which those who must not go together are parted.

    Returns
    -------
    tuple
        In order of unit and day; empty when teams can be found for every visit. When a day
        holds several collisions each is returned once, also where they overlap.

    Raises
    ------
    InputError
        If a visit is not a plan's or names a unit that the registers lack.
    """
    check_visits(visits, registers)
    people = by_unit(registers)
    cuts: list[Cut] = []
    for unit, groups in barred_groups(visits, registers, not_twice, key, period).items():
        for day in unstaffed_days(unit, groups, people[unit]):
            today = [g for g in groups if g.day == day]
            cuts += day_cuts(today, people[unit])[0]
    return tuple(cuts)


def barred_groups(
    visits: Sequence[Visit],
    registers: Registers,
    not_twice: bool,
    key: bytes,
    period: Span | None = None,
) -> Mapping[str, list[Group]]:
    """Return the groups of visits by unit, without those whom open rules keep out."""
    groups = groups_of(visits, period)
    bars = bars_of(groups, by_unit(registers), key, not_twice=not_twice)
    return bars.groups if bars else groups


def unstaffed_days(
    unit: str, groups: Sequence[Group], inspectors: Sequence[Inspector]
) -> list[date]:
    """Return the days on which the unit's seats cannot all be filled."""
    days = split_by_day(groups)
    mixed = {day for day, today in days.items() if any(g.effort == 2 for g in today)}
    failed = {day for day in mixed if not staffable(days[day], inspectors)}
    plain = [g for g in groups if g.day not in mixed]
    part = make_part(unit, 1, plain, inspectors, lambda _day, _name: False)
    flow = fill(part)
    if not flow.full:
        failed |= {g.day for g, short in zip(plain, flow.violator, strict=True) if short}
    return sorted(failed)


def staffable(groups: Sequence[Group], inspectors: Sequence[Inspector]) -> bool:
    """Return whether all seats of one unit and day can be filled, duty being free to choose."""
    if not groups:
        return True
    if all(g.effort == 1 for g in groups):
        return fill(make_part(groups[0].unit, 1, groups, inspectors, lambda _d, _n: False)).full
    return can_staff(groups[0].unit, groups[0].day, groups, inspectors, ANY_KEY)


def day_cuts(
    groups: Sequence[Group], inspectors: Sequence[Inspector]
) -> tuple[list[Cut], Violators]:
    """Return the irreducible collisions of one unit and day, and the sets that they are of.

    All there are, also such as overlap in pairs, as far as `minimal_violators` looks; in order.
    """

    def short_of(some: frozenset[str]) -> frozenset[str] | None:
        mine = [g for g in groups if g.visit in some]
        return None if staffable(mine, inspectors) else some

    found = minimal_violators((g.visit for g in groups), short_of)
    cuts = [_cut([g for g in groups if g.visit in core], inspectors) for core in found.sets]
    return cuts, found


def tell_together(unit: Unit, found: Violators, day: date | None = None) -> Iterator[Words]:
    """Say of a unit's collisions, of a day or over time, what mends all, and if there are more."""
    place = {"unit": unit.name, "code": unit.id}
    where = sentence("when-day", first=day.isoformat()) if day else sentence("when-over-time")
    if len(found.sets) > len(found.enough):
        yield sentence(
            "collisions-together",
            **place,
            when=where,
            n=len(found.sets),
            visits=listed(found.enough, " and "),
        )
    if not found.all:
        yield sentence("collisions-more", **place, when=where, n=len(found.sets))


def _cut(core: Sequence[Group], inspectors: Sequence[Inspector]) -> Cut:
    asked = sum(g.seats for g in core)
    unskilled = [replace(i, skills=frozenset(_skills(core))) for i in inspectors]
    if staffable(core, [replace(i, recusals=()) for i in inspectors]):
        reason = "recusal"
    elif staffable([replace(g, barred=frozenset()) for g in core], inspectors):
        reason = "apart"
    elif staffable(core, unskilled):
        reason = "skill"
    elif staffable(core, [replace(i, leave=()) for i in inspectors]):
        reason = "absence"
    elif staffable(core, [_certified(i, core[0].day) for i in inspectors]):
        reason = "certificate"
    elif any(g.effort == 2 for g in core) and staffable(
        [replace(g, effort=1) for g in core], inspectors
    ):
        reason = "full-day"
    else:
        reason = "capacity"
    skills = _skills(core)
    skill = skills[0] if reason == "skill" and len(skills) == 1 else ""
    if skill:
        short = [g for g in core if g.skill == skill]
        if not staffable(short, inspectors):
            core = short
            asked = sum(g.seats for g in core)
        else:
            skill = ""  # only together with seats that ask for no skill
    names: dict[str, str] = {}
    for g in core:
        names.setdefault(g.visit, g.enterprise)
    return Cut(
        core[0].unit,
        core[0].day,
        skill,
        most_seats(core, inspectors).filled,
        asked,
        tuple(names),
        tuple(names.values()),
        reason,
    )


def _skills(groups: Iterable[Group]) -> list[str]:
    return sorted({g.skill for g in groups if g.skill})


def explain(cut: Cut, groups: Sequence[Group], registers: Registers) -> Words:
    """Say a collision and its cheapest mends in words a clerk understands.

    Parameters
    ----------
    groups
        The unit's groups; those of the cut's visits are looked at.
    """
    unit = registers.units[cut.unit]
    inspectors = by_unit(registers)[cut.unit]
    core = [g for g in groups if g.visit in cut.visits and g.day == cut.day]
    if cut.skill:
        core = [g for g in core if g.skill == cut.skill] or core
    present = [i for i in inspectors if i.is_present(cut.day)]
    people = "inspector" if cut.asked == 1 else "inspectors"
    visits = [
        sentence("visit-at", visit=v, enterprise=e)
        for v, e in zip(cut.visits, cut.enterprises, strict=True)
    ]
    if len(visits) == 1:
        mends = [sentence("mend-move-one", visit=cut.visits[0])]
    else:
        mends = [sentence("mend-move-any")]
    mends += _people_mends(cut, core, inspectors)
    return sentence(
        "collision",
        unit=unit.name,
        code=cut.unit,
        day=cut.day.isoformat(),
        visits=shortened(visits),
        asks="asks for" if len(visits) == 1 else "ask for",
        asked=cut.asked,
        whom=sentence("whom-skill", people=people, skill=cut.skill)
        if cut.skill
        else sentence("whom", people=people),
        possible=cut.possible,
        why=_why(cut, core, present, inspectors),
        mends=listed(mends, "; or ", "；或"),
    )


def _why(
    cut: Cut,
    core: Sequence[Group],
    present: Sequence[Inspector],
    inspectors: Sequence[Inspector],
) -> Words:
    away, expired = _absent(inspectors, cut.day), _expired(inspectors, cut.day)
    match cut.reason:
        case "skill" if cut.skill:
            holders = sum(cut.skill in i.skills for i in present)
            return sentence("why-skill", present=len(present), holders=holders)
        case "skill":
            return sentence("why-skills")
        case "recusal":
            return sentence("why-recusal", who=shortened(_recused(core, present)))
        case "apart":
            return sentence("why-apart")
        case "absence":
            return sentence("why-absence", who=shortened(away))
        case "certificate":
            return sentence("why-certificate", who=shortened(expired))
        case "full-day":
            able = sum(i.max_half_days == 2 for i in present)
            if all(g.effort == 2 for g in core):
                return sentence("why-whole-day", present=len(present), able=able)
            return sentence("why-full-day")
    # No rule alone keeps the seats empty: all that keep somebody out are told.
    recused = _recused(core, present)
    whys = [sentence("why-capacity", present=len(present), all=len(inspectors))]
    whys += [sentence("why-absence", who=shortened(away))] if away else []
    whys += [sentence("why-certificate", who=shortened(expired))] if expired else []
    whys += [sentence("why-recusal", who=shortened(recused))] if recused else []
    return listed(whys, "; ", "；")


def _people_mends(
    cut: Cut, core: Sequence[Group], inspectors: Sequence[Inspector]
) -> Iterator[Words]:
    """Yield what people could do: come back, have a certificate or a skill, be added."""
    on_leave = [
        k for k, i in enumerate(inspectors) if cut.day in i.valid and not i.is_present(cut.day)
    ]
    back = {k: replace(inspectors[k], leave=()) for k in on_leave}
    alone, together = _helping(core, inspectors, back)
    yield from (sentence("mend-return", who=who) for who in alone)
    if together:
        yield sentence("mend-return", who=listed(together, " and "))
    expired = [k for k, i in enumerate(inspectors) if cut.day not in i.valid]
    renewed = {k: _certified(inspectors[k], cut.day) for k in expired}
    alone, together = _helping(core, inspectors, renewed)
    if alone:
        yield sentence("mend-renew", who=listed(alone, " or ", "或"))
    elif together:
        yield sentence("mend-renew", who=listed(together, " and "))
    missing = cut.asked - cut.possible
    if cut.reason == "skill" and cut.skill:
        code = "mend-skill" if missing == 1 else "mend-skill-several"
        yield sentence(code, skill=cut.skill, n=missing)
    else:
        yield added(
            *fewest_added(core, missing, lambda more: staffable(core, [*inspectors, *more]))
        )


def _helping(
    core: Sequence[Group], inspectors: Sequence[Inspector], instead: Mapping[int, Inspector]
) -> tuple[list[str], list[str]]:
    """Return who, put in another's place, mends it alone; where nobody does, a few who do together.

    Parameters
    ----------
    instead
        Place in `inspectors` → the same person as they could be.
    """

    def helps(some: Iterable[int]) -> bool:
        chosen = set(some)
        people = [instead[k] if k in chosen else i for k, i in enumerate(inspectors)]
        return staffable(core, people)

    if not helps(instead):
        return [], []
    alone = [inspectors[k].id for k in instead if helps([k])][:_NAMED]
    if alone:
        return alone, []
    needed = list(instead)
    for k in instead:
        if helps(other for other in needed if other != k):
            needed.remove(k)
    return [], [inspectors[k].id for k in needed]


def fewest_added(
    core: Sequence[Group], missing: int, helps: Callable[[Sequence[Inspector]], bool]
) -> tuple[int, list[str]]:
    """Return how few more inspectors would mend it, and the skills that they must hold.

    Parameters
    ----------
    missing
        Seats that stay empty: so many always do.
    helps
        Whether these do. They may go to every visit, for the whole day.
    """
    always = Span(date.min, date.max)

    def new(n: int, skills: Iterable[str]) -> list[Inspector]:
        held = frozenset(skills)
        return [Inspector(f"\U0010ffff{k}", "", core[0].unit, "", always, held) for k in range(n)]

    skills = _skills(core)
    fewest = next((n for n in range(1, missing) if helps(new(n, skills))), missing)
    return fewest, skills if skills and not helps(new(fewest, ())) else []


def added(n: int, skills: Sequence[str]) -> Words:
    """Say that inspectors be added."""
    if skills:
        code = "mend-add-one-skilled" if n == 1 else "mend-add-skilled"
        return sentence(code, n=n, skills=listed(skills, " and "))
    return sentence("mend-add-one" if n == 1 else "mend-add", n=n)


def explain_cuts(
    cuts: Sequence[Cut],
    visits: Sequence[Visit],
    registers: Registers,
    *,
    not_twice: bool = False,
    key: bytes = ANY_KEY,
) -> tuple[Words, ...]:
    """Say every collision of a plan, as `explain` does.

    Parameters
    ----------
    cuts
        As `find_cuts` returned them for these visits, with the same rule and key.
    """
    groups = barred_groups(visits, registers, not_twice, key)
    return tuple(explain(cut, groups[cut.unit], registers) for cut in cuts)


def shortened(names: Sequence[str]) -> Words:
    """Return the first few names in a row, and how many more there are."""
    shown = listed(names[: 2 * _NAMED])
    more = len(names) - 2 * _NAMED
    return sentence("and-more", listed=shown, n=more) if more > 0 else shown


def _recused(core: Sequence[Group], present: Sequence[Inspector]) -> list[Words]:
    enterprises = {g.enterprise for g in core}
    return [
        sentence(
            "recused-from", who=i.id, enterprise=r.enterprise, kind=sentence(f"ground-{r.kind}")
        )
        if r.kind in RECUSAL_KINDS
        else sentence("recused-from-shut", who=i.id, enterprise=r.enterprise)
        for i in present
        for r in i.recusals
        if r.enterprise in enterprises
    ]


def _absent(inspectors: Sequence[Inspector], day: date) -> list[str]:
    return [i.id for i in inspectors if any(day in span for span in i.leave)]


def _expired(inspectors: Sequence[Inspector], day: date) -> list[str]:
    return [i.id for i in inspectors if day not in i.valid]


def _certified(inspector: Inspector, day: date) -> Inspector:
    return inspector if day in inspector.valid else replace(inspector, valid=Span(day, day))
