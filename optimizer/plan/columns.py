"""Every group on every day as one CP-SAT model: exact, for small problems and single enterprises.

The first aim is to place every check, the second to make few visits. Windows of days instead of
pairs of visits state the least gap, so that the relaxation is tight and the model stays small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optimizer.plan.board import Board
from optimizer.plan.days import Days, bits
from optimizer.plan.problem import Problem
from optimizer.plan.site import Group, Mask, Site

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

MOST_CHECKS = 11
"""Most checks of an enterprise, those of pinned visits aside, whose groups are all listed."""

MOST_COLUMNS = 60_000
"""Most pairs of group and day in one model."""

SECONDS = 30.0
"""Deterministic seconds of one search."""


@dataclass(frozen=True, slots=True)
class Placement:
    """What the search proved.

    Attributes
    ----------
    status
        ``optimal``, ``infeasible`` (of `need` alone), or ``unknown``: too large, or not proved.
    visits
        By place in ``problem.sites``: groups with their days; empty unless ``optimal``.
    """

    status: str
    visits: tuple[tuple[tuple[Group, int], ...], ...] = ()


@dataclass(slots=True)
class _Column:
    group: Group
    day: int
    use: cp_model.IntVar


def place_exactly(
    problem: Problem, need: dict[int, Mask] | None = None, *, least: bool = True
) -> Placement:
    """Place as many checks as can be in as few visits as can be, and prove it.

    Parameters
    ----------
    need
        Site → checks that must all be placed; others of those sites are left alone, and sites
        that are not named stay empty. ``None``: every check of every site may be left out.
    least
        Whether visits are to be few; without, any placement of `need` does, and is found faster.

    Returns
    -------
    Placement
        With fewest checks left out, then fewest visits.
    """
    asked = need if need is not None else {site.index: site.all for site in problem.sites}
    for index, mask in asked.items():
        held = sum(pin for pin, _ in problem.sites[index].pinned)
        if (mask & ~held).bit_count() > MOST_CHECKS:
            return Placement("unknown")
    # It brings pandas along, which takes a while to load, and not every process solves.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    columns: dict[int, list[_Column]] = {}
    cost: list[cp_model.LinearExpr] = []
    alone = len(asked) == 1 and need is not None
    left = MOST_COLUMNS
    for index, mask in sorted(asked.items()):
        site = problem.sites[index]
        own = [
            _Column(group, day, model.new_bool_var(""))
            for group, day in _candidates(problem, site, mask, trim=alone, most=left)
        ]
        left -= len(own)
        if left <= 0:
            return Placement("unknown")
        columns[index] = own
        cost += [column.use for column in own]
        _cover(model, site, mask, own, cost, must=need is not None, weight=_weight(problem))
        _days(model, problem, own)
        _caps(model, problem, site, own)
    _rooms(model, problem, columns)
    if least or need is None:
        model.minimize(sum(cost))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = SECONDS
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return Placement("infeasible")
    if status != cp_model.OPTIMAL:
        return Placement("unknown")
    return Placement(
        "optimal",
        tuple(
            tuple(
                (c.group, c.day)
                for c in sorted(columns.get(site.index, ()), key=lambda c: c.day)
                if solver.value(c.use)
            )
            for site in problem.sites
        ),
    )


def exact_board(problem: Problem) -> Board | None:
    """Return the best plan of a small problem, or ``None`` where it is too large to prove."""
    found = place_exactly(problem)
    if found.status != "optimal":
        return None
    board = Board(problem)
    for site, visits in zip(problem.sites, found.visits, strict=True):
        for group, day in visits:
            board.put(site, group, day)
    return board


def _weight(problem: Problem) -> int:
    return 1 + sum(len(site.checks) for site in problem.sites)


def _candidates(
    problem: Problem, site: Site, within: Mask, *, trim: bool, most: int
) -> Iterator[tuple[Group, int]]:
    """Yield groups with the days they could take; pinned visits as they are."""
    held = 0
    for mask, day in site.pinned:
        if mask & within:
            held |= mask
            yield problem.group(site, mask), day
    taken = sum(1 << day for _, day in site.pinned)
    free = within & ~held
    gap = problem.rules.gap_days
    # A group with more days than all other visits could close needs no more than these: whatever
    # the others take, one is left in the same year.
    enough = (free.bit_count() + len(site.pinned)) * max(1, 2 * gap - 1) + 1
    mask = free
    while mask and most > 0:
        group = problem.group(site, mask)
        days = group.open & ~taken
        for day in _first(problem, days, enough) if trim else bits(days):
            most -= 1
            yield group, day
        mask = (mask - 1) & free


def _first(problem: Problem, days: Days, enough: int) -> Iterator[int]:
    """Yield the first `enough` days of each year."""
    for year in problem.years:
        for n, day in enumerate(bits(days & year)):
            if n == enough:
                break
            yield day


def _cover(
    model: cp_model.CpModel,
    site: Site,
    within: Mask,
    own: list[_Column],
    cost: list[cp_model.LinearExpr],
    *,
    must: bool,
    weight: int,
) -> None:
    for i in bits(within):
        here: list[cp_model.IntVar] = [c.use for c in own if c.group.mask >> i & 1]
        if not must:
            out = model.new_bool_var("")
            cost.append(weight * out)
            here.append(out)
        model.add_exactly_one(here)
    pinned = {(mask, day) for mask, day in site.pinned}
    for column in own:
        if (column.group.mask, column.day) in pinned:
            model.add(column.use == 1)


def _days(model: cp_model.CpModel, problem: Problem, own: list[_Column]) -> None:
    """One visit a day; of visits that are not exempt, one in any `gap_days` days."""
    by_day: dict[int, list[_Column]] = {}
    for column in own:
        by_day.setdefault(column.day, []).append(column)
    gap = problem.rules.gap_days
    for day, here in sorted(by_day.items()):
        model.add_at_most_one([c.use for c in here])
        if gap > 1:
            near = [
                c.use
                for d in range(day, day + gap)
                for c in by_day.get(d, ())
                if not c.group.exempt
            ]
            model.add_at_most_one(near)


def _caps(model: cp_model.CpModel, problem: Problem, site: Site, own: list[_Column]) -> None:
    for c, counter in enumerate(site.counters):
        for year, limit in zip(problem.years, counter.limits, strict=True):
            here = [
                (count, column.use)
                for column in own
                if year >> column.day & 1
                for count in column.group.counts
                if count.counter == c
            ]
            counted = [use for count, use in here if count.counted]
            if not counted:
                continue
            whole = sum((count.counted + count.free) * use for count, use in here)
            some = model.new_bool_var("")
            model.add_max_equality(some, counted)
            model.add(whole <= limit).only_enforce_if(some)


def _rooms(model: cp_model.CpModel, problem: Problem, columns: dict[int, list[_Column]]) -> None:
    takes: dict[tuple[int, int], list[tuple[int, cp_model.IntVar]]] = {}
    for own in columns.values():
        for column in own:
            for row, amount in column.group.rows:
                takes.setdefault((row, column.day), []).append((amount, column.use))
    for (row, day), terms in sorted(takes.items(), key=lambda item: item[0]):
        room = problem.rows[row].room[day]
        if sum(amount for amount, _ in terms) > room:
            model.add(sum(amount * use for amount, use in terms) <= room)
