"""The rounding draw: exact odds by full enumeration, whole and feasible outcomes, shuffled."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from teams_city import cities, commit, inspector, plan, registers, staffable

from optimizer.chance import Stream, sub_key
from optimizer.domain.visit import Seat
from optimizer.teams import draw_teams
from optimizer.teams.rounding import (
    make_network,
    move_all,
    round_odds,
    shuffled,
    stream_words,
)
from optimizer.teams.rows import make_rows
from optimizer.teams.walks import PLAIN
from optimizer.verifier import verify

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


def leaves(odds, rows, now, denominator, moves=PLAIN):
    """Every outcome of one draw for one order, with its exact probability.

    Words are tried out one after the other: a word below m is the answer to *below(m)*.
    """
    found: Counter[tuple[tuple[int, ...], ...]] = Counter()
    answers: list[int] = []
    while True:
        network = make_network(odds, rows, now, Stream(bytes(32)))
        words = np.array([*answers, *[0] * 40], dtype=np.int64)
        values, asked = move_all(network, words, denominator, moves, grain=2)
        table = np.zeros_like(odds)
        table[network.pair_group, network.pair_inspector] = values[network.pair_arc]
        weight = Fraction(1)
        for m in asked:
            weight /= m
        found[tuple(map(tuple, table.tolist()))] += weight
        # Next leaf of the tree of answers.
        answers += [0] * (len(asked) - len(answers))
        while answers and answers[-1] + 1 == asked[len(answers) - 1]:
            answers.pop()
        if not answers:
            return found
        answers[-1] += 1


def outcomes(odds, visits, days, caps, denominator, spans=None, limits=()):
    """Every outcome of all draws, one a span of days, with its exact probability."""
    table, day = np.array(odds, dtype=np.int64), np.array(days)
    rows = make_rows(table, visits, days, np.broadcast_to(caps, table.shape), limits)
    found = Counter({tuple(map(tuple, odds)): Fraction(1)})
    for first, last in spans or [(0, max(days))]:
        after: Counter[tuple[tuple[int, ...], ...]] = Counter()
        undrawn = day >= first
        now = day[undrawn] <= last
        for state, chance in found.items():
            current = np.array(state, dtype=np.int64)
            drawn = leaves(current[undrawn], rows.of(undrawn), now, denominator)
            for rest, weight in drawn.items():
                current[undrawn] = rest
                after[tuple(map(tuple, current.tolist()))] += chance * weight
        found = after
    return found


def draw_whole(odds, visits, days, caps, *, denominator, key, moves=None):
    """All groups at once, as members of each."""
    table = np.array(odds, dtype=np.int64)
    rows = make_rows(table, visits, days, np.broadcast_to(caps, table.shape))
    now = np.ones(len(table), dtype=bool)
    found = round_odds(table, rows, now, denominator=denominator, key=key, moves=moves)
    return [np.flatnonzero(row).tolist() for row in found]


TINY = [
    # odds, visit and day of each group, caps, denominator
    ([[2, 2, 2], [2, 1, 3]], [0, 1], [0, 1], [2, 2, 2], 3),
    ([[1, 2, 1], [1, 1, 2]], [0, 1], [0, 0], [1, 1, 1], 4),
    ([[2, 1, 1], [1, 2, 1]], [0, 0], [0, 0], [1, 1, 1], 4),
    ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], [0, 1, 2], [0, 0, 0], [1, 2, 1], 3),
]


def expected(found):
    """Each pair's expectation."""
    return sum(p * np.array(table, dtype=object) for table, p in found.items())


@pytest.mark.parametrize("instance", TINY)
def test_probabilities_are_exact_by_enumeration(instance):
    """Over all answers of the stream each pair is drawn with exactly odds/D; all outcomes whole."""
    odds, visits, days, caps, denominator = instance
    found = outcomes(odds, visits, days, caps, denominator)
    assert sum(found.values()) == 1
    assert (expected(found) == np.array(odds)).all()
    for table in found:
        for row, chosen in zip(odds, table, strict=True):
            assert sum(chosen) == sum(row)
            assert set(chosen) <= {0, denominator}
        for i, cap in enumerate(caps):
            for day in set(days):
                mine = {v for v, d, t in zip(visits, days, table, strict=True) if d == day and t[i]}
                assert len(mine) <= cap


