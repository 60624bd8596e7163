"""Unified social credit codes that were never issued, with right check digits (GB 32100)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenarios.generator.chance import Ints

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PREFIX = "XN"
"""Organisation codes are issued as digits or with MA in front; XN (虚拟) marks generated ones."""
_BODY = 6
_STRIDE = 48_271_003
"""Prime to 31, so that consecutive serial numbers get codes that look unlike and never meet."""


def credit_codes(kinds: Ints, areas: Ints, serials: Ints) -> list[str]:
    """Return one code for each serial number.

    Parameters
    ----------
    kinds
        1 enterprise, 2 sole trader, 3 cooperative; shape ``(n,)``.
    areas
        Six-digit area codes as integers; shape ``(n,)``.
    serials
        Different numbers below 31^6; shape ``(n,)``.
    """
    n = len(serials)
    values = np.zeros((n, 18), dtype=np.int64)
    values[:, 0] = 9
    values[:, 1] = kinds
    for place in range(6):
        values[:, 2 + place] = areas // 10 ** (5 - place) % 10
    values[:, 8] = ALPHABET.index(_PREFIX[0])
    values[:, 9] = ALPHABET.index(_PREFIX[1])
    spread = (serials * _STRIDE + 7_919) % 31**_BODY
    for place in range(_BODY):
        values[:, 10 + place] = spread // 31**place % 31
    values[:, 16] = _inner_digit(values[:, 8:16])
    weights = np.array([pow(3, i, 31) for i in range(17)], dtype=np.int64)
    values[:, 17] = -(values[:, :17] @ weights) % 31
    shown = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)[values]
    return [bytes(row).decode() for row in shown]


def _inner_digit(body: Ints) -> Ints:
    """Return the organisation code's own check digit (GB 11714), which counts I, O, S, V, Z too."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    value: NDArray[np.int64] = np.array([letters.index(c) for c in ALPHABET], dtype=np.int64)
    weights = np.array([3, 7, 9, 10, 5, 8, 4, 2], dtype=np.int64)
    digit = -(value[body] @ weights) % 11
    return np.where(digit == 10, ALPHABET.index("X"), digit)
