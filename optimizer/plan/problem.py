"""The planner's problem: checks, rules and capacities, checked and made ready to compute with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter

from optimizer.canon import SHA256, Hash
from optimizer.domain.check import Check
from optimizer.domain.cut import Cut
from optimizer.domain.days import Calendar
from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import Seat, Visit, VisitMade
from optimizer.errors import InputError
from optimizer.plan.capacity import Capacity, capacity_of, days_present, less_closed
from optimizer.plan.collector import put_off
from optimizer.plan.days import (
    Days,
    all_levels,
    at_least,
    between,
    years_of,
)
from optimizer.plan.documents import problem_document
from optimizer.plan.faults import check_faults, crowded_faults, pinned_faults, skill_faults
from optimizer.plan.maker import SiteMaker
from optimizer.plan.pins import broken_pins
from optimizer.plan.seats import Asked, Part, Team, seats_of, skills_asked
from optimizer.plan.site import Group, Mask, Site

Crew = tuple[Team, Days, Days, tuple[tuple[int, int], ...]]
"""A team with what `Problem.team` says of it; many sets of parts ask for the same."""

_Post = tuple[Seat, Days, Days, tuple[tuple[int, int], ...]]
"""The same of one seat."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that visits of a day share: a unit's half-days, full days, a skill, or a cut.

    Attributes
    ----------
    kind
        ``capacity``, ``full``, ``skill`` or ``cut``.
    room
        By day of the horizon.
    """

    kind: str
    unit: str
    skill: str
    room: tuple[int, ...]


@dataclass(slots=True)
class Problem:
    """All that a plan is made from. Fixed once built; only memos grow.

    Attributes
    ----------
    sites
        Enterprises with on-site checks, in order of identifier.
    rows
        Capacities; ``row_of[(unit, kind, skill)]`` is the place in it.
    years
        Days of each calendar year of the horizon, in order.
    document
        ``problem.json``.
    maker
        Builds the site of any enterprise of the registers under the same rules.
    drawn
        Days whose teams are drawn: who is recused since does not take their visits back.
    """

    campaign: str
    calendar: Calendar
    rules: RuleSet
    registers: Registers
    items: Mapping[str, Item]
    units: Mapping[str, Unit]
    capacity: Capacity
    sites: tuple[Site, ...]
    rows: tuple[Row, ...]
    row_of: Mapping[tuple[str, str, str], int]
    years: tuple[Days, ...]
    cuts: tuple[Cut, ...]
    made: tuple[VisitMade, ...]
    document: Document
    maker: SiteMaker
    drawn: Days = 0
    _teams: dict[frozenset[Part], Crew] = field(default_factory=dict)
    _crews: dict[tuple[str, tuple[Asked, ...]], Crew] = field(default_factory=dict)
    _posts: dict[Asked, _Post] = field(default_factory=dict)
    _able: dict[Part, Days] = field(default_factory=dict)
    _alone: dict[tuple[str, int, int, tuple[str, ...]], Days] = field(default_factory=dict)
    _present: dict[tuple[str, bool], list[Days]] = field(default_factory=dict)
    _room: dict[int, list[Days]] = field(default_factory=dict)
    _without: dict[tuple[Seat, tuple[str, ...]], Days] = field(default_factory=dict)
    _paired: tuple[str, ...] | None = None

    def forget(self) -> None:
        """Start with fresh memos of rows and sites: for a copy with other ones.

        The others follow from items and who is present, which a copy shares.
        """
        self._teams, self._crews, self._posts, self._room = {}, {}, {}, {}
        self._paired = None

    def paired(self) -> tuple[str, ...]:
        """Return units whose items ask for two who lead, and that have an odd half-day some day.

        What stays over there is of use only to who joins. Rows of pairs tell the search so: a visit
        takes ⌊amount / 2⌋ of ⌊room / 2⌋, which follows from the half-days (Chvátal 1973).
        """
        if self._paired is not None:
            return self._paired
        pairs: dict[str, bool] = {}
        for item, units in dict.fromkeys(part for site in self.sites for part in site.parts):
            own = self.items[item]
            for unit in units:
                two = own.effort == 1 and max(own.inspectors, self.rules.team.lead) == 2
                pairs[unit] = two and pairs.get(unit, True)
        self._paired = tuple(
            row.unit
            for row in self.rows
            if row.kind == "capacity" and pairs.get(row.unit) and any(n % 2 for n in row.room)
        )
        return self._paired

    def year_index(self, day: int) -> int:
        """Return the place in `years` of the year of a day."""
        for y, days in enumerate(self.years):
            if days >> day & 1:
                return y
        raise ValueError(f"day {day} lies outside the horizon")

    def staffed(self, unit: str, inspectors: int, effort: int, skills: tuple[str, ...]) -> Days:
        """Return the days on which a unit could fill these seats if the visit were alone."""
        key = (unit, inspectors, effort, skills)
        days = self._alone.get(key)
        if days is None:
            sets = self._present.get((unit, effort == 2))
            if sets is None:
                lines = self.capacity.full if effort == 2 else self.capacity.present
                sets = self._present[unit, effort == 2] = all_levels(lines.get(unit, ()))
            days = sets[inspectors] if inspectors < len(sets) else 0
            holders = self.capacity.skill_present.get(unit, {})
            for skill in skills:
                days &= at_least(holders.get(skill, ()), 1)
            self._alone[key] = days
        return days

    def able(self, part: Part) -> Days:
        """Return the days on which each unit could send the least it could ever be asked for."""
        days = self._able.get(part)
        if days is None:
            item, team = self.items[part[0]], self.rules.team
            skills = tuple(sorted(set(item.skills)))
            # The lead sends at least `lead`; where the rules ask more of those who join, less.
            least = max(min(max(item.inspectors, team.lead), team.other), len(skills))
            days = -1
            for unit in part[1]:
                days &= self.staffed(unit, least, item.effort, skills)
            self._able[part] = days
        return days

    def group(self, site: Site, mask: Mask) -> Group:
        """Return the group of these checks of a site; remembered."""
        group = site.groups.get(mask)
        if group is None:
            group = site.groups[mask] = self._make_group(site, mask)
        return group

    def lone(self, site: Site, mask: Mask) -> Days:
        """Return the days of the same name of the group of these checks, without making it."""
        group = site.groups.get(mask)
        if group is not None:
            return group.lone
        days = 0 if site.clash(mask) else site.common(mask)
        return self.visit_of(site, mask, days)[0] if days else 0

    def visit_of(
        self, site: Site, mask: Mask, days: Days
    ) -> tuple[Days, tuple[tuple[int, int], ...]]:
        """Return those of some days on which checks could be the only visit, and what it takes."""
        _, alone, fitting, rows = self.team(site.parts_of(mask))
        days &= alone & fitting
        return days if mask & site.exempt_checks else days & ~site.near_made, rows

    def group_on(self, site: Site, mask: Mask, days: Days) -> Group:
        """Return the group that checks would be if windows and quiet rules left them these days."""
        return self._make_group(site, mask, days)

    def _make_group(self, site: Site, mask: Mask, days: Days | None = None) -> Group:
        exempt = bool(mask & site.exempt_checks)
        parts, own = site.together(mask)
        days = own if days is None else days
        team, alone, fitting, rows = self.team(parts)
        days &= alone
        lone = days & fitting
        if site.near_made and not exempt:
            lone &= ~site.near_made
        if lone == days:
            lone = days  # one value for both: groups are many
        usable = lone
        if site.recused:
            for seat in team.seats:
                absent = site.recused.get(seat.unit)
                if absent:
                    usable &= self.staffed_without(seat, absent)
        for unit, skill, row in site.cut_rows:
            for seat in team.seats:
                if seat.unit == unit and (not skill or skill in seat.skills):
                    rows = (*rows, (row, 1))
                    usable &= self.room(row, 1)
        counts = site.counts(mask)
        for count in counts:
            limits = site.counters[count.counter].limits
            for year, limit in zip(self.years, limits, strict=True):
                if count.counted and count.counted + count.free > limit:
                    usable &= ~year
        return Group(mask, days, lone, usable, exempt, rows, counts, team)

    def staffed_without(self, seat: Seat, absent: tuple[str, ...]) -> Days:
        """Return the days on which the unit fills a seat without these inspectors."""
        key = (seat, absent)
        days = self._without.get(key)
        if days is None:
            away = [self.registers.inspectors[name] for name in absent]
            line = self.capacity.full if seat.effort == 2 else self.capacity.present
            gone = [i for i in away if seat.effort == 1 or i.max_half_days == 2]
            days = at_least(self.less(line.get(seat.unit, ()), gone), seat.inspectors)
            for skill in seat.skills:
                holders = self.capacity.skill_present.get(seat.unit, {}).get(skill, ())
                gone = [i for i in away if skill in i.skills]
                days &= at_least(self.less(holders, gone), 1)
            days |= self.drawn
            self._without[key] = days
        return days

    def less(self, line: Sequence[int], gone: Sequence[Inspector]) -> list[int]:
        """Return a line of numbers by day without what these inspectors add to it."""
        left = list(line)
        for inspector in gone:
            here = days_present(inspector, self.calendar)
            # On days on which the unit is closed they were not counted to begin with.
            left = [max(n - present, 0) for n, present in zip(left, here, strict=True)]
        return left

    def team(self, parts: frozenset[Part]) -> Crew:
        """Return the team for these parts, the days that can staff it, and what it takes.

        Returns
        -------
        tuple
            Team, days by the first line of *Units on a day*, days by the published capacities,
            ``(row, amount)``.
        """
        found = self._teams.get(parts)
        if found is not None:
            return found
        asked = seats_of(parts, self.items, self.rules.team)
        found = self._crews.get(asked)
        if found is None:
            found = self._crews[asked] = self._crew(*asked)
        self._teams[parts] = found
        return found

    def _crew(self, lead: str, asked: tuple[Asked, ...]) -> Crew:
        alone: Days = -1
        fitting: Days = -1
        rows: tuple[tuple[int, int], ...] = ()
        seats = []
        for fields in asked:
            post = self._posts.get(fields)
            if post is None:
                post = self._posts[fields] = self._post(Seat(*fields))
            seats.append(post[0])
            alone &= post[1]
            fitting &= post[2]
            rows += post[3]
        return Team(lead, tuple(seats)), alone, fitting, rows

    def _post(self, seat: Seat) -> _Post:
        rows = [(self.row_of[seat.unit, "capacity", ""], seat.inspectors * seat.effort)]
        if seat.effort == 2:
            rows.append((self.row_of[seat.unit, "full", ""], seat.inspectors))
        rows.extend((self.row_of[seat.unit, "skill", s], seat.effort) for s in seat.skills)
        fitting: Days = -1
        for row, amount in rows:
            fitting &= self.room(row, amount)
        alone = self.staffed(seat.unit, seat.inspectors, seat.effort, seat.skills)
        return seat, alone, fitting, tuple(rows)

    def room(self, row: int, amount: int) -> Days:
        """Return the days on which an empty row has room for `amount`."""
        sets = self._room.get(row)
        if sets is None:
            sets = self._room[row] = all_levels(self.rows[row].room)
        return sets[amount] if amount < len(sets) else 0


@put_off()
def build_problem(
    checks: Sequence[Check],
    rules: RuleSet,
    *,
    campaign: str,
    registers: Registers,
    calendar: Calendar,
    checks_digest: str,
    capacity: Capacity | None = None,
    pinned: Sequence[Visit] = (),
    cuts: Sequence[Cut] = (),
    not_before: date | None = None,
    drawn_until: date | None = None,
    hash: Hash = SHA256,
    published: bool = True,
) -> Problem:
    """Check the input and make it ready.

    Parameters
    ----------
    not_before
        First day of visits, for a plan made in the course of the horizon; ``None``: its start.
    drawn_until
        Up to this day teams are drawn, and stand whoever is recused since; ``None``: none are.
    hash
        The campaign's, which the documents name and are made with.
    published
        Whether documents are made of it; else `Problem.document` is empty.

    Raises
    ------
    InputError
        With every fault: unknown enterprises, items or units, checks named twice, windows that
        end before they begin, items incompatible with themselves, more checks at an enterprise
        or skills of a unit than can be planned, pinned visits that do not belong to the checks or
        break a rule.
    """
    faults = (
        check_faults(checks, registers)
        or crowded_faults(Counter(map(attrgetter("enterprise"), checks)))
        or pinned_faults(pinned, checks, calendar, not_before)
    )
    if faults:
        raise InputError(faults)
    if capacity is None:
        capacity = capacity_of(registers, calendar)
    capacity = less_closed(capacity, rules.closed, registers.units, calendar)
    parts = _parts(checks)
    items = {i: registers.items[i] for i in sorted({item for item, _ in parts})}
    faults = skill_faults(parts, items)
    if faults:
        raise InputError(faults)
    units = {u: registers.units[u] for u in sorted({u for _, own in parts for u in own})}
    by_site: dict[str, list[Check]] = {}
    for check in sorted(checks, key=attrgetter("id")):
        by_site.setdefault(check.enterprise, []).append(check)
    years = years_of(calendar)
    first, last = (calendar.start.year, calendar.last.year) if len(calendar) else (0, 0)
    made = tuple(
        v
        for v in registers.visits_made
        if v.enterprise in by_site
        and (
            first <= v.day.year <= last
            or -rules.gap_days <= calendar.index(v.day) < len(calendar) + rules.gap_days
        )
    )
    made_at: dict[str, list[VisitMade]] = {}
    for visit in made:
        made_at.setdefault(visit.enterprise, []).append(visit)
    rows, row_of = capacity_rows(parts, items, units, capacity, len(calendar))
    cut_rows: dict[str, list[tuple[str, str, int]]] = {}
    for cut in sorted(cuts):
        _add_cut(cut, rows, cut_rows, calendar)
    pinned_at: dict[str, list[Visit]] = {}
    for pin in pinned:
        pinned_at.setdefault(pin.enterprise, []).append(pin)
    maker = SiteMaker(
        rules, registers, calendar, registers.items, tuple(years), _recused(registers), not_before
    )
    sites = []
    for index, (enterprise, own) in enumerate(sorted(by_site.items())):
        sites.append(
            maker.make(
                index,
                enterprise,
                tuple(own),
                made_at.get(enterprise, []),
                tuple(cut_rows.get(enterprise, ())),
                pinned_at.get(enterprise, []),
            )
        )
    problem = Problem(
        campaign,
        calendar,
        rules,
        registers,
        items,
        units,
        capacity,
        tuple(sites),
        tuple(rows),
        row_of,
        tuple(years.values()),
        tuple(sorted(cuts)),
        made,
        problem_document(
            campaign=campaign,
            checks_digest=checks_digest,
            calendar=calendar,
            rules=rules,
            registers=registers,
            items=items,
            units=units,
            capacity=capacity,
            skills=skills_asked(parts, items),
            enterprises=tuple(sorted(by_site)),
            made=made,
            not_before=not_before,
            hash=hash,
        )
        if published
        else {},
        maker,
        _drawn(calendar, drawn_until),
    )
    faults = broken_pins(problem, pinned)
    if faults:
        raise InputError(faults)
    return problem


def _drawn(calendar: Calendar, until: date | None) -> Days:
    if until is None:
        return 0
    return between(0, calendar.index(until), len(calendar))


def _holds(skill: str, inspector: Inspector) -> bool:
    return skill in inspector.skills


def _recused(registers: Registers) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return enterprise → unit → inspectors who must not go there."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, inspector in sorted(registers.inspectors.items()):
        for enterprise in sorted({recusal.enterprise for recusal in inspector.recusals}):
            by_unit = found.setdefault(enterprise, {})
            by_unit[inspector.unit] = (*by_unit.get(inspector.unit, ()), name)
    return found


def _parts(checks: Sequence[Check]) -> list[Part]:
    """Return what the checks ask of teams, in their order, each kind once."""
    return list(dict.fromkeys(map(attrgetter("item", "units"), checks)))


def capacity_rows(
    parts: Iterable[Part],
    items: Mapping[str, Item],
    units: Mapping[str, Unit],
    capacity: Capacity,
    horizon: int,
) -> tuple[list[Row], dict[tuple[str, str, str], int]]:
    """Return the rows of these units, and where each (unit, kind, skill) stands in them.

    Parameters
    ----------
    parts
        What checks ask of teams, each kind once.
    """
    none = (0,) * horizon
    asked = skills_asked(parts, items)
    rows: list[Row] = []
    for unit in units:
        rows.append(Row("capacity", unit, "", capacity.capacity.get(unit, none)))
        rows.append(Row("full", unit, "", capacity.full.get(unit, none)))
        by_skill = capacity.skill_capacity.get(unit, {})
        rows.extend(
            Row("skill", unit, skill, by_skill.get(skill, none)) for skill in sorted(asked[unit])
        )
    return rows, {(row.unit, row.kind, row.skill): r for r, row in enumerate(rows)}


def _add_cut(
    cut: Cut,
    rows: list[Row],
    cut_rows: dict[str, list[tuple[str, str, int]]],
    calendar: Calendar,
) -> None:
    """Add a cut as a row: on its days one visit less than it names, on other days all of them."""
    named = len(cut.enterprises)
    day = calendar.index(cut.day)
    row = len(rows)
    room = tuple(named - (day <= i < day + cut.days) for i in range(len(calendar)))
    rows.append(Row("cut", cut.unit, cut.skill, room))
    for enterprise in cut.enterprises:
        cut_rows.setdefault(enterprise, []).append((cut.unit, cut.skill, row))
