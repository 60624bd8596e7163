"""Teams drawn late: a period in several draws, over committed odds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from teams_city import START, cities, commit, inspector, plan, registers, verifier_books

import optimizer.teams.rounding
from optimizer.canon import canonical
from optimizer.chance import sub_key
from optimizer.domain.days import Span, calendar_span
from optimizer.domain.inspector import VisitCap
from optimizer.domain.visit import Seat
from optimizer.errors import InfeasibleError
from optimizer.teams import draw_teams
from optimizer.teams.marginals import DENOMINATOR
from optimizer.teams.walks import PLAIN
from optimizer.verifier import verify

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]
MARCH = Span(START, date(2026, 3, 31))


def split(last: list[int]) -> list[Span]:
    """Spans that part March, each up to so many days after its start."""
    ends = [START + timedelta(days=n) for n in last] + [MARCH.last]
    starts = [MARCH.first, *(day + timedelta(days=1) for day in ends)]
    return [Span(a, b) for a, b in zip(starts, ends, strict=False)]


def draw_all(odds, spans, key):
    """Draw span by span; yields the teams and what each left."""
    rest = None
    for n, span in enumerate(spans):
        teams = draw_teams(odds, seed_key=sub_key(key, "span", str(n)), span=span, rest=rest)
        rest = teams.rest
        yield teams


@given(
    city=cities(days=12, most_people=6, most_visits=9, caps=True),
    last=st.sets(st.integers(0, 11), min_size=1, max_size=3),
    key=st.binary(min_size=32, max_size=32),
)
@settings(max_examples=80, deadline=None, suppress_health_check=SLOW)
def test_draws_of_some_days_keep_every_rule(city, last, key):
    """All rules of the registers on what is drawn in the end, and on the odds left in between."""
    visits, held = city
    try:
        odds = commit(visits, held, period=MARCH)
    except InfeasibleError:
        assume(False)
    spans = split(sorted(last))
    found = {}
    committed = {(p.unit, p.effort): p for p in odds.parts}
    for teams in draw_all(odds, spans, key):
        assert teams.document["days"] == [teams.span.first.isoformat(), teams.span.last.isoformat()]
        assert set(teams.teams) == {v.id for v in visits if v.day in teams.span}
        found.update(teams.teams)
        for part in teams.rest:
            assert part.committed == committed[part.unit, part.effort]
            for group, row in zip(part.groups, part.odds, strict=True):
                assert group.day > teams.span.last
                assert sum(row) == group.seats * DENOMINATOR
                assert min(row) >= 0
                assert max(row) <= DENOMINATOR
    assert not teams.rest
    served: Counter[tuple[str, object]] = Counter()
    went: Counter[tuple[str, object]] = Counter()
    for visit in visits:
        for seat in visit.seats:
            members = found[visit.id][seat.unit]
            assert len(members) == len(set(members)) == seat.inspectors
            for skill, name in zip(seat.skills, members, strict=False):
                assert skill in held.inspectors[name].skills
            for name in members:
                who = held.inspectors[name]
                assert who.unit == seat.unit
                assert who.is_present(visit.day)
                assert all(r.enterprise != visit.enterprise for r in who.recusals)
                served[name, visit.day] += seat.effort
                for cap in who.visit_caps:
                    went[name, (cap, calendar_span(cap.kind, visit.day))] += 1
    assert all(n <= held.inspectors[name].max_half_days for (name, _), n in served.items())
    for (_, (cap, span)), n in went.items():
        assert n <= cap.most - (cap.made if START in span else 0)
    # The total of every inspector in a part is its committed sum, down or up.
    for part in odds.parts:
        for k, name in enumerate(part.inspectors):
            total = sum(row[k] for row in part.odds)
            drawn = sum(
                name in found[v.id].get(part.unit, ())
                for v in visits
                for s in v.seats
                if s.unit == part.unit and part.effort in (0, s.effort)
            )
            assert total // DENOMINATOR <= drawn <= -(-total // DENOMINATOR)


@given(
    city=cities(days=12, most_people=5, most_visits=9, caps=True),
    last=st.integers(0, 10),
    key=st.binary(min_size=32, max_size=32),
)
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
def test_same_bits_with_and_without_numba(city, last, key):
    """Compiled or not, the same teams and the same odds of the days left."""
    visits, held = city
    try:
        odds = commit(visits, held, period=MARCH)
    except InfeasibleError:
        assume(False)
    spans = split([last])
    fast = list(draw_all(odds, spans, key))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimizer.teams.rounding, "fastest_moves", lambda: PLAIN)
        assert list(draw_all(odds, spans, key)) == fast


def verified(odds, spans, key):
    """What verify.py makes of it: drawn places, and the odds left, draw by draw."""
    document = verify.parse(canonical(odds.document), "odds.json")
    roster = verify.parse(canonical(odds.roster_document), "roster.json")
    by_id = {person["id"]: person for person in roster["inspectors"]}
    days = {v.id: v.day.isoformat() for v in odds.visits}
    parts = document["parts"]
    for n, span in enumerate(spans):
        own = verify.Key.of(sub_key(key, "span", str(n)), verify.SHA256)
        last = span.last.isoformat()
        left, found = [], {v.id: {} for v in odds.visits if v.day in span}
        for part in parts:
            unit = part["unit"]
            efforts = {v.id: s.effort for v in odds.visits for s in v.seats if s.unit == unit}
            people = [by_id[i] for i in part["inspectors"]]
            terms = verify.Terms(days, efforts, people, document["period"][0])
            part_key = verify.sub_key(own, "teams", f"{unit}/{part['effort']}")
            seated, rest = verify.Lottery(part, terms, part_key, last).draw()
            now = [g for g in part["groups"] if days[g["visit"]] <= last]
            for group, members in zip(now, seated, strict=True):
                team = found[group["visit"]].setdefault(unit, [])
                team += [part["inspectors"][k] for k in members]
            left += [rest] if rest else []
        yield found, [[g["odds"] for g in part["groups"]] for part in left]
        parts = left


@given(
    city=cities(days=12, most_people=5, most_visits=9, caps=True),
    last=st.sets(st.integers(0, 11), min_size=1, max_size=3),
    key=st.binary(min_size=32, max_size=32),
)
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_the_verifier_draws_the_same(city, last, key):
    """verify.py, written from the page: the same teams, and the same odds left in between."""
    visits, held = city
    try:
        odds = commit(visits, held, period=MARCH)
    except InfeasibleError:
        assume(False)
    verify.check_odds(verifier_books(odds))
    spans = split(sorted(last))
    for teams, (found, left) in zip(
        draw_all(odds, spans, key), verified(odds, spans, key), strict=True
    ):
        assert found == teams.document["teams"]
        assert left == [[list(row) for row in part.odds] for part in teams.rest]


def mid_size():
    """Eight inspectors, twelve visits of two on six days, one with a cap a week."""
    people = [inspector(f"i{k}", workload=k % 3, max_half_days=1 + k % 2) for k in range(8)]
    people[3] = replace(people[3], visit_caps=(VisitCap("week", 4),))
    visits = plan(*((n // 2, f"E{n}", (Seat("u1", 2),)) for n in range(12)))
    return commit(visits, registers(people), period=MARCH)


def simulate(draws: int) -> tuple[float, float, int]:
    """Draw the mid-size unit in three spans so many times.

    Returns
    -------
    tuple
        The largest chi-square of a pair (going or not, one degree), its 1 − 10^-6/pairs
        quantile, and the number of pairs.
    """
    odds = mid_size()
    (part,) = odds.parts
    spans = split([1, 3])
    count: Counter[tuple[str, str]] = Counter()
    for n in range(draws):
        for teams in draw_all(odds, spans, sub_key(bytes(32), "simulation", str(n))):
            for visit, units in teams.teams.items():
                count.update((visit, i) for i in units["u1"])
    largest, pairs = 0.0, 0
    for group, row in zip(part.groups, part.odds, strict=True):
        for i, value in zip(part.inspectors, row, strict=True):
            p = value / DENOMINATOR
            if 0 < p < 1:
                pairs += 1
                off = count[group.visit, i] - draws * p
                largest = max(largest, off**2 / (draws * p * (1 - p)))
    return largest, float(stats.chi2.ppf(1 - 1e-6 / pairs, 1)), pairs


def test_frequencies_over_three_draws_fit_the_committed_odds():
    """2,000 periods of three draws: every pair's chi-square stays below its quantile. The same
    with 10^5: ``python tests/teams/test_teams_spans.py 100000``."""
    largest, limit, pairs = simulate(2000)
    assert pairs == 96
    assert largest < limit


def test_later_days_stay_open():
    """Daily draws of a month: the days left keep 95 % of their committed entropy up to the
    middle of the month (numbering alone kept under two thirds: decision record 0017)."""
    people = [inspector(f"i{k:02d}", workload=k % 5) for k in range(12)]
    days = [n for n in range(26) if (START + timedelta(days=n)).weekday() < 5]
    visits = plan(*((d, f"E{d}-{n}", (Seat("u1", 2),)) for d in days for n in range(5)))
    odds = commit(visits, registers(people), period=MARCH)
    spans = [Span(START + timedelta(days=d), START + timedelta(days=d)) for d in days]
    first = {g.visit: row for g, row in zip(odds.parts[0].groups, odds.parts[0].odds, strict=True)}
    kept = []
    for teams in draw_all(odds, spans[: len(spans) // 2], bytes(32)):
        (part,) = teams.rest
        before = np.array([first[g.visit] for g in part.groups])
        kept.append(bits(np.array(part.odds)) / bits(before))
    assert min(kept) > 0.95


def bits(odds) -> float:
    """Binary entropy of every pair, in bits."""
    p = odds[(odds > 0) & (odds < DENOMINATOR)] / DENOMINATOR
    return float(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)).sum())


def test_any_number_of_workers_draws_the_same():
    """Processes change nothing."""
    people = [inspector(f"{u}-{k}", u) for u in ("u1", "u2", "u3") for k in range(4)]
    seats = tuple(Seat(u, 2) for u in ("u1", "u2", "u3"))
    odds = commit(plan(*((n, f"E{n}", seats) for n in range(5))), registers(people))
    span = Span(START, START + timedelta(days=2))
    one = draw_teams(odds, seed_key=bytes(32), span=span)
    two = draw_teams(odds, seed_key=bytes(32), span=span, workers=2)
    assert one == two
    assert one.rest == two.rest


if __name__ == "__main__":
    import sys

    found, bound, tested = simulate(int(sys.argv[1]))
    print(f"largest chi-square {found:.1f}, limit {bound:.1f}, {tested} pairs")
