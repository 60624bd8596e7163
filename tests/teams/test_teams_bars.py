"""Open rules outside the network: not twice running, not together; exact, and recomputed."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from teams_city import (
    DUTY_KEY,
    RULES,
    START,
    cities,
    commit,
    inspector,
    plan,
    registers,
    verifier_books,
)

from optimizer.canon import canonical
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet, TeamRule
from optimizer.domain.visit import Seat, Visit
from optimizer.errors import InfeasibleError
from optimizer.teams import Odds, draw_teams, find_cuts
from optimizer.verifier import verify

ONCE = RuleSet(team=TeamRule(lead=1, other=1, not_twice=True))
TWO = (Seat("u1", 2, 1, ()),)


def held(odds: Odds, rules: RuleSet) -> str:
    """What the verifier says of the odds."""
    return verify.check_odds(verifier_books(odds, rules))


def drawn(odds: Odds, seed: int) -> dict[str, set[str]]:
    teams = draw_teams(odds, seed_key=seed.to_bytes(32, "big"))
    return {visit: set().union(*units.values()) for visit, units in teams.teams.items()}


@st.composite
def barred_cities(draw: st.DrawFn) -> tuple[list[Visit], Registers]:
    """Cities where some were at an enterprise before, and some must not go together."""
    visits, found = draw(cities(most_people=6, most_visits=8))
    names = sorted(found.inspectors)
    people = []
    for name in names:
        before = draw(st.lists(st.sampled_from([v.enterprise for v in visits]), max_size=2))
        others = [n for n in names if n != name]
        apart = draw(st.lists(st.sampled_from(others), max_size=1)) if others else []
        person = found.inspectors[name]
        people.append(
            dataclasses.replace(person, last_visited=tuple(sorted(set(before))), apart=tuple(apart))
        )
    return visits, registers(people)


@given(city=barred_cities(), seed=st.integers(0, 2**64))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_outcome_keeps_the_open_rules(city: tuple[list[Visit], Registers], seed: int) -> None:
    """Nobody goes with whom they must not, nor twice running but where it is said."""
    visits, found = city
    try:
        odds = commit(visits, found, rules=ONCE)
    except InfeasibleError:
        assert find_cuts(visits, found, not_twice=True, key=DUTY_KEY)
        return
    assert not find_cuts(visits, found, not_twice=True, key=DUTY_KEY)
    assert held(odds, ONCE)
    bars = odds.document["bars"]
    relieved = {(one["unit"], one["day"]) for one in bars["relieved"]}
    teams = drawn(odds, seed)
    last: dict[tuple[str, str], set[str]] = {}
    for person in found.inspectors.values():
        for enterprise in person.last_visited:
            last.setdefault((person.unit, enterprise), set()).add(person.id)
    loose: set[tuple[str, str]] = set()  # where the visit before was relieved
    for visit in odds.visits:
        team = teams[visit.id]
        for name in team:
            assert team.isdisjoint(found.inspectors[name].apart)
        for seat in visit.seats:
            mine = {name for name in team if found.inspectors[name].unit == seat.unit}
            place = (seat.unit, visit.enterprise)
            if (seat.unit, visit.day.isoformat()) in relieved:
                loose.add(place)
            else:
                assert place in loose or mine.isdisjoint(last.get(place, ()))
                loose.discard(place)
            last[place] = mine


def test_nobody_goes_twice_running() -> None:
    """Whoever was there stays away, also within the period, and may come the time after."""
    people = [inspector(f"i{k}", last_visited=("E1",) if k < 2 else ()) for k in range(8)]
    found = registers(people)
    visits = plan(*((3 * k, "E1", TWO) for k in range(3)))
    odds = commit(visits, found, rules=ONCE)
    assert odds.document["bars"]["relieved"] == []
    assert held(odds, ONCE)
    seen = Counter()
    for seed in range(60):
        teams = drawn(odds, seed)
        one, two, three = (teams[v.id] for v in odds.visits)
        assert one.isdisjoint({"i0", "i1"})
        assert one.isdisjoint(two)
        assert two.isdisjoint(three)
        seen.update(three & one)
    assert seen, "the third visit may be made by those of the first"
    # Without the rule the same register changes nothing.
    assert "bars" not in commit(visits, found).document


def test_too_few_others_are_discounted_and_said() -> None:
    """Three people, of whom two were there: they may come, less likely, and it is written down."""
    people = [inspector(f"i{k}", last_visited=("E1",) if k < 2 else ()) for k in range(3)]
    visits = plan((0, "E1", TWO), (1, "E2", TWO))
    odds = commit(visits, registers(people), rules=ONCE)
    assert odds.document["bars"]["relieved"] == [{"unit": "u1", "day": START.isoformat()}]
    assert held(odds, ONCE)
    first = odds.parts[0].odds[0]
    assert first[2] > first[0]
    assert first[2] > first[1]


def test_two_who_must_not_go_together() -> None:
    """Neither is the one who always stays away: over enterprises both get their turn."""
    people = [inspector(f"i{k}", apart=("i1",) if k == 0 else ()) for k in range(4)]
    visits = plan(*((k, f"E{k}", TWO) for k in range(20)))
    odds = commit(visits, registers(people))
    assert held(odds, RULES)
    assert odds.document["bars"]["kept_out"] == {"apart": 20}
    out = Counter()
    for group, row in zip(odds.parts[0].groups, odds.parts[0].odds, strict=True):
        assert (row[0] == 0) != (row[1] == 0)
        out[group.barred] += 1
    assert sorted(out.values())[0] >= 4
    for visit, team in drawn(odds, 1).items():
        assert not {"i0", "i1"} <= team, visit


def test_across_units() -> None:
    """A city's and a county's inspector who are married are never sent to one enterprise."""
    people = [
        *(inspector(f"a{k}", "u1", apart=("b0",) if k == 0 else ()) for k in range(3)),
        *(inspector(f"b{k}", "u2") for k in range(3)),
    ]
    both = (Seat("u1", 1, 1, ()), Seat("u2", 1, 1, ()))
    visits = plan(*((k, f"E{k}", both) for k in range(12)))
    odds = commit(visits, registers(people))
    assert held(odds, RULES)
    for seed in range(20):
        assert all(not {"a0", "b0"} <= team for team in drawn(odds, seed).values())


def test_another_way_of_parting_where_the_first_does_not_fill() -> None:
    """The holder of a skill who was parted away comes back by the next ticket, which is said."""
    people = [
        inspector("i0", skills=frozenset("a"), apart=("i1",)),
        inspector("i1"),
        inspector("i2"),
    ]
    skilled = (Seat("u1", 2, 1, ("a",)),)
    visits = plan(*((k, f"E{k}", skilled) for k in range(12)))
    odds = commit(visits, registers(people))
    assert held(odds, RULES)
    attempts = odds.document["bars"]["attempts"]
    assert attempts
    assert all(1 <= one["attempt"] <= 7 for one in attempts)
    assert all("i0" in team for team in drawn(odds, 3).values())


def test_nobody_left_is_a_collision_that_says_so() -> None:
    """Two seats, two people who must not go together: told in words, and given as a cut."""
    people = [inspector("i0", apart=("i1",)), inspector("i1")]
    visits = plan((0, "E0", TWO))
    (cut,) = find_cuts(visits, registers(people), key=DUTY_KEY)
    assert (cut.reason, cut.possible, cut.asked) == ("apart", 1, 2)
    with pytest.raises(InfeasibleError, match="must not go together"):
        commit(visits, registers(people))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("bars", "relieved"), [], "too few others"),
        (("bars", "attempts"), [{"day": "2026-03-02", "attempt": 3}], "ways of parting"),
        (("bars", "kept_out"), {"twice": 1}, "numbers kept out"),
        (("bars",), None, "is missing"),
    ],
)
def test_changed_bars_are_found(path: tuple[str, ...], value: object, words: str) -> None:
    """Who is kept out is recomputed; odds for somebody kept out are refused."""
    people = [inspector(f"i{k}", last_visited=("E1", "E2") if k < 2 else ()) for k in range(4)]
    people[2] = dataclasses.replace(people[2], leave=(dataclasses.replace(
        people[2].valid, first=START, last=START),))  # fmt: skip
    visits = plan((0, "E1", TWO), (1, "E2", TWO))
    odds = commit(visits, registers(people), rules=ONCE)
    assert odds.document["bars"]["relieved"]
    assert held(odds, ONCE)
    document = json.loads(canonical(odds.document))
    place = document
    for name in path[:-1]:
        place = place[name]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with pytest.raises(verify.Fault, match=words):
        held(dataclasses.replace(odds, document=document), ONCE)


def test_odds_for_somebody_kept_out_are_found() -> None:
    """The rule holds on the numbers, whatever the list says."""
    people = [inspector(f"i{k}", last_visited=("E1",) if k == 0 else ()) for k in range(4)]
    odds = commit(plan((0, "E1", TWO)), registers(people), rules=ONCE)
    document = json.loads(canonical(odds.document))
    part = document["parts"][0]
    assert part["inspectors"] == ["i1", "i2", "i3"]
    part["inspectors"] = ["i0", "i1", "i2"]
    with pytest.raises(verify.Fault, match="i0 may not fill this seat"):
        held(dataclasses.replace(odds, document=document), ONCE)


@given(city=barred_cities())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_days_do_not_hang_together(city: tuple[list[Visit], Registers]) -> None:
    """Who must not go together is parted by enterprise and day, whatever else is planned."""
    visits, found = city
    days = sorted({v.day for v in visits})
    assume(len(days) > 1)
    try:
        whole = commit(visits, found)
    except InfeasibleError:
        return
    assume("bars" in whole.document)
    for day in days:
        alone = commit([v for v in visits if v.day == day], found)
        mine = {g.visit: g.barred for p in whole.parts for g in p.groups if g.day == day}
        assert mine == {g.visit: g.barred for p in alone.parts for g in p.groups}
        assert day + timedelta(days=1) > day
