"""Symmetric elimination in a fixed order: the same bits on every machine, with Numba or without.

Libraries of linear algebra order their sums by the machine's caches and fuse products with sums;
here each number comes from the same + − × ÷ in the same order everywhere. The two ways below
differ in what they loop over, not in how any number is made.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimizer.compiled import compiled
from optimizer.teams.numeric import Floats

SINGULAR = 1e-11
"""A pivot that keeps less than this share of its diagonal is rounding: its unknown is set to 0."""

Ints = NDArray[np.int64]


def eliminate(matrices: Floats, count: int) -> Floats:
    """Eliminate the first `count` unknowns of each matrix, in place (L·D·Lᵀ, no square roots).

    Parameters
    ----------
    matrices
        Shape (blocks, n, n); only the lower triangles are read and kept. A right-hand side stands
        as the last row. Columns that are eliminated keep L·D below the pivot.
    count
        The rest, n − `count`, becomes the Schur complement.

    Returns
    -------
    numpy.ndarray
        The pivots, shape (blocks, count); 0 where singular.
    """
    pivots = np.zeros((matrices.shape[0], count))
    _eliminate(matrices, count, pivots)
    return pivots


def solve_back(matrices: Floats, pivots: Floats, rest: Floats) -> Floats:
    """Return the unknowns that `eliminate` took out, when the others are known.

    Parameters
    ----------
    rest
        Shape (blocks, n − count − 1): the others, in order of the rows.

    Returns
    -------
    numpy.ndarray
        Shape (blocks, count).
    """
    blocks, count = pivots.shape
    known = np.zeros((blocks, count + rest.shape[1]))
    known[:, count:] = rest
    right = matrices[:, -1, :count].copy()
    _solve_back(matrices, pivots, known, right)
    return known[:, :count]


def take_out(matrices: Floats, rows: Floats, inverse: Floats, which: Ints) -> None:
    """Subtract row ⊗ row · inverse from the lower triangles: what eliminating them leaves.

    Parameters
    ----------
    matrices
        Shape (blocks, n, n), changed in place.
    rows, inverse
        Shapes (rows, n), (rows,).
    which
        Shape (blocks, most): the rows that each block takes, in order; −1: none.
    """
    _take_out(matrices, rows, inverse, which)


def _eliminate_arrays(matrices: Floats, count: int, pivots: Floats) -> None:
    floor = np.abs(np.diagonal(matrices, axis1=1, axis2=2)[:, :count]) * SINGULAR
    for k in range(count):
        pivot = matrices[:, k, k]
        good = pivot > floor[:, k]
        pivots[:, k] = np.where(good, pivot, 0.0)
        column = matrices[:, k + 1 :, k]
        column *= good[:, None]
        scaled = column / np.where(good, pivot, 1.0)[:, None]
        matrices[:, k + 1 :, k + 1 :] -= scaled[:, :, None] * column[:, None, :]


def _solve_back_arrays(matrices: Floats, pivots: Floats, known: Floats, right: Floats) -> None:
    count = pivots.shape[1]
    for i in range(known.shape[1] - 1, -1, -1):
        if i < count:
            good = pivots[:, i] > 0.0
            known[:, i] = np.where(good, right[:, i] / np.where(good, pivots[:, i], 1.0), 0.0)
        top = min(i, count)
        right[:, :top] -= matrices[:, i, :top] * known[:, i, None]


def _take_out_arrays(matrices: Floats, rows: Floats, inverse: Floats, which: Ints) -> None:
    padded = np.concatenate([rows, np.zeros((1, rows.shape[1]))])
    scale = np.concatenate([inverse, np.zeros(1)])
    for n in range(which.shape[1]):
        chosen = padded[which[:, n]]
        scaled = chosen * scale[which[:, n], None]
        matrices -= scaled[:, :, None] * chosen[:, None, :]


def _eliminate_loops(matrices: Floats, count: int, pivots: Floats) -> None:
    size = matrices.shape[1]
    floor = np.empty(count)
    for b in range(matrices.shape[0]):
        a = matrices[b]
        for k in range(count):
            floor[k] = abs(a[k, k]) * SINGULAR
        for k in range(count):
            pivot = a[k, k]
            if not pivot > floor[k]:
                a[k + 1 :, k] = 0.0
                continue
            pivots[b, k] = pivot
            for i in range(k + 1, size):
                if a[i, k] != 0.0:
                    scaled = a[i, k] / pivot
                    for j in range(k + 1, i + 1):
                        a[i, j] -= scaled * a[j, k]


def _solve_back_loops(matrices: Floats, pivots: Floats, known: Floats, right: Floats) -> None:
    count = pivots.shape[1]
    for b in range(matrices.shape[0]):
        for i in range(known.shape[1] - 1, -1, -1):
            if i < count:
                known[b, i] = right[b, i] / pivots[b, i] if pivots[b, i] > 0.0 else 0.0
            x = known[b, i]
            for j in range(min(i, count)):
                right[b, j] -= matrices[b, i, j] * x


def _take_out_loops(matrices: Floats, rows: Floats, inverse: Floats, which: Ints) -> None:
    size = matrices.shape[1]
    for b in range(matrices.shape[0]):
        a = matrices[b]
        for n in range(which.shape[1]):
            r = which[b, n]
            if r < 0:
                continue
            for i in range(size):
                scaled = rows[r, i] * inverse[r]
                if scaled != 0.0:
                    for j in range(i + 1):
                        a[i, j] -= scaled * rows[r, j]


try:
    _eliminate: Any = compiled(_eliminate_loops, error_model="numpy")
    _solve_back: Any = compiled(_solve_back_loops, error_model="numpy")
    _take_out: Any = compiled(_take_out_loops, error_model="numpy")
except ImportError:  # pragma: no cover - the tests run this branch in a process of its own
    _eliminate, _solve_back, _take_out = _eliminate_arrays, _solve_back_arrays, _take_out_arrays
