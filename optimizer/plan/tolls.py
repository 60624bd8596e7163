"""What an enterprise pays at least, in any plan, where days of some rows have a price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from optimizer.domain.item import Item
from optimizer.plan.bound import in_no_group, possible_days
from optimizer.plan.days import Days, bits, lowest
from optimizer.plan.problem import Problem
from optimizer.plan.seats import Part
from optimizer.plan.site import Mask, Site

WHOLE = 8
"""Most checks of an enterprise all of whose partitions are looked at."""

COMPANIONS = 8
"""Of an enterprise with more: most checks that must pay, with those beside which a unit may join,
of which all partitions are looked at."""

PART = 8
"""Where these are more: the first so many of those that must pay, in whatever company."""

Row = int


class Line(NamedTuple):
    """The price of a row's days.

    Attributes
    ----------
    share
        1, or 2 where half-days are priced in pairs.
    price
        Of one share, on each of the days `dear`.
    """

    share: int
    price: int
    dear: Days


Costs = Mapping[Row, Sequence[Line]]

Units = frozenset[str]

_Toll = tuple[int, Days]
"""What is paid, and the days on which it is."""


class _Ask(NamedTuple):
    """Checks as one visit: days it could be on if it were alone, and what it takes of the rows."""

    mask: Mask
    lone: Days
    rows: tuple[tuple[Row, int], ...]


class _Own(NamedTuple):
    """What checks in one visit ask of one unit, in whatever company.

    Attributes
    ----------
    people, effort
        Inspectors that it sends at least, and half-days of each.
    need
        Inspectors that the items name.
    """

    people: int
    effort: int
    need: int
    skills: frozenset[str]


_NOTHING = _Own(0, 0, 0, frozenset())


class _Part(NamedTuple):
    """An enterprise with more than `WHOLE` checks.

    Attributes
    ----------
    lost
        Number of checks that are in no group at all.
    days
        Of the others: the days that each could be done on at best.
    beside
        Unit, inspectors it needs, checks that cannot come along → days on which it may join.
    tied
        Units → their checks; together those whose units meet at some check.
    alone
        Units, check → the visit that it is by itself.
    asks
        Units, their checks that must pay → the visits that these could be, and their number with
        that of the companions; ``None`` where these are too many.
    """

    lost: int
    days: dict[int, Days]
    beside: dict[tuple[str, int, Mask], Days]
    tied: dict[Units, list[list[int]]]
    alone: dict[tuple[Units, int], _Ask]
    asks: dict[tuple[Units, tuple[int, ...]], tuple[list[_Ask], int] | None]


class Payers:
    """Enterprises that are asked what they pay, at one price after the other.

    Parameters
    ----------
    asking
        Rows that may have a price, with the enterprises that have a check which their unit
        attends. What visits take of other rows is not looked at.
    """

    def __init__(self, problem: Problem, asking: Mapping[Row, Sequence[Site]]) -> None:
        self.problem = problem
        self._asking = asking
        self._ends: dict[Row, list[tuple[int, int, int]]] = {}
        self._alone: dict[int, list[_Ask]] = {}
        self._sets: dict[int, list[_Ask]] = {}
        self._parts: dict[int, _Part] = {}
        self._own: dict[str, _Own] = {}
        self._rows_of: dict[str, list[Row]] = {}
        for row in asking:
            self._rows_of.setdefault(problem.rows[row].unit, []).append(row)

    def least(self, site: Site, of: int, costs: Costs) -> int:
        """Return the least that an enterprise pays, where a check left out costs `of`."""
        if len(site.checks) > WHOLE:
            return self._least_of_part(site, of, costs)
        alone = self._alone.get(site.index)
        if alone is None:
            asks = [self._ask(site, 1 << i, days) for i, days in enumerate(site.hard)]
            alone = self._alone[site.index] = asks
        prices = {ask.mask: _price(costs, ask, of) for ask in alone}
        if not any(prices.values()):
            return 0
        if len(alone) > 1:
            for ask in self._sets_of(site):
                prices[ask.mask] = _price(costs, ask, of * ask.mask.bit_count())
        return _parted(prices, site.all)

    def ends(self, row: Row) -> list[tuple[int, int, int]]:
        """Return first day, last day and amount of checks that take of a row, whoever's they are.

        Of one enterprise only such of which no two share a day, each by itself.
        """
        if not self._ends:
            self._find_ends()
        return self._ends[row]

    def _find_ends(self) -> None:
        self._ends = {row: [] for row in self._asking}
        known: dict[tuple[Part, bool], tuple[Days, list[tuple[Row, int]]]] = {}
        for site in {site.index: site for own in self._asking.values() for site in own}.values():
            large = len(site.checks) > WHOLE
            here: dict[Row, list[tuple[int, int, int]]] = {}
            for part, hard in zip(site.parts, site.hard, strict=True):
                found = known.get((part, large))
                if found is None:
                    found = self.problem.able(part), self._amounts(part, large)
                    known[part, large] = found
                days = hard & found[0]
                if days:
                    for row, amount in found[1]:
                        span = days.bit_length() - 1, lowest(days), amount
                        here.setdefault(row, []).append(span)
            for row, spans in here.items():
                reached = -1
                for last, first, amount in sorted(spans):
                    if first > reached:
                        self._ends[row].append((first, last, amount))
                        reached = last

    def _amounts(self, part: Part, large: bool) -> list[tuple[Row, int]]:
        """Return what a check takes of the rows by itself; of a large enterprise, in any visit."""
        if large:
            units, item = part[1], self.problem.items[part[0]]
            rows = [row for row in self._asking if self.problem.rows[row].unit in units]
            amounts = [(row, self._takes(row, self._of_item(item))) for row in rows]
        else:
            taken = self.problem.team(frozenset([part]))[-1]
            amounts = [pair for pair in taken if pair[0] in self._asking]
        return [pair for pair in amounts if pair[1]]

    def _sets_of(self, site: Site) -> list[_Ask]:
        """Return the sets of an enterprise's checks, two or more, that could be one visit."""
        found = self._sets.get(site.index)
        if found is not None:
            return found
        found = self._sets[site.index] = []
        common = [-1] * (site.all + 1)
        for mask in range(1, site.all + 1):
            i = (mask & -mask).bit_length() - 1
            rest = mask & (mask - 1)
            common[mask] = days = 0 if site.clashes[i] & rest else common[rest] & site.hard[i]
            if rest and days:
                ask = self._ask(site, mask, days)
                if ask.lone:
                    found.append(ask)
        return found

    def _ask(self, site: Site, mask: Mask, days: Days) -> _Ask:
        """Return what some checks are as one visit, where they have these days in common."""
        lone, rows = self.problem.visit_of(site, mask, days & ~site.quiet(mask))
        return _Ask(mask, lone, tuple([pair for pair in rows if pair[0] in self._asking]))

    def _least_of_part(self, site: Site, of: int, costs: Costs) -> int:
        """Return what the checks of some units pay at least, whoever comes along."""
        known = self._parts.get(site.index)
        if known is None:
            lost = in_no_group(self.problem, site, site.all)
            open_days = {i: possible_days(self.problem, site, i) for i in bits(site.all & ~lost)}
            known = _Part(lost.bit_count(), open_days, {}, {}, {}, {})
            self._parts[site.index] = known
        units = frozenset([self.problem.rows[row].unit for row in costs])
        tied = known.tied.get(units)
        if tied is None:
            tied = known.tied[units] = _tied(site, known.days, units)
        return of * known.lost + sum(self._together(site, own, units, of, costs) for own in tied)

    def _together(self, site: Site, own: Sequence[int], units: Units, of: int, costs: Costs) -> int:
        """Return what checks pay at least, with each companion in one visit where it is known."""
        known = self._parts[site.index]
        part = []
        for i in own:
            alone = known.alone.get((units, i))
            if alone is None:
                joining = _joining(site, _needs(site, [i], units), [i])
                alone = self._beside_some(site, 1, [i], known.days[i], joining, units)
                known.alone[units, i] = alone
            if _price(costs, alone, of):
                part.append(i)
        if not part:
            return 0
        key = units, tuple(part)
        if key not in known.asks:
            known.asks[key] = self._asks_of(site, part, units)
        found = known.asks[key]
        if found is None:
            return self._in_any_company(site, own, units, of, costs)
        asks, size = found
        few = (1 << len(part)) - 1
        prices = {1 << k: 0 for k in range(len(part), size)}
        for ask in asks:
            prices[ask.mask] = _price(costs, ask, of * (ask.mask & few).bit_count())
        return _parted(prices, (1 << size) - 1)

    def _asks_of(
        self, site: Site, part: Sequence[int], units: Units
    ) -> tuple[list[_Ask], int] | None:
        """Return the visits that checks and companions could be, and how many checks these are.

        ``None`` where they are too many. A companion is a check beside which a unit may join. It
        comes along only where a unit would lead else: with more the days are fewer.
        """
        if len(part) > COMPANIONS:
            return None
        days = self._parts[site.index].days
        needs = {i: _needs(site, [i], units) for i in part}

        def lets_join(j: int) -> bool:
            meets = [i for i in part if days[i] & days[j] and not site.clashes[i] >> j & 1]
            return any(_joining(site, needs[i], [j]) for i in meets)

        every = [*part, *(j for j in days if j not in needs and lets_join(j))]
        if len(every) > COMPANIONS:
            return None
        found: list[_Ask] = []
        stack: list[tuple[Mask, Days, Mask, list[int], list[int]]] = [(0, -1, 0, [], [])]
        while stack:
            places, common, clashes, own, along = stack.pop()
            need = _needs(site, own, units)
            joining = _joining(site, need, [*own, *along])
            if own:
                found.append(self._beside_some(site, places, own, common, joining, units))
            for k in range(places.bit_length(), len(every)):
                i = every[k]
                both = common & days[i]
                if not both or clashes >> i & 1:
                    continue
                apart = clashes | site.clashes[i]
                if k < len(part):
                    stack.append((places | 1 << k, both, apart, [*own, i], along))
                elif not _joining(site, need, [i]) <= joining:
                    stack.append((places | 1 << k, both, apart, own, [*along, i]))
        return found, len(every)

    def _beside_some(
        self,
        site: Site,
        places: Mask,
        own: Sequence[int],
        days: Days,
        joining: set[str],
        units: Units,
    ) -> _Ask:
        """Return the visit that checks are, beside companions: a unit leads unless it may join.

        Parameters
        ----------
        places
            By which the visit is known.
        days
            That checks and companions have in common.
        joining
            Units that may join.
        """
        sent: Mapping[str, _Own] = dict.fromkeys(sorted(units), _NOTHING)
        for i in own:
            sent = self._joined(sent, site, i)
        lead, rows = self.problem.rules.team.lead, list[tuple[Row, int]]()
        for unit, asked in sent.items():
            if asked.effort:
                least = asked.people if unit in joining else max(asked.need, lead)
                sends = asked._replace(people=max(least, len(asked.skills)))
                days &= self.problem.staffed(unit, sends.people, sends.effort, ())
                taken = [(row, self._takes(row, sends)) for row in self._rows_of[unit]]
                rows += [pair for pair in taken if pair[1]]
        return _Ask(places, days, tuple(rows))

    def _in_any_company(
        self, site: Site, own: Sequence[int], units: Units, of: int, costs: Costs
    ) -> int:
        """Return what a part of some checks pays at least, anybody beside any of them."""
        days = self._parts[site.index].days
        nobody = dict.fromkeys(units, _NOTHING)
        part: list[int] = []
        for i in own:
            staffed, tolls = self._tolls(
                site, costs, self._joined(nobody, site, i), site.clashes[i]
            )
            if not days[i] & staffed or _least_sum(tolls, days[i] & staffed):
                part.append(i)
                if len(part) == PART:
                    break
        prices: dict[Mask, int] = {}
        stack = [(0, -1, 0, 0, nobody)]
        while stack:
            places, common, clashes, count, sent = stack.pop()
            if places:
                staffed, tolls = self._tolls(site, costs, sent, clashes)
                paid = _least_sum(tolls, common & staffed) if common & staffed else of * count
                prices[places] = min(of * count, paid)
            for k in range(places.bit_length(), len(part)):
                i = part[k]
                both = common & days[i]
                if both and not clashes >> i & 1:
                    apart, more = clashes | site.clashes[i], self._joined(sent, site, i)
                    stack.append((places | 1 << k, both, apart, count + 1, more))
        return _parted(prices, (1 << len(part)) - 1)

    def _joined(self, sent: Mapping[str, _Own], site: Site, i: int) -> dict[str, _Own]:
        """Return what checks ask of each unit, together with one more."""
        found = dict(sent)
        more = self._of_item(site.items[i])
        for unit in site.parts[i][1]:
            if unit in found:
                own = found[unit]
                found[unit] = _Own(
                    max(own.people, more.people),
                    max(own.effort, more.effort),
                    max(own.need, more.need),
                    own.skills | more.skills if more.skills else own.skills,
                )
        return found

    def _of_item(self, item: Item) -> _Own:
        """Return what an item asks of each unit that attends."""
        found = self._own.get(item.id)
        if found is None:
            team, skills = self.problem.rules.team, frozenset(item.skills)
            # The lead sends at least `lead`; where those who join send more, less.
            least = max(min(max(item.inspectors, team.lead), team.other), len(skills))
            found = self._own[item.id] = _Own(least, item.effort, item.inspectors, skills)
        return found

    def _tolls(
        self, site: Site, costs: Costs, sent: Mapping[str, _Own], clashes: Mask
    ) -> tuple[Days, list[_Toll]]:
        """Return on which days a visit with some checks, and any others, may be, and what it pays.

        A unit leads unless it may join, and then sends what a lead does.

        Parameters
        ----------
        sent
            What the checks ask of each unit.
        clashes
            Checks that cannot come along.
        """
        found: list[_Toll] = []
        open_days: Days = -1
        staffed, lead = self.problem.staffed, self.problem.rules.team.lead
        for unit, own in sent.items():
            if not own.effort:
                continue
            beside = self._beside(site, unit, own.need, clashes)
            joins = max(own.people, len(own.skills))
            leads = max(own.need, lead, len(own.skills))
            alone = staffed(unit, leads, own.effort, ()) & ~beside
            open_days &= alone | (staffed(unit, joins, own.effort, ()) & beside)
            joining, leading = own._replace(people=joins), own._replace(people=leads)
            for row in self._rows_of[unit]:
                for share, price, dear in costs.get(row, ()):
                    found.append((self._takes(row, joining) // share * price, dear & beside))
                    found.append((self._takes(row, leading) // share * price, dear & ~beside))
        return open_days, [(toll, dear) for toll, dear in found if toll]

    def _takes(self, row: Row, own: _Own) -> int:
        """Return the least that a visit with some checks, and any others, takes of a row."""
        line = self.problem.rows[row]
        if line.kind == "skill":
            return own.effort if line.skill in own.skills else 0
        if line.kind == "full":
            return own.people if own.effort == 2 else 0
        return own.people * own.effort

    def _beside(self, site: Site, unit: str, need: int, clashes: Mask) -> Days:
        """Return the days on which a unit may join a visit for which it needs so many inspectors.

        A check of another unit that can share the visit asks for more, or for as many where that
        unit's identifier is smaller.
        """
        known = self._parts[site.index]
        key = unit, need, clashes
        found = known.beside.get(key)
        if found is None:
            found = 0
            for i, days in known.days.items():
                if not clashes >> i & 1 and _joining(site, {unit: need}, [i]):
                    found |= days
            known.beside[key] = found
        return found


def _tied(site: Site, days: Mapping[int, Days], units: Units) -> list[list[int]]:
    """Return the checks that some units attend, those together whose units meet at some check."""
    found: list[tuple[set[str], list[int]]] = []
    for i in days:
        here, own = set(units.intersection(site.parts[i][1])), [i]
        if here:
            for group in [group for group in found if group[0] & here]:
                found.remove(group)
                here, own = here | group[0], own + group[1]
            found.append((here, own))
    return [sorted(own) for _, own in found]


def _needs(site: Site, own: Sequence[int], units: Units) -> dict[str, int]:
    """Return how many inspectors each unit needs for checks of which it attends some."""
    found: dict[str, int] = {}
    for i in own:
        for unit in units.intersection(site.parts[i][1]):
            found[unit] = max(found.get(unit, 0), site.items[i].inspectors)
    return found


def _joining(site: Site, needs: Mapping[str, int], company: Sequence[int]) -> set[str]:
    """Return the units that may join a visit, for what they need, beside one of some checks.

    Another unit asks for more there, or for as many where its identifier is smaller.
    """
    return {
        unit
        for unit, need in needs.items()
        if any(
            other != unit and (-site.items[j].inspectors, other) < (-need, unit)
            for j in company
            for other in site.parts[j][1]
        )
    }


def _price(costs: Costs, ask: _Ask, lost: int) -> int:
    """Return the least price of a visit, over its days, or of leaving its checks out."""
    if not ask.lone:
        return lost
    tolls = [
        (amount // share * price, dear)
        for row, amount in ask.rows
        for share, price, dear in costs.get(row, ())
        if amount >= share
    ]
    return min(lost, _least_sum(tolls, ask.lone))


def _least_sum(tolls: Sequence[_Toll], days: Days) -> int:
    """Return the least sum of what is paid, over some days."""
    free = days
    for _, dear in tolls:
        free &= ~dear
    if free:
        return 0
    if len(tolls) == 1:
        return tolls[0][0]
    sums = [(0, days)]
    for toll, dear in tolls:
        paid = [(total + toll, own & dear) for total, own in sums if own & dear]
        sums = paid + [(total, own & ~dear) for total, own in sums if own & ~dear]
    return min(total for total, _ in sums)


def _parted(prices: Mapping[Mask, int], whole: Mask) -> int:
    """Return the least price of a partition of the whole into sets that have one."""
    if not whole & (whole - 1):
        return prices[whole] if whole else 0
    by_lowest: dict[Mask, list[tuple[Mask, int]]] = {}
    for mask, price in prices.items():
        by_lowest.setdefault(mask & -mask, []).append((mask, price))
    # Of what sets leave of the whole, seldom all there could be.
    known = {0: 0}

    def least(rest: Mask) -> int:
        found = known.get(rest)
        if found is None:
            ways = by_lowest[rest & -rest]
            found = min([p + least(rest ^ mask) for mask, p in ways if mask & rest == mask])
            known[rest] = found
        return found

    return least(whole)
