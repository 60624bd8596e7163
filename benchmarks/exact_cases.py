"""Small populations in which every outcome of every design is gone through."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import combinations
from typing import Any

import numpy as np

from benchmarks.every import Population, all_tickets, every
from optimizer.domain.campaign import Campaign, DrawOrder
from optimizer.domain.days import Span
from optimizer.draw import Deal, Spec, make_deal, make_spec
from optimizer.draw.draw import sample
from optimizer.draw.tickets import Tickets

WINDOW = Span(date(2026, 1, 1), date(2026, 3, 31))
KEY = bytes(32)
Law = dict[frozenset[str], Fraction]
"""Set of enterprises → its probability."""


def order(key: str, **fields: Any) -> DrawOrder:
    """Return an order of which only what is drawn matters."""
    given: dict[str, Any] = {"strata_by": (), "window": WINDOW}
    return DrawOrder(key, "d", **(given | fields))


def people(
    *orders: DrawOrder, count: int, out: Callable[[str, int], bool] | None = None, **fields: Any
) -> tuple[Population, Spec]:
    """Return enterprises 0, 1, …, with labels as lists, and the spec of these orders."""
    weights = np.array(fields.pop("weights", ()), dtype=np.int64)
    can = {
        one.key: np.array([out is None or not out(one.key, n) for n in range(count)])
        for one in orders
    }
    ids = tuple(fields.pop("ids", [f"E{n}" for n in range(count)]))
    frame = Population(fields.pop("campaign", "exact"), ids, fields, can, weights)
    return frame, make_spec(frame, Campaign(frame.campaign, orders))


def laws(
    frame: Population, spec: Spec, tickets: Iterable[Tickets], each: Fraction
) -> tuple[dict[str, Law], int]:
    """Return the law of each order's sample, and how many outcomes were gone through."""
    found: dict[str, Law] = {one.key: defaultdict(Fraction) for one in spec.orders}
    outcomes = 0
    for made in tickets:
        for one in spec.orders:
            strata = spec.strata[one.key]
            for (sizes, places), chance in every(
                lambda given, o=one, s=strata, t=made: sample(t, KEY, o, s, chance=given)  # type: ignore[misc]
            ):
                taken = frozenset(
                    frame.ids[place]
                    for size, its in zip(sizes.sizes, places, strict=True)
                    for place in its[:size]
                )
                found[one.key][taken] += chance * each
                outcomes += 1
    return found, outcomes


def inclusion(law: Law) -> tuple[dict[str, Fraction], dict[frozenset[str], Fraction]]:
    """Return the probabilities of enterprises, and of pairs."""
    single: dict[str, Fraction] = defaultdict(Fraction)
    pair: dict[frozenset[str], Fraction] = defaultdict(Fraction)
    for taken, chance in law.items():
        for one in taken:
            single[one] += chance
        for two in combinations(sorted(taken), 2):
            pair[frozenset(two)] += chance
    return single, pair


def published(frame: Population, spec: Spec, key: str) -> dict[str, Fraction]:
    """Return each enterprise's probability as the spec gives it."""
    return {
        frame.ids[place]: chance
        for stratum in spec.strata[key]
        for members, chance in stratum.classes()
        for place in members
    }


