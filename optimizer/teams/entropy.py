"""The odds with the most entropy, less a price for uneven workloads: one unit at a time.

Maximises Σ over (inspector, visit) of the entropy of which seat, or none, less Σ φ(load − mean)
over the inspectors, where φ(t) = κ/2 · t² as long as κ·|t| ≤ `MAX_TILT` and goes on linearly.
The multipliers (`dual`) are found by a primal-dual interior-point method: Newton steps (`newton`)
towards a central path that ends in the solution (Wright, *Primal-dual interior-point methods*,
1997). Forced pairs are taken out first, and caps that are met in any case count as equations
(`network.forced_pairs`), so that a strictly feasible point exists and no multiplier runs off to
infinity.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import fsum

import numpy as np

from optimizer.teams.dual import Dual, make_dual
from optimizer.teams.network import Forced
from optimizer.teams.newton import Newton
from optimizer.teams.newton import Odds as Point
from optimizer.teams.numeric import Floats, binary_logarithm
from optimizer.teams.seats import Part

TOLERANCE = 1e-10
MAX_STEPS = 200
MAX_TILT = 2.0
"""For the sake of evenness nobody's weight is multiplied or divided by more than e^2 ≈ 7.4 (for
each half-day of a seat): whoever carries much over keeps a chance, and stays unpredictable."""
_LEAP = 4.0
"""Largest move of a logarithm of a weight in one step."""
_LN2 = 0.6931471805599453


@dataclass(frozen=True, slots=True)
class Optimum:
    """Odds of the pairs of each part, in doubles.

    Attributes
    ----------
    odds
        One array a part, shape (pairs,).
    steps
        Newton steps.
    residual
        Largest violation of a constraint that was left.
    """

    odds: tuple[Floats, ...]
    steps: int
    residual: float


@dataclass(frozen=True, slots=True)
class _State:
    """Multipliers, and the slack or multiplier that stands against each that is bounded."""

    group: Floats
    price: Floats
    tilt: Floats
    slack: Floats
    """Against prices: visits that a cap has left."""
    top: Floats
    bottom: Floats
    """Against the largest and the least tilt."""


def maximise(
    parts: tuple[Part, ...],
    forced: tuple[Forced, ...],
    workload: Floats,
    kappa: Fraction,
    *,
    max_steps: int = MAX_STEPS,
) -> Optimum:
    """Return the odds of one unit.

    Parameters
    ----------
    parts, forced
        The unit's parts and what is forced in each.
    workload
        Half-days carried over, shape (inspectors,).
    kappa
        Weight of the squared half-days, not negative.
    max_steps
        After so many the odds are used as they are; `Optimum.residual` says how good.
    """
    free = [fixed.pairs < 0 for fixed in forced]
    found, steps, residual = np.zeros(0), 0, 0.0
    if any(chosen.any() for chosen in free):
        path = _Path(make_dual(parts, forced, workload), kappa)
        found, steps, residual = path.follow(max_steps)
    odds: list[Floats] = []
    start = 0
    for fixed, chosen in zip(forced, free, strict=True):
        x = fixed.pairs.astype(np.float64)
        stop = start + int(chosen.sum())
        x[chosen] = found[start:stop]
        start = stop
        odds.append(x)
    return Optimum(tuple(odds), steps, residual)


class _Path:
    """The central path of one unit and the way along it."""

    def __init__(self, dual: Dual, kappa: Fraction) -> None:
        self.dual = dual
        self.tilted = kappa > 0
        self.flat = 1.0 / float(kappa) if self.tilted else 0.0
        self.newton = Newton(dual, tilted=self.tilted)
        self.loose = ~dual.cap_forced
        # Tilts that move nothing are left out of account.
        moved = np.zeros(len(dual.offset), dtype=np.bool_)
        moved[dual.day_person] = self.tilted
        self.moved = moved
        self.pairs_of = np.bincount(dual.pair_group, minlength=len(dual.need))

    def follow(self, max_steps: int) -> tuple[Floats, int, float]:
        """Return the odds, the number of steps, and the largest violation left."""
        state = self._start()
        point = self._at(state)
        measure = self._gap(state)
        share = 0.3
        for step in range(max_steps):
            violation = self._violation(state, point)
            if violation <= TOLERANCE and self._widest(state) <= TOLERANCE:
                return point.pairs, step, violation
            target = share * measure
            move = self._move(state, point, target)
            length = self._longest(state, move)
            before = self._norm(state, point, target)
            for _ in range(12):
                trial = _moved(state, move, length)
                reached = self._at(trial)
                if self._norm(trial, reached, target) <= (1.0 - 0.0001 * length) * before:
                    break
                length = length / 2.0
            state, point = trial, reached
            measure = self._gap(state)
            share = 0.1 if length > 0.9 else 0.3 if length > 0.5 else 0.6
        return point.pairs, max_steps, self._violation(state, point)

    def _start(self) -> _State:
        dual = self.dual
        some = np.maximum(self.pairs_of, 1).astype(np.float64)
        share = np.minimum(np.maximum(dual.need / some, 0.01), 0.99)
        group = binary_logarithm(share / (1.0 - share)) * _LN2
        price = np.where(self.loose, 0.2, 0.0)
        tilt = np.zeros(len(dual.offset))
        side = np.where(self.moved, 0.1, 0.0)
        state = _State(group, price, tilt, price, side, side)
        left = dual.cap - self._at(state).caps
        return replace(state, slack=np.where(self.loose, np.maximum(left, 0.2), 0.0))

    def _at(self, state: _State) -> Point:
        return self.newton.odds(state.group, state.price, state.tilt)

    def _forces(self, state: _State, point: Point) -> tuple[Floats, Floats, Floats]:
        """Return what each equation is off by: seats, caps, tilts."""
        dual = self.dual
        seats = np.where(self.pairs_of > 0, point.groups - dual.need, 0.0)
        caps = dual.cap - point.caps
        pull = dual.offset + point.people + state.tilt * self.flat
        return seats, caps, np.where(self.moved, pull, 0.0)

    def _violation(self, state: _State, point: Point) -> float:
        seats, caps, pull = self._forces(state, point)
        over = np.where(self.loose, np.maximum(-caps, 0.0), np.abs(caps))
        pull = pull + state.top - state.bottom
        return float(max(np.abs(seats).max(), over.max(initial=0.0), np.abs(pull).max(initial=0.0)))

    def _products(self, state: _State) -> list[Floats]:
        return [
            (state.slack * state.price)[self.loose],
            (state.top * (MAX_TILT - state.tilt))[self.moved],
            (state.bottom * (MAX_TILT + state.tilt))[self.moved],
        ]

    def _gap(self, state: _State) -> float:
        products = self._products(state)
        count = sum(len(values) for values in products)
        return fsum(fsum(values.tolist()) for values in products) / count if count else 0.0

    def _widest(self, state: _State) -> float:
        return max(float(values.max(initial=0.0)) for values in self._products(state))

    def _norm(self, state: _State, point: Point, target: float) -> float:
        """Return how far a state is from the central path's point, squared."""
        seats, caps, pull = self._forces(state, point)
        off = [seats, caps - state.slack, pull + state.top - state.bottom]
        off += [values - target for values in self._products(state)]
        return fsum(fsum((values * values).tolist()) for values in off)

    def _move(self, state: _State, point: Point, target: float) -> _State:
        seats, caps, pull = self._forces(state, point)
        price = np.where(self.loose, state.price, 1.0)
        high, low = MAX_TILT - state.tilt, MAX_TILT + state.tilt
        push = np.where(self.moved, target / low - target / high, 0.0)
        group, dp, dy = self.newton.step(
            point,
            -seats,
            (np.where(self.loose, target / price, 0.0) - caps, state.slack / price),
            (push - pull, state.top / high + state.bottom / low + self.flat),
        )
        dy = np.where(self.moved, dy, 0.0)
        slack = np.where(
            self.loose, (target - state.slack * state.price - state.slack * dp) / price, 0.0
        )
        top = np.where(self.moved, (target - state.top * high + state.top * dy) / high, 0.0)
        bottom = np.where(self.moved, (target - state.bottom * low - state.bottom * dy) / low, 0.0)
        return _State(group, dp, dy, slack, top, bottom)

    def _longest(self, state: _State, move: _State) -> float:
        """Return the longest part of a move that keeps everything positive and is no leap."""
        length = 1.0
        far = max(
            float(np.abs(move.group).max()),
            float(np.abs(move.price).max(initial=0.0)),
            float(np.abs(move.tilt).max(initial=0.0)),
        )
        if far > _LEAP:
            length = _LEAP / far
        for value, change, on in (
            (state.price, move.price, self.loose),
            (state.slack, move.slack, self.loose),
            (state.top, move.top, self.moved),
            (state.bottom, move.bottom, self.moved),
            (MAX_TILT - state.tilt, -move.tilt, self.moved),
            (MAX_TILT + state.tilt, move.tilt, self.moved),
        ):
            falls = on & (change < 0.0)
            if falls.any():
                length = min(length, 0.995 * float((value[falls] / -change[falls]).min()))
        return length


def _moved(state: _State, move: _State, length: float) -> _State:
    return _State(
        state.group + length * move.group,
        state.price + length * move.price,
        state.tilt + length * move.tilt,
        state.slack + length * move.slack,
        state.top + length * move.top,
        state.bottom + length * move.bottom,
    )
