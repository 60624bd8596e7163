"""The visits of the plan before, and an enterprise's visits as near to them as can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, product
from typing import NamedTuple

from optimizer.domain.visit import Visit
from optimizer.plan.board import Board, Places, covered
from optimizer.plan.caps import broken_caps
from optimizer.plan.days import bits
from optimizer.plan.local import SMALL, free_checks, try_all
from optimizer.plan.problem import Problem
from optimizer.plan.site import Mask, Site

MOST = 6
"""Most visits of the plan before that are given up by default."""

WIDER = 256
"""Most ways in which new checks are parted among visits of the plan before."""


class Cost(NamedTuple):
    """What the visits of one enterprise cost, in order.

    Attributes
    ----------
    lost, lost_exempt
        Checks left out, and those of them whose source is exempt.
    changed
        Visits that it did not have before, with these checks on this day.
    """

    lost: int
    lost_exempt: int
    visits: int
    changed: int


class Former(NamedTuple):
    """The plan before, as far as it is asked for still.

    Attributes
    ----------
    places
        By enterprise, its visits.
    short
        Places of enterprises with a visit of which not all checks are asked for any more.
    """

    places: list[Places]
    short: set[int]


def former_of(problem: Problem, visits: Iterable[Visit]) -> Former:
    """Return the visits of a plan, all of whose checks are still asked for."""
    before: dict[str, list[Visit]] = {}
    for visit in visits:
        before.setdefault(visit.enterprise, []).append(visit)
    found = Former([], set())
    for site in problem.sites:
        place = {check.id: i for i, check in enumerate(site.checks)}
        places: Places = {}
        for visit in before.get(site.enterprise.id, ()):
            if all(check in place for check in visit.checks):
                day = problem.calendar.index(visit.day)
                places[day] = sum(1 << place[check] for check in visit.checks)
            else:
                found.short.add(site.index)
        found.places.append(places)
    return found


def cost_now(board: Board, site: Site, former: Places) -> Cost:
    """Return what the visits of an enterprise cost as they stand."""
    return cost_of(site, board.places[site.index], former)


def cost_of(site: Site, places: Places, former: Places) -> Cost:
    """Return what visits of an enterprise cost."""
    same = sum(former.get(day) == mask for day, mask in places.items())
    lost = site.all & ~covered(places)
    return Cost(
        lost.bit_count(),
        (lost & site.exempt_checks).bit_count(),
        len(places),
        len(places) - same,
    )


def stays(board: Board, site: Site, mask: Mask, day: int) -> bool:
    """Put a visit of the plan before in place if it keeps every rule there."""
    group = board.problem.group(site, mask)
    others = board.placed(site)
    if not board.room(group) & ~board.near(group, others) & (1 << day):
        return False
    if broken_caps(board.problem, site, [*others, (group, day)]):
        return False
    board.put(site, group, day)
    return True


def arrange(
    board: Board,
    site: Site,
    former: Places,
    limit: Cost,
    *,
    enough: tuple[int, int, int],
    dropped: int = MOST,
    must: int = -1,
) -> Cost | None:
    """Put visits of an enterprise in place that cost less than `limit`, if any are found.

    As many as can be of its visits of the plan before stay; the checks of others, and those in
    none, are parted in every way.

    Parameters
    ----------
    board
        None of the enterprise's visits in place but pinned ones.
    enough
        Look no further once the first three of the cost are no more than these.
    dropped
        Most visits of the plan before that are given up although there is room for them.
    must
        Day whose visit of the plan before is to stay, if it is not negative.

    Returns
    -------
    Cost or None
        ``None``: nothing is put in place.
    """
    best, chosen = limit, None
    free = free_checks(site)
    pinned = dict(board.places[site.index])
    for kept in _kept(board, site, former, dropped, must):
        rest = free & ~covered(kept)
        if _all_stay(board, site, kept):
            standing, some = {**pinned, **kept}, _fewest_days(board, site, rest)
            choice = try_all(board, site, some, _at_most(site, best, standing, some))
            if choice is not None:
                places = {**standing, **{day: group.mask for group, day in choice.visits}}
                cost = cost_of(site, places, former)
                if cost < best:
                    best, chosen = cost, places
        board.clear(site)
        if rest.bit_count() > SMALL:
            # Too many to be parted in every way: those given up take in what is new.
            for wider in _wider(site, former, kept, rest):
                cost = cost_of(site, {**pinned, **wider}, former)
                if cost < best and _all_stay(board, site, wider):
                    best, chosen = cost, {**pinned, **wider}
                board.clear(site)
        if chosen is not None and best[:3] <= enough:
            break
    if chosen is None:
        return None
    for day, mask in chosen.items():
        if day not in pinned:
            board.put(site, board.problem.group(site, mask), day)
    return best


def _at_most(site: Site, limit: Cost, standing: Places, some: Mask) -> tuple[int, int | None]:
    """Return how many of some checks may be left out, and the visits if so many are.

    Beyond, all visits would cost more than `limit`, whatever else stands.
    """
    aside = site.all & ~covered(standing) & ~some
    lost = limit.lost - aside.bit_count()
    if limit.lost_exempt > (aside & site.exempt_checks).bit_count():
        return lost, None
    return lost, limit.visits - len(standing)


def _fewest_days(board: Board, site: Site, rest: Mask) -> Mask:
    """Return the checks that have room on some day, of more than `SMALL` those with fewest days."""
    if rest.bit_count() <= SMALL:
        return rest
    days = {i: board.room(board.problem.group(site, 1 << i)).bit_count() for i in bits(rest)}
    able = sorted((count, i) for i, count in days.items() if count)
    return sum(1 << i for _, i in able[:SMALL])


def _kept(board: Board, site: Site, former: Places, dropped: int, must: int) -> Iterator[Places]:
    """Yield what may stay of the visits before, the most first."""
    free = free_checks(site)
    able = [
        (day, mask)
        for day, mask in former.items()
        if not mask & ~free and board.room(board.problem.group(site, mask)) >> day & 1
    ]
    for away in range(min(dropped, len(able)) + 1):
        for kept in combinations(able, len(able) - away):
            found = dict(kept)
            if must < 0 or must in found:
                yield found


def _wider(site: Site, former: Places, kept: Places, rest: Mask) -> Iterator[Places]:
    """Yield visits kept, and those given up with checks that are in no visit before, or some."""
    given_up = [(day, mask) for day, mask in former.items() if day not in kept and not mask & ~rest]
    new = list(bits(rest & ~covered(former)))
    if not given_up or (len(given_up) + 1) ** len(new) > WIDER:
        return
    for chosen in product(range(len(given_up) + 1), repeat=len(new)):
        places = dict(given_up)
        for i, k in zip(new, chosen, strict=True):
            if k < len(given_up):
                places[given_up[k][0]] |= 1 << i
        if all(
            places[day] != mask
            and not any(site.clashes[i] & places[day] for i in bits(places[day]))
            for day, mask in given_up
        ):
            yield {**kept, **places}


def _all_stay(board: Board, site: Site, places: Places) -> bool:
    return all(stays(board, site, mask, day) for day, mask in places.items())
