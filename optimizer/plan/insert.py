"""The answer at once: the best visit to join, a new one, or a refusal, and nothing moves.

A state holds the room left of every unit's day and each enterprise's visits; it is never changed:
`insert` returns a new one that shares all it did not touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from optimizer.domain.check import Check
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit, VisitMade
from optimizer.errors import InputError
from optimizer.plan.caps import broken_caps
from optimizer.plan.days import Days, active_days, bits
from optimizer.plan.faults import check_faults
from optimizer.plan.problem import Problem, capacity_rows
from optimizer.plan.result import Plan
from optimizer.plan.rulebook import quiet_rules
from optimizer.plan.site import Group, Site

Lines = Mapping[tuple[str, str, str], tuple[int, ...]]
"""``(unit, kind, skill)`` → room left by day."""


@dataclass(frozen=True, slots=True)
class PlanState:
    """A plan as it stands, ready for requests.

    Attributes
    ----------
    problem
        What the plan was made from: rules, calendar, registers, capacities.
    checks
        Enterprise → its checks that are in visits.
    visits
        Enterprise → its visits, in order of day.
    left
        What the visits leave of the units' days they touch; other lines are the capacities.
    made
        Enterprise → visits made.
    """

    problem: Problem
    checks: Mapping[str, tuple[Check, ...]]
    visits: Mapping[str, tuple[Visit, ...]]
    left: Lines
    made: Mapping[str, tuple[VisitMade, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> PlanState:
        """Return the state of a plan."""
        problem = plan.problem
        by_id = {c.id: c for site in problem.sites for c in site.checks}
        visits: dict[str, tuple[Visit, ...]] = {}
        checks: dict[str, tuple[Check, ...]] = {}
        left = {
            (row.unit, row.kind, row.skill): list(row.room)
            for row in problem.rows
            if row.kind != "cut"
        }
        for visit in plan.visits:
            visits[visit.enterprise] = (*visits.get(visit.enterprise, ()), visit)
            checks[visit.enterprise] = (
                *checks.get(visit.enterprise, ()),
                *(by_id[c] for c in visit.checks),
            )
            day = problem.calendar.index(visit.day)
            for key, amount in _takes(visit):
                left[key][day] -= amount
        made: dict[str, tuple[VisitMade, ...]] = {}
        for past in problem.registers.visits_made:
            made[past.enterprise] = (*made.get(past.enterprise, ()), past)
        return cls(problem, checks, visits, {key: tuple(line) for key, line in left.items()}, made)


@dataclass(frozen=True, slots=True)
class Joined:
    """The check joins a visit that stands.

    Attributes
    ----------
    visit
        As it is now; its number and day are those it had.
    with_checks
        The checks it joins.
    """

    state: PlanState
    visit: Visit
    with_checks: tuple[str, ...]

    @property
    def day(self) -> date:
        """Day of the visit."""
        return self.visit.day


@dataclass(frozen=True, slots=True)
class New:
    """The check gets a visit of its own."""

    state: PlanState
    visit: Visit

    @property
    def day(self) -> date:
        """Day of the visit."""
        return self.visit.day


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
        What would help, cheapest first.
    """

    rule: str
    clause: str
    code: str
    mends: tuple[Document, ...]


