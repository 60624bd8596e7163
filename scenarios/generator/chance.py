"""Repeatable chance from integers alone, so that every machine generates the same bytes.

Philox is a counter-based generator whose raw 64-bit output NumPy keeps stable; NumPy's
distributions are not (they may change, and some pass through floating point), so they are not used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
SIGMA = 65536
"""Standard deviation of `Chance.normal`."""


class Chance:
    """A stream of its own for each label: adding one purpose does not shift another.

    Parameters
    ----------
    seed
        Of the scenario.
    label
        What the numbers are for.
    """

    def __init__(self, seed: int, label: str) -> None:
        digest = hashlib.sha256(f"double-random/generator/v1:{seed}:{label}".encode()).digest()
        self._bits = np.random.Philox(key=int.from_bytes(digest[:16], "big"))

    def raw(self, n: int) -> NDArray[np.uint64]:
        """Return `n` numbers of 64 random bits."""
        return np.asarray(self._bits.random_raw(n), dtype=np.uint64)

    def below(self, m: int | Ints, n: int) -> Ints:
        """Return `n` integers from 0 to `m` - 1; `m` is at most 2^31, one or one for each.

        The odds are off by less than `m` / 2^32: a simulated city needs no more.
        """
        high = (self.raw(n) >> np.uint64(32)).astype(np.int64)
        return (high * m) >> 32

    def pick(self, weights: Sequence[int] | Ints, n: int) -> Ints:
        """Return `n` indices with odds in proportion to whole `weights`."""
        sums = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(sums, self.below(int(sums[-1]), n), side="right").astype(np.int64)

    def happens(self, per_mille: int | Ints, n: int) -> NDArray[np.bool_]:
        """Return `n` flags, each set with odds of `per_mille` in a thousand."""
        return np.asarray(self.below(1000, n) < per_mille)

    def normal(self, n: int) -> Ints:
        """Return `n` near-normal integers of mean 0 and standard deviation `SIGMA`.

        Each is the sum of twelve uniform 16-bit numbers, so nothing lies beyond six deviations.
        """
        words = self.raw(3 * n).reshape(n, 3)
        parts = [(words >> np.uint64(shift)) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48)]
        total = np.sum(np.stack(parts).astype(np.int64), axis=(0, 2))
        return np.asarray(total - 12 * 65535 // 2, dtype=np.int64)

    def order(self, n: int) -> Ints:
        """Return the numbers 0 to `n` - 1 in a random order."""
        return np.argsort(self.raw(n), kind="stable").astype(np.int64)
