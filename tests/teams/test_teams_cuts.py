"""Collisions: found exactly when there are some, irreducible, told with mends that help."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from teams_city import PERIOD, START, cities, commit, inspector, plan, registers, staffable

from optimizer.domain.days import Span
from optimizer.domain.inspector import Recusal
from optimizer.domain.visit import Seat
from optimizer.errors import InfeasibleError, InputError
from optimizer.teams import find_cuts
from optimizer.teams.minimal import MOST_TOLD


def only(visits, cut):
    """The visits of a cut, as far as the cut's unit (and skill) goes."""
    kept = []
    for visit in visits:
        if visit.id in cut.visits:
            seats = [s for s in visit.seats if s.unit == cut.unit]
            if cut.skill:
                seats = [dataclasses.replace(s, inspectors=1, skills=(cut.skill,)) for s in seats]
            kept.append(dataclasses.replace(visit, seats=tuple(seats)))
    return kept


@given(city=cities(most_people=5, most_visits=10))
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_cuts_are_violators_and_nothing_else(city):
    """There is a cut if and only if plain search finds no teams; each cut is irreducible."""
    visits, held = city
    cuts = find_cuts(visits, held)
    assert (not cuts) == staffable(visits, held)
    for cut in cuts:
        mine = only(visits, cut)
        assert cut.possible < cut.asked
        assert {v.enterprise for v in mine} == set(cut.enterprises)
        assert all(v.day == cut.day for v in mine)
        assert not staffable(mine, held)
        for gone in mine:
            assert staffable([v for v in mine if v is not gone], held)


@given(city=cities(days=1, most_people=5, most_visits=6))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_minimal_collision_of_a_day_is_told(city):
    """Against trying all sets of visits, smallest first."""
    visits, held = city
    wanted = set()
    for unit in held.units:
        mine = [
            dataclasses.replace(v, seats=tuple(s for s in v.seats if s.unit == unit))
            for v in visits
            if any(s.unit == unit for s in v.seats)
        ]
        minimal: list[frozenset[str]] = []
        for size in range(1, len(mine) + 1):
            for some in itertools.combinations(mine, size):
                names = frozenset(v.id for v in some)
                if not any(one <= names for one in minimal) and not staffable(some, held):
                    minimal.append(names)
        wanted |= {(unit, tuple(sorted(one))) for one in minimal}
    assume(len(wanted) <= MOST_TOLD)
    assert {(cut.unit, cut.visits) for cut in find_cuts(visits, held)} == wanted


def test_collisions_that_overlap_in_pairs_come_at_once():
    """One inspector serves half a day, and three visits ask for it: each pair of them collides."""
    people = [inspector("i1", max_half_days=1)]
    visits = plan(*((0, f"E{s}", (Seat("u1", 1),)) for s in "abc"))
    cuts = find_cuts(visits, registers(people))
    assert [cut.visits for cut in cuts] == [
        ("V000001", "V000002"),
        ("V000001", "V000003"),
        ("V000002", "V000003"),
    ]
    with pytest.raises(InfeasibleError) as caught:
        commit(visits, registers(people))
    *_, together = caught.value.reasons
    assert len(caught.value.reasons) == 4
    assert together == (
        "Unit u1 (u1) on 2026-03-02: to move V000002 and V000003 mends all 3 collisions."
    )
    assert "可一并消除全部 3 处冲突" in together.zh
    commit(visits[:1], registers(people))


def test_more_collisions_than_are_told_are_owned_up_to():
    """Any two of eight visits collide: twelve pairs are told, and that there may be others."""
    visits = plan(*((0, f"E{n}", (Seat("u1", 1),)) for n in range(8)))
    held = registers([inspector("i1", max_half_days=1)])
    assert len(find_cuts(visits, held)) == MOST_TOLD
    with pytest.raises(InfeasibleError) as caught:
        commit(visits, held)
    assert len(caught.value.reasons) == MOST_TOLD + 2
    said = caught.value.reasons[-1]
    assert said == "Unit u1 (u1) on 2026-03-02: 12 collisions are told; there may be others."
    assert "可能还有其他冲突" in said.zh


