"""Newton steps: the same bits in loops and in arrays, every unit to 10^-9, the worked system."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from teams_city import DUTY_KEY, PERIOD, cities, registers

from benchmarks.teams_instances import PERIOD as MONTH
from benchmarks.teams_instances import make_instance
from optimizer.domain.inspector import VisitCap
from optimizer.teams import elimination, odds
from optimizer.teams.duty import duties
from optimizer.teams.entropy import maximise
from optimizer.teams.network import fill, forced_pairs
from optimizer.teams.seats import by_unit, groups_of


@given(
    seed=st.integers(0, 2**32),
    blocks=st.integers(1, 4),
    size=st.integers(1, 9),
    rank=st.integers(1, 9),
)
@settings(max_examples=60, deadline=None)
def test_loops_and_arrays_give_the_same_bits(seed, blocks, size, rank):
    """Eliminations by loops (as Numba compiles them) and by arrays agree bit for bit."""
    rng = np.random.default_rng(seed)
    half = rng.normal(size=(blocks, size, min(rank, size)))
    matrices = np.zeros((blocks, size + 1, size + 1))
    matrices[:, :size, :size] = half @ np.swapaxes(half, 1, 2)
    matrices[:, size, :size] = rng.normal(size=(blocks, size))
    count = size - size // 3
    rows = rng.normal(size=(6, size + 1))
    which = np.array([[0, 3, -1], [1, 5, 2], [-1, -1, -1], [4, 2, 0]])[:blocks]
    found = []
    for way in ("loops", "arrays"):
        work, pivots = matrices.copy(), np.zeros((blocks, count))
        getattr(elimination, f"_take_out_{way}")(work, rows, np.full(6, -0.3), which)
        getattr(elimination, f"_eliminate_{way}")(work, count, pivots)
        known = np.zeros((blocks, size))
        known[:, count:] = 0.7
        right = work[:, -1, :count].copy()
        getattr(elimination, f"_solve_back_{way}")(work, pivots, known, right)
        found.append((np.tril(work), pivots, known))
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one + 0.0, other + 0.0)


def test_elimination_solves():
    """A system is solved as NumPy's library solves it; a singular one is solved where it can be."""
    rng = np.random.default_rng(7)
    half = rng.normal(size=(8, 8))
    matrix, right = half @ half.T, rng.normal(size=8)
    work = np.zeros((1, 9, 9))
    work[0, :8, :8], work[0, 8, :8] = matrix, right
    pivots = elimination.eliminate(work, 8)
    x = elimination.solve_back(work, pivots, np.zeros((1, 0)))[0]
    assert np.allclose(x, np.linalg.solve(matrix, right))
    laplacian = np.array([[1.0, -1.0], [-1.0, 1.0]])
    work = np.zeros((1, 3, 3))
    work[0, :2, :2], work[0, 2, :2] = laplacian, (1.0, -1.0)
    pivots = elimination.eliminate(work, 2)
    x = elimination.solve_back(work, pivots, np.zeros((1, 0)))[0]
    assert np.allclose(laplacian @ x, (1.0, -1.0))


def solved(visits, held, start, kappa):
    """Optima of every unit whose seats can be filled."""
    groups, people = groups_of(visits, None), by_unit(held)
    duty, failed = duties(groups, people, DUTY_KEY)
    tasks = odds._tasks(groups, people, duty, {unit for unit, _ in failed}, kappa, start)
    for task in tasks:
        flows = [fill(part) for part in task.parts]
        if all(flow.full for flow in flows):
            forced = tuple(forced_pairs(p, f) for p, f in zip(task.parts, flows, strict=True))
            yield maximise(task.parts, forced, np.array(task.workload, dtype=np.float64), kappa)


@st.composite
def capped_cities(draw):
    """Cities whose inspectors may have caps a week."""
    visits, held = draw(cities(days=6, most_people=8, most_visits=14))
    people = [
        dataclasses.replace(
            i,
            visit_caps=(VisitCap("week", draw(st.integers(1, 5))),) if draw(st.booleans()) else (),
        )
        for i in held.inspectors.values()
    ]
    return visits, registers(people)


@given(
    city=st.one_of(cities(days=2, most_people=9, most_visits=14), capped_cities()),
    kappa=st.sampled_from([Fraction(0), Fraction(1), Fraction(3)]),
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_unit_converges(city, kappa):
    """Tight, capped, forced or not: within 60 steps every constraint holds to 10^-9."""
    for best in solved(*city, PERIOD.first, kappa):
        assert best.residual <= 1e-9
        assert best.steps <= 60


def test_a_month_converges():
    """Every unit of a bench month, at full capacity on some days, converges to 10^-9."""
    instance = make_instance("S")
    found = list(solved(instance.visits, instance.registers, MONTH.first, odds.KAPPA))
    assert len(found) == 4
    assert all(best.residual <= 1e-9 for best in found)
