"""Lots of full-day duty under caps over time: the first with which all can be staffed."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from teams_city import START, cities, commit, inspector, plan, registers, verifier_books

from benchmarks.teams_check import verify_js_seconds
from optimizer.canon import canonical, digest
from optimizer.domain.days import Span
from optimizer.domain.inspector import VisitCap
from optimizer.domain.visit import Seat
from optimizer.errors import InfeasibleError
from optimizer.teams import draw_teams
from optimizer.teams.duty import duty_of
from optimizer.teams.hall import unstaffed_days
from optimizer.teams.lots import LOTS, part_with, runs, settle
from optimizer.teams.network import fill
from optimizer.teams.seats import by_unit, groups_of, split_by_day
from optimizer.verifier import verify

SLOW = [HealthCheck.too_slow]
WEEK = VisitCap("week", 2)
PEOPLE = [
    inspector("i1", skills=frozenset("a"), visit_caps=(WEEK,)),
    inspector("i2"),
    inspector("i3", visit_caps=(VisitCap("week", 2),)),
]
VISITS = plan(
    (0, "E1", (Seat("u1", 1, 2),)),
    (0, "E3", (Seat("u1", 1),)),
    (1, "E2", (Seat("u1", 1, 1, ("a",)),)),
    (1, "E4", (Seat("u1", 1, 1, ("a",)),)),
    (2, "E1", (Seat("u1", 1, 2),)),
    (2, "E3", (Seat("u1", 1),)),
)
"""The only holder of a skill may make two visits in the week, and both visits of one day ask for
it: on the two other days one of the others must serve the whole day, and one a half-day."""


def verified(odds) -> None:
    """Both verifiers hold the odds to be as drawn."""
    verify.check_odds(verifier_books(odds))
    verify_js_seconds(odds, draw_teams(odds, seed_key=bytes(32)))


@given(
    city=cities(days=4, most_people=4, most_visits=6, caps=True),
    key=st.binary(min_size=32, max_size=32),
)
@settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
def test_the_first_lots_that_can_be_staffed_count(city, key):
    """Against trying all lots of all days of a run, in order."""
    visits, held = city
    people = by_unit(held)
    for unit, groups in groups_of(visits, None).items():
        failed = unstaffed_days(unit, groups, people[unit])
        rest = [g for g in groups if g.day not in failed]
        for run in runs(rest, people[unit]):
            lots = [
                [duty_of(unit, day, today, people[unit], key, lot) for lot in range(LOTS)]
                for day, today in split_by_day(run).items()
                if any(g.effort == 2 for g in today)
            ]
            for one in lots:
                # Who is on duty by a lot that is put aside is on duty by an earlier one.
                seen = set()
                one[:] = [
                    duty
                    for duty in one
                    if not (duty.inspectors in seen or seen.add(duty.inspectors))
                ]
            wanted = next(
                (
                    chosen
                    for chosen in itertools.product(*lots)
                    if fill(
                        part_with(run, people[unit], START, {duty.day: duty for duty in chosen})
                    ).full
                ),
                None,
            )
            found = settle(run, people[unit], key, START)
            assert (None if found is None else tuple(found.values())) == wanted


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_that_another_lot_can_staff_is_not_refused(seed):
    """Whatever the key: who is needed elsewhere is not on duty, and both verifiers agree."""
    odds = commit(VISITS, registers(PEOPLE), duty_key=bytes([seed]) * 32)
    (part,) = odds.parts
    gone = {g.day for g, line in zip(part.groups, part.odds, strict=True) if line[0]}
    assert (part.inspectors[0], gone) == ("i1", {START + timedelta(days=1)})
    verified(odds)


def test_some_keys_need_later_lots_and_name_them():
    """The number of the lot stands in the document where it is not 0."""
    told = [
        tuple(
            one.get("lot", 0)
            for one in commit(VISITS, registers(PEOPLE), duty_key=key).document["duty"]
        )
        for key in (bytes([seed]) * 32 for seed in range(12))
    ]
    assert (0, 0) in told
    assert len({lots for lots in told if any(lots)}) >= 3


@given(
    city=cities(days=4, most_people=5, most_visits=6, caps=True),
    key=st.binary(min_size=32, max_size=32),
)
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_the_verifier_finds_the_same_lots(city, key):
    """Whatever is committed, the search made from the format page alone agrees."""
    visits, held = city
    with contextlib.suppress(InfeasibleError):
        odds = commit(visits, held, duty_key=key, period=Span(START, START + timedelta(days=9)))
        verify.check_odds(verifier_books(odds))


def refused(odds, entry, **changes):
    """What the verifier says to odds with an entry of the duty changed; the other refuses too."""
    duty = [dict(one) for one in odds.document["duty"]]
    duty[entry] |= changes
    document = {**odds.document, "duty": duty}
    other = replace(odds, document=document, digest=digest(canonical(document)))
    with pytest.raises(verify.Fault) as caught:
        verify.check_odds(verifier_books(other))
    if shutil.which("node"):
        with pytest.raises(subprocess.CalledProcessError):
            verify_js_seconds(other, draw_teams(other, seed_key=bytes(32)))
    return caught.value


def test_nobody_may_choose_among_lots():
    """A later lot that could be staffed as well is refused, and one that the key does not draw."""
    for seed in range(40):
        key = bytes([seed]) * 32
        odds = commit(VISITS, registers(PEOPLE), duty_key=key)
        one, two = odds.document["duty"]
        if one.get("lot", 0) and not two.get("lot", 0):
            break
    groups = groups_of(VISITS, None)["u1"]
    people = by_unit(registers(PEOPLE))["u1"]
    today = split_by_day(groups)[START]
    later = next(
        lot
        for lot in range(one["lot"] + 1, LOTS)
        if sorted(duty_of("u1", START, today, people, key, lot).inspectors) == one["inspectors"]
    )
    fault = refused(odds, 0, lot=later)
    assert fault.place == "duty[0].lot"
    assert "first lot with which all can be staffed" in fault.what
    # The same people, said to be of a lot that drew others.
    wrong = next(
        lot
        for lot in range(1, LOTS)
        if sorted(duty_of("u1", START, today, people, key, lot).inspectors) != one["inspectors"]
    )
    assert refused(odds, 0, lot=wrong).place.startswith("duty[0].inspectors")
    # Others, by a lot before that cannot be staffed.
    assert refused(odds, 0, lot=wrong, inspectors=["i1"]).place


def test_a_unit_without_caps_has_no_lots():
    """There every day stands alone, and lot 0 counts."""
    people = [replace(i, visit_caps=()) for i in PEOPLE]
    odds = commit(VISITS, registers(people))
    fault = refused(odds, 0, lot=2)
    assert (fault.place, fault.what) == ("duty[0].lot", "nobody there is capped")


def test_where_no_lots_will_do_it_is_said():
    """Nobody's choice of whole days leaves enough half-days: told with mends that help."""
    people = [*PEOPLE[:2], replace(PEOPLE[2], visit_caps=(VisitCap("week", 1),))]
    with pytest.raises(InfeasibleError) as caught:
        commit(VISITS, registers(people))
    (said,) = caught.value.reasons
    assert "with none of the lots of full-day duty that may count (at most 32 a day)" in said
    assert "全天检查人员可用的各次抽签（每日至多 32 次）均不能使其全部派齐" in said.zh
    assert "raise the cap of i1 or i3" in said
    commit(VISITS, registers([people[0], people[1], PEOPLE[2]]))
    commit(VISITS, registers([replace(people[0], visit_caps=()), *people[1:]]))
    commit(VISITS, registers([*people, inspector("i4")]))
    for visit in VISITS:
        commit([v for v in VISITS if v is not visit], registers(people))


