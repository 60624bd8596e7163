"""The fairest workloads: against linear programmes."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from scipy.optimize import linprog
from teams_city import START, cities, inspector, staffable

from optimizer.teams.leximin import leximin
from optimizer.teams.network import fill
from optimizer.teams.seats import Group, by_unit, groups_of, make_part


def least_top_sum(part, workload, reachable, k):
    """The least sum of the k largest workloads, by linear programme (HiGHS)."""
    pairs, people = len(part.pair_group), len(workload)
    # Variables: pairs, level, excess of each inspector over the level.
    n = pairs + 1 + people
    cost = np.zeros(n)
    cost[pairs] = k
    cost[pairs + 1 :] = 1
    equal = np.zeros((len(part.groups), n))
    equal[part.pair_group, np.arange(pairs)] = 1
    rows, bounds = [], []
    for r in range(len(part.row_day)):
        row = np.zeros(n)
        row[:pairs][part.pair_row == r] = 1
        rows.append(row)
        bounds.append(1)
    for d, cap in enumerate(part.day_cap):
        row = np.zeros(n)
        row[:pairs][part.row_day[part.pair_row] == d] = 1
        rows.append(row)
        bounds.append(cap)
    for i in reachable:
        row = np.zeros(n)
        row[:pairs][part.pair_inspector == i] = part.effort
        row[pairs], row[pairs + 1 + i] = -1, -1
        rows.append(row)
        bounds.append(-workload[i])
    free = [(0, 1)] * pairs + [(None, None)] + [(0, None)] * people
    return linprog(
        cost, A_ub=np.array(rows), b_ub=bounds, A_eq=equal, b_eq=part.seats, bounds=free
    ).fun


@given(city=cities(full=False))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_every_top_sum_is_least(city):
    """Leximin makes the sum of the k largest workloads least for every k at once."""
    visits, held = city
    assume(staffable(visits, held))
    people = by_unit(held)
    for unit, groups in groups_of(visits, None).items():
        part = make_part(unit, 1, groups, people[unit], lambda _d, _i: False)
        workload = [i.workload for i in people[unit]]
        served = leximin([part], workload)
        assert sum(served) == sum(g.seats for g in groups)
        reachable = sorted(set(part.pair_inspector.tolist()))
        total = sorted((served[i] + workload[i] for i in reachable), reverse=True)
        for k in range(1, len(reachable) + 1):
            best = least_top_sum(part, workload, reachable, k)
            assert abs(float(sum(total[:k])) - best) < 1e-6


def test_whole_case_by_hand():
    """Three people, six half-days: the two without carried-over work share what levels all."""
    people = [inspector("a"), inspector("b"), inspector("c", workload=2)]
    groups = [Group(f"V{n}", f"E{n}", START + timedelta(days=n), "u1", 1, "", 2) for n in range(3)]
    part = make_part("u1", 1, groups, people, lambda _d, _i: False)
    assert fill(part).full
    assert leximin([part], [0, 0, 2]) == (Fraction(8, 3), Fraction(8, 3), Fraction(2, 3))
