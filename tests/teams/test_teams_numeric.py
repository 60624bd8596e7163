"""Exponential, logarithm and decimals against the standard library."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from optimizer.teams.duty import duty_size
from optimizer.teams.numeric import binary_logarithm, decimal, exponential, plogp


@given(st.floats(-4, 4))
def test_exponential(x):
    """Good to 10^-13 within ±4."""
    assert math.isclose(exponential(np.array([x]))[0], math.exp(x), rel_tol=1e-13)


@given(st.floats(1e-300, 1e300))
def test_logarithm(x):
    """Good to 10^-14 absolute or relative."""
    assert math.isclose(
        binary_logarithm(np.array([x]))[0], math.log2(x), rel_tol=1e-13, abs_tol=1e-14
    )


def test_entropy_of_nothing_is_nothing():
    """0 and 1 have no entropy."""
    found = plogp(np.array([0.0, 1.0, 0.5]))
    assert found[0] == 0.0
    assert np.abs(found - [0.0, 0.0, 0.5]).max() < 1e-15


@given(st.fractions(-(10**6), 10**6))
def test_decimal_is_rounded_half_up(value):
    """Six places, the nearest; ties away from zero."""
    text = decimal(value)
    assert len(text.split(".")[1]) == 6
    error = Fraction(text) - value
    assert abs(error) <= Fraction(1, 2 * 10**6)
    if abs(error) == Fraction(1, 2 * 10**6):
        assert abs(Fraction(text)) > abs(value)


@given(st.integers(1, 60), st.integers(1, 30), st.integers(0, 60), st.integers(0, 20))
def test_duty_leaves_enough_for_both(able, full, half, single):
    """Whenever half-days suffice in all, those on duty can fill the full days, the others the
    half-days."""
    if full > able or 2 * full + half > 2 * able + single:
        return
    size = duty_size(able, full, half)
    assert full <= size <= able
    assert 2 * (able - size) + single >= half
