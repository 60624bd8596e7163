"""Caps on the visits of a week, a month, a year: in the flow, the odds, the roster."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from scipy.optimize import linprog
from teams_city import PERIOD, START, cities, commit, inspector, plan, registers, verifier_books

from optimizer.canon import canonical, parse
from optimizer.domain.days import Span, calendar_span
from optimizer.domain.inspector import VisitCap
from optimizer.domain.visit import Seat
from optimizer.errors import InfeasibleError, InputError
from optimizer.messages import in_language
from optimizer.plan.restore import restore_inspectors
from optimizer.teams.network import fill, forced_pairs
from optimizer.teams.seats import by_unit, groups_of, make_part
from optimizer.teams.transcript import roster_document

MARCH = Span(START, date(2026, 3, 31))
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def rows_of(part, people, start):
    """Every rule of a part as a row of a linear programme, from the registers alone."""
    pairs = list(zip(part.pair_group.tolist(), part.pair_inspector.tolist(), strict=True))
    rows: dict[tuple, tuple[int, list[int]]] = {}
    for n, (g, i) in enumerate(pairs):
        group, who = part.groups[g], people[i]
        rows.setdefault(("visit", i, group.visit), (1, []))[1].append(n)
        day_cap = 1 if group.effort == 2 else who.max_half_days
        rows.setdefault(("day", i, group.day), (day_cap, []))[1].append(n)
        for cap in who.visit_caps:
            span = calendar_span(cap.kind, group.day)
            left = max(0, cap.most - (cap.made if start in span else 0))
            rows.setdefault((cap.kind, i, span.first), (left, []))[1].append(n)
    table = np.zeros((len(rows), len(pairs)))
    bound = np.zeros(len(rows))
    for k, (cap, members) in enumerate(rows.values()):
        table[k, members], bound[k] = 1, cap
    groups = np.zeros((len(part.groups), len(pairs)))
    groups[part.pair_group, np.arange(len(pairs))] = 1
    return table, bound, groups


@given(city=cities(days=12, most_people=4, most_visits=7, caps=True))
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_flow_and_forced_pairs_agree_with_linear_programmes(city):
    """Feasible, and the same in every solution, as HiGHS finds from the rules themselves."""
    visits, held = city
    people = by_unit(held)
    for unit, groups in groups_of(visits, None).items():
        who = people[unit]
        part = make_part(unit, 0, groups, who, lambda d, n: n.endswith("i0"), START)
        assume(len(part.pair_group))
        table, bound, seats = rows_of(part, who, START)
        flow = fill(part)
        n = len(part.pair_group)
        most = linprog(
            -np.ones(n),
            A_ub=np.vstack([table, seats]),
            b_ub=np.concatenate([bound, part.seats]),
            bounds=[(0, 1)] * n,
        )
        assert flow.pairs.sum() == pytest.approx(-most.fun)
        assert flow.full == (flow.pairs.sum() == part.seats.sum())
        assert (table @ flow.pairs <= bound).all()
        if not flow.full:
            continue
        forced = forced_pairs(part, flow)
        for pair in range(n):
            cost = np.zeros(n)
            cost[pair] = 1
            low, high = (
                linprog(
                    sign * cost,
                    A_ub=table,
                    b_ub=bound,
                    A_eq=seats,
                    b_eq=part.seats,
                    bounds=[(0, 1)] * n,
                ).fun
                * sign
                for sign in (1, -1)
            )
            if forced.pairs[pair] < 0:
                assert high - low > 1e-6
            else:
                assert low == pytest.approx(high) == forced.pairs[pair]


@given(city=cities(days=12, most_people=6, most_visits=6, caps=True))
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_committed_odds_keep_every_cap(city):
    """Expected visits of a week, month, year stay within the cap less what was visited before."""
    visits, held = city
    try:
        odds = commit(visits, held, period=MARCH)
    except InfeasibleError:
        assume(False)
    for part in odds.parts:
        capped = any(i.visit_caps for i in by_unit(held)[part.unit])
        assert (part.effort == 0) == capped
        total: Counter[tuple[str, str, date]] = Counter()
        for group, row in zip(part.groups, part.odds, strict=True):
            assert sum(row) == group.seats * 10**9
            for name, value in zip(part.inspectors, row, strict=True):
                for cap in held.inspectors[name].visit_caps:
                    total[name, cap.kind, calendar_span(cap.kind, group.day).first] += value
        for (name, kind, first), value in total.items():
            cap = next(c for c in held.inspectors[name].visit_caps if c.kind == kind)
            made = cap.made if START in calendar_span(kind, first) else 0
            assert value <= max(0, cap.most - made) * 10**9


def test_only_limits_that_can_bind_stand_children_first():
    """Five days of a week under caps of 3 a week and 4 a month, 20 a year: two limits."""
    caps = (VisitCap("week", 3), VisitCap("month", 5, 1), VisitCap("year", 20))
    people = [inspector("a", visit_caps=caps), inspector("b")]
    groups = groups_of(plan(*((d, f"E{d}", (Seat("u1", 1),)) for d in (0, 1, 2, 3, 7, 8))), None)
    part = make_part("u1", 0, groups["u1"], people, lambda _d, _n: False)
    assert part.limit_inspector.tolist() == [0, 0]
    assert part.limit_cap.tolist() == [3, 4]
    assert part.limit_above.tolist() == [1, -1]
    mine = part.day_limit[part.day_inspector == 0]
    assert mine.tolist() == [0, 0, 0, 0, 1, 1]
    assert set(part.day_limit[part.day_inspector == 1].tolist()) == {-1}


def test_visits_made_count_only_where_the_period_begins():
    """Made before the period: of its first week and month, not of later ones."""
    people = [inspector("a", visit_caps=(VisitCap("week", 2, 2),)), inspector("b")]
    visits = plan((0, "E0", (Seat("u1", 1),)), (7, "E7", (Seat("u1", 1),)))
    (part,) = commit(visits, registers(people)).parts
    assert part.inspectors == ("a", "b")
    assert part.odds[0] == (0, 10**9)
    assert part.odds[1][0] > 0
    assert [(limit.kind, limit.cap) for limit in part.limits] == [("week", 0), ("week", 2)]


def test_caps_that_do_not_nest_are_refused():
    """A week in two months: told once a unit, with how many and whom; in both languages."""
    both = (VisitCap("week", 3), VisitCap("month", 9))
    people = [inspector("b", visit_caps=both), inspector("a", visit_caps=both), inspector("c")]
    people += [inspector("x", unit="u2", visit_caps=(VisitCap("week", 1), VisitCap("year", 9)))]
    visits = plan((0, "E0", (Seat("u1", 1),)))
    with pytest.raises(InputError) as caught:
        commit(visits, registers(people), period=Span(START, START + timedelta(days=60)))
    (fault,) = caught.value.faults
    assert (fault.code, fault.file, fault.field) == ("caps-nest", "unit u1", "max_week, max_month")
    assert fault.expected.startswith("2 of the unit, such as a, are capped by week and by month")
    assert "month by month" in fault.mend
    chinese = in_language(fault, "zh")
    assert "2 名检查人员（如 a）同时有每周上限与月上限，时段须在同一月之内" in chinese
    assert chinese.endswith("请按月分别抽取，或去掉其中一个上限。")
    with pytest.raises(InputError) as caught:
        commit(visits, registers(people), period=Span(START, START + timedelta(days=400)))
    assert [(f.file, f.field) for f in caught.value.faults] == [
        ("unit u1", "max_week, max_month"),
        ("unit u2", "max_week, max_year"),
    ]
    week_only = [replace(i, visit_caps=i.visit_caps[:1]) for i in people]
    commit(visits, registers(week_only), period=Span(START, START + timedelta(days=60)))


def test_the_roster_says_caps_only_where_there_are_any():
    """Optional fields, read back as they were, and read by the verifier."""
    capped = inspector("a", visit_caps=(VisitCap("week", 3, 1), VisitCap("year", 60)))
    held = registers([capped, inspector("b")])
    document = roster_document(held, "test-2026")
    first, second = document["inspectors"]
    assert first["max_visits"] == {"week": 3, "year": 60}
    assert first["visits"] == {"week": 1}
    assert not {"max_visits", "visits"} & set(second)
    back = restore_inspectors(parse(canonical(document)))
    assert {n: i.visit_caps for n, i in back.items()} == {
        n: i.visit_caps for n, i in held.inspectors.items()
    }
    assert MappingProxyType(back)["b"].visit_caps == ()
    visits = plan((0, "E0", (Seat("u1", 1),)))
    books = verifier_books(commit(visits, held, period=PERIOD))
    assert books.doc["roster.json"]["inspectors"][0]["max_visits"] == {"week": 3, "year": 60}
