"""Which checks capacity alone leaves out: prices on the half-days that are too few.

Where the checks that must be done within some days ask for more of a unit than it has on them,
some are left out, whatever the plan (Hall's condition). Prices on these days prove how many, by
the dual of a linear program: what all enterprises pay at least, less what there is to be had.
Any prices prove what they prove; these are one price for each day of a span.

Half-days that stay over may be of no use: where a unit has five on a day and who leads takes two,
the fifth is for who joins. Prices on pairs see that: a visit takes ⌊amount / 2⌋ of ⌊room / 2⌋ of
them, a rounding of the day's inequality that every plan keeps (Chvátal 1973, Gomory 1958).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np

from optimizer.plan.board import Board, covered
from optimizer.plan.bound import Lower, in_no_group, possible_days
from optimizer.plan.days import Days, at_least, between, bits, lowest
from optimizer.plan.excess import cost_of
from optimizer.plan.problem import Problem
from optimizer.plan.site import Group, Mask, Site

WHOLE = 8
"""Most checks of an enterprise all of whose partitions are looked at."""

PART = 8
"""Of an enterprise with more, the checks that are: the first so many of those that must pay."""

SPANS = 3
"""Spans of days that are tried for each thing that is scarce."""

ROWS = 60
"""Most things whose prices are tried: those that most checks left out take of."""

MARGIN = 5
"""Per cent by which checks may seem to ask for less than there is, where prices are tried."""

Row = int
Amounts = Sequence[tuple[Row, int]]


class Thing(NamedTuple):
    """What has a price: a row's room, in shares of so many.

    Attributes
    ----------
    row
        Place in ``problem.rows``.
    share
        1, or 2 where half-days are only of use in pairs.
    """

    row: Row
    share: int


class Line(NamedTuple):
    """The prices of one thing, by day, and the days that have one."""

    share: int
    costs: Mapping[int, int]
    dear: Days


Costs = Mapping[Row, Sequence[Line]]


@dataclass(frozen=True, slots=True)
class Scarce:
    """Prices, and how many checks they prove to be left out.

    Attributes
    ----------
    of
        What a check left out costs.
    prices
        What has a price, day of the horizon, price; sorted.
    lower
        Checks left out of any plan, those that their enterprise alone leaves out included.
    """

    of: int
    prices: tuple[tuple[Thing, int, int], ...]
    lower: int


def find_scarce(board: Board, lowers: Sequence[Lower]) -> Scarce | None:
    """Return prices that prove more checks left out than the enterprises do, if some are found.

    Looked for where the plan leaves checks out without a proof.
    """
    problem = board.problem
    wanted = _wanted(board, lowers)
    if not wanted:
        return None
    asking = _asking(problem, wanted)
    spare = _Spare(board, lowers, asking)
    alone: list[tuple[Fraction, Thing, int, Days]] = []
    for row, most in wanted.items():
        for share in (1, 2):
            thing, of = Thing(row, share), most // share
            tried = []
            for days in _days_of(problem, thing, asking[row]):
                if spare.may_prove(thing, of, days):
                    costs = _costs({thing: dict.fromkeys(bits(days), 1)})
                    tried.append((_more(problem, lowers, asking[row], of, costs), days))
            best, days = max(tried, default=(0, 0), key=lambda one: one[0])
            if best > 0:
                alone.append((Fraction(-best, of), thing, of, days))
    # What else of a unit is scarce with it may be what the same checks ask for: the price of a
    # check left out is paid once.
    found = Scarce(1, (), 0)
    chosen: dict[Thing, tuple[int, Days]] = {}
    for _, thing, of, days in sorted(alone):
        trial = {**chosen, thing: (of, days)}
        scarce = _together(problem, lowers, asking, trial)
        if scarce.lower > found.lower:
            found, chosen = scarce, trial
    return found if chosen else None


def _costs(prices: Mapping[Thing, Mapping[int, int]]) -> Costs:
    """Return the prices of things by the row that they are of."""
    costs: dict[Row, list[Line]] = {}
    for thing, own in prices.items():
        dear = sum(1 << day for day in own)
        costs.setdefault(thing.row, []).append(Line(thing.share, own, dear))
    return costs


class _Spare:
    """What the plan itself pays: no prices prove more of the checks left out than that."""

    def __init__(
        self, board: Board, lowers: Sequence[Lower], asking: Mapping[Row, Sequence[Site]]
    ) -> None:
        self._board, self._known = board, dict[Thing, list[int]]()
        self._left = {
            row: sum(cost_of(board, site)[0] - lowers[site.index].left_out for site in sites)
            for row, sites in asking.items()
        }

    def may_prove(self, thing: Thing, of: int, days: Days) -> bool:
        """Return whether a price of 1 on these days can prove a check more.

        The least that an enterprise pays is no more than what it pays in the plan.
        """
        spare = self._known.get(thing)
        if spare is None:
            spare = self._known[thing] = self._spare(thing)
        return sum(spare[day] for day in bits(days)) < of * self._left[thing.row]

    def _spare(self, thing: Thing) -> list[int]:
        """Return what the plan leaves of a thing, by day."""
        board, problem = self._board, self._board.problem
        spare = [room // thing.share for room in problem.rows[thing.row].room]
        for day, on in board.on[thing.row].items():
            for index, mask in on.items():
                rows = dict(problem.group(problem.sites[index], mask).rows)
                spare[day] -= rows[thing.row] // thing.share
        return spare


def _together(
    problem: Problem,
    lowers: Sequence[Lower],
    asking: Mapping[Row, Sequence[Site]],
    priced: Mapping[Thing, tuple[int, Days]],
) -> Scarce:
    """Return what prices on several things prove together."""
    of = lcm(*(own for own, _ in priced.values()))
    costs = {thing: dict.fromkeys(bits(days), of // own) for thing, (own, days) in priced.items()}
    sites = {site.index: site for row, _ in priced for site in asking[row]}
    sorted_sites = [site for _, site in sorted(sites.items())]
    more = _more(problem, lowers, sorted_sites, of, _costs(costs))
    every = sum(lower.left_out for lower in lowers)
    prices = [(thing, day, n) for thing, line in costs.items() for day, n in line.items()]
    return Scarce(of, tuple(sorted(prices)), every - (-more // of))


def _wanted(board: Board, lowers: Sequence[Lower]) -> dict[Row, int]:
    """Return what most checks left out without a proof lack, with the most that one takes."""
    problem = board.problem
    count: dict[Row, int] = {}
    most: dict[Row, int] = {}
    for site in problem.sites:
        if cost_of(board, site)[0] > lowers[site.index].left_out:
            for i in bits(site.all & ~covered(board.places[site.index])):
                for row, amount in problem.group(site, 1 << i).rows:
                    if problem.rows[row].kind != "cut":
                        count[row] = count.get(row, 0) + 1
                        most[row] = max(most.get(row, 0), amount)
    rows = sorted(count, key=lambda row: (-count[row], row))[:ROWS]
    return {row: most[row] for row in sorted(rows)}


def _asking(problem: Problem, wanted: Mapping[Row, object]) -> dict[Row, list[Site]]:
    """Return the enterprises with a check that a unit of these rows attends."""
    units = {problem.rows[row].unit for row in wanted}
    at: dict[str, list[Site]] = {unit: [] for unit in units}
    for site in problem.sites:
        for unit in {unit for _, own in site.parts for unit in own} & units:
            at[unit].append(site)
    return {row: at[problem.rows[row].unit] for row in wanted}


class Seats(NamedTuple):
    """What a visit takes of a unit at least: inspectors and their half-days."""

    people: int
    effort: int


def _sends(problem: Problem, site: Site, unit: str, members: Mask) -> Seats:
    """Return what a visit with these checks, and any others, takes of a unit at least."""
    team = problem.rules.team
    people = effort = 0
    for i in bits(members):
        item, units = site.items[i], site.parts[i][1]
        if unit in units:
            least = max(min(max(item.inspectors, team.lead), team.other), len(set(item.skills)))
            people, effort = max(people, least), max(effort, item.effort)
    return Seats(people, effort)


def _takes(problem: Problem, site: Site, row: Row, members: Mask) -> int:
    """Return the least that a visit with these checks, and any others, takes of a row."""
    kind, unit, skill = problem.rows[row].kind, problem.rows[row].unit, problem.rows[row].skill
    people, effort = _sends(problem, site, unit, members)
    if kind == "skill":
        asked = any(
            skill in site.items[i].skills for i in bits(members) if unit in site.parts[i][1]
        )
        return effort if asked else 0
    if kind == "full":
        return people if effort == 2 else 0
    return people * effort


def _takes_of_pairs(
    problem: Problem, site: Site, row: Row, members: Mask, days: Mapping[int, Days]
) -> tuple[Days, int, int]:
    """Return the days on which a unit may join, what it sends then, and what it does as the lead.

    It leads unless a check of another unit that can share the visit asks for more inspectors (or
    for as many, where that unit's identifier is smaller), and then sends what a lead does.

    Parameters
    ----------
    days
        Of the enterprise's checks: the days that each could be done on at best.
    """
    unit, team = problem.rows[row].unit, problem.rules.team
    joins, effort = _sends(problem, site, unit, members)
    own = [site.items[i] for i in bits(members) if unit in site.parts[i][1]]
    need = max((item.inspectors for item in own), default=0)
    skills = {skill for item in own for skill in item.skills}
    apart = 0
    for i in bits(members):
        apart |= site.clashes[i]
    beside = 0
    for i, open_days in days.items():
        most = site.items[i].inspectors
        if not apart >> i & 1 and any(
            other != unit and (-most, other) < (-need, unit) for other in site.parts[i][1]
        ):
            beside |= open_days
    return beside, max(joins, len(skills)) * effort, max(need, team.lead, len(skills)) * effort


def _days_of(problem: Problem, thing: Thing, sites: Sequence[Site]) -> list[Days]:
    """Return the sets of days that one price on a thing is tried for."""
    row = problem.rows[thing.row]
    if thing.share == 1:
        return _spans(problem, thing.row, sites)
    if row.kind != "capacity" or not any(room % 2 for room in row.room):
        return []  # with pairs only, half-days see as much
    # Where too few are present to lead, pairs that stay over are of no use either.
    present = problem.capacity.present.get(row.unit, ())
    every = at_least(row.room, 1)
    return list(dict.fromkeys([every, every & at_least(present, problem.rules.team.lead)]))


def _spans(problem: Problem, row: Row, sites: Sequence[Site]) -> list[Days]:
    """Return spans of days within which checks ask for about as much of a row as there is."""
    room = np.array(problem.rows[row].room, np.int64)
    n = len(room)
    asked = np.zeros((n, n), np.int64)
    for site in sites:
        for first, last, amount in _apart(problem, site, row):
            asked[first, last] += amount
    # Of all with their days from one to another, both included.
    asked = np.cumsum(np.cumsum(asked[::-1], axis=0)[::-1], axis=1)
    until = np.concatenate([[0], np.cumsum(room)])
    had = until[None, 1:] - until[:n, None]
    over = np.where(np.tri(n, dtype=bool).T, asked * (100 + MARGIN) - 100 * had, -1)
    open_days = sum(1 << day for day in np.flatnonzero(room).tolist())
    found = []
    for place in np.argsort(-over, axis=None, kind="stable")[:SPANS].tolist():
        first, last = divmod(place, n)
        if over[first, last] > 0:
            found.append(open_days & between(first, last, n))
    return list(dict.fromkeys(found))


def _apart(problem: Problem, site: Site, row: Row) -> list[tuple[int, int, int]]:
    """Return first day, last day and amount of checks of which no two share a day."""
    ends = []
    for i, (_, units) in enumerate(site.parts):
        if problem.rows[row].unit in units:
            amount = _takes(problem, site, row, 1 << i)
            group = problem.group(site, 1 << i) if len(site.checks) <= WHOLE else None
            if group is not None:
                amount = dict(group.rows).get(row, 0)
            days = possible_days(problem, site, i) if amount else 0
            if days:
                ends.append((days.bit_length() - 1, lowest(days), amount))
    found: list[tuple[int, int, int]] = []
    for last, first, amount in sorted(ends):
        if not found or first > found[-1][1]:
            found.append((first, last, amount))
    return found


def _more(
    problem: Problem, lowers: Sequence[Lower], sites: Sequence[Site], of: int, costs: Costs
) -> int:
    """Return what enterprises pay beyond ``of × Lower.left_out``, less what there is to be had."""
    total = 0
    for row, lines in costs.items():
        room = problem.rows[row].room
        for line in lines:
            total -= sum(price * (room[day] // line.share) for day, price in line.costs.items())
    for site in sites:
        with site.in_passing():
            if len(site.checks) <= WHOLE:
                least = _least(problem, site, of, costs)
            else:
                least = _least_of_part(problem, site, of, costs)
        total += max(least - of * lowers[site.index].left_out, 0)
    return total


def _cheapest(costs: Costs, rows: Amounts, days: Days) -> int:
    """Return the least price of what a visit takes, over its days."""
    lines = [
        (line, amount // line.share)
        for row, amount in rows
        for line in costs.get(row, ())
        if amount >= line.share
    ]
    free = days
    for line, _ in lines:
        free &= ~line.dear
    if free:
        return 0
    if len(lines) == 1:
        line, amount = lines[0]
        return amount * min(map(line.costs.__getitem__, bits(days)))
    return min(sum(line.costs.get(day, 0) * n for line, n in lines) for day in bits(days))


def _least(problem: Problem, site: Site, of: int, costs: Costs) -> int:
    """Return the least price over partitions into groups and single checks left out."""
    prices: dict[Mask, int] = {}
    free = 0
    for i in range(len(site.checks)):
        group = problem.group(site, 1 << i)
        prices[1 << i] = cost = _price(costs, group, of)
        free |= 0 if cost else 1 << i
    if free == site.all:
        return 0
    for mask in range(1, site.all + 1):
        if mask & (mask - 1) and site.common(mask) and not site.clash(mask):
            group = problem.group(site, mask)
            if group.lone:
                prices[mask] = _price(costs, group, of * mask.bit_count())
    return _parted(prices, site.all)


def _price(costs: Costs, group: Group, lost: int) -> int:
    return min(lost, _cheapest(costs, group.rows, group.lone)) if group.lone else lost


def _least_of_part(problem: Problem, site: Site, of: int, costs: Costs) -> int:
    """Return what a part of an enterprise's checks pays at least, in whatever company."""
    lost = in_no_group(problem, site, site.all)
    days = {i: possible_days(problem, site, i) for i in bits(site.all & ~lost)}

    def price(mask: Mask, common: Days) -> int:
        least: list[tuple[int, Mapping[int, int], Days]] = []
        for row, lines in costs.items():
            for line in lines:
                if line.share == 1:
                    least.append((_takes(problem, site, row, mask), line.costs, common))
                else:
                    beside, joins, leads = _takes_of_pairs(problem, site, row, mask, days)
                    least.append((joins // line.share, line.costs, common & beside))
                    least.append((leads // line.share, line.costs, common & ~beside))
        return _least_sum(least, common)

    part = [i for i, own in days.items() if price(1 << i, own)][:PART]
    prices: dict[Mask, int] = {}
    stack = [(1 << k, 1 << i, days[i]) for k, i in enumerate(part)]
    while stack:
        places, mask, common = stack.pop()
        prices[places] = min(of * mask.bit_count(), price(mask, common))
        for k in range(places.bit_length(), len(part)):
            both = common & days[part[k]]
            if both and not site.clashes[part[k]] & mask:
                stack.append((places | 1 << k, mask | 1 << part[k], both))
    return of * lost.bit_count() + _parted(prices, (1 << len(part)) - 1)


def _least_sum(lines: Sequence[tuple[int, Mapping[int, int], Days]], days: Days) -> int:
    """Return the least over days of amounts times prices; each line counts on days of its own."""
    free = days
    for amount, costs, own in lines:
        if amount:
            for day in costs:
                free &= ~(own & 1 << day)
    if free:
        return 0
    return min(
        sum(amount * costs.get(day, 0) for amount, costs, own in lines if own >> day & 1)
        for day in bits(days)
    )


def _parted(prices: Mapping[Mask, int], whole: Mask) -> int:
    """Return the least price of a partition of the whole into sets that have one."""
    by_lowest: dict[Mask, list[tuple[Mask, int]]] = {}
    for mask, price in prices.items():
        by_lowest.setdefault(mask & -mask, []).append((mask, price))
    least = [0] * (whole + 1)
    for rest in range(1, whole + 1):
        ways = by_lowest[rest & -rest]
        least[rest] = min(p + least[rest ^ mask] for mask, p in ways if mask & rest == mask)
    return least[whole]