@given(city=cities(most_people=4, most_visits=10))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_moving_a_visit_of_each_cut_ends_it(city):
    """Dropping one visit of every cut, round by round, comes to a plan that can be staffed."""
    visits, held = city
    for _ in range(len(visits) + 1):
        cuts = find_cuts(visits, held)
        if not cuts:
            break
        gone = {cut.visits[-1] for cut in cuts}
        visits = [v for v in visits if v.id not in gone]
    assert staffable(visits, held)


def test_recusals_are_named():
    """Too many recusals at an enterprise: the sentence names them, the day and the unit."""
    people = [
        inspector("i1", recusals=(Recusal("E1", "family"),)),
        inspector("i2", recusals=(Recusal("E1", "interest"),)),
        inspector("i3"),
    ]
    visits = plan((0, "E1", (Seat("u1", 2),)))
    (cut,) = find_cuts(visits, registers(people))
    assert (cut.reason, cut.possible, cut.asked, cut.enterprises) == ("recusal", 1, 2, ("E1",))
    with pytest.raises(InfeasibleError) as caught:
        commit(visits, registers(people))
    (sentence,) = caught.value.reasons
    for word in ("Unit u1", "2026-03-02", "V000001", "i1 from E1 (family)", "move the visit"):
        assert word in sentence
    for word in ("Unit u1", "2026-03-02", "V000001", "i1 回避 E1（近亲属）", "改到别日"):
        assert word in sentence.zh


def test_leave_is_named_with_who_would_mend_it():
    """Someone on leave whose return would do is named."""
    people = [inspector("i1"), inspector("i2", leave=(Span(START, START),))]
    with pytest.raises(InfeasibleError) as caught:
        commit(plan((0, "E1", (Seat("u1", 2),))), registers(people))
    assert "let i2 (on leave) come" in caught.value.reasons[0]


def test_skills_are_counted_over_the_day():
    """Three visits ask for a skill that one holder can give twice: asked 3, possible 2."""
    people = [inspector("i1", skills=frozenset({"a"})), *(inspector(f"i{k}") for k in range(2, 7))]
    visits = plan(*((0, f"E{n}", (Seat("u1", 2, 1, ("a",)),)) for n in range(3)))
    (cut,) = find_cuts(visits, registers(people))
    assert (cut.reason, cut.skill, cut.possible, cut.asked) == ("skill", "a", 2, 3)


def test_full_days_that_do_not_fit():
    """Two of three serve a full day, so the third cannot fill a half-day team of two."""
    people = [inspector(f"i{k}") for k in range(3)]
    visits = plan((0, "E1", (Seat("u1", 2, 2),)), (0, "E2", (Seat("u1", 2),)))
    (cut,) = find_cuts(visits, registers(people))
    assert (cut.reason, cut.possible, cut.asked) == ("full-day", 3, 4)
    assert cut.visits == ("V000001", "V000002")


def test_all_collisions_come_at_once():
    """Several days and units are told together."""
    people = [inspector("i1"), inspector("j1", "u2")]
    visits = plan(
        (0, "E1", (Seat("u1", 2),)), (0, "E2", (Seat("u2", 2),)), (3, "E1", (Seat("u1", 2),))
    )
    cuts = find_cuts(visits, registers(people))
    assert [(c.unit, c.day) for c in cuts] == [
        ("u1", START),
        ("u1", START + timedelta(days=3)),
        ("u2", START),
    ]
    assert len(find_cuts(visits, registers(people), period=Span(START, START))) == 2
    with pytest.raises(InfeasibleError) as caught:
        commit(visits, registers(people), period=PERIOD)
    assert len(caught.value.reasons) == 3


def test_visits_of_no_plan_are_refused():
    """Order, doubles and unknown units are told."""
    people = [inspector("i1")]
    visits = plan((0, "E1", (Seat("u1", 1),)), (1, "E1", (Seat("u1", 1),)))
    with pytest.raises(InputError, match="order by day"):
        find_cuts(visits[::-1], registers(people))
    with pytest.raises(InputError, match="one visit of this number"):
        find_cuts([visits[0], dataclasses.replace(visits[1], id=visits[0].id)], registers(people))