SPANS = [
    # odds, visits, days, caps, D, spans, limits (inspector, kind, first day, last day, cap)
    ([[4, 4, 4], [4, 2, 6]], [0, 1], [0, 1], 2, 12, [(0, 0), (1, 1)], ()),
    ([[2, 4, 2], [3, 3, 2], [1, 3, 4]], [0, 1, 2], [0, 1, 2], 2, 8, [(0, 0), (1, 2)], ()),
    ([[2, 4], [3, 3], [1, 5]], [0, 1, 2], [0, 1, 2], 2, 6, [(0, 0), (1, 1), (2, 2)], ()),
    # A visit of two groups, and a day with one half-day, both later.
    ([[2, 1, 1], [1, 1, 2], [1, 2, 1]], [0, 1, 1], [0, 1, 1], 1, 4, [(0, 0), (1, 1)], ()),
    ([[2, 1, 1], [1, 2, 1], [2, 1, 1]], [0, 1, 2], [0, 1, 1], 1, 4, [(0, 0), (1, 1)], ()),
    # One visit a week at most, the second and third day in one week; two in all.
    (
        [[2, 1, 1], [1, 2, 1], [2, 1, 1]],
        [0, 1, 2],
        [0, 1, 2],
        2,
        4,
        [(0, 0), (1, 1), (2, 2)],
        ((0, 2, 1, 2, 1), (0, 3, 0, 2, 2)),
    ),
    (
        [[2, 4], [4, 2], [3, 3]],
        [0, 1, 2],
        [0, 1, 2],
        2,
        6,
        [(0, 0), (1, 2)],
        ((0, 2, 0, 2, 2), (1, 2, 0, 2, 2)),
    ),
]


@pytest.mark.parametrize("instance", SPANS)
def test_draws_of_some_days_are_exact_by_enumeration(instance):
    """Over all draws each pair is drawn with exactly the committed odds; every row whole."""
    odds, visits, days, caps, denominator, spans, limits = instance
    found = outcomes(odds, visits, days, caps, denominator, spans, limits)
    assert sum(found.values()) == 1
    assert (expected(found) == np.array(odds)).all()
    for table in found:
        rows = [("total", i, 0, max(days)) for i in range(len(odds[0]))]
        rows += [("limit", i, first, last) for i, _, first, last, _ in limits]
        for g, row in enumerate(odds):
            assert sum(table[g]) == sum(row)
            assert set(table[g]) <= {0, denominator}
        for _, i, first, last in rows:
            inside = [g for g, d in enumerate(days) if first <= d <= last]
            total, drawn = (sum(t[g][i] for g in inside) for t in (odds, table))
            assert total // denominator <= drawn // denominator <= -(-total // denominator)


def test_trades_are_among_the_moves_enumerated():
    """Both of these instances come to trades, with and without a week's row."""
    for odds, visits, days, caps, denominator, _, limits in (SPANS[1], SPANS[6]):
        table = np.array(odds, dtype=np.int64)
        rows = make_rows(table, visits, days, np.broadcast_to(caps, table.shape), limits)
        network = make_network(table, rows, np.array(days) == 0, Stream(bytes(32)))
        trades = 0
        for n in range(200):
            words = stream_words(sub_key(bytes(32), "trades", str(n)), 40)

            def trade(*arguments):
                nonlocal trades
                used = PLAIN.trade(*arguments)
                trades += used > arguments[14]
                return used

            move_all(network, words, denominator, PLAIN._replace(trade=trade), grain=2)
        assert trades > 20


