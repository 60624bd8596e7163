"""What a plan is judged by, in order: the tuple that two plans of the same checks compare by."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from optimizer.domain.enterprise import Enterprise
from optimizer.domain.visit import Visit
from optimizer.plan.board import Board
from optimizer.plan.days import bits
from optimizer.plan.kernel.polish import SCALE
from optimizer.plan.site import Mask, Site

CELL = 20
"""Cells a degree, where coordinates are known and townships are not: some 5 km."""


class Aims(NamedTuple):
    """The aims of a plan, first things first; of two plans the smaller tuple is the better.

    Attributes
    ----------
    left_out
        Checks in no visit.
    visits, most_at_one
        Visits, and the most of them at one enterprise.
    changed
        Visits that the previous plan did not have, with these checks on this day: each is to be
        filed again. Without a previous plan 0.
    late
        Days from release to visit, times severity, summed over the triggered checks in visits.
    uneven
        Over units and days, the square of the half-days used by those there are, in parts of
        10,000, rounded down: least where a unit's days are all used in the same share.
    travel
        Over units and days, the places visited (see `place_of`) less one.
    """

    left_out: int
    visits: int
    most_at_one: int
    changed: int
    late: int
    uneven: int
    travel: int


def aims_of(board: Board, previous: Sequence[Visit] = ()) -> Aims:
    """Return the aims of the visits in place.

    Parameters
    ----------
    previous
        Visits of the plan before this one; without any, nothing counts as changed.
    """
    problem = board.problem
    known = {(visit.enterprise, visit.day, visit.checks) for visit in previous}
    left_out = visits = most = late = changed = 0
    for site in problem.sites:
        places = board.places[site.index]
        visits += len(places)
        most = max(most, len(places))
        seen = 0
        for day, mask in places.items():
            seen |= mask
            late += sum(
                site.checks[i].severity * (day - problem.calendar.index(site.checks[i].release))
                for i in bits(mask)
                if site.checks[i].kind == "triggered"
            )
            if known:
                own = (site.enterprise.id, problem.calendar.day(day), checks_of(site, mask))
                changed += own not in known
        left_out += (site.all & ~seen).bit_count()
    uneven = travel = 0
    for row, line in enumerate(problem.rows):
        if line.kind != "capacity":
            continue
        for day, owners in board.on[row].items():
            if owners:
                used = line.room[day] - board.left[row][day]
                uneven += SCALE * used * used // line.room[day]
                travel += len({place_of(problem.sites[s].enterprise) for s in owners}) - 1
    return Aims(left_out, visits, most, changed, late, uneven, travel)


def checks_of(site: Site, mask: Mask) -> tuple[str, ...]:
    """Return the identifiers of a set of checks, sorted."""
    return tuple(sorted(site.checks[i].id for i in bits(mask)))


def place_of(enterprise: Enterprise) -> Hashable:
    """Return where an enterprise lies: township, else cell of its coordinates, else county."""
    if enterprise.township:
        return enterprise.county, enterprise.township
    if enterprise.lat is not None and enterprise.lon is not None:
        return int(enterprise.lat * CELL // 1), int(enterprise.lon * CELL // 1)
    return enterprise.county