def told(people, *wanted):
    """What a plan that cannot be staffed is told, the only sentence."""
    with pytest.raises(InfeasibleError) as caught:
        commit(plan(*wanted), registers(people))
    (sentence,) = caught.value.reasons
    return sentence


def test_a_certificate_that_ran_out_is_named():
    """Not merely that somebody is not there: whose certificate does not hold that day."""
    people = [
        inspector("i1"),
        inspector("i2", valid=Span(START - timedelta(days=9), START - timedelta(days=1))),
        inspector("i3", valid=Span(START + timedelta(days=1), START + timedelta(days=9))),
    ]
    said = told(people, (0, "E1", (Seat("u1", 2),)))
    assert "certificates do not hold that day: i2, i3" in said
    assert "renew the certificate of i2 or i3" in said
    assert "执法证当日无效：i2、i3" in said.zh
    assert "办妥 i2或i3 的执法证" in said.zh


def test_recusal_and_leave_together_are_both_named():
    """Neither alone keeps the visit from being staffed; both are told."""
    people = [
        inspector("i1", leave=(Span(START, START),)),
        inspector("i2", recusals=(Recusal("E1", "former_employer"),)),
    ]
    said = told(people, (0, "E1", (Seat("u1", 2),)))
    assert "0 can be found" in said
    assert "leave keeps out i1" in said
    assert "recusals (回避) keep out i2 from E1 (former employer)" in said
    assert "休假：i1" in said.zh
    assert "须回避：i2 回避 E1（原工作单位）" in said.zh


@pytest.mark.parametrize(
    ("kind", "english", "chinese"),
    [
        ("interest", "declared interest", "利害关系"),
        ("family", "family", "近亲属"),
        ("former_employer", "former employer", "原工作单位"),
        ("complaint", "complaint", "被投诉"),
    ],
)
def test_grounds_of_recusal_are_words(kind, english, chinese):
    """In each language, not the code of the register."""
    people = [inspector("i1", recusals=(Recusal("E1", kind),)), inspector("i2")]
    said = told(people, (0, "E1", (Seat("u1", 2),)))
    assert f"i1 from E1 ({english})" in said
    assert f"i1 回避 E1（{chinese}）" in said.zh


def test_two_on_leave_are_asked_together():
    """One of them alone would not mend it; both do."""
    people = [inspector("i1", leave=(Span(START, START),)), inspector("i2")]
    people += [inspector("i3", leave=(Span(START, START),))]
    said = told(people, (0, "E1", (Seat("u1", 3),)))
    assert "let i1 and i3 (on leave) come" in said
    assert "请休假的 i1、i3 到岗" in said.zh


def test_as_few_as_help_are_asked_for():
    """Whoever serves two half-days fills a seat of both visits: one more mends it, not two."""
    visits = (0, "E1", (Seat("u1", 2),)), (0, "E2", (Seat("u1", 2),))
    said = told([inspector(f"i{k}", max_half_days=1) for k in range(2)], *visits)
    assert "ask for 4 inspectors, and 2 can be found" in said
    assert "add 1 more inspector who may go" in said
    said = told([inspector("i1", recusals=(Recusal("E1", "family"),))], (0, "E1", (Seat("u1", 2),)))
    assert "add 2 more inspectors who may go" in said


def test_who_is_added_must_hold_the_skill():
    """Of those present enough may go, but none that holds what is asked for."""
    people = [inspector(f"i{k}") for k in range(2)]
    people += [inspector("i3", skills=frozenset("a"), recusals=(Recusal("E1", "family"),))]
    said = told(people, (0, "E1", (Seat("u1", 2, 1, ("a",)),)))
    assert "add 1 more inspector who may go, holding a" in said
    assert "增派 1 名具备 a、可参加的检查人员" in said.zh


def test_nobody_serves_a_whole_day():
    """Not for want of people: those who are there serve half a day."""
    people = [inspector(f"i{k}", max_half_days=1) for k in range(3)]
    said = told(people, (0, "E1", (Seat("u1", 2, 2),)))
    assert "of the 3 present, 0 may serve the whole day" in said
    assert "在岗 3 人中 0 人可全天参加" in said.zh
