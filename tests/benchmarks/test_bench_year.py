"""`bench year`: its bound of samples holds for every design, and some reach it."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from scipy.optimize import linprog

from benchmarks.every import all_tickets, every
from benchmarks.exact_cases import KEY, order, people
from benchmarks.year_bound import least_distinct
from optimizer.draw import Spec
from optimizer.draw.distinct import expected_distinct
from optimizer.draw.draw import sample

HALF = {"rate": Fraction(1, 2)}
CASES = {
    "whole size across strata": (
        [order("A", size=2), order("B", strata_by=("county",), **HALF)],
        {"county": ["x", "x", "y", "y"]},
        Fraction(7, 3),
    ),
    "fractions of small strata": (
        [order("A", rate=Fraction(1, 3)), order("B", strata_by=("county",), rate=Fraction(1, 4))],
        {"county": ["x", "x", "y", "y"]},
        None,
    ),
    "alike": ([order("A", size=2), order("B", rate=Fraction(1, 2))], {}, Fraction(2)),
}


@pytest.mark.parametrize("name", CASES)
def test_no_joint_law_of_samples_goes_below(name: str) -> None:
    """The best joint law, by linear programming over every pair of samples, is not below it."""
    orders, labels, exact = CASES[name]
    frame, spec = people(*orders, count=4, **labels)
    bound = least_distinct(4, spec)
    best = _best(spec)
    assert bound <= best + 1e-9
    assert bound >= float(expected_distinct(frame, spec)[1]) - 1e-6
    if exact is not None:
        assert bound == pytest.approx(float(exact))
        assert best == pytest.approx(float(exact))


@pytest.mark.parametrize("name", CASES)
def test_the_draw_does_not_go_below(name: str) -> None:
    """Nor does the draw's own expectation, over every order of tickets and every rounding."""
    orders, labels, _ = CASES[name]
    frame, spec = people(*orders, count=4, **labels)
    mean = Fraction(0)
    tickets = list(all_tickets(4))
    for made in tickets:
        for sizes, chance in every(
            lambda given, made=made: [  # type: ignore[misc]
                set(np.concatenate([p[:n] for n, p in zip(s.sizes, places, strict=True)]).tolist())
                for s, places in (
                    sample(made, KEY, one, spec.strata[one.key], chance=given)
                    for one in spec.orders
                )
            ]
        ):
            mean += chance * len(set().union(*sizes)) / len(tickets)
    assert float(mean) >= least_distinct(len(frame.ids), spec) - 1e-9


def test_duels_are_refused() -> None:
    """A pivotal sample is no simple random one: the bound does not hold for it."""
    _, spec = people(order("A", size=1, design="pivotal"), count=3, weights=[1, 2, 3])
    with pytest.raises(ValueError, match="pivotal"):
        least_distinct(3, spec)


def _best(spec: Spec) -> float:
    """Return the least expected number of distinct enterprises of two orders."""
    laws = [_law(spec, one.key) for one in spec.orders]
    pairs = list(product(*laws))
    cost = [len(one | other) for one, other in pairs]
    rows, due = [], []
    for side, law in enumerate(laws):
        for taken, chance in law.items():
            rows.append([float(pair[side] == taken) for pair in pairs])
            due.append(float(chance))
    return float(linprog(cost, A_eq=rows, b_eq=due, method="highs").fun)


def _law(spec: Spec, key: str) -> dict[frozenset[int], Fraction]:
    """Return the law of a sample whose strata are rounded each by itself."""
    law = {frozenset[int](): Fraction(1)}
    for stratum in spec.strata[key]:
        whole, part = divmod(stratum.expected, 1)
        after: dict[frozenset[int], Fraction] = {}
        for size, chance in ((int(whole), 1 - part), (int(whole) + 1, part)):
            if chance:
                for taken in combinations(stratum.members.tolist(), size):
                    for before, weight in law.items():
                        merged = before | frozenset(taken)
                        its = weight * chance / comb(stratum.population, size)
                        after[merged] = after.get(merged, Fraction(0)) + its
        law = after
    return law
