"""How items are drawn: rates by risk class, after the ratios of a real item list.

The ratios are those of Zhejiang's published list of 2017 (2 % to 100 %; the column `ratio_source`
of ``items.csv`` names the row); that a riskier class is drawn more often is our assumption.
"""

from __future__ import annotations

from collections.abc import Mapping

RATES: Mapping[str, Mapping[str, int]] = {
    "p1": {"*": 1},
    "p2": {"*": 2},
    "p3": {"A": 1, "B": 3, "C": 5, "D": 10, "": 3},
    "p5": {"A": 2, "B": 5, "C": 10, "D": 20, "": 5},
    "p10": {"A": 5, "B": 10, "C": 20, "D": 40, "": 10},
    "p20": {"A": 10, "B": 20, "C": 33, "D": 50, "": 20},
    "p30": {"A": 15, "B": 30, "C": 40, "D": 60, "": 30},
    "p33": {"*": 33},
    "p50": {"A": 33, "B": 50, "C": 67, "D": 100, "": 50},
    "p100": {"*": 100},
}
"""Key → risk class (``*``: all) → per cent."""


def per_cent(key: str, risk: str) -> int:
    """Return the rate of a risk class in per cent."""
    rates = RATES[key]
    return rates["*"] if "*" in rates else rates[risk]