@st.composite
def parts(draw):
    """Integer odds that keep the rules, as averages of whole fillings (so they are feasible)."""
    people = draw(st.integers(2, 5))
    visits = draw(st.lists(st.integers(0, 1), min_size=1, max_size=4))  # day of each visit
    visits.sort()
    caps = draw(st.lists(st.integers(1, 2), min_size=people, max_size=people))
    shape = [(v, day) for v, day in enumerate(visits) for _ in range(draw(st.integers(1, 2)))]
    denominator = draw(st.integers(2, 4))
    seats = [draw(st.integers(1, 2)) for _ in shape]

    def filling(rotation: int) -> list[tuple[int, ...]] | None:
        order = [(k + rotation) % people for k in range(people)]

        def search(g: int, used: list[tuple[int, ...]]) -> list[tuple[int, ...]] | None:
            if g == len(shape):
                return used
            visit, day = shape[g]
            for team in itertools.combinations(order, seats[g]):
                mine = [
                    (shape[h][0], shape[h][1], i) for h, others in enumerate(used) for i in others
                ]
                if any(v == visit and i in team for v, _, i in mine):
                    continue
                if any(
                    sum(1 for _, d, i in mine if d == day and i == member) >= caps[member]
                    for member in team
                ):
                    continue
                done = search(g + 1, [*used, team])
                if done is not None:
                    return done
            return None

        return search(0, [])

    odds = [[0] * people for _ in shape]
    for n in range(denominator):
        chosen = filling(draw(st.integers(0, people - 1)) + n)
        assume(chosen is not None)
        for g, team in enumerate(chosen or ()):
            for i in team:
                odds[g][i] += 1
    return odds, [v for v, _ in shape], [d for _, d in shape], caps, denominator


@given(part=parts(), key=st.binary(min_size=32, max_size=32))
@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
def test_every_outcome_keeps_the_rules(part, key):
    """Seats filled, once a visit, caps a day kept, total workloads at floor or ceiling."""
    odds, visits, days, caps, denominator = part
    drawn = draw_whole(odds, visits, days, caps, denominator=denominator, key=key)
    assert drawn == draw_whole(
        odds, visits, days, caps, denominator=denominator, key=key, moves=PLAIN
    )
    for g, members in enumerate(drawn):
        assert len(members) == sum(odds[g]) // denominator
        assert all(odds[g][i] > 0 for i in members)
        assert all(i in members for i, value in enumerate(odds[g]) if value == denominator)
    for i, cap in enumerate(caps):
        mine = [g for g, members in enumerate(drawn) if i in members]
        assert len({visits[g] for g in mine}) == len(mine)
        assert all(sum(1 for g in mine if days[g] == d) <= cap for d in set(days))
        total = sum(row[i] for row in odds)
        assert total // denominator <= len(mine) <= -(-total // denominator)


