"""Substitution: by lottery among the free, from a key fixed before."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from teams_city import RULES, START, cities, commit, inspector, plan, registers, staffable

from optimizer.chance import sub_key
from optimizer.domain.days import Span
from optimizer.domain.inspector import Recusal, VisitCap
from optimizer.domain.rules import TeamRule
from optimizer.domain.visit import Seat
from optimizer.errors import InfeasibleError, InputError
from optimizer.teams import chances_after, draw_teams, substitute


@given(city=cities(), key=st.binary(min_size=32, max_size=32), data=st.data())
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_the_substitute_may_go(city, key, data):
    """Whoever steps in keeps every rule of the seat and of the day."""
    visits, held = city
    assume(staffable(visits, held))
    teams = draw_teams(commit(visits, held), seed_key=key)
    visit = data.draw(st.sampled_from(visits))
    seat = data.draw(st.sampled_from(visit.seats))
    members = teams.teams[visit.id][seat.unit]
    absent = data.draw(st.sampled_from(members))
    try:
        change = substitute(teams, held, visit.id, absent)
    except InfeasibleError:
        return
    assert change == substitute(teams, held, visit.id, absent)
    assert change.substitute == change.free[0]
    served = Counter()
    for other in visits:
        if other.day == visit.day:
            for s in other.seats:
                for name in teams.teams[other.id][s.unit]:
                    served[name] += s.effort
    for name in change.free:
        who = held.inspectors[name]
        assert who.unit == seat.unit
        assert name not in members
        assert who.is_present(visit.day)
        assert all(r.enterprise != visit.enterprise for r in who.recusals)
        assert served[name] + seat.effort <= who.max_half_days
        place = members.index(absent)
        assert place >= len(seat.skills) or seat.skills[place] in who.skills


def test_only_the_free_take_part():
    """Recused, absent, busy and already given as absent are left out."""
    people = [
        inspector("i1"),
        inspector("i2"),
        inspector("i3", recusals=(Recusal("E1", "interest"),)),
        inspector("i4", leave=(Span(START, START + timedelta(days=1)),)),
        inspector("i5"),
        inspector("i6"),
    ]
    visits = plan((0, "E1", (Seat("u1", 2, 2),)))
    teams = draw_teams(commit(visits, registers(people)), seed_key=bytes(32))
    members = teams.teams["V000001"]["u1"]
    first = substitute(teams, registers(people), "V000001", members[0])
    assert set(first.free) == {"i1", "i2", "i5", "i6"} - set(members)
    second = substitute(teams, registers(people), "V000001", first.substitute, earlier=[first])
    assert set(second.free) == set(first.free) - {first.substitute}
    with pytest.raises(InfeasibleError, match="Nobody of u1 is free"):
        substitute(teams, registers(people), "V000001", second.substitute, earlier=[first, second])
    with pytest.raises(InputError, match="inspector of this visit's team"):
        substitute(teams, registers(people), "V000001", "i3")


def test_substitutes_are_drawn_evenly():
    """2,000 keys: the three free are drawn as often (chi-square, 2 degrees, 1 − 10^-6)."""
    people = [inspector(f"i{k}", recusals=(Recusal("E1", "interest"),) * (k > 4)) for k in range(6)]
    visits = plan((0, "E1", (Seat("u1", 2),)))
    odds = commit(visits, registers(people))
    rank = Counter()
    for n in range(2000):
        teams = draw_teams(odds, seed_key=sub_key(bytes(32), "substitutes", str(n)))
        change = substitute(teams, registers(people), "V000001", teams.teams["V000001"]["u1"][0])
        rank[sorted(change.free).index(change.substitute)] += 1
    assert sum((rank[k] - 2000 / 3) ** 2 / (2000 / 3) for k in range(3)) < stats.chi2.ppf(
        1 - 1e-6, 2
    )


def test_whom_later_draws_could_take_there_too_comes_last():
    """Not twice running: V000003 at E1 is not drawn yet, and only some have odds for it."""
    rules = replace(RULES, team=TeamRule(lead=1, other=1, not_twice=True))
    people = registers([inspector(f"i{k}") for k in range(8)])
    visits = plan(
        (0, "E1", (Seat("u1", 2),)), (1, "E2", (Seat("u1", 1),)), (2, "E1", (Seat("u1", 2),))
    )
    odds = commit(visits, people, rules=rules)
    later = chances_after(odds.document, {v.id: v for v in visits}, START)
    assert later.keys() == {"V000002", "V000003"}
    could = later["V000003"]["u1"]
    assert len(could) == 4
    first_day = Span(START, START)
    for n in range(20):
        key = sub_key(bytes(32), "again", str(n))
        teams = draw_teams(odds, seed_key=key, span=first_day)
        absent = teams.teams["V000001"]["u1"][0]
        change = substitute(teams, people, "V000001", absent, not_twice=True)
        assert len(change.free) == 6
        assert could.isdisjoint(change.free[:2])
        assert could == set(change.free[2:])


def test_whom_later_draws_could_take_beyond_a_cap_comes_last():
    """Two a week; whoever has odds for both visits left in the week could come to three."""
    people = registers(
        [inspector(f"i{k}", visit_caps=(VisitCap("week", 2),) * (k < 4)) for k in range(8)]
    )
    visits = plan(*((day, f"E{day}", (Seat("u1", 2),)) for day in (0, 1, 2, 7)))
    odds = commit(visits, people)
    capped = {f"i{k}" for k in range(4)}
    for n in range(20):
        key = sub_key(bytes(32), "beyond", str(n))
        teams = draw_teams(odds, seed_key=key, span=Span(START, START))
        absent = teams.teams["V000001"]["u1"][0]
        change = substitute(teams, people, "V000001", absent)
        low = len(set(change.free) - capped)
        assert capped.isdisjoint(change.free[:low])
