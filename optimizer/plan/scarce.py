"""Which checks capacity alone leaves out: prices on the half-days that are too few.

Where the checks that must be done within some days ask for more of a unit than it has on them,
some are left out, whatever the plan (Hall's condition). Prices on these days prove how many, by
the dual of a linear program: what all enterprises pay at least, less what there is to be had.
Any prices prove what they prove; these are one price for each day of a span, or of the days that
the plan uses up, or all but: where half-days stay over, as nobody who needs one can come, a price
would be paid for nothing (complementary slackness). What a check left out costs in half-days is
what some check takes: what pays best is to leave out those that take most.

Half-days that stay over may be of no use: where a unit has five on a day and who leads takes two,
the fifth is for who joins. Prices on pairs see that: a visit takes ⌊amount / 2⌋ of ⌊room / 2⌋ of
them, a rounding of the day's inequality that every plan keeps (Chvátal 1973, Gomory 1958).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

import numpy as np

from optimizer.plan.board import Board, covered
from optimizer.plan.bound import Lower
from optimizer.plan.days import Days, at_least, between, bits
from optimizer.plan.excess import cost_of
from optimizer.plan.problem import Problem
from optimizer.plan.site import Site
from optimizer.plan.tolls import Costs, Line, Payers, Row

SPANS = 3
"""Spans of days that are tried for each thing that is scarce."""

ROWS = 60
"""Most things whose prices are tried: those that most checks left out take of."""

MARGIN = 5
"""Per cent by which checks may seem to ask for less than there is, where prices are tried."""


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


Way = tuple[int, Thing, Days]
"""What a check left out costs, what has a price of 1, and on which days."""


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
    payers, spare = Payers(problem, asking), _Spare(board, lowers, asking)
    alone: list[tuple[Fraction, Way]] = []
    for row, most in wanted.items():
        for ways in _ways(payers, spare, row, most):
            best = _best(payers, lowers, spare, asking[row], ways)
            if best is not None:
                alone.append(best)
    if not alone:
        return None
    # What else of a unit is scarce with it may be what the same checks ask for: the price of a
    # check left out is paid once. Only those who ask for the new thing pay otherwise than before.
    of = lcm(*(own for _, (own, _, _) in alone))
    chosen: dict[Thing, tuple[int, Days]] = {}
    paid: dict[int, int] = {}
    proved = 0
    for _, (own, thing, days) in sorted(alone):
        trial = {**chosen, thing: (of // own, days)}
        costs = _costs(trial)
        now = {site.index: _pays(payers, lowers, site, of, costs) for site in asking[thing.row]}
        more = -(-(sum({**paid, **now}.values()) - _had(problem, costs)) // of)
        if more > proved:
            proved, chosen, paid = more, trial, {**paid, **now}
    least = gcd(of, *(price for price, _ in chosen.values()))
    prices = [(t, day, n // least) for t, (n, days) in chosen.items() for day in bits(days)]
    every = sum(lower.left_out for lower in lowers)
    return Scarce(of // least, tuple(sorted(prices)), every + proved)


def _best(
    payers: Payers,
    lowers: Sequence[Lower],
    spare: _Spare,
    sites: Sequence[Site],
    ways: Iterable[Way],
) -> tuple[Fraction, Way] | None:
    """Return the prices that prove most, and that as less than 0, if any prove something."""
    best, proved = None, Fraction(0)
    most = {way: spare.most(way) for way in ways}
    for way in sorted(most, key=lambda way: -most[way]):
        if most[way] <= proved:
            break
        of, thing, days = way
        more = Fraction(_more(payers, lowers, sites, of, _costs({thing: (1, days)})), of)
        if more > proved:
            best, proved = way, more
    return None if best is None else (-proved, best)


def _costs(priced: Mapping[Thing, tuple[int, Days]]) -> Costs:
    """Return prices, each of a thing on some days, by the row that they are of."""
    costs: dict[Row, list[Line]] = {}
    for thing, (price, days) in priced.items():
        costs.setdefault(thing.row, []).append(Line(thing.share, price, days))
    return costs


class _Spare:
    """What the plan itself pays: no prices prove more of the checks left out than that."""

    def __init__(
        self, board: Board, lowers: Sequence[Lower], asking: Mapping[Row, Sequence[Site]]
    ) -> None:
        self._board, self._known = board, dict[Thing, list[int]]()
        self._taken = dict[Thing, list[tuple[int, int, int]]]()
        every = {site.index: site for sites in asking.values() for site in sites}
        more = {i: cost_of(board, site)[0] - lowers[i].left_out for i, site in every.items()}
        self._left = {row: sum(more[s.index] for s in sites) for row, sites in asking.items()}

    def most(self, way: Way) -> Fraction:
        """Return the most checks that prices can prove.

        The least that an enterprise pays is no more than what it pays in the plan, or would pay if
        it left the checks of visits out that pay more than these.
        """
        of, thing, days = way
        spare, left = self._of(thing), of * self._left[thing.row]
        left -= sum(spare[day] for day in bits(days))
        for day, amount, checks in self._visits(thing):
            if amount > of * checks and days >> day & 1:
                left -= amount - of * checks
        return Fraction(left, of)

    def used_up(self, thing: Thing, least: int) -> Days:
        """Return the days on which the plan leaves less than so much of what there is."""
        room = self._board.problem.rows[thing.row].room
        left = zip(room, self._of(thing), strict=True)
        return sum(1 << day for day, (had, spare) in enumerate(left) if had and spare < least)

    def used(self, thing: Thing) -> Days:
        """Return the days on which the plan takes of a thing."""
        room = self._board.problem.rows[thing.row].room
        left = zip(room, self._of(thing), strict=True)
        return sum(1 << day for day, (had, spare) in enumerate(left) if spare < had // thing.share)

    def _of(self, thing: Thing) -> list[int]:
        """Return what the plan leaves of a thing, by day; remembered."""
        spare = self._known.get(thing)
        if spare is None:
            spare = self._known[thing] = self._spare(thing)
        return spare

    def _spare(self, thing: Thing) -> list[int]:
        """Return what the plan leaves of a thing, by day."""
        if thing.share == 1:
            return self._board.left[thing.row]
        rooms = self._board.problem.rows[thing.row].room
        spare = [room // thing.share for room in rooms]
        for day, amount, _ in self._visits(thing):
            spare[day] -= amount
        return spare

    def _visits(self, thing: Thing) -> list[tuple[int, int, int]]:
        """Return day, amount and number of checks of the visits that take of a thing."""
        found = self._taken.get(thing)
        if found is None:
            board, problem = self._board, self._board.problem
            found = self._taken[thing] = []
            for day, on in board.on[thing.row].items():
                for index in on:
                    mask = board.places[index][day]
                    rows = dict(problem.group(problem.sites[index], mask).rows)
                    found.append((day, rows[thing.row] // thing.share, mask.bit_count()))
        return found


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


def _ways(payers: Payers, spare: _Spare, row: Row, most: int) -> Iterator[list[Way]]:
    """Yield the prices that are tried for a row: of half-days, and of pairs.

    Each is of some day: only who asks for what has a price is asked again by the verifier.

    Parameters
    ----------
    most
        The most that a check takes of the row, of those left out without a proof.
    """
    line = payers.problem.rows[row]
    # Those of large enterprises stand there as in any company; who is left out may have to lead.
    amounts = {amount for _, _, amount in payers.ends(row)} | {most}
    yield [
        *((most, Thing(row, 1), days) for days in _spans(payers, row)),
        *_used_up(spare, Thing(row, 1), amounts),
    ]
    if line.kind != "capacity" or not any(room % 2 for room in line.room):
        return  # with pairs only, half-days see as much
    # Where too few are present to lead, pairs that stay over are of no use either.
    every = at_least(line.room, 1)
    present = payers.problem.capacity.present.get(line.unit, ())
    led = every & at_least(present, payers.problem.rules.team.lead)
    wide = dict.fromkeys([every, led])
    pairs = {amount // 2 for amount in amounts} - {0}
    yield [
        *((most // 2, Thing(row, 2), days) for days in wide if days and most > 1),
        *_used_up(spare, Thing(row, 2), pairs),
    ]


def _used_up(spare: _Spare, thing: Thing, amounts: Iterable[int]) -> Iterator[Way]:
    """Yield prices on the days on which the plan leaves less than 1, 2, … up to some amount.

    Where nobody comes all day as another unit is away, what is there may be less than that. And on
    all days of which it takes: one that it leaves much of may be wanted by all where it is free.
    """
    used = spare.used(thing)
    for of in sorted(amounts):
        days = [*(spare.used_up(thing, least) for least in range(1, of + 1)), used]
        for own in dict.fromkeys(days):
            if own:
                yield of, thing, own


def _spans(payers: Payers, row: Row) -> list[Days]:
    """Return spans of days within which checks ask for about as much of a row as there is."""
    room = np.array(payers.problem.rows[row].room, np.int64)
    n = len(room)
    asked = np.zeros((n, n), np.int64)
    for first, last, amount in payers.ends(row):
        asked[first, last] += amount
    # Of all with their days from one to another, both included.
    asked = np.cumsum(np.cumsum(asked[::-1], axis=0)[::-1], axis=1)
    until = np.concatenate([[0], np.cumsum(room)])
    had = until[None, 1:] - until[:n, None]
    over = asked * (100 + MARGIN) - 100 * had
    over[np.tri(n, k=-1, dtype=bool)] = 0
    open_days = sum(1 << day for day in np.flatnonzero(room).tolist())
    found = []
    for _ in range(SPANS):
        first, last = divmod(int(over.argmax()), n)
        if over[first, last] <= 0:
            break
        over[first, last] = 0
        found.append(open_days & between(first, last, n))
    return list(dict.fromkeys(found))


def _more(
    payers: Payers, lowers: Sequence[Lower], sites: Sequence[Site], of: int, costs: Costs
) -> int:
    """Return what enterprises pay beyond ``of × Lower.left_out``, less what there is to be had."""
    paid = sum(_pays(payers, lowers, site, of, costs) for site in sites)
    return paid - _had(payers.problem, costs)


def _pays(payers: Payers, lowers: Sequence[Lower], site: Site, of: int, costs: Costs) -> int:
    """Return what an enterprise pays at least beyond ``of × Lower.left_out``."""
    return max(payers.least(site, of, costs) - of * lowers[site.index].left_out, 0)


def _had(problem: Problem, costs: Costs) -> int:
    """Return the price of all that there is to be had."""
    total = 0
    for row, lines in costs.items():
        room = problem.rows[row].room
        for share, price, dear in lines:
            total += price * sum(room[day] // share for day in bits(dear))
    return total
