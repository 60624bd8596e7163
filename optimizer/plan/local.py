"""The best visits of one enterprise, given what is left of every unit's day.

Up to `SMALL` checks every partition is tried, the fewest visits first; beyond that visits are
built one by one around the check that can wait least, and up to `SUBSETS` checks a
dynamic program over subsets looks for fewer.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

from optimizer.plan.board import Board
from optimizer.plan.caps import broken_caps, could_keep_caps
from optimizer.plan.days import Days
from optimizer.plan.site import Group, Mask, Site

SMALL = 6
"""Most checks of an enterprise of which every partition is tried."""

SUBSETS = 9
"""Most checks of an enterprise of which every subset is looked at."""

NODES = 60
"""Most steps in search of days that lie far enough apart."""

Placed = list[tuple[Group, int]]


class Choice(NamedTuple):
    """Visits for one enterprise's free checks, and those left out."""

    lost: Mask
    visits: Placed

    @property
    def cost(self) -> tuple[int, int]:
        """Checks left out, visits: the less the better, in this order."""
        return self.lost.bit_count(), len(self.visits)


@lru_cache(maxsize=64)
def partitions(n: int) -> tuple[tuple[Mask, ...], ...]:
    """Return all partitions of n things as masks, the fewest parts first."""

    def grow(i: int) -> Iterator[tuple[Mask, ...]]:
        if i == 0:
            yield ()
            return
        bit = 1 << (i - 1)
        for parts in grow(i - 1):
            for p, part in enumerate(parts):
                yield (*parts[:p], part | bit, *parts[p + 1 :])
            yield (*parts, bit)

    return tuple(sorted(grow(n), key=lambda parts: (len(parts), parts)))


def spread(mask: Mask, members: tuple[int, ...]) -> Mask:
    """Return the members that a mask over their places stands for."""
    found = 0
    while mask:
        low = mask & -mask
        found |= 1 << members[low.bit_length() - 1]
        mask ^= low
    return found


def free_checks(site: Site) -> Mask:
    """Return the checks that no pinned visit holds."""
    free = site.all
    for mask, _ in site.pinned:
        free &= ~mask
    return free


def options(
    board: Board, site: Site, members: Mask, most: int | None = None
) -> Iterator[tuple[Group, ...]]:
    """Yield the partitions of some checks into groups that have a day, fewest groups first.

    Caps are kept where the horizon lies in one year.

    Parameters
    ----------
    most
        Groups at most; ``None``: any number.
    """
    problem = board.problem
    places = tuple(i for i in range(len(site.checks)) if members >> i & 1)
    held = [group for group, _ in board.placed(site)]
    known: dict[Mask, Group] = {}
    for parts in partitions(len(places)):
        if most is not None and len(parts) > most:
            return
        groups = []
        for part in parts:
            group = known.get(part)
            if group is None:
                group = known[part] = problem.group(site, spread(part, places))
            if not group.open:
                break
            groups.append(group)
        else:
            if could_keep_caps(problem, site, (*held, *groups)):
                yield tuple(groups)


def fit(board: Board, site: Site, groups: tuple[Group, ...]) -> tuple[int, Placed] | None:
    """Return days for these groups beside what is in place, or ``None``.

    Returns
    -------
    tuple
        How full the fullest day gets (a place in `board.LEVELS`), and groups with their days.
    """
    rooms = []
    for group in groups:
        days = board.room(group)
        if not days:
            return None
        rooms.append((days.bit_count(), days, group))
    held = board.placed(site) if board.places[site.index] else []
    if len(rooms) == 1 and not held and len(board.problem.years) == 1:
        level, day = board.quietest(rooms[0][2], rooms[0][1])
        return level, [(rooms[0][2], day)]
    rooms.sort(key=lambda room: room[0])
    several = len(board.problem.years) > 1 and bool(site.counters)
    nodes = 0

    def place(k: int, chosen: Placed, worst: int) -> tuple[int, Placed] | None:
        nonlocal nodes
        if k == len(rooms):
            if several and broken_caps(board.problem, site, chosen):
                return None
            return worst, chosen[len(held) :]
        _, days, group = rooms[k]
        days &= ~board.near(group, chosen)
        while days:
            nodes += 1
            if nodes > NODES:
                return None
            level, day = board.quietest(group, days)
            found = place(k + 1, [*chosen, (group, day)], max(worst, level))
            if found is not None:
                return found
            # What comes after did not fit: try days that lie elsewhere.
            days &= ~board.near(group, [(group, day)])
            if several and not days:
                return None
        return None

    return place(0, held, 0)