@given(part=parts(), data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
def test_any_small_part_is_exact(part, data):
    """Exact probabilities, by enumeration, for every small part whose tree is small enough."""
    odds, visits, days, caps, denominator = part
    assume(sum(1 for row in odds for value in row if value % denominator) <= 8)
    late = max(days) > 0 and data.draw(st.booleans())
    spans = [(0, 0), (1, 1)] if late else None
    found = outcomes(odds, visits, days, caps, denominator, spans)
    assert (expected(found) == np.array(odds)).all()


def test_drawn_frequencies_fit_the_odds():
    """4,000 draws of a unit: for each of 36 pairs the chi-square of going or not (one degree)
    stays below its 1 − 10^-6/36 quantile (about 35); keys are fixed, so the outcome is too."""
    people = [inspector(f"i{k}", workload=k % 3, max_half_days=1 + k % 2) for k in range(6)]
    visits = plan(*((n // 2, f"E{n}", (Seat("u1", 2),)) for n in range(6)))
    odds = commit(visits, registers(people))
    (part,) = odds.parts
    draws = 4000
    count: Counter[tuple[str, str]] = Counter()
    for n in range(draws):
        teams = draw_teams(odds, seed_key=sub_key(bytes(32), "simulation", str(n)))
        for visit, units in teams.teams.items():
            count.update((visit, i) for i in units["u1"])
    limit = stats.chi2.ppf(1 - 1e-6 / 36, 1)
    tested = 0
    for group, row in zip(part.groups, part.odds, strict=True):
        for i, value in zip(part.inspectors, row, strict=True):
            p = value / 10**9
            if 0 < p < 1:
                tested += 1
                off = count[group.visit, i] - draws * p
                assert off**2 / (draws * p * (1 - p)) < limit
    assert tested == 36


def test_team_pairs_are_unpredictable():
    """One visit, two of five: 3,000 draws meet all ten pairs as often, by chi-square (9 degrees,
    1 − 10^-6): probabilities of single people alone would allow a fixed pairing."""
    odds = commit(
        plan((0, "E1", (Seat("u1", 2),))), registers([inspector(f"i{k}") for k in range(5)])
    )
    draws = 3000
    count = Counter(
        draw_teams(odds, seed_key=sub_key(bytes(32), "pairs", str(n))).teams["V000001"]["u1"]
        for n in range(draws)
    )
    assert len(count) == 10
    expected = draws / 10
    statistic = sum((n - expected) ** 2 / expected for n in count.values())
    assert statistic < stats.chi2.ppf(1 - 1e-6, 9)


def test_shuffle_is_uniform():
    """All 24 orders of four come up as often: chi-square, 23 degrees, 1 − 10^-6."""
    stream = Stream(bytes(32))
    count = Counter(tuple(shuffled(4, stream)) for _ in range(4800))
    assert len(count) == 24
    assert sum((n - 200) ** 2 / 200 for n in count.values()) < stats.chi2.ppf(1 - 1e-6, 23)


def test_odds_that_do_not_sum_are_refused():
    """Odds that are not whole at a group cannot be rounded."""
    with pytest.raises(ValueError, match="whole numbers"):
        draw_whole([[1, 1]], [0], [0], [2, 2], denominator=3, key=bytes(32))


@given(city=cities(), key=st.binary(min_size=32, max_size=32))
@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
def test_teams_keep_the_rules_of_the_registers(city, key):
    """Present, of the unit, not recused, skilled, once a visit, within the half-days of the day."""
    visits, held = city
    assume(staffable(visits, held))
    teams = draw_teams(commit(visits, held), seed_key=key)
    served: Counter[tuple[str, object]] = Counter()
    for visit in visits:
        assert set(teams.teams[visit.id]) == {s.unit for s in visit.seats}
        for seat in visit.seats:
            members = teams.teams[visit.id][seat.unit]
            assert len(members) == len(set(members)) == seat.inspectors
            for skill, name in zip(seat.skills, members, strict=False):
                assert skill in held.inspectors[name].skills
            for name in members:
                who = held.inspectors[name]
                assert who.unit == seat.unit
                assert who.is_present(visit.day)
                assert all(r.enterprise != visit.enterprise for r in who.recusals)
                served[name, visit.day] += seat.effort
    assert all(n <= held.inspectors[name].max_half_days for (name, _), n in served.items())
    frame = teams.to_frame()
    assert len(frame) == sum(s.inspectors for v in visits for s in v.seats)
    assert teams == draw_teams(commit(visits, held), seed_key=key)


def test_the_worked_example_of_the_format_page():
    """The page's example: key, order, moves and result, here and in the verifier."""
    page = (Path(__file__).parents[2] / "docs/formats/teams.md").read_text("utf-8")
    example = json.loads(page.split("### Worked example")[1].split("```json")[1].split("```")[0])
    part, days = example["part"], example["days"]
    key = sub_key(bytes.fromhex(example["key"]), "teams", "u1/1")
    assert key.hex() == example["part_key"]
    stream = Stream(sub_key(key, "order", ""))
    assert [shuffled(3, stream), shuffled(4, stream), shuffled(4, stream)] == [
        example["order"]["groups"],
        example["order"]["pairs"],
        example["order"]["rows"],
    ]
    odds = np.array([group["odds"] for group in part["groups"]], dtype=np.int64)
    names = sorted(days)
    visits = [names.index(group["visit"]) for group in part["groups"]]
    caps = [example["max_half_days"][i] for i in part["inspectors"]]
    rows = make_rows(odds, visits, [0, 0, 0], np.broadcast_to(caps, odds.shape))
    now = np.ones(3, dtype=bool)
    network = make_network(odds, rows, now, Stream(sub_key(key, "order", "")))
    assert len(network.values) == example["arcs"]
    words = stream_words(key, 40)
    asked = move_all(network, words, 10**9, PLAIN)[1]
    assert [[m, word % m] for m, word in zip(asked, words.tolist(), strict=False)] == example[
        "moves"
    ]
    drawn = draw_whole(odds, visits, [0, 0, 0], caps, denominator=10**9, key=key)
    assert [[part["inspectors"][i] for i in members] for members in drawn] == example["drawn"]
    people = [{"id": i, "max_half_days": n} for i, n in example["max_half_days"].items()]
    terms = verify.Terms(days, dict.fromkeys(days, 1), people, "2026-03-02")
    apart = verify.Lottery(part, terms, verify.Key.of(key, verify.SHA256), "2026-03-02")
    assert apart.draw() == (drawn, None)


def test_the_second_worked_example_of_the_format_page():
    """Drawn in two goes: order, moves, teams and what is left, here and in the verifier."""
    page = (Path(__file__).parents[2] / "docs/formats/teams.md").read_text("utf-8")
    example = json.loads(page.split("### Second worked")[1].split("```json")[1].split("```")[0])
    part, days, names = example["part"], example["days"], example["part"]["inspectors"]
    odds = np.array([group["odds"] for group in part["groups"]], dtype=np.int64)
    visits = [sorted(days).index(group["visit"]) for group in part["groups"]]
    # The three days are the week's: numbered as the visits.
    limits = ((0, 2, 0, 2, example["max_visits"]["i1"]["week"]),)
    rows = make_rows(odds, visits, visits, np.full(odds.shape, 2), limits)
    group_days = np.array([days[group["visit"]] for group in part["groups"]])
    people = [
        {"id": i, "max_half_days": n, "max_visits": example["max_visits"].get(i, {})}
        for i, n in example["max_half_days"].items()
    ]
    terms = verify.Terms(days, dict.fromkeys(days, 1), people, "2026-03-01")
    again = part
    for draw in example["draws"]:
        first, last = draw["days"]
        undrawn = group_days >= first
        now = group_days[undrawn] <= last
        key = sub_key(bytes.fromhex(draw["key"]), "teams", "u1/0")
        assert key.hex() == draw["part_key"]
        stream = Stream(sub_key(key, "order", ""))
        drawn = [shuffled(int(undrawn.sum()), stream), shuffled(3, stream), shuffled(3, stream)]
        assert drawn == [draw["order"][name] for name in ("groups", "pairs", "rows")]
        mine = rows.of(undrawn)
        network = make_network(odds[undrawn], mine, now, Stream(sub_key(key, "order", "")))
        assert len(network.values) == draw["arcs"]
        words = stream_words(key, 60)
        asked = move_all(network, words, 10**9, PLAIN)[1]
        moves = [[m, word % m] for m, word in zip(asked, words.tolist(), strict=False)]
        assert moves == draw["moves"]
        odds[undrawn] = round_odds(odds[undrawn], mine, now, denominator=10**9, key=key)
        seated, again = verify.Lottery(again, terms, verify.Key.of(key, verify.SHA256), last).draw()
        assert [[names[k] for k in members] for members in seated] == draw["drawn"]
        left = [group["odds"] for group in again["groups"]] if again else []
        assert left == odds[undrawn][~now].tolist() == draw["left"]
