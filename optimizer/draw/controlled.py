"""Controlled rounding of a two-way table: cells, rows, columns and the whole, exact on average.

Source: L. H. Cox, "A constructive procedure for unbiased controlled rounding", Journal of the
American Statistical Association 82 (1987). Chance moves along cycles of cells that are not whole
yet, by as much as makes one of them whole, up or down with odds that keep every expectation.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from fractions import Fraction

from optimizer.chance import MAX_BELOW, Stream

Cell = tuple[int, int]
"""Row and column, from 0."""


def controlled_sizes(
    cells: Sequence[Cell], targets: Sequence[Fraction], stream: Stream
) -> tuple[int, tuple[int, ...]]:
    """Round expected sizes so that rows, columns and the whole are floors or ceilings as well.

    Parameters
    ----------
    cells
        Distinct; rows and columns are numbered in their published order.
    targets
        Expected sizes, not negative, in step with `cells`.
    stream
        One `Stream.below` for each cycle.

    Returns
    -------
    tuple
        D, the targets' common denominator, and the sizes: each the floor or ceiling of its
        target, with the target as expectation; so are the sums of rows, columns and all.

    Raises
    ------
    ValueError
        If D is over half of `MAX_BELOW`.

    Notes
    -----
    A slack row, a slack column (both last) and their corner make every sum whole, so that each
    row or column with a cell that is not whole has two of them. The walk begins at the first row
    that has one, steps to the first column there that is not whole, then the first row of that
    column, and so on, never back by the cell it came by, until it meets a row or column again: the
    cycle begins there, and its first cell goes up when the second goes down.
    """
    denominator = math.lcm(*(target.denominator for target in targets))
    if 2 * denominator > MAX_BELOW:
        raise ValueError("the common denominator is too large")
    slack = (
        max((row for row, _ in cells), default=-1) + 1,
        max((column for _, column in cells), default=-1) + 1,
    )
    parts: dict[Cell, int] = {}
    for cell, target in zip(cells, targets, strict=True):
        parts[cell] = target.numerator * (denominator // target.denominator) % denominator
    for (row, column), part in list(parts.items()):
        for cell, sign in (((row, slack[1]), -1), ((slack[0], column), -1), (slack, 1)):
            parts[cell] = (parts.get(cell, 0) + sign * part) % denominator
    _make_whole({cell: part for cell, part in parts.items() if part}, parts, denominator, stream)
    sizes = tuple(
        math.floor(target) + (parts[cell] == denominator)
        for cell, target in zip(cells, targets, strict=True)
    )
    return denominator, sizes


def _make_whole(
    open_cells: dict[Cell, int], parts: dict[Cell, int], denominator: int, stream: Stream
) -> None:
    """Bring every open cell to 0 or D; write them into `parts`."""
    columns_of: dict[int, list[int]] = {}
    rows_of: dict[int, list[int]] = {}
    for row, column in open_cells:
        insort(columns_of.setdefault(row, []), column)
        insort(rows_of.setdefault(column, []), row)
    while open_cells:
        cycle = _cycle(min(row for row, many in columns_of.items() if many), columns_of, rows_of)
        gains, losses = cycle[::2], cycle[1::2]
        up = min(
            *(denominator - open_cells[cell] for cell in gains),
            *(open_cells[cell] for cell in losses),
        )
        down = min(
            *(open_cells[cell] for cell in gains),
            *(denominator - open_cells[cell] for cell in losses),
        )
        step = up if stream.below(up + down) < down else -down
        for place, cell in enumerate(cycle):
            value = open_cells[cell] + (-step if place % 2 else step)
            open_cells[cell] = value
            if value in (0, denominator):
                parts[cell] = value
                del open_cells[cell]
                columns_of[cell[0]].remove(cell[1])
                rows_of[cell[1]].remove(cell[0])


def _cycle(
    start: int, columns_of: dict[int, list[int]], rows_of: dict[int, list[int]]
) -> list[Cell]:
    """Walk from a row until a row or column comes again; return the cells of the cycle."""
    met = {(0, start): 0}
    steps: list[Cell] = []
    row, column = start, -1
    while True:
        column = _other(columns_of[row], column)
        steps.append((row, column))
        if (1, column) in met:
            return steps[met[1, column] :]
        met[1, column] = len(steps)
        row = _other(rows_of[column], row)
        steps.append((row, column))
        if (0, row) in met:
            return steps[met[0, row] :]
        met[0, row] = len(steps)


def _other(places: list[int], last: int) -> int:
    """Return the first place that is not the one come from."""
    return places[1] if places[0] == last else places[0]