def insert(state: PlanState, check: Check, *, name: str = "") -> Joined | New | Refused:
    """Answer a request at once: join, new visit or refusal; visits that stand keep their days.

    A visit is joined if one can be, the earliest; else a new one is made on the earliest day if
    the check is triggered, on the emptiest day of its units if it is planned.

    Parameters
    ----------
    state
        Not changed.
    check
        On-site, of an enterprise, item and units of the registers, not in the plan yet.
    name
        Number of a new visit; by default ``N-`` and the check's id.

    Raises
    ------
    InputError
        If the check does not fit the registers, or is in the plan already.
    """
    registers = state.problem.registers
    own = state.checks.get(check.enterprise, ())
    faults = check_faults((*own, check), registers)
    if faults:
        raise InputError(faults)
    desk = _Desk.of(state, check)
    bit = 1 << next(i for i, c in enumerate(desk.site.checks) if c.id == check.id)
    for visit, group, day in desk.standing:
        joined = desk.problem.group(desk.site, group.mask | bit)
        others = [(g, d) for _, g, d in desk.standing if d != day]
        if desk.fits(joined, day, others, instead=group):
            seats = joined.team.seats
            changed = replace(
                visit,
                checks=tuple(sorted((*visit.checks, check.id))),
                lead=joined.team.lead,
                seats=seats,
                exempt=_exempt_code(state, desk.site, joined),
            )
            return Joined(_put(state, check, changed, visit), changed, visit.checks)
    group = desk.problem.group(desk.site, bit)
    others = [(g, d) for _, g, d in desk.standing]
    chosen: tuple[int, int] | None = None
    for day in bits(group.days):
        if not desk.fits(group, day, others):
            continue
        if check.kind == "triggered":
            chosen = (0, day)
            break
        score = -desk.slack(group, day)
        if chosen is None or (score, day) < chosen:
            chosen = (score, day)
    if chosen is None:
        return _refuse(desk, group, others)
    made = Visit(
        name or f"N-{check.id}",
        check.enterprise,
        state.problem.calendar.day(chosen[1]),
        (check.id,),
        group.team.lead,
        group.team.seats,
        _exempt_code(state, desk.site, group),
    )
    return New(_put(state, check, made, None), made)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One enterprise with the check that asks, and what stands there."""

    state: PlanState
    problem: Problem
    site: Site
    standing: tuple[tuple[Visit, Group, int], ...]

    @classmethod
    def of(cls, state: PlanState, check: Check) -> _Desk:
        base = state.problem
        registers = base.registers
        checks = tuple(sorted((*state.checks.get(check.enterprise, ()), check), key=lambda c: c.id))
        items = {c.item: registers.items[c.item] for c in checks}
        units = {u: registers.units[u] for c in checks for u in c.units}
        rows, row_of = capacity_rows(checks, items, units, base.capacity, len(base.calendar))
        made = state.made.get(check.enterprise, ())
        site = base.maker.make(0, check.enterprise, checks, made)
        problem = replace(
            base, items=items, units=units, sites=(site,), rows=tuple(rows), row_of=row_of
        )
        problem.forget()
        place = {c.id: i for i, c in enumerate(checks)}
        standing = []
        for visit in state.visits.get(check.enterprise, ()):
            mask = sum(1 << place[c] for c in visit.checks)
            standing.append((visit, problem.group(site, mask), base.calendar.index(visit.day)))
        return cls(state, problem, site, tuple(standing))

    def fits(
        self,
        group: Group,
        day: int,
        others: list[tuple[Group, int]],
        instead: Group | None = None,
    ) -> bool:
        """Return whether a group can stand on a day, in place of one that stands there."""
        if not group.open >> day & 1 or not self.has_room(group, day, instead):
            return False
        return not self.too_near(group, day, others) and not broken_caps(
            self.problem, self.site, [*others, (group, day)]
        )

    def has_room(self, group: Group, day: int, instead: Group | None = None) -> bool:
        """Return whether the units' day has room."""
        given = dict(instead.rows) if instead is not None else {}
        return all(self.room(row, day) >= amount - given.get(row, 0) for row, amount in group.rows)

    def room(self, row: int, day: int) -> int:
        """Return what is left of a row on a day."""
        line = self.problem.rows[row]
        left = self.state.left.get((line.unit, line.kind, line.skill))
        return (line.room if left is None else left)[day]

    def slack(self, group: Group, day: int) -> int:
        """Return what would be left of the tightest row."""
        return min(self.room(row, day) - amount for row, amount in group.rows)

    def too_near(self, group: Group, day: int, others: list[tuple[Group, int]]) -> bool:
        """Return whether another visit lies on the day, or nearer than the gap."""
        gap = self.problem.rules.gap_days
        return any(
            other == day or (not group.exempt and not g.exempt and abs(other - day) < gap)
            for g, other in others
        )


