"""Which checks capacity alone leaves out: prices on the half-days that are too few.

Where the checks that must be done within some days ask for more of a unit than it has on them,
some are left out, whatever the plan (Hall's condition). Prices on these days prove how many, by
the dual of a linear program: what all enterprises pay at least, less what there is to be had.
Any prices prove what they prove; these are one price for each day of a span.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from optimizer.plan.board import Board, covered
from optimizer.plan.bound import Lower, in_no_group, possible_days
from optimizer.plan.days import Days, between, bits, lowest
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
Costs = Mapping[Row, Mapping[int, int]]
"""Row → day → price."""


@dataclass(frozen=True, slots=True)
class Scarce:
    """Prices, and how many checks they prove to be left out.

    Attributes
    ----------
    of
        What a check left out costs.
    prices
        Place in ``problem.rows``, day of the horizon, price; sorted.
    lower
        Checks left out of any plan, those that their enterprise alone leaves out included.
    """

    of: int
    prices: tuple[tuple[Row, int, int], ...]
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
    alone: list[tuple[Fraction, Row, int, Days]] = []
    for row, of in wanted.items():
        tried = []
        for days in _spans(problem, row, asking[row]):
            costs = {row: dict.fromkeys(bits(days), 1)}
            tried.append((_more(problem, lowers, asking[row], of, costs), days))
        most, days = max(tried, default=(0, 0), key=lambda one: one[0])
        if most > 0:
            alone.append((Fraction(-most, of), row, of, days))
    # What else of a unit is scarce with it may be what the same checks ask for: the price of a
    # check left out is paid once.
    found = Scarce(1, (), 0)
    chosen: dict[Row, tuple[int, Days]] = {}
    for _, row, of, days in sorted(alone):
        trial = {**chosen, row: (of, days)}
        scarce = _together(problem, lowers, asking, trial)
        if scarce.lower > found.lower:
            found, chosen = scarce, trial
    return found if chosen else None


def _together(
    problem: Problem,
    lowers: Sequence[Lower],
    asking: Mapping[Row, Sequence[Site]],
    priced: Mapping[Row, tuple[int, Days]],
) -> Scarce:
    """Return what prices on several rows prove together."""
    of = lcm(*(own for own, _ in priced.values()))
    costs = {row: dict.fromkeys(bits(days), of // own) for row, (own, days) in priced.items()}
    sites = {site.index: site for row in priced for site in asking[row]}
    more = _more(problem, lowers, [site for _, site in sorted(sites.items())], of, costs)
    every = sum(lower.left_out for lower in lowers)
    prices = [(row, day, n) for row, line in costs.items() for day, n in line.items()]
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


def _takes(problem: Problem, site: Site, row: Row, members: Mask) -> int:
    """Return the least that a visit with these checks, and any others, takes of a row."""
    kind, unit, skill = problem.rows[row].kind, problem.rows[row].unit, problem.rows[row].skill
    team = problem.rules.team
    people = effort = 0
    asked = False
    for i in bits(members):
        item, units = site.items[i], site.parts[i][1]
        if unit in units:
            least = max(min(max(item.inspectors, team.lead), team.other), len(set(item.skills)))
            people, effort = max(people, least), max(effort, item.effort)
            asked = asked or skill in item.skills
    if kind == "skill":
        return effort if asked else 0
    if kind == "full":
        return people if effort == 2 else 0
    return people * effort


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
    for row, line in costs.items():
        room = problem.rows[row].room
        total -= sum(price * room[day] for day, price in line.items())
    dear = {row: sum(1 << day for day in line) for row, line in costs.items()}
    for site in sites:
        with site.in_passing():
            if len(site.checks) <= WHOLE:
                least = _least(problem, site, of, costs, dear)
            else:
                least = _least_of_part(problem, site, of, costs, dear)
        total += max(least - of * lowers[site.index].left_out, 0)
    return total


def _cheapest(costs: Costs, dear: Mapping[Row, Days], rows: Amounts, days: Days) -> int:
    """Return the least price of what a visit takes, over its days."""
    priced = [(row, amount) for row, amount in rows if row in costs and amount]
    free = days
    for row, _ in priced:
        free &= ~dear[row]
    if free:
        return 0
    lines = [(costs[row], amount) for row, amount in priced]
    if len(lines) == 1:
        line, amount = lines[0]
        return amount * min(map(line.__getitem__, bits(days)))
    return min(sum(line.get(day, 0) * amount for line, amount in lines) for day in bits(days))


def _least(problem: Problem, site: Site, of: int, costs: Costs, dear: Mapping[Row, Days]) -> int:
    """Return the least price over partitions into groups and single checks left out."""
    prices: dict[Mask, int] = {}
    free = 0
    for i in range(len(site.checks)):
        group = problem.group(site, 1 << i)
        prices[1 << i] = cost = _price(costs, dear, group, of)
        free |= 0 if cost else 1 << i
    if free == site.all:
        return 0
    for mask in range(1, site.all + 1):
        if mask & (mask - 1) and site.common(mask) and not site.clash(mask):
            group = problem.group(site, mask)
            if group.lone:
                prices[mask] = _price(costs, dear, group, of * mask.bit_count())
    return _parted(prices, site.all)


def _price(costs: Costs, dear: Mapping[Row, Days], group: Group, lost: int) -> int:
    return min(lost, _cheapest(costs, dear, group.rows, group.lone)) if group.lone else lost


def _least_of_part(
    problem: Problem, site: Site, of: int, costs: Costs, dear: Mapping[Row, Days]
) -> int:
    """Return what a part of an enterprise's checks pays at least, in whatever company."""
    lost = in_no_group(problem, site, site.all)
    days = {i: possible_days(problem, site, i) for i in bits(site.all & ~lost)}

    def price(mask: Mask, common: Days) -> int:
        rows = tuple((row, _takes(problem, site, row, mask)) for row in costs)
        return _cheapest(costs, dear, rows, common)

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
