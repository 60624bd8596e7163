"""The fairest workloads: against linear programmes, and by their certificate."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import timedelta
from fractions import Fraction

import numpy as np
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from teams_city import PERIOD, START, cities, inspector, registers, staffable

import optimizer.teams.leximin_check as module
from optimizer.domain.inspector import VisitCap
from optimizer.teams.leximin import leximin
from optimizer.teams.leximin_check import check_fairest
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
    for m, cap in enumerate(part.limit_cap):
        row = np.zeros(n)
        under = part.day_limit == m
        for below in np.flatnonzero(part.limit_above == m):
            under |= part.day_limit == below
        row[:pairs][under[part.row_day[part.pair_row]]] = 1
        rows.append(row)
        bounds.append(cap)
    for i in reachable:
        row = np.zeros(n)
        row[:pairs][part.pair_inspector == i] = part.pair_effort[part.pair_inspector == i]
        row[pairs], row[pairs + 1 + i] = -1, -1
        rows.append(row)
        bounds.append(-workload[i])
    free = [(0, 1)] * pairs + [(None, None)] + [(0, None)] * people
    return linprog(
        cost, A_ub=np.array(rows), b_ub=bounds, A_eq=equal, b_eq=part.seats, bounds=free
    ).fun


@st.composite
def capped_cities(draw):
    """Cities whose inspectors may have caps on their visits in a week and in the month."""
    visits, held = draw(cities(full=False, days=6))
    people = []
    for i in held.inspectors.values():
        caps = []
        for kind, most in (("week", 4), ("year", 6)):
            if draw(st.booleans()):
                caps.append(VisitCap(kind, draw(st.integers(1, most)), draw(st.integers(0, 1))))
        people.append(dataclasses.replace(i, visit_caps=tuple(caps)))
    return visits, registers(people)


def parts_of(city):
    """One part a unit, with the workloads of its people."""
    visits, held = city
    people = by_unit(held)
    for unit, groups in groups_of(visits, None).items():
        capped = any(i.visit_caps for i in people[unit])
        part = make_part(
            unit, 0 if capped else 1, groups, people[unit], lambda _d, _i: False, PERIOD.first
        )
        yield part, [i.workload for i in people[unit]]


def fractions_of(odds):
    """Numerators and denominators as fractions."""
    return [Fraction(a, b) for a, b in zip(*odds.tolist(), strict=True)]


@given(city=st.one_of(cities(full=False), capped_cities()))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_every_top_sum_is_least(city):
    """Leximin makes the sum of the k largest workloads least for every k at once."""
    for part, workload in parts_of(city):
        if not fill(part).full:
            continue
        fairest = leximin([part], workload)
        served = fairest.served
        assert sum(served) == sum(g.seats for g in part.groups)
        assert check_fairest([part], workload, served, [fractions_of(fairest.pairs[0])]) == []
        reachable = sorted(set(part.pair_inspector.tolist()))
        total = sorted((served[i] + workload[i] for i in reachable), reverse=True)
        for k in range(1, len(reachable) + 1):
            best = least_top_sum(part, workload, reachable, k)
            assert abs(float(sum(total[:k])) - best) < 1e-6


@given(city=cities(days=3, most_visits=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_another_filling_is_no_certificate(city):
    """Whole teams that are as even pass, all others are found out: by who could give to whom."""
    visits, held = city
    assume(staffable(visits, held))
    people = by_unit(held)
    for unit, groups in groups_of(visits, None).items():
        half = [g for g in groups if g.effort == 1]
        part = make_part(unit, 1, half, people[unit], lambda _d, _i: False)
        if not half or not fill(part).full:
            continue
        workload = [i.workload for i in people[unit]]
        fairest = leximin([part], workload)
        whole = [Fraction(int(x)) for x in fill(part).pairs]
        served = [Fraction(0)] * len(workload)
        for i, x in zip(part.pair_inspector.tolist(), whole, strict=True):
            served[i] += x
        wrong = check_fairest([part], workload, served, [whole])
        assert (wrong == []) == (tuple(served) == fairest.served)


def test_changed_odds_are_no_certificate():
    """Every kind of change is named: a seat too few, a load that is not theirs, a cap passed."""
    people = [inspector("a"), inspector("b"), inspector("c", workload=2)]
    groups = [Group(f"V{n}", f"E{n}", START + timedelta(days=n), "u1", 1, "", 2) for n in range(3)]
    part = make_part("u1", 1, groups, people, lambda _d, _i: False)
    fairest = leximin([part], [0, 0, 2])
    odds = fractions_of(fairest.pairs[0])
    assert check_fairest([part], [0, 0, 2], fairest.served, [odds]) == []
    fewer = [odds[0] - Fraction(1, 9), *odds[1:]]
    assert any("seats" in w for w in check_fairest([part], [0, 0, 2], fairest.served, [fewer]))
    other = (fairest.served[1], fairest.served[2], fairest.served[0])
    assert any("half-days" in w for w in check_fairest([part], [0, 0, 2], other, [odds]))
    beyond = [odds[0] + 1, odds[1] - 1, *odds[2:]]
    assert any("within" in w for w in check_fairest([part], [0, 0, 2], fairest.served, [beyond]))


def test_the_check_needs_the_standard_library_only():
    """The certificate is checked without a solver, without NumPy, without this project."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", module.__file__], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_whole_case_by_hand():
    """Three people, six half-days: the two without carried-over work share what levels all."""
    people = [inspector("a"), inspector("b"), inspector("c", workload=2)]
    groups = [Group(f"V{n}", f"E{n}", START + timedelta(days=n), "u1", 1, "", 2) for n in range(3)]
    part = make_part("u1", 1, groups, people, lambda _d, _i: False)
    assert fill(part).full
    assert leximin([part], [0, 0, 2]).served == (Fraction(8, 3), Fraction(8, 3), Fraction(2, 3))
