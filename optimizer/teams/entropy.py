"""The odds with the most entropy, less a price for uneven workloads: one unit at a time.

Maximises Σ over (inspector, visit) of the entropy of which seat, or none, less Σ φ(load − mean)
over the inspectors, where φ(t) = κ/2 · t² as long as κ·|t| ≤ `MAX_TILT` and goes on linearly.
Its solution has the form x(g, i) = w / (1 + Σ w over the visit's groups) with
w = c_g · b_(i, day) · y_i^effort; the dual is climbed one family of multipliers at a time, each
by a guarded Newton step for every member at once (iterative scaling: Deming and Stephan 1940,
Csiszár 1975). Forced pairs are taken out first (`network.forced_pairs`), without which the
multipliers would run off to infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import fsum

import numpy as np
from numpy.typing import NDArray

from optimizer.teams.network import Forced
from optimizer.teams.numeric import Floats, exponential, sums
from optimizer.teams.seats import Indices, Part

TOLERANCE = 1e-9
MAX_SWEEPS = 1500
MAX_TILT = 2.0
"""For the sake of evenness nobody's weight is multiplied or divided by more than e^2 ≈ 7.4 (for
each half-day of a seat): whoever carries much over keeps a chance, and stays unpredictable."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """Odds of the pairs of each part, in doubles.

    Attributes
    ----------
    odds
        One array a part, shape (pairs,).
    sweeps
        Sweeps over all multipliers.
    residual
        Largest violation of a constraint that was left.
    """

    odds: tuple[Floats, ...]
    sweeps: int
    residual: float


@dataclass(frozen=True, slots=True)
class _Free:
    """The free pairs of all parts of a unit, with their constraints, renumbered from 0."""

    group: Indices
    row: Indices
    row_day: Indices
    row_inspector: Indices
    row_effort: Floats
    slack: Floats
    need: Floats
    layer: Indices
    day_cap: Floats
    day_binds: NDArray[np.bool_]
    offset: Floats


def _free_of(parts: tuple[Part, ...], forced: tuple[Forced, ...], workload: Floats) -> _Free:
    group: list[Indices] = []
    row: list[Indices] = []
    row_day: list[Indices] = []
    row_inspector: list[Indices] = []
    row_effort: list[Floats] = []
    slack: list[Floats] = []
    need: list[Floats] = []
    layer: list[Indices] = []
    day_cap: list[Floats] = []
    day_binds: list[NDArray[np.bool_]] = []
    offset = workload.copy()
    groups = rows = days = 0
    for part, fixed in zip(parts, forced, strict=True):
        free = fixed.pairs < 0
        taken = fixed.pairs == 1
        group.append(part.pair_group[free] + groups)
        row.append(part.pair_row[free] + rows)
        row_day.append(part.row_day + days)
        row_inspector.append(part.day_inspector[part.row_day])
        row_effort.append(part.day_effort[part.row_day].astype(np.float64))
        slack.append(np.where(fixed.rows_full, 0.0, 1.0))
        seated = np.bincount(part.pair_group[taken], minlength=len(part.groups))
        need.append((part.seats - seated).astype(np.float64))
        rank: dict[str, int] = {}
        ranks = []
        for g in part.groups:
            ranks.append(rank.get(g.visit, 0))
            rank[g.visit] = ranks[-1] + 1
        layer.append(np.array(ranks, dtype=np.int64))
        served = np.bincount(part.row_day[part.pair_row[taken]], minlength=len(part.day_cap))
        day_cap.append((part.day_cap - served).astype(np.float64))
        day_binds.append(part.day_rows > part.day_cap)
        offset += np.bincount(
            part.pair_inspector[taken],
            weights=part.pair_effort[taken].astype(np.float64),
            minlength=len(offset),
        )
        groups, rows, days = (
            groups + len(part.groups),
            rows + len(part.row_day),
            days + len(part.day_cap),
        )
    join = np.concatenate
    return _Free(
        join(group),
        join(row),
        join(row_day),
        join(row_inspector),
        join(row_effort),
        join(slack),
        join(need),
        join(layer),
        join(day_cap),
        join(day_binds),
        offset,
    )


def _newton(excess: Floats, slope: Floats, constant: float = 0.0) -> Floats:
    """Return a Newton step that does not overshoot, within ±1; 0 where nothing can move.

    Sums of logistic curves steepen by at most e^|step| on the way (e^2|step| in full days, for
    which a `constant` slope is given apart), so the step is taken with the steepest slope.
    """
    whole = slope + constant
    movable = whole > 1e-300
    step = np.where(movable, -excess / np.where(movable, whole, 1.0), 0.0)
    step = np.minimum(np.maximum(step, -1.0), 1.0)
    growth = exponential(np.abs(step) * (2.0 if constant else 1.0))
    steep = slope * growth + constant
    return step * np.where(movable, whole / np.where(movable, steep, 1.0), 0.0)


def maximise(
    parts: tuple[Part, ...],
    forced: tuple[Forced, ...],
    workload: Floats,
    kappa: Fraction,
    *,
    max_sweeps: int = MAX_SWEEPS,
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
    max_sweeps
        After so many sweeps the odds are used as they are; `Optimum.residual` says how good.
    """
    f = _free_of(parts, forced, workload)
    pairs, groups, rows = len(f.group), len(f.need), len(f.row_day)
    days, people = len(f.day_cap), len(workload)
    weight = np.ones(pairs)
    pair_day = f.row_day[f.row]
    pair_inspector = f.row_inspector[f.row]
    pair_full_day = f.row_effort[f.row] == 2.0
    layers = [np.flatnonzero(f.layer[f.group] == n) for n in range(int(f.layer.max(initial=0)) + 1)]
    layers = [chosen for chosen in layers if len(chosen)]
    binds = f.day_binds & (np.bincount(f.row_day[f.row], minlength=days) > 0)
    binding = bool(binds.any())
    price = np.zeros(days)
    tilt = np.zeros(people)
    moved = np.bincount(pair_inspector, minlength=people) > 0
    k = float(kappa)
    asked = [float(sum(g.seats * g.effort for g in part.groups)) for part in parts]
    # The total load is the same for all odds; taking it off keeps the multipliers small.
    mean = (fsum(workload.tolist()) + fsum(asked)) / (people or 1)

    def totals() -> tuple[Floats, Floats]:
        below = sums(f.row, weight, rows)
        full = f.slack + below
        factor = 1.0 / np.where(full > 0.0, full, 1.0)
        return factor, below * factor

    sweeps = 0
    residual = 0.0 if pairs == 0 else float("inf")
    while residual > TOLERANCE and sweeps < max_sweeps:
        sweeps += 1
        residual = 0.0
        for chosen in layers:
            factor, _ = totals()
            x = weight[chosen] * factor[f.row[chosen]]
            owner = f.group[chosen]
            excess = sums(owner, x, groups)
            slope = sums(owner, x * (1.0 - x), groups)
            mine = np.bincount(owner, minlength=groups) > 0
            excess = np.where(mine, excess - f.need, 0.0)
            residual = max(residual, float(np.abs(excess).max()))
            weight[chosen] *= exponential(_newton(excess, slope))[owner]
        if binding:
            _, inside = totals()
            load = sums(f.row_day, inside, days)
            slope = sums(f.row_day, inside * (1.0 - inside), days)
            excess = np.where(binds, load - f.day_cap, 0.0)
            new = np.minimum(0.0, price + _newton(excess, slope))
            new = np.where(binds, new, 0.0)
            off = np.where(price < 0.0, np.abs(excess), np.maximum(excess, 0.0))
            residual = max(residual, float(off.max()))
            weight *= exponential(new - price)[pair_day]
            price = new
        if k > 0.0:
            _, inside = totals()
            load = sums(f.row_inspector, f.row_effort * inside, people)
            slope = sums(
                f.row_inspector, f.row_effort * f.row_effort * inside * (1.0 - inside), people
            )
            wanted = -k * (f.offset + load - mean)
            # Tilting everyone alike changes no odds (the groups' multipliers take it up), so the
            # tilts are moved by what leaves the total load as it is, at once; left to the steps
            # it would come in slowly.
            excess = tilt - np.minimum(np.maximum(wanted, -MAX_TILT), MAX_TILT)
            pull = np.where(np.abs(wanted) < MAX_TILT, slope / (1.0 + k * slope), slope)
            if (strength := fsum(pull.tolist())) > 0.0:
                tilt = tilt - fsum((pull * excess).tolist()) / strength
            new = tilt + _newton(tilt - wanted, k * slope, 1.0)
            new = np.minimum(np.maximum(new, -MAX_TILT), MAX_TILT)
            step = np.where(moved, new - tilt, 0.0)
            residual = max(residual, float(np.abs(step).max()))
            tilt = tilt + step
            by = exponential(step)
            weight *= np.where(
                pair_full_day, by[pair_inspector] * by[pair_inspector], by[pair_inspector]
            )
        # Far from any solution that matters: keeps a unit that does not converge finite.
        weight = np.minimum(np.maximum(weight, 1e-100), 1e100)
    factor, _ = totals()
    free = weight * factor[f.row]
    odds: list[Floats] = []
    start = 0
    for fixed in forced:
        chosen_free = fixed.pairs < 0
        x = fixed.pairs.astype(np.float64)
        stop = start + int(chosen_free.sum())
        x[chosen_free] = free[start:stop]
        start = stop
        odds.append(x)
    return Optimum(tuple(odds), sweeps, residual)