def best(board: Board, site: Site, enough: tuple[int, int] | None = None) -> Choice:
    """Return the best visits for a site's free checks; none of them may be in place.

    Parameters
    ----------
    enough
        Look no further once the cost is no more than this.
    """
    members = free_checks(site)
    if members.bit_count() <= SMALL:
        return try_all(board, site, members) or Choice(members, [])
    choice = Choice(members, [])
    for anchor in ANCHORS:
        built = _build(board, site, members, anchor)
        if built.cost < choice.cost:
            choice = built
        if enough is not None and choice.cost <= enough:
            return choice
    if members.bit_count() <= SUBSETS:
        found = _by_subsets(board, site, members, choice.cost)
        if found is not None:
            return found
    return choice


def try_all(
    board: Board, site: Site, members: Mask, limit: tuple[int, int | None] | None = None
) -> Choice | None:
    """Return the best visits for some of a site's checks, beside those in place.

    Parameters
    ----------
    limit
        Checks left out at most and, with as many, visits at most (``None``: any number).

    Returns
    -------
    Choice or None
        ``None`` if none keeps to the limit.
    """
    count = members.bit_count()
    places = [i for i in range(len(site.checks)) if members >> i & 1]
    most_lost = count if limit is None else min(limit[0], count)
    for lost_count in range(most_lost + 1):
        most = limit[1] if limit is not None and lost_count == limit[0] else None
        best_found: tuple[int, int, int] | None = None
        choice: Choice | None = None
        for out in combinations(places, lost_count):
            lost = sum(1 << i for i in out)
            visits = 0
            for groups in options(board, site, members & ~lost, most):
                if visits and len(groups) > visits:
                    break
                found = fit(board, site, groups)
                if found is None:
                    continue
                visits = len(groups)
                score = (visits, found[0], sum(a for g in groups for _, a in g.rows))
                if best_found is None or score < best_found:
                    best_found, choice = score, Choice(lost, found[1])
        if choice is not None:
            return choice
    return None


def _by_due(board: Board, site: Site, rooms: dict[int, Days]) -> int:
    return min(rooms, key=lambda i: (rooms[i].bit_length(), i))


def _by_release(board: Board, site: Site, rooms: dict[int, Days]) -> int:
    return min(rooms, key=lambda i: (-(rooms[i] & -rooms[i]).bit_length(), i))


def _by_scarcity(board: Board, site: Site, rooms: dict[int, Days]) -> int:
    return min(rooms, key=lambda i: (rooms[i].bit_count(), i))


ANCHORS = (_by_due, _by_release, _by_scarcity)
"""Which check the next visit is built around."""


def _segments(rooms: dict[int, Days], anchor: int) -> list[tuple[Days, Mask]]:
    """Part the anchor's days by which checks could be done on them."""
    segments = [(rooms[anchor], 1 << anchor)]
    for i, days in rooms.items():
        if i == anchor:
            continue
        after = []
        for part, mask in segments:
            if part & days:
                after.append((part & days, mask | 1 << i))
            if part & ~days:
                after.append((part & ~days, mask))
        segments = after
        if len(segments) > 400:  # the longest stay: enough to build a visit from
            segments = sorted(segments, key=lambda s: (-s[1].bit_count(), s[0]))[:200]
    segments.sort(key=lambda s: (-s[1].bit_count(), s[0] & -s[0]))
    return segments