def test_odds_of_duty_are_those_of_lots_that_can_be_staffed():
    """Over many keys, for the first day: of the lots of two a third each, i2 with i3 fails; of the
    lots of one a third each, i1 fails. So each pair has 1/3 · (1 + 1/9 + …) = 3/8, each one 1/8."""
    held = registers(PEOPLE)
    groups, people = groups_of(VISITS, None)["u1"], by_unit(held)["u1"]
    first = Counter(
        tuple(sorted(settle(groups, people, n.to_bytes(32, "big"), START)[START].inspectors))
        for n in range(800)
    )
    assert set(first) == {("i1", "i2"), ("i1", "i3"), ("i2",), ("i3",)}
    for who, found in first.items():
        wanted, width = (300, 13.7) if len(who) == 2 else (100, 9.4)  # standard deviations
        assert abs(found - wanted) < 4 * width


def test_weeks_across_months_and_kinds_join_runs():
    """A week holds days of two months; a month joins its weeks."""
    seats = (Seat("u1", 1),)
    visits = plan(*((d, f"E{d}", seats) for d in (4, 7, 11, 28, 30, 35)))  # 2 March is a Monday
    groups = groups_of(visits, None)["u1"]

    def days(*kinds: str) -> list[list[int]]:
        people = [inspector("i1", visit_caps=tuple(VisitCap(kind, 1) for kind in kinds))]
        return [[(g.day - START).days for g in run] for run in runs(groups, people)]

    assert days("week") == [[4], [7, 11], [28, 30], [35]]
    assert days("month") == [[4, 7, 11, 28], [30, 35]]
    assert days("week", "month") == [[4, 7, 11, 28, 30, 35]]
    assert days() == [[4], [7], [11], [28], [30], [35]]
