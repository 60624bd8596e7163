"""A problem as flat arrays: what the compiled loops read and never change."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from optimizer.plan.capacity import Line
from optimizer.plan.days import Days, at_least, between, levels
from optimizer.plan.kernel.arena import Arena, make_arena
from optimizer.plan.kernel.jit import BITS
from optimizer.plan.problem import Problem
from optimizer.plan.seats import Part, skills_asked
from optimizer.plan.site import Mask, Site

Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]

MOST = 60
"""Most checks of an enterprise that a mask of one word holds; larger ones go another way."""

_Key = TypeVar("_Key", bound=Hashable)

KINDS = {"department": 0, "all": 1, "item": 2}


Table = Arena
"""S enterprises with C free checks, R rows, D days in W words, U units, Y years.

Attributes
----------
check_at
    (S + 1,): where an enterprise's checks begin. Bit i of its masks is its i-th free check.
slot_at
    (C + 1,): where the rows of its enterprise's visit of the same number as a check are kept
    (`room.Room`): an enterprise has at most as many visits as checks.
owner
    (E,): the enterprise of each of those rows.
hard
    (C, W): working days of a check's window that no quiet rule keeps out for good.
part
    (C,): place in the parts: item and units.
clash
    (C,): checks of the same enterprise that must not share its visit.
exempt
    (S,): checks whose source is exempt.
ride_at, ride_days, ride_hosts
    Quiet days on which checks may only ride, and the checks that let them.
closed, closed_plain
    (S,): place in `day_sets` of the days closed to every visit, and to those not exempt.
count_at, count_kind, count_members, count_rider, count_exempt, count_limit
    Counters of an enterprise; the limit (K, Y) is less what pinned visits used;
    `count_forced` (K, Y) flags a year in which something pinned counts already.
weight_at, weight_mask
    Of a counter over all: the departments' checks where a joint visit counts for each.
cut_at, cut_unit, cut_skill, cut_row
    Rows of cuts that name an enterprise.
staff_of
    (S,): where in `staff_pairs` an enterprise's recused units begin; ``staff_pairs`` (n, 2)
    holds unit and staff line.
part_at, part_unit, part_item, part_skills
    Units of a part, and its item; by unit, what skills it asks of it: a mask, in which a unit's
    skills have numbers of its own. `item_inspectors`, `item_effort`.
present_at, full_at
    (L + 1,): levels of a staff line, in `level_days` (n, W): level n is the days with at
    least n.
holder
    (L, K): place in `day_sets` of the days on which somebody holds the skill; -1: never.
cap_row, full_row, skill_row, pair_row
    (U,), (U,), (U, K), (U,): rows of a unit; -1: none. Those of pairs (`paired_units`) come last.
room, room_at
    (R, D): what a row holds; (R + 1,): where its sets begin in `room_days` (n, W): the days
    with room for 0, 1, … up to what a visit can ask for.
year
    (Y, W): days of each year. `year_of` (D,).
