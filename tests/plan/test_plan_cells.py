"""Places in an arena: compiled as worked out by hand, with and without Numba."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from optimizer.plan.kernel.arena import Arena, make_arena, view
from optimizer.plan.kernel.cells import cell, fixed, fixed_cell, line_width, list_at, nth
from optimizer.plan.kernel.jit import jit

PLAIN, WIDE = 1, 3


@jit
def _told(arena: Arena, k: int, line: int, place: int) -> tuple[int, int, int, int, int, int]:
    return (
        list_at(arena, PLAIN),
        line_width(arena, WIDE),
        arena[nth(arena, PLAIN, k)],
        arena[cell(arena, WIDE, line, place)],
        fixed(arena, PLAIN, k),
        fixed_cell(arena, WIDE, line, place),
    )


@jit
def _write(arena: Arena, k: int, line: int, place: int) -> int:
    """Write between two readings: what a kernel changes is fetched again."""
    arena[nth(arena, PLAIN, k)] = 7
    before = arena[nth(arena, PLAIN, k)]
    arena[nth(arena, PLAIN, k)] += 1
    arena[cell(arena, WIDE, line, place)] = before + 10 * arena[nth(arena, PLAIN, k)]
    found: int = arena[cell(arena, WIDE, line, place)]
    return found


@given(st.data())
def test_numbers_stand_where_their_lists_say(data: st.DataObject) -> None:
    """Each number of a list and of a line is found, and written, at its place."""
    many = data.draw(st.integers(1, 9))
    lines, wide = data.draw(st.integers(1, 5)), data.draw(st.integers(2, 5))
    plain = np.arange(many) + 100
    matrix = np.arange(lines * wide).reshape(lines, wide) + 1_000
    arrays = {"plain": plain, "wide": matrix}
    arena = make_arena(("count",), ("plain", "wide"), {"count": 5}, arrays)
    k = data.draw(st.integers(0, many - 1))
    line, place = data.draw(st.integers(0, lines - 1)), data.draw(st.integers(0, wide - 1))
    both = (plain[k], matrix[line, place])
    assert _told(arena, k, line, place) == (5, wide, *both, *both)
    assert _write(arena, k, line, place) == 87
    plain[k], matrix[line, place] = 8, 87
    assert np.array_equal(view(arena, PLAIN, many), plain)
    assert np.array_equal(view(arena, WIDE, lines), matrix)
    assert arena[0] == 5
