"""Chance from integers: pinned numbers, and odds as promised."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.generator.chance import SIGMA, Chance


def test_numbers_never_change() -> None:
    """A seed and a label give these numbers for ever: files must be the same bytes everywhere."""
    chance = Chance(2026, "example")
    assert chance.raw(2).tolist() == [11991877776799085639, 1270673759313253716]
    assert chance.below(1000, 5).tolist() == [857, 76, 32, 139, 678]
    assert chance.pick([1, 0, 3], 8).tolist() == [2, 2, 0, 2, 0, 2, 2, 2]
    assert chance.normal(3).tolist() == [-53527, 25102, -21882]


@given(st.integers(0, 2**40), st.integers(1, 2**31), st.integers(1, 50))
def test_below_stays_below(seed: int, m: int, n: int) -> None:
    """Numbers lie in [0, m), and another label gives another stream."""
    made = Chance(seed, "a").below(m, n)
    assert ((made >= 0) & (made < m)).all()
    again = Chance(seed, "a").below(m, n)
    assert (made == again).all()


def test_pick_follows_its_weights() -> None:
    """Shares of 100,000 picks lie within five standard errors of the weights; weight 0 is never."""
    weights = np.array([5, 0, 1, 30, 14])
    n = 100_000
    counts = np.bincount(Chance(7, "pick").pick(weights, n), minlength=5)
    odds = weights / weights.sum()
    assert counts[1] == 0
    assert (np.abs(counts - n * odds) <= 5 * np.sqrt(n * odds * (1 - odds)) + 1e-9).all()


def test_normal_has_its_moments() -> None:
    """Mean 0, deviation SIGMA and the share within one deviation, as of a normal law."""
    made = Chance(7, "normal").normal(200_000)
    assert abs(made.mean()) < 5 * SIGMA / np.sqrt(200_000)
    assert made.std() == pytest.approx(SIGMA, rel=0.01)
    assert (np.abs(made) < SIGMA).mean() == pytest.approx(0.6827, abs=0.01)


@given(st.integers(0, 2**32), st.integers(0, 60))
def test_order_is_a_permutation(seed: int, n: int) -> None:
    """Every number stands once."""
    assert sorted(Chance(seed, "order").order(n).tolist()) == list(range(n))