"""

SCALARS = (
    "days",
    "words",
    "gap",
    "lead",
    "other",
    "widest",
    "sites",
    "checks",
    "rows",
    "years",
)
LISTS = (
    "check_at",
    "slot_at",
    "hard",
    "part",
    "clash",
    "exempt",
    "ride_at",
    "ride_days",
    "ride_hosts",
    "closed",
    "closed_plain",
    "day_sets",
    "count_at",
    "count_kind",
    "count_members",
    "count_rider",
    "count_exempt",
    "count_limit",
    "count_forced",
    "weight_at",
    "weight_mask",
    "cut_at",
    "cut_unit",
    "cut_skill",
    "cut_row",
    "staff_at",
    "staff_pairs",
    "part_at",
    "part_unit",
    "part_item",
    "part_skills",
    "item_inspectors",
    "item_effort",
    "present_at",
    "full_at",
    "level_days",
    "holder",
    "cap_row",
    "full_row",
    "skill_row",
    "room",
    "room_at",
    "room_days",
    "year",
    "year_of",
    "owner",
    "pair_row",
)
T_DAYS = 0
T_WORDS = 1
T_GAP = 2
T_LEAD = 3
T_OTHER = 4
T_WIDEST = 5
T_SITES = 6
T_CHECKS = 7
T_ROWS = 8
T_YEARS = 9
T_CHECK_AT = 10
T_SLOT_AT = 12
T_HARD = 14
T_PART = 16
T_CLASH = 18
T_EXEMPT = 20
T_RIDE_AT = 22
T_RIDE_DAYS = 24
T_RIDE_HOSTS = 26
T_CLOSED = 28
T_CLOSED_PLAIN = 30
T_DAY_SETS = 32
T_COUNT_AT = 34
T_COUNT_KIND = 36
T_COUNT_MEMBERS = 38
T_COUNT_RIDER = 40
T_COUNT_EXEMPT = 42
T_COUNT_LIMIT = 44
T_COUNT_FORCED = 46
T_WEIGHT_AT = 48
T_WEIGHT_MASK = 50
T_CUT_AT = 52
T_CUT_UNIT = 54
T_CUT_SKILL = 56
T_CUT_ROW = 58
T_STAFF_AT = 60
T_STAFF_PAIRS = 62
T_PART_AT = 64
T_PART_UNIT = 66
T_PART_ITEM = 68
T_PART_SKILLS = 70
T_ITEM_INSPECTORS = 72
T_ITEM_EFFORT = 74
T_PRESENT_AT = 76
T_FULL_AT = 78
T_LEVEL_DAYS = 80
T_HOLDER = 82
T_CAP_ROW = 84
T_FULL_ROW = 86
T_SKILL_ROW = 88
T_ROOM = 90
T_ROOM_AT = 92
T_ROOM_DAYS = 94
T_YEAR = 96
T_YEAR_OF = 98
T_OWNER = 100
T_PAIR_ROW = 102


def words_of(sets: Sequence[Days], words: int) -> Ints:
    """Return sets of days as (n, words) words."""
    size = 7 * words
    whole = (1 << (56 * words)) - 1
    data = b"".join((days & whole).to_bytes(size, "little") for days in sets)
    flat = np.frombuffer(data, np.uint8).reshape(len(sets), words, 7)
    padded = np.zeros((len(sets), words, 8), np.uint8)
    padded[:, :, :7] = flat
    return np.ascontiguousarray(padded).view("<i8").reshape(len(sets), words).astype(np.int64)


class _Places(dict[_Key, int]):
    """Values, each kept once, with their places in order of arrival."""

    def __missing__(self, key: _Key) -> int:
        self[key] = place = len(self)
        return place


def _shorts(values: Iterable[int]) -> Shorts:
    return np.fromiter(values, np.int32)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, np.int64)


def squeeze(mask: Mask, free: Sequence[int]) -> Mask:
    """Return a mask over all checks as one over the free ones."""
    return sum(1 << k for k, i in enumerate(free) if mask >> i & 1)


def free_of(site: Site) -> list[int]:
    """Return the places of the checks that no pinned visit holds."""
    if not site.pinned:
        return list(range(len(site.checks)))
    held = 0
    for mask, _ in site.pinned:
        held |= mask
    return [i for i in range(len(site.checks)) if not held >> i & 1]


def make_table(problem: Problem, sites: Sequence[Site], *, relaxed: bool = False) -> Table:
    """Return the arrays of some enterprises of a problem, each with at most `MOST` free checks.

    Parameters
    ----------
    relaxed
        Leave out what the published bound knows nothing of: pinned visits (their checks are free
        again), recusals and cuts.
    """
    n = len(problem.calendar)
    words = max(1, -(-n // BITS))
    sets: _Places[Days] = _Places()
    units = sorted(problem.units)
    unit_of = {u: k for k, u in enumerate(units)}
    skills = _skills_by_unit(problem, sites)
    widest = max(map(len, skills.values()), default=0)
    items = sorted(problem.items)
    item_of = {i: k for k, i in enumerate(items)}
    staff = _Staff(problem, units, skills, sets)

    parts: _Places[Part] = _Places()
    windows: _Places[Days] = _Places()
    check_at, exempt = [0], []
    hard: list[int] = []
    part: list[int] = []
    clash: list[Mask] = []
    ride_at, ride_days, ride_hosts = [0], [], []
    closed, closed_plain = [], []
    count_at, counts, weight_at = [0], [], [0]
    weights: list[int] = []
    limits: list[tuple[int, ...]] = []
    forced: list[tuple[int, ...]] = []
    cut_at, staff_at = [0], [0]
    cuts: list[tuple[int, int, int]] = []
    staff_pairs: list[tuple[int, int]] = []
    gap = max(problem.rules.gap_days, 1)
    for site in sites:
        free = range(len(site.checks)) if relaxed or not site.pinned else free_of(site)
        plain = len(free) == len(site.checks)
        own = site.parts if plain else [site.parts[i] for i in free]
        part.extend(map(parts.__getitem__, own))
        hard.extend(map(windows.__getitem__, site.hard if plain else [site.hard[i] for i in free]))
        clash.extend(site.clashes if plain else [squeeze(site.clashes[i], free) for i in free])
        check_at.append(len(hard))
        exempt.append(site.exempt_checks if plain else squeeze(site.exempt_checks, free))
        for active, hosts in site.rides:
            ride_days.append(active)
            ride_hosts.append(hosts if plain else squeeze(hosts, free))
        ride_at.append(len(ride_days))
        taken, near = 0, site.near_made
        if not relaxed:
            for mask, day in site.pinned:
                taken |= 1 << day
                if not mask & site.exempt_checks:
                    near |= between(day - gap + 1, day + gap - 1, n)
        closed.append(sets[taken] if taken else -1)
        closed_plain.append(sets[near | taken] if near | taken else -1)
        for counter in site.counters:
            left, begun = list(counter.limits), [0] * len(counter.limits)
            if not relaxed:
                for mask, day in site.pinned:
                    counted, unpaid = counter.of(mask, site.exempt_checks)
                    left[problem.year_index(day)] -= counted + unpaid
                    begun[problem.year_index(day)] |= counted > 0
            counts.append(
                (
                    KINDS[counter.kind],
                    counter.members if plain else squeeze(counter.members, free),
                    int(counter.rider_counts),
                    int(counter.exempt_uses),
                )
            )
            limits.append(tuple(left))
            forced.append(tuple(begun))
            weights.extend(m if plain else squeeze(m, free) for m in counter.departments)
            weight_at.append(len(weights))
        count_at.append(len(counts))
        if not relaxed and site.cut_rows:
            cuts.extend(
                (unit_of[u], skills[u].get(s, -1), row)
                for u, s, row in site.cut_rows
                if not s or s in skills[u]
            )
        if not relaxed and site.recused:
            staff_pairs.extend(
                (unit_of[u], staff.without(u, absent))
                for u, absent in sorted(site.recused.items())
                if u in unit_of
            )
        cut_at.append(len(cuts))
        staff_at.append(len(staff_pairs))

    checks_of = np.diff(np.array(check_at))
    site_of = np.repeat(np.arange(len(sites), dtype=np.int32), checks_of)
    every = rows_of(problem)[: len(problem.rows) if relaxed else None]
    lines = [line for _, line in every]
    pairs = {unit: r for r, (unit, _) in enumerate(every) if r >= len(problem.rows)}
    most_rows = _rows_at_most(problem, pairs, parts, part, check_at)
    most_rows += np.array([len(site.cut_rows) for site in sites], np.int64)
    slots = np.repeat(most_rows, checks_of)
    years = len(problem.years)
    part_at, part_unit, part_item, part_skills = [0], [], [], []
    for item, attending in parts:
        for u in sorted(attending):
            part_unit.append(unit_of[u])
            part_skills.append(sum(1 << skills[u][s] for s in set(problem.items[item].skills)))
        part_at.append(len(part_unit))
        part_item.append(item_of[item])
    team = problem.rules.team
    most = max([team.lead, team.other, *(problem.items[i].inspectors for i in items)], default=1)
    most = 2 * max(most, widest)
    room = np.array(lines, np.int32).reshape(len(lines), n)
    room_at, room_days = [0], []
    for line in lines:
        tops = min(most, max(line, default=0))
        room_days.extend(levels(line, tops))
        room_at.append(len(room_days))
    year_of = np.zeros(max(n, 1), np.int32)
    for y, days in enumerate(problem.years):
        year_of[[d for d in range(n) if days >> d & 1]] = y

    def row_of(unit: str, kind: str, skill: str = "") -> int:
        return problem.row_of.get((unit, kind, skill), -1)

    holder = staff.holders(widest)
    return make_arena(
        SCALARS,
        LISTS,
        {
            "days": n,
            "words": words,
            "gap": problem.rules.gap_days,
            "lead": team.lead,
            "other": team.other,
            "widest": int(most_rows.max(initial=1)),
            "sites": len(sites),
            "checks": len(hard),
            "rows": len(lines),
            "years": years,
        },
        {
            "check_at": _shorts(check_at),
            "slot_at": np.concatenate([[0], np.cumsum(slots)]),
            "hard": words_of(list(windows), words)[np.array(hard, np.int64)],
            "part": _shorts(part),
            "clash": _ints(clash),
            "exempt": _ints(exempt),
            "ride_at": _shorts(ride_at),
            "ride_days": words_of(ride_days, words),
            "ride_hosts": _ints(ride_hosts),
            "closed": _shorts(closed),
            "closed_plain": _shorts(closed_plain),
            "day_sets": words_of(list(sets), words),
            "count_at": _shorts(count_at),
            "count_kind": _shorts(c[0] for c in counts),
            "count_members": _ints(c[1] for c in counts),
            "count_rider": _shorts(c[2] for c in counts),
            "count_exempt": _shorts(c[3] for c in counts),
            "count_limit": np.array(limits, np.int32).reshape(len(limits), years),
            "count_forced": np.array(forced, np.int32).reshape(len(forced), years),
            "weight_at": _shorts(weight_at),
            "weight_mask": _ints(weights),
            "cut_at": _shorts(cut_at),
            "cut_unit": _shorts(c[0] for c in cuts),
            "cut_skill": _shorts(c[1] for c in cuts),
            "cut_row": _shorts(c[2] for c in cuts),
            "staff_at": _shorts(staff_at),
            "staff_pairs": np.array(staff_pairs, np.int32).reshape(len(staff_pairs), 2),
            "part_at": _shorts(part_at),
            "part_unit": _shorts(part_unit),
            "part_item": _shorts(part_item),
            "part_skills": _ints(part_skills),
            "item_inspectors": _shorts(problem.items[i].inspectors for i in items),
            "item_effort": _shorts(problem.items[i].effort for i in items),
            "present_at": _shorts(staff.present_at),
            "full_at": _shorts(staff.full_at),
            "level_days": words_of(staff.levels, words),
            "holder": holder,
            "cap_row": _shorts(row_of(u, "capacity") for u in units),
            "full_row": _shorts(row_of(u, "full") for u in units),
            "skill_row": _padded(
                [[row_of(u, "skill", s) for s in skills[u]] for u in units], widest, -1
            ),
            "room": room,
            "room_at": _shorts(room_at),
            "room_days": words_of(room_days, words),
            "year": words_of(problem.years, words),
            "year_of": year_of,
            "owner": np.repeat(site_of, slots),
            "pair_row": _shorts(pairs.get(u, -1) for u in units),
        },
    )


def rows_of(problem: Problem) -> list[tuple[str, Line]]:
    """Return unit and room of the rows of a table: those of the problem, then those of pairs."""
    found = [(row.unit, row.room) for row in problem.rows]
    for unit in problem.paired():
        room = problem.rows[problem.row_of[unit, "capacity", ""]].room
        found.append((unit, tuple(n // 2 for n in room)))
    return found


def _skills_by_unit(problem: Problem, sites: Iterable[Site]) -> dict[str, dict[str, int]]:
    """Return the skills that checks ask of each unit, with their numbers in its masks."""
    asked = skills_asked({part for site in sites for part in site.parts}, problem.items)
    return {u: {s: k for k, s in enumerate(sorted(asked.get(u, ())))} for u in problem.units}


def _padded(lines: Sequence[Sequence[int]], width: int, filler: int) -> Shorts:
    """Return lines as an array of so many columns."""
    found = np.full((len(lines), width), filler, np.int32)
    for own, line in zip(found, lines, strict=True):
        own[: len(line)] = line
    return found


def _rows_at_most(
    problem: Problem,
    pairs: Container[str],
    parts: Iterable[Part],
    part: Sequence[int],
    check_at: Sequence[int],
) -> Ints:
    """Return how many rows the visits of an enterprise take of at most, (S,).

    Parameters
    ----------
    pairs
        Units with a row of pairs.
    part
        Of each check, the place of what it asks for in `parts`.
    """
    taken = []
    for name, units in parts:
        item = problem.items[name]
        kinds = ["", *(["full"] if item.effort == 2 else []), *(f"skill {s}" for s in item.skills)]
        own = [(unit, kind) for unit in units for kind in kinds]
        taken.append(frozenset([*own, *((unit, "pairs") for unit in units if unit in pairs)]))
    found = []
    for begin, end in pairwise(check_at):
        if end - begin == 1:
            found.append(len(taken[part[begin]]))
        else:
            found.append(len(frozenset().union(*[taken[k] for k in part[begin:end]])))
    return np.array(found, np.int64)


class _Staff:
    """Staff lines: one a unit, and one for each set of inspectors who must not come."""

    def __init__(
        self,
        problem: Problem,
        units: Sequence[str],
        skills: Mapping[str, Iterable[str]],
        sets: _Places[Days],
    ) -> None:
        self.problem, self.skills, self.sets = problem, skills, sets
        self.none = (0,) * len(problem.calendar)
        self.present_at: list[int] = [0]
        self.full_at: list[int] = []
        self.levels: list[Days] = []
        self.lines: list[list[int]] = []
        self.known: dict[tuple[str, tuple[str, ...]], int] = {}
        for unit in units:
            self.without(unit, ())

    def without(self, unit: str, absent: tuple[str, ...]) -> int:
        """Return the line of a unit without these inspectors."""
        found = self.known.get((unit, absent))
        if found is not None:
            return found
        problem, capacity = self.problem, self.problem.capacity
        away = [problem.registers.inspectors[name] for name in absent]
        line = capacity.present.get(unit, self.none)
        present = problem.less(line, away)
        line = capacity.full.get(unit, self.none)
        full = problem.less(line, [i for i in away if i.max_half_days == 2])
        self.levels.extend(levels(present, max(present, default=0)))
        self.full_at.append(len(self.levels))
        self.levels.extend(levels(full, max(full, default=0)))
        self.present_at.append(len(self.levels))
        by_skill = capacity.skill_present.get(unit, {})
        self.lines.append(
            [
                self.sets[
                    at_least(
                        problem.less(
                            by_skill.get(skill, self.none), [i for i in away if skill in i.skills]
                        ),
                        1,
                    )
                ]
                for skill in self.skills[unit]
            ]
        )
        self.known[unit, absent] = len(self.lines) - 1
        return len(self.lines) - 1

    def holders(self, width: int) -> Shorts:
        """Return the sets of days with a holder, (lines, `width`)."""
        return _padded(self.lines, width, -1)
