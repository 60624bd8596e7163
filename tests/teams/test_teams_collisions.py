"""Caps over time that leave too few inspectors: who collides, and what mends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given, settings
from teams_city import DUTY_KEY, START, cities, commit, inspector, plan, registers

from optimizer.domain.days import Span
from optimizer.domain.inspector import VisitCap
from optimizer.domain.visit import Seat
from optimizer.errors import InfeasibleError
from optimizer.teams.collisions import span_collisions
from optimizer.teams.hall import unstaffed_days
from optimizer.teams.network import fill
from optimizer.teams.seats import by_unit, groups_of, make_part

MARCH = Span(START, date(2026, 3, 31))
SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def nobody(_day: date, _name: str) -> bool:
    """Nobody is on full-day duty."""
    return False


def test_a_week_too_full_is_told_with_its_mends():
    """Three visits of two in a week, three people: one may go twice, one once."""
    people = [
        inspector("a", visit_caps=(VisitCap("week", 2),)),
        inspector("b", visit_caps=(VisitCap("week", 2, 1),)),
        inspector("c"),
    ]
    visits = plan(*((d, f"E{d}", (Seat("u1", 2),)) for d in (0, 1, 2, 3, 9)))
    with pytest.raises(InfeasibleError) as caught:
        commit(visits, registers(people), period=MARCH)
    (reason,) = caught.value.reasons
    assert reason == (
        "Unit u1 (u1) from 2026-03-02 to 2026-03-05: V000001 (E0, 2026-03-02), "
        "V000002 (E1, 2026-03-03), V000003 (E2, 2026-03-04), V000004 (E3, 2026-03-05) ask for 8 "
        "inspectors, and 7 can be found: caps on visits leave a for 2 in the week (每周检查上限) "
        "from 2026-03-02, b for 1 in the week (每周检查上限) from 2026-03-02. Mend: move any one "
        "of these visits to another week; or raise the cap of a or b; or add 1 more inspector "
        "who may go."
    )
    # Each of the mends does mend it.
    commit([*visits[:3], visits[4]], registers(people), period=MARCH)
    commit(visits, registers([replace(people[0], visit_caps=()), *people[1:]]), period=MARCH)
    commit(visits, registers([*people, inspector("d")]), period=MARCH)


def test_days_and_weeks_are_told_together():
    """A day with too few people, and in another week a cap: both at once."""
    people = [
        inspector("a", visit_caps=(VisitCap("week", 1),)),
        inspector("b", leave=(Span(START, START),)),
    ]
    visits = plan(
        (0, "E0", (Seat("u1", 2),)), (7, "E1", (Seat("u1", 2),)), (8, "E2", (Seat("u1", 2),))
    )
    with pytest.raises(InfeasibleError) as caught:
        commit(visits, registers(people), period=MARCH)
    day, week = caught.value.reasons
    assert "on 2026-03-02" in day
    assert "b (on leave)" in day
    assert "from 2026-03-09 to 2026-03-10" in week


@given(city=cities(days=12, most_people=4, most_visits=7, full=False, caps=True))
@settings(max_examples=80, deadline=None, suppress_health_check=SLOW)
def test_collisions_are_irreducible_and_all(city):
    """Without any one of its visits a collision is gone; without a visit of each all is staffed."""
    visits, held = city
    people = by_unit(held)
    some = False
    for unit, groups in groups_of(visits, None).items():
        days = unstaffed_days(unit, groups, people[unit])
        rest = [g for g in groups if g.day not in days]
        found, _ = span_collisions(rest, people[unit], DUTY_KEY, START)
        for collision in found:
            some = True
            assert collision.caps
            assert collision.missing > 0
            for visit in {g.visit for g in collision.groups}:
                without = [g for g in collision.groups if g.visit != visit]
                part = make_part(unit, 0, without, people[unit], nobody, START)
                assert fill(part).full
        left = [g for g in rest if g.visit not in {c.groups[-1].visit for c in found}]
        assert fill(make_part(unit, 0, left, people[unit], nobody, START)).full
    assume(some)


def test_duty_that_fell_to_the_capped_is_drawn_again():
    """Twice a week at most, and the first lot of full-day duty takes one of the two: another."""
    people = [
        inspector("i1", skills=frozenset("a"), visit_caps=(VisitCap("week", 2),)),
        inspector("i2"),
        inspector("i3", max_half_days=1),
    ]
    visits = plan(
        (0, "E1", (Seat("u1", 1, 2),)),
        (0, "E3", (Seat("u1", 1),)),
        (1, "E2", (Seat("u1", 1, 1, ("a",)),)),
        (1, "E4", (Seat("u1", 1, 1, ("a",)),)),
    )
    odds = commit(visits, registers(people), duty_key=bytes([1]) * 32)
    (duty,) = odds.document["duty"]
    assert duty["lot"] > 0
    assert "i2" in duty["inspectors"]


def test_collisions_that_overlap_in_pairs_are_told_at_once():
    """Any two of three weeks' visits, of which a month's cap allows one: all three pairs."""
    people = [inspector("i1", visit_caps=(VisitCap("month", 1),))]
    visits = plan(*((d, f"E{d}", (Seat("u1", 1),)) for d in (0, 7, 14)))
    with pytest.raises(InfeasibleError) as caught:
        commit(visits, registers(people))
    numbers = [v.id for v in visits]
    *reasons, together = caught.value.reasons
    told = [{v for v in numbers if v in reason} for reason in reasons]
    assert told == [{"V000001", "V000002"}, {"V000001", "V000003"}, {"V000002", "V000003"}]
    assert "over several days: to move V000002 and V000003 mends all 3 collisions" in together


def test_one_more_may_serve_several_days():
    """Two seats stay empty, one each day: one more inspector fills both."""
    people = [inspector(f"i{k}", visit_caps=(VisitCap("week", 1),)) for k in range(2)]
    visits = plan((0, "E1", (Seat("u1", 2),)), (1, "E2", (Seat("u1", 2),)))
    with pytest.raises(InfeasibleError) as caught:
        commit(visits, registers(people))
    (said,) = caught.value.reasons
    assert "ask for 4 inspectors, and 2 can be found" in said
    assert said.endswith("or add 1 more inspector who may go.")
