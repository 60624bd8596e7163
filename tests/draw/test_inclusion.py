"""Inclusion probabilities are the published fractions: exactly, and as simulated."""

from __future__ import annotations

import hashlib
import math
from fractions import Fraction

import numpy as np
import pytest
from draw_city import RATES, make_case, make_order
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from optimizer.chance import Stream, systematic_sizes
from optimizer.draw.draw import sample
from optimizer.draw.strata import part
from optimizer.draw.tickets import ticket_maker

DRAWS = 6000
LEAST_P = 1e-4
"""Keys are fixed, so a test that passes once passes always; a design that is off by a few per
cent fails by far."""

rates = st.sampled_from([1, 2, 3, 4, 5, 8, 12, 30]).flatmap(
    lambda d: st.integers(0, d).map(lambda n: Fraction(n, d))
)


class Chosen(Stream):
    """A stream whose only number is given, to go through all of them."""

    def __init__(self, number: int) -> None:
        super().__init__(bytes(32))
        self.number = number

    def below(self, m: int) -> int:
        assert 0 <= self.number < m
        return self.number


@settings(deadline=None)
@given(st.lists(st.tuples(rates, st.integers(1, 40)), min_size=1, max_size=5))
def test_rounding_over_every_r(strata) -> None:
    """Over all r, every size is floor or ceiling, the mean size is rate · population exactly,
    and so is each member's probability, whatever the other strata."""
    d = math.lcm(*(rate.denominator for rate, _ in strata))
    targets = [rate * population for rate, population in strata]
    totals = [0] * len(strata)
    for r in range(d):
        _, _, sizes = systematic_sizes(targets, Chosen(r), denominator=d)
        assert all(math.floor(t) <= n <= math.ceil(t) for t, n in zip(targets, sizes, strict=True))
        assert math.floor(sum(targets)) <= sum(sizes) <= math.ceil(sum(targets))
        totals = [total + size for total, size in zip(totals, sizes, strict=True)]
    for (rate, population), total in zip(strata, totals, strict=True):
        assert Fraction(total, d) / population == rate


def simulated(order, count: int):
    """Draw many times; return the strata and for each a 0/1 matrix draws × members."""
    frame, spec = make_case(count, order)
    strata = spec.strata[order.key]
    make = ticket_maker(frame.ids)
    taken = [np.zeros((DRAWS, stratum.population), dtype=np.int64) for stratum in strata]
    for number in range(DRAWS):
        key = hashlib.sha256(f"inclusion {number}".encode()).digest()
        sizes, places = sample(make(key), key, order, strata)
        for s, (size, found) in enumerate(zip(sizes.sizes, places, strict=True)):
            taken[s][number, np.searchsorted(strata[s].members, found[:size])] = 1
    return strata, taken


@pytest.mark.parametrize(
    "order",
    [
        make_order(strata_by=("risk",), reserves=1),
        make_order(size=2, strata_by=("county",)),
        make_order(rate=Fraction(2, 9), strata_by=("size", "section")),
    ],
    ids=["rates", "sizes", "crossed"],
)
def test_members_are_drawn_alike(order) -> None:
    """Chi-square: within a stratum every member is drawn as often as any other.

    With counts O_i over T draws and sizes n, Σ(O_i − Ō)² / Σ_t n(N−n)/(N(N−1)) is chi-square with
    N − 1 degrees of freedom, since π − π₂ is the mean of n(N−n)/(N(N−1)).
    """
    strata, taken = simulated(order, 45)
    tested = 0
    for stratum, drawn in zip(strata, taken, strict=True):
        n, many = drawn.sum(axis=1), stratum.population
        spread = (n * (many - n)).sum() / (many * (many - 1)) if many > 1 else 0
        if spread:
            counts = drawn.sum(axis=0)
            statistic = ((counts - counts.mean()) ** 2).sum() / spread
            p = chi2.sf(statistic, many - 1)
            assert p > LEAST_P, f"{stratum.name}: chi-square {statistic:.1f}, p {p:.2g}"
            tested += 1
    assert tested >= 3


def test_mean_sizes_are_the_published_rates() -> None:
    """z-test: the mean size of each stratum is rate · population; whole ones never vary."""
    strata, taken = simulated(make_order(strata_by=("risk",)), 45)
    assert {stratum.name: stratum.probability for stratum in strata} == RATES
    for stratum, drawn in zip(strata, taken, strict=True):
        target = stratum.probability * stratum.population
        fraction = float(target - math.floor(target))
        sizes = drawn.sum(axis=1)
        assert set(sizes) <= {math.floor(target), math.ceil(target)}
        error = math.sqrt(fraction * (1 - fraction) / DRAWS)
        assert abs(sizes.mean() - float(target)) <= 3.9 * error


def test_strata_part_the_eligible() -> None:
    """Every eligible enterprise is in exactly one stratum."""
    frame, _ = make_case(100)
    for fields in ((), ("county",), ("county", "risk", "size", "section", "zone")):
        members = np.concatenate([s.members for s in part(frame, "M-01", fields)])
        assert sorted(members.tolist()) == frame.eligible["M-01"].tolist()
