"""Chance from a counter, the same with and without Numba."""

from __future__ import annotations

from optimizer.plan.kernel.jit import jit


@jit
def stir(state: int) -> int:
    """Return the next state, 32 bits and never 0 (Marsaglia, Xorshift RNGs, 2003)."""
    state ^= (state << 13) & 0xFFFFFFFF
    state ^= state >> 17
    state ^= (state << 5) & 0xFFFFFFFF
    return state
