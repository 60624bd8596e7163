"""Decimals in documents: text with six places."""

from __future__ import annotations

import math
from fractions import Fraction

PLACES = 6


def decimal(value: Fraction) -> str:
    """Return a number that is not negative with six places, floored."""
    whole, rest = divmod(math.floor(value * 10**PLACES), 10**PLACES)
    return f"{whole}.{rest:0{PLACES}d}"