def _refuse(desk: _Desk, group: Group, others: list[tuple[Group, int]]) -> Refused:
    """Name the first rule that leaves no day, in the order of a check left out."""
    problem, site = desk.problem, desk.site
    i = group.mask.bit_length() - 1
    check = site.checks[i]
    later = {"mend": "due-later"}
    if not site.windows[i]:
        return Refused("window", "", "no-day", (later,))
    alone: Days = site.common(group.mask)
    if not alone:
        rule = next(
            rule
            for rule in quiet_rules(problem.rules, site.enterprise, site.section)
            if check.source not in rule.exempt
            and active_days(rule, problem.calendar) & site.windows[i]
        )
        return Refused(rule.id, rule.source, "quiet", (later, {"mend": "exempt-source"}))
    if not group.days:
        unit = min(
            (
                (problem.staffed(s.unit, s.inspectors, s.effort, s.skills) & alone).bit_count(),
                s.unit,
            )
            for s in group.team.seats
        )[1]
        return Refused(unit, "", "never-staffed", ({"mend": "more-inspectors", "unit": unit},))
    days = 0
    counter = None
    for day in bits(group.days):
        broken = broken_caps(problem, site, [*others, (group, day)])
        if broken:
            counter = counter or site.counters[broken[0]]
        else:
            days |= 1 << day
    if not days and counter is not None:
        mends = ({"mend": "next-year"}, {"mend": "exempt-source"})
        return Refused(counter.rule, counter.clause, "cap", mends)
    apart = sum(
        1 << day
        for day in bits(days if group.exempt else days & ~site.near_made)
        if not desk.too_near(group, day, others)
    )
    if not apart:
        return Refused("gap_days", problem.rules.source, "gap", (later,))
    short: dict[str, list[int]] = {}
    for day in bits(apart):
        for row, amount in group.rows:
            if desk.room(row, day) < amount:
                short.setdefault(problem.rows[row].unit, []).append(day)
    unit = min(short, key=lambda u: (-len(short[u]), u)) if short else group.team.lead
    first = [problem.calendar.day(d).isoformat() for d in short.get(unit, [])[:1]]
    more: Document = {"mend": "more-inspectors", "unit": unit, "days": first}
    return Refused(unit, "", "capacity", (more, later))


def _exempt_code(state: PlanState, site: Site, group: Group) -> str:
    sources = {site.checks[i].source for i in bits(group.mask)}
    return min(sources & set(state.problem.rules.exempt_sources), default="")


def _takes(visit: Visit) -> list[tuple[tuple[str, str, str], int]]:
    """Return what a visit takes of its day."""
    takes: list[tuple[tuple[str, str, str], int]] = []
    for seat in visit.seats:
        takes.append(((seat.unit, "capacity", ""), seat.inspectors * seat.effort))
        if seat.effort == 2:
            takes.append(((seat.unit, "full", ""), seat.inspectors))
        takes.extend(((seat.unit, "skill", skill), seat.effort) for skill in seat.skills)
    return takes


def _put(state: PlanState, check: Check, visit: Visit, instead: Visit | None) -> PlanState:
    """Return the state with a visit added, or changed."""
    left = dict(state.left)
    day = state.problem.calendar.index(visit.day)
    capacity = state.problem.capacity
    none = (0,) * len(state.problem.calendar)
    for sign, one in ((1, instead), (-1, visit)):
        if one is None:
            continue
        for key, amount in _takes(one):
            line = left.get(key)
            if line is None:
                unit, kind, skill = key
                if kind == "skill":
                    line = capacity.skill_capacity.get(unit, {}).get(skill, none)
                else:
                    line = (capacity.full if kind == "full" else capacity.capacity).get(unit, none)
            left[key] = (*line[:day], line[day] + sign * amount, *line[day + 1 :])
    enterprise = visit.enterprise
    others = tuple(v for v in state.visits.get(enterprise, ()) if v is not instead)
    visits = dict(state.visits)
    visits[enterprise] = tuple(sorted((*others, visit), key=lambda v: v.day))
    checks = dict(state.checks)
    checks[enterprise] = (*checks.get(enterprise, ()), check)
    return replace(state, checks=checks, visits=visits, left=left)
