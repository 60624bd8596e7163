"""Why a request has no day, and what would give it one: each mend is tried before it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from optimizer.domain.check import Check
from optimizer.domain.registry import Document
from optimizer.domain.rules import QuietRule
from optimizer.plan.days import Days, lowest
from optimizer.plan.desk import Desk
from optimizer.plan.rulebook import quiet_rules
from optimizer.plan.site import Group


@dataclass(frozen=True, slots=True)
class Refused:
    """No day keeps every rule.

    Attributes
    ----------
    rule
        The rule that stands in the way: an identifier of the rule set, or the unit short of room.
    clause
        Its legal source.
    code
        As of a check left out: ``no-day``, ``quiet``, ``never-staffed``, ``cap``, ``gap``,
        ``capacity``.
    mends
        What would help, each alone, cheapest first: as of a check left out, and with
        ``exempt-source`` the ``sources`` under which the request would be granted.
    """

    rule: str
    clause: str
    code: str
    mends: tuple[Document, ...]


def refuse(desk: Desk, group: Group) -> Refused:
    """Name the first rule that leaves no day, in the order of a check left out.

    Parameters
    ----------
    group
        The check that asks, alone.
    """
    site, problem = desk.site, desk.state.problem
    check = site.checks[-1]
    window = site.windows[-1]
    if not window:
        return Refused("window", "", "no-day", _mends(desk, group, 0))
    passed = site.common(group.mask)
    capped = desk.capped(group, passed)
    apart = capped & ~desk.near(group)
    if not group.exempt:
        apart &= ~site.near_made
    over = bool(group.days) and not group.days & capped
    mends = _mends(desk, group, apart, capped=over)
    if not passed:
        quiet = max(_quiet_rules(desk, check), key=lambda q: ((q[1] & window).bit_count(), q[0].id))
        return Refused(quiet[0].id, quiet[0].source, "quiet", mends)
    if not group.days:
        staffed = _staffed(desk, group, passed)
        unit = min(staffed, key=lambda u: (staffed[u].bit_count(), u))
        return Refused(unit, "", "never-staffed", mends)
    if over:
        counter = site.counters[desk.broken(group, lowest(group.days))[0]]
        return Refused(counter.rule, counter.clause, "cap", mends)
    if not group.days & apart:
        return Refused("gap_days", problem.rules.source, "gap", mends)
    free = _free(desk, group, group.days & apart)
    unit = min(free, key=lambda u: (free[u].bit_count(), u))
    return Refused(unit, "", "capacity", mends)


def _mends(desk: Desk, group: Group, apart: Days, *, capped: bool = False) -> tuple[Document, ...]:
    """Return what would help; `apart` are the days that only lack inspectors."""
    later = list(_due_later(desk))
    others = [*_exempt_source(desk), *_more(desk, group, apart)]
    if later:
        return (*later, *others)
    # Caps begin anew with the year; otherwise what comes after the horizon is not known.
    return ({"mend": "next-year"}, *others) if capped else (*others, {"mend": "next-year"})


def _due_later(desk: Desk) -> Iterator[Document]:
    calendar, check = desk.state.problem.calendar, desk.site.checks[-1]
    if check.due >= calendar.last:
        return
    days = Desk(desk.state, replace(check, due=calendar.last)).any_day()
    if days:
        # Days up to the due date are none of these: on those the check was refused.
        yield {"mend": "due-later", "day": calendar.day(lowest(days)).isoformat()}


def _exempt_source(desk: Desk) -> Iterator[Document]:
    check, rules = desk.site.checks[-1], desk.state.problem.rules
    quiet = [rule for rule, _ in _quiet_rules(desk, None)]

    def kind(source: str) -> tuple[bool, ...]:
        return (source in rules.exempt_sources, *(source in rule.exempt for rule in quiet))

    # Sources of one kind are alike to every rule, so one of them is tried.
    tried = {kind(check.source): False}
    sources = []
    for source in sorted({*rules.exempt_sources, *chain(*(rule.exempt for rule in quiet))}):
        if kind(source) not in tried:
            changed = replace(check, source=source)
            tried[kind(source)] = bool(Desk(desk.state, changed).any_day())
        if tried[kind(source)]:
            sources.append(source)
    if sources:
        yield {"mend": "exempt-source", "sources": sources}


def _more(desk: Desk, group: Group, apart: Days) -> Iterator[Document]:
    """Name the units of which one alone is short on some day, with the first such day."""
    staffed = _staffed(desk, group, apart)
    free = {unit: days & staffed[unit] for unit, days in _free(desk, group, apart).items()}
    for unit in sorted(free, key=lambda u: (free[u].bit_count(), u)):
        days = apart & ~free[unit]
        for other in free:
            if other != unit:
                days &= free[other]
        if days:
            day = desk.state.problem.calendar.day(lowest(days)).isoformat()
            yield {"mend": "more-inspectors", "unit": unit, "days": [day]}


def _staffed(desk: Desk, group: Group, days: Days) -> dict[str, Days]:
    """Return for each unit those of some days on which it could fill its seat at all."""
    staffed = desk.state.problem.staffed
    return {
        s.unit: days & staffed(s.unit, s.inspectors, s.effort, s.skills) for s in group.team.seats
    }


def _free(desk: Desk, group: Group, days: Days) -> dict[str, Days]:
    """Return for each unit those of some days on which it has room, recused inspectors away."""
    state, site = desk.state, desk.site
    # Where nothing else closes a day, those who may not come here do.
    recused = state.room.days(group.rows, days & group.days) & ~group.open
    free = {}
    for unit in [seat.unit for seat in group.team.seats]:
        own = tuple(take for take in group.rows if state.problem.rows[take[0]].unit == unit)
        free[unit] = state.room.days(own, days)
        if unit in site.recused:
            free[unit] &= ~recused
    return free


def _quiet_rules(desk: Desk, check: Check | None) -> list[tuple[QuietRule, Days]]:
    """Return the quiet rules that cover the enterprise and keep the check out, with their days."""
    site = desk.site
    held = {
        rule.id
        for rule in quiet_rules(desk.state.problem.rules, site.enterprise, site.section)
        if check is None or check.source not in rule.exempt
    }
    return [(rule, days) for rule, days in desk.state.quiet if rule.id in held]