def _build(board: Board, site: Site, members: Mask, choose: object) -> Choice:
    """Build visits one by one, each around the check that `choose` names."""
    problem = board.problem
    assert callable(choose)
    held = board.placed(site)
    chosen: Placed = list(held)
    lost = 0
    rooms = {i: site.hard[i] for i in range(len(site.checks)) if members >> i & 1}
    if not site.rides:
        rooms = {i: board.room(problem.group(site, 1 << i)) for i in rooms}
    for i in list(rooms):
        if not rooms[i]:
            lost |= 1 << i
            del rooms[i]
    while rooms:
        anchor = choose(board, site, rooms)
        top: tuple[int, int] | None = None
        pick: tuple[Group, Days] | None = None
        for days, mask in _segments(rooms, anchor)[:40]:
            if top is not None and mask.bit_count() < top[0]:
                break
            grown = _grow(board, site, mask, anchor, days, rooms, chosen)
            if grown is None:
                continue
            group, room = grown
            score = (group.mask.bit_count(), room.bit_count())
            if top is None or score > top:
                top, pick = score, grown
        if pick is None:
            lost |= 1 << anchor
            del rooms[anchor]
            continue
        group, room = pick
        chosen.append((group, board.quietest(group, room)[1]))
        for i in range(len(site.checks)):
            if group.mask >> i & 1:
                del rooms[i]
    return Choice(lost, chosen[len(held) :])


def _grow(
    board: Board,
    site: Site,
    mask: Mask,
    anchor: int,
    days: Days,
    rooms: dict[int, Days],
    chosen: Placed,
) -> tuple[Group, Days] | None:
    """Gather as many of the checks `mask` as share a visit with the anchor on one of `days`."""
    problem = board.problem
    found: tuple[Group, Days] | None = None
    order = sorted(
        (i for i in range(len(site.checks)) if mask >> i & 1 and i != anchor),
        key=lambda i: (
            not site.exempt_checks >> i & 1 if site.rides else 0,
            rooms[i].bit_count(),
            i,
        ),
    )
    current = 0
    for i in [anchor, *order]:
        group = problem.group(site, current | 1 << i)
        room = board.room(group) & days
        if room:
            room &= ~board.near(group, chosen)
        if not room and i == anchor and site.rides:
            # It may only ride: let a check that hosts it come first.
            for host in order:
                group = problem.group(site, 1 << anchor | 1 << host)
                room = board.room(group) & days
                if room:
                    room &= ~board.near(group, chosen)
                if room:
                    break
        if room and _caps_hold(board, site, chosen, group, room):
            found, current, days = (group, room), group.mask, room
        elif i == anchor:
            return None
    return found


def _caps_hold(board: Board, site: Site, chosen: Placed, group: Group, room: Days) -> bool:
    if not site.counters:
        return True
    if len(board.problem.years) == 1:
        return could_keep_caps(board.problem, site, [*(g for g, _ in chosen), group])
    day = board.quietest(group, room)[1]
    return not broken_caps(board.problem, site, [*chosen, (group, day)])


def _by_subsets(board: Board, site: Site, members: Mask, cost: tuple[int, int]) -> Choice | None:
    """Look for a partition into fewer groups that have room; ``None`` if it finds none.

    ``reach[k]`` flags the sets that part into at most k groups.
    """
    problem = board.problem
    places = tuple(i for i in range(len(site.checks)) if members >> i & 1)
    full = (1 << len(places)) - 1
    masks = [spread(s, places) for s in range(full + 1)]
    groups = [problem.group(site, mask) for mask in masks[1:]]
    has_room = np.array([False, *(bool(g.open) and bool(board.room(g)) for g in groups)])
    usable = np.flatnonzero(has_room)
    held = [group for group, _ in board.placed(site)]
    most = cost[1] - 1 if cost[0] == 0 else len(places)
    reach = [np.arange(full + 1) == 0]
    for k in range(1, most + 1):
        ends = np.flatnonzero(has_room & reach[k - 1][::-1])
        for first in ends[::-1][:40].tolist():
            parts = [int(first)]
            while full ^ sum(parts):
                rest = full ^ sum(parts)
                inside = usable[(usable & ~rest) == 0]
                parts.append(int(inside[reach[k - 1 - len(parts)][rest ^ inside]][-1]))
            chosen = tuple(groups[part - 1] for part in parts)
            if could_keep_caps(problem, site, (*held, *chosen)):
                found = fit(board, site, chosen)
                if found is not None:
                    return Choice(0, found[1])
        if k < most:
            after = reach[k - 1].copy()
            for s in np.flatnonzero(~after).tolist():
                inside = usable[(usable & ~s) == 0]
                after[s] = bool(reach[k - 1][s ^ inside].any())
            reach.append(after)
    return None
