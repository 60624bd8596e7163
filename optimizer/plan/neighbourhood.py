"""Several enterprises at once, by CP-SAT: who takes which day, with the others held still.

A column is one group of one enterprise on one day. Deterministic: one solver worker, a fixed
seed, a limit in deterministic time, so the same neighbourhood gives the same answer anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from optimizer.plan.board import Board, Places, covered
from optimizer.plan.days import Days, bits
from optimizer.plan.local import free_checks
from optimizer.plan.site import Group, Mask, Site

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

LOST = 1000
"""Weight of a check left out; a visit weighs 1."""

SECONDS = 1.0
"""Deterministic seconds for one neighbourhood."""

COLUMNS = 10_000
"""Most possible visits in one neighbourhood, but for what stands."""


class Column(NamedTuple):
    """A possible visit."""

    site: int
    group: Group
    day: int


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A sub-problem cut out of a board; holds all it needs, so that it can run in a thread.

    Attributes
    ----------
    room
        ``(row, day)`` → what the other enterprises leave.
    hint
        Places in `columns` of what stands now.
    """

    sites: tuple[Site, ...]
    columns: tuple[Column, ...]
    room: dict[tuple[int, int], int]
    hint: tuple[int, ...]
    cost: int


def cut_out(board: Board, sites: Sequence[Site], days_each: int) -> Neighbourhood:
    """Return the sub-problem of these enterprises; the board is left as it was."""
    places: list[Places] = [board.clear(site) for site in sites]
    try:
        columns: list[Column] = []
        hint: list[int] = []
        cost = 0
        groups = [
            candidate_groups(board, site, placed)
            for site, placed in zip(sites, places, strict=True)
        ]
        count = sum(len(own) for own in groups)
        days_each = max(2, min(days_each, COLUMNS // max(1, count)))
        for k, site in enumerate(sites):
            held = board.placed(site)
            cost += LOST * (free_checks(site) & ~covered(places[k])).bit_count() + len(places[k])
            for group in groups[k]:
                room = board.room(group) & ~board.near(group, held)
                standing = sum(1 << d for d, mask in places[k].items() if mask == group.mask)
                for day in bits(sample_days(board, group, room, days_each) | standing):
                    if standing >> day & 1:
                        hint.append(len(columns))
                    columns.append(Column(k, group, day))
        room_left = {
            (row, column.day): board.left[row][column.day]
            for column in columns
            for row, _ in column.group.rows
        }
    finally:
        for site, placed in zip(sites, places, strict=True):
            board.restore(site, placed)
    return Neighbourhood(tuple(sites), tuple(columns), room_left, tuple(hint), cost)


def candidate_groups(board: Board, site: Site, places: Places) -> list[Group]:
    """Return the groups a site may form in a neighbourhood.

    All of them up to 5 checks; beyond, the single checks, what stands, the largest that the days
    allow, and what is left of these without what stands.
    """
    problem = board.problem
    members = free_checks(site)
    masks: set[Mask] = set(places.values())
    if members.bit_count() <= 5:
        mask = members
        while mask:
            masks.add(mask)
            mask = (mask - 1) & members
    else:
        singles = [1 << i for i in range(len(site.checks)) if members >> i & 1]
        masks.update(singles)
        for mask in list(places.values()):
            for one in singles:
                masks.add(mask | one)
                if mask & ~one:
                    masks.add(mask & ~one)
        for mask in _largest(site, members):
            masks.add(mask)
            for stands in places.values():
                if mask & ~stands:
                    masks.add(mask & ~stands)
                masks.add(mask & stands or mask)
    groups = [problem.group(site, mask) for mask in sorted(masks)]
    return [group for group in groups if group.open]


def _largest(site: Site, members: Mask) -> list[Mask]:
    """Return the sets of checks whose hard days meet, taken day by day where the set changes."""
    found: dict[Mask, None] = {}
    edges: Days = 0
    for i in range(len(site.checks)):
        days = site.hard[i]
        if members >> i & 1 and days:
            edges |= days & -days | 1 << (days.bit_length() - 1)
    for day in bits(edges):
        mask = 0
        for i in range(len(site.checks)):
            if members >> i & 1 and site.hard[i] >> day & 1 and not site.clashes[i] & mask:
                mask |= 1 << i
        if mask:
            found[mask] = None
    return list(found)[:24]


def sample_days(board: Board, group: Group, room: Days, most: int) -> Days:
    """Return at most so many of the days on which a group fits: the emptiest, then spread out."""
    count = room.bit_count()
    if count <= most:
        return room
    chosen: Days = 0
    rest = room
    for _ in range(most // 2):
        _, day = board.quietest(group, rest)
        chosen |= 1 << day
        rest &= ~(1 << day)
    left = list(bits(rest))
    want = most - most // 2
    for k in range(want):
        chosen |= 1 << left[k * len(left) // want]
    return chosen


def search(part: Neighbourhood, years: Sequence[Days], gap_days: int) -> tuple[Column, ...] | None:
    """Return better visits for the enterprises of a neighbourhood, or ``None``."""
    # It brings pandas along, which takes a while to load, and not every process solves.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    use = [model.new_bool_var("") for _ in part.columns]
    by_row: dict[tuple[int, int], list[tuple[int, int]]] = {}
    by_site: list[list[int]] = [[] for _ in part.sites]
    for c, column in enumerate(part.columns):
        by_site[column.site].append(c)
        for row, amount in column.group.rows:
            by_row.setdefault((row, column.day), []).append((amount, c))
    for key, terms in by_row.items():
        room = part.room[key]
        if sum(amount for amount, _ in terms) > room:
            model.add(sum(amount * use[c] for amount, c in terms) <= room)
    lost = []
    for k, site in enumerate(part.sites):
        members = free_checks(site)
        for i in range(len(site.checks)):
            if members >> i & 1:
                out = model.new_bool_var("")
                lost.append(out)
                model.add_exactly_one(
                    [out, *(use[c] for c in by_site[k] if part.columns[c].group.mask >> i & 1)]
                )
        _add_distances(model, part, use, by_site[k], gap_days)
        _add_caps(model, part, use, by_site[k], site, years)
    model.minimize(LOST * sum(lost) + sum(use))
    for c in part.hint:
        model.add_hint(use[c], 1)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 7
    solver.parameters.max_deterministic_time = SECONDS
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    chosen = tuple(part.columns[c] for c in range(len(use)) if solver.boolean_value(use[c]))
    left = sum(solver.boolean_value(out) for out in lost)
    return chosen if LOST * left + len(chosen) < part.cost else None


def _add_distances(
    model: cp_model.CpModel,
    part: Neighbourhood,
    use: Sequence[cp_model.IntVar],
    columns: Sequence[int],
    gap_days: int,
) -> None:
    """One visit a day; visits that are not exempt at least the gap apart."""
    by_day: dict[int, list[int]] = {}
    plain: dict[int, list[int]] = {}
    for c in columns:
        column = part.columns[c]
        by_day.setdefault(column.day, []).append(c)
        if not column.group.exempt:
            plain.setdefault(column.day, []).append(c)
    for here in by_day.values():
        if len(here) > 1:
            model.add_at_most_one(use[c] for c in here)
    if gap_days > 1:
        days = sorted(plain)
        for first in days:
            near = [c for day in days if first <= day < first + gap_days for c in plain[day]]
            if len(near) > len(plain[first]):
                model.add_at_most_one(use[c] for c in near)


def _add_caps(
    model: cp_model.CpModel,
    part: Neighbourhood,
    use: Sequence[cp_model.IntVar],
    columns: Sequence[int],
    site: Site,
    years: Sequence[Days],
) -> None:
    """Counted and free visits within each counter's limit, wherever something is counted."""
    for n, counter in enumerate(site.counters):
        for year, limit in zip(years, counter.limits, strict=True):
            held = [(g, d) for g, d in _held(site) if year >> d & 1]
            counted = sum(x.counted for g, _ in held for x in g.counts if x.counter == n)
            free = sum(x.free for g, _ in held for x in g.counts if x.counter == n)
            counts = []
            frees = []
            for c in columns:
                column = part.columns[c]
                if year >> column.day & 1:
                    for x in column.group.counts:
                        if x.counter == n:
                            counts.append(x.counted * use[c])
                            frees.append(x.free * use[c])
            if not counts:
                continue
            if not counter.exempt_uses:
                model.add(sum(counts) + counted <= max(limit, counted))
                continue
            any_counted = model.new_bool_var("")
            most = counted + len(counts) * len(site.checks)
            model.add(sum(counts) + counted <= most * any_counted)
            total = sum(counts) + sum(frees) + counted + free
            model.add(total <= limit).only_enforce_if(any_counted)


def _held(site: Site) -> list[tuple[Group, int]]:
    return [(site.groups[mask], day) for mask, day in site.pinned]