def design_cases() -> Iterator[tuple[str, Population, Spec]]:
    """Yield each design on a population of its own."""
    third, fifth = Fraction(1, 3), Fraction(2, 5)
    county = ["1", "1", "1", "2", "2"]
    yield (
        "whole sizes",
        *people(order("O", size=1, strata_by=("county",)), count=5, county=county),
    )
    yield (
        "rates, systematic rounding",
        *people(
            order("O", strata_by=("risk",), rates={"A": third, "B": fifth}),
            count=5,
            risk=["A", "A", "B", "B", "B"],
        ),
    )
    yield (
        "levels of a fixed total",
        *people(
            order(
                "O",
                size=1,
                strata_by=("county",),
                levels_by="risk",
                weights={"A": Fraction(1), "B": Fraction(3, 2)},
            ),
            count=5,
            county=county,
            risk=["A", "A", "B", "B", "A"],
        ),
    )
    yield (
        "levels with a certain one",
        *people(
            order("O", size=2, levels_by="risk", weights={"A": Fraction(1), "B": Fraction(9)}),
            count=5,
            risk=["A", "A", "B", "A", "A"],
        ),
    )
    yield (
        "controlled rounding",
        *people(
            order(
                "O",
                strata_by=("county", "risk"),
                rates={"A": third, "B": Fraction(1, 2)},
                rounding="controlled",
            ),
            count=5,
            county=county,
            risk=["A", "A", "B", "A", "B"],
        ),
    )
    yield (
        "pivotal",
        *people(order("O", size=2, design="pivotal"), count=4, weights=[1, 1, 2, 2]),
    )
    yield (
        "pivotal with a certain one, total not whole",
        *people(order("O", rate=Fraction(9, 20), design="pivotal"), count=4, weights=[1, 2, 1, 40]),
    )
    yield (
        "coordination: two orders, one ticket",
        *people(
            order("O", size=1, strata_by=("county",)),
            order("P", rate=third, strata_by=("risk",)),
            count=5,
            county=county,
            risk=["A", "B", "A", "B", "A"],
        ),
    )


def deal_cases() -> Iterator[tuple[str, int, Sequence[Fraction]]]:
    """Yield what is dealt, outcomes gone through, and the probability of each order of tickets.

    Exact if and only if all are 1/n!: then whatever is sampled has the law of fresh tickets.
    """
    for theta in (Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(1)):
        yield f"dealt after one draw, theta {theta}", *_after_one(theta)
    for theta in (Fraction(1, 2), Fraction(1)):
        yield f"dealt after two draws, theta {theta}", *_after_two(theta, is_counted=True)
    yield (
        "dealt after the second of two draws",
        *_after_two(Fraction(1), is_counted=False),
    )
    yield "dealt among those not drawn before", *after_rest(is_parted=True)


def _first_campaign() -> tuple[Population, Spec]:
    """Two orders with strata that cross; the last enterprise can be drawn for one only."""
    return people(
        order("O", size=1, strata_by=("county",)),
        order("P", size=2, strata_by=()),
        count=5,
        campaign="first",
        county=["1", "1", "1", "2", "2"],
        out=lambda key, n: key == "P" and n == 4,
    )


def drawn_together(frame: Population, spec: Spec, tickets: Tickets) -> frozenset[str]:
    """Return who is drawn for any order of whole sizes."""
    taken = set()
    for one in spec.orders:
        sizes, places = sample(tickets, KEY, one, spec.strata[one.key])
        for size, its in zip(sizes.sizes, places, strict=True):
            taken |= {frame.ids[place] for place in its[:size]}
    return frozenset(taken)


def _samples(frame: Population, spec: Spec, tickets: Sequence[Tickets]) -> Law:
    """Return the law of who is drawn for any order."""
    counted = Counter(drawn_together(frame, spec, made) for made in tickets)
    return {taken: Fraction(many, len(tickets)) for taken, many in counted.items()}


def dealt_orders(
    deal: Deal, tickets: Sequence[Tickets], law: dict[tuple[int, ...], Fraction], share: Fraction
) -> int:
    """Add the law of the dealt tickets' order, times a share; return the outcomes gone through."""
    outcomes = 0
    for first, chance in every(lambda given: deal.first(KEY, chance=given)):
        for made in tickets:
            dealt = deal.deal(made, first)
            law[tuple(int(word) for word in dealt[:, 0])] += share * chance / len(tickets)
            outcomes += 1
    return outcomes


