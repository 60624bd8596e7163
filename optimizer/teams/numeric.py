"""Exponential and logarithm from + − × ÷ alone, so that every machine gets the same bits.

The C libraries' ``exp`` and ``log`` differ in the last bit from one machine to the next; IEEE 754
fixes only the basic operations. Sums go through ``numpy.bincount``, which adds in order of the
data (NumPy's own sum depends on the machine's vector width).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TERMS = 14
_PER_LN2 = 1.4426950408889634
_LN2_HIGH = float.fromhex("0x1.62e42fee00000p-1")  # few bits, so that a multiple of it is exact
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")


def sums(index: NDArray[np.int64], values: Floats, size: int) -> Floats:
    """Add `values` by index, in order of the data."""
    return np.asarray(np.bincount(index, weights=values, minlength=size), dtype=np.float64)


def exponential(values: Floats) -> Floats:
    """Return e^x for |x| up to 700, good to 3e-16 of itself."""
    times = np.rint(values * _PER_LN2)
    small = (values - times * _LN2_HIGH) - times * _LN2_LOW
    result = np.ones_like(small)
    for term in range(_TERMS, 0, -1):
        result = 1.0 + result * small / float(term)
    return np.ldexp(result, times.astype(np.int32))


def binary_logarithm(values: Floats) -> Floats:
    """Return log2 of positive numbers by the series of the inverse hyperbolic tangent."""
    mantissa, exponent = np.frexp(values)
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    total = np.zeros_like(ratio)
    for term in range(61, 0, -2):
        total = total * square + 1.0 / float(term)
    return exponent + 2.0 * ratio * total * _PER_LN2


def plogp(values: Floats) -> Floats:
    """Return −p · log2 p, and 0 for p = 0."""
    positive = values > 0.0
    return np.where(positive, -values * binary_logarithm(np.where(positive, values, 1.0)), 0.0)


def decimal(value: Fraction | float) -> str:
    """Return a number as text with 6 places, rounded half up."""
    exact = Fraction(value)
    scaled = Decimal(exact.numerator * 10**6) / Decimal(exact.denominator)
    whole = scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP) + 0  # no minus before a zero
    return str(whole.scaleb(-6).quantize(Decimal("0.000001")))
