"""Forced odds: all of them, none else, each with its cause."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import HealthCheck, assume, given, settings
from teams_city import PERIOD, START, cities, commit, inspector, staffable

from optimizer.domain.days import Span
from optimizer.domain.inspector import Recusal, VisitCap
from optimizer.teams.forced import list_forced
from optimizer.teams.seats import Group, by_unit, groups_of, make_part

D = 10**9


def listed(people, groups, effort=1):
    """Forced odds of one part as (inspector, visit, goes, cause)."""
    part = make_part("u1", effort, groups, people, lambda _d, _i: False, PERIOD.first)
    return [(f.inspector, f.visit, f.goes, f.cause) for f in list_forced([part])]


def test_causes():
    """Those who must go are the only ones; whoever is recused elsewhere has their day taken."""
    groups = [Group("V1", "E1", START, "u1", 1, "a", 1), Group("V2", "E2", START, "u1", 1, "", 1)]
    one = {"max_half_days": 1}
    people = [inspector("i1", skills=frozenset("a"), **one), inspector("i2", **one)]
    assert listed(people, groups) == [
        ("i1", "V1", True, "only"),
        ("i1", "V2", False, "day"),
        ("i2", "V2", True, "others"),
    ]
    people = [
        inspector("i1", visit_caps=(VisitCap("week", 1),), skills=frozenset("a")),
        inspector("i2", recusals=(Recusal("E1", "family"),)),
        inspector("i3", leave=(Span(START, START),)),
    ]
    assert listed(people, groups, 0) == [
        ("i1", "V1", True, "only"),
        ("i1", "V2", False, "limit"),
        ("i2", "V2", True, "others"),
    ]


@given(city=cities(days=2, full=False))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_odds_are_0_or_1_exactly_where_listed(city):
    """No eligible pair has odds of 0 or 1, or under 10^-4, that no rule forces."""
    visits, held = city
    assume(staffable(visits, held))
    people = by_unit(held)
    odds = {
        (p.unit, g.visit, g.skill, name): x
        for p in commit(visits, held, kappa=Fraction(1)).parts
        for g, row in zip(p.groups, p.odds, strict=True)
        for name, x in zip(p.inspectors, row, strict=True)
    }
    for unit, groups in groups_of(visits, None).items():
        part = make_part(unit, 1, groups, people[unit], lambda _d, _i: False)
        forced = {(f.unit, f.visit, f.skill, f.inspector): f.goes for f in list_forced([part])}
        for g, i in zip(part.pair_group.tolist(), part.pair_inspector.tolist(), strict=True):
            at = (unit, part.groups[g].visit, part.groups[g].skill, part.inspectors[i])
            x = odds.get(at, 0)
            if at in forced:
                assert x == D * forced[at]
            else:
                assert D // 10_000 <= x < D