def _after_one(theta: Fraction) -> tuple[int, list[Fraction]]:
    """Deal after one draw; an enterprise has closed since, and another is new."""
    frame, spec = _first_campaign()
    later, _ = people(
        order("Q", size=2), count=5, ids=["E0", "E1", "E3", "E4", "E9"], campaign="later"
    )
    tickets = all_tickets(5)
    law: dict[tuple[int, ...], Fraction] = defaultdict(Fraction)
    outcomes = 0
    for taken, chance in _samples(frame, spec, tickets).items():
        deal = make_deal(later, [frame.earlier(spec, sorted(taken))], theta)
        outcomes += dealt_orders(deal, tickets, law, chance)
    return outcomes, list(law.values())


def _after_two(theta: Fraction, *, is_counted: bool) -> tuple[int, list[Fraction]]:
    """Deal after two draws, the second itself dealt after the first."""
    frame, spec = people(
        order("O", size=1, strata_by=("county",)),
        count=4,
        campaign="first",
        county=["1", "1", "1", "2"],
    )
    second, second_spec = people(
        order("P", size=1, strata_by=("risk",)),
        count=4,
        campaign="second",
        risk=["A", "A", "B", "B"],
    )
    third, _ = people(order("Q", size=2), count=4, campaign="third")
    tickets = all_tickets(4)
    law: dict[tuple[int, ...], Fraction] = defaultdict(Fraction)
    outcomes = 0
    for taken, chance in _samples(frame, spec, tickets).items():
        former = frame.earlier(spec, sorted(taken))
        deal = make_deal(second, [former], Fraction(1))
        again: Law = defaultdict(Fraction)
        for first, kept in every(lambda given, d=deal: d.first(KEY, chance=given)):  # type: ignore[misc]
            for made in tickets:
                drawn = drawn_together(second, second_spec, deal.deal(made, first))
                again[drawn] += kept / len(tickets)
        for drawn, share in again.items():
            chain = [
                replace(former, is_counted=is_counted),
                second.earlier(second_spec, sorted(drawn)),
            ]
            outcomes += dealt_orders(make_deal(third, chain, theta), tickets, law, chance * share)
    return outcomes, list(law.values())


def after_rest(*, is_parted: bool) -> tuple[int, list[Fraction]]:
    """Deal where those drawn for an order rest, and cannot be drawn for it again.

    Given who rests, the tickets of the others must be in every order alike.

    Parameters
    ----------
    is_parted
        Whether cells are parted by what can be drawn now, as they must be.
    """
    frame, spec = people(
        order("O", size=1, strata_by=("county",)),
        order("P", size=2, strata_by=()),
        count=5,
        campaign="first",
        county=["1", "1", "2", "2", "2"],
    )
    tickets = all_tickets(5)
    law: dict[frozenset[str], dict[tuple[int, ...], Fraction]] = {}
    outcomes = 0
    seen: Counter[tuple[frozenset[str], frozenset[str]]] = Counter()
    for made in tickets:
        resting = set()
        one = spec.orders[0]
        sizes, places = sample(made, KEY, one, spec.strata[one.key])
        for size, its in zip(sizes.sizes, places, strict=True):
            resting |= {frame.ids[place] for place in its[:size]}
        seen[frozenset(resting), drawn_together(frame, spec, made)] += 1
    for (resting_now, taken), many in seen.items():
        later, _ = people(
            order("O", size=1),
            count=5,
            campaign="later",
            out=lambda _, n, r=resting_now: is_parted and f"E{n}" in r,  # type: ignore[misc]
        )
        deal = make_deal(later, [frame.earlier(spec, sorted(taken))], Fraction(1))
        whole: dict[tuple[int, ...], Fraction] = defaultdict(Fraction)
        outcomes += dealt_orders(deal, tickets, whole, Fraction(many, len(tickets)))
        its_law = law.setdefault(resting_now, defaultdict(Fraction))
        free = [n for n in range(5) if f"E{n}" not in resting_now]
        for ranks, chance in whole.items():
            here = [ranks[n] for n in free]
            its_law[tuple(sorted(here).index(rank) for rank in here)] += chance
    chances = []
    for its_law in law.values():
        total = sum(its_law.values(), Fraction(0))
        chances += [chance / total for chance in its_law.values()]
    return outcomes, chances
