"""Odds: feasible exactly when teams exist, exact, even, unpredictable, the same everywhere."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from teams_city import (
    PERIOD,
    START,
    cities,
    commit,
    inspector,
    plan,
    registers,
    staffable,
    verifier_books,
)

from optimizer.canon import canonical
from optimizer.domain.days import Span
from optimizer.domain.inspector import Recusal
from optimizer.domain.visit import Seat
from optimizer.errors import InfeasibleError, InputError
from optimizer.teams import draw_teams
from optimizer.verifier import verify

D = 10**9
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@given(city=cities())
@settings(max_examples=120, deadline=None, suppress_health_check=QUIET)
def test_odds_exist_exactly_when_teams_do_and_the_verifier_accepts_them(city):
    """Committing fails if and only if plain search finds no teams; the odds keep rules 1 to 5."""
    visits, held = city
    if not staffable(visits, held):
        with pytest.raises(InfeasibleError) as caught:
            commit(visits, held)
        assert caught.value.reasons
        assert all("Mend: " in one or " mends all " in one for one in caught.value.reasons)
        return
    odds = commit(visits, held)
    verify.check_odds(verifier_books(odds))


@given(city=cities(), key=st.binary(min_size=32, max_size=32))
@settings(max_examples=80, deadline=None, suppress_health_check=QUIET)
def test_the_verifier_draws_the_same_teams(city, key):
    """The verifier, written apart from the same page, draws the same teams from odds and key."""
    visits, held = city
    assume(staffable(visits, held))
    odds = commit(visits, held)
    teams = draw_teams(odds, seed_key=key)
    books = verifier_books(odds)
    verify.check_odds(books)
    books.digests["transcript/odds.json"] = odds.digest
    books.source.files["transcript/teams.json"] = canonical(teams.document)
    books.doc["teams-seed.json"] = {"key": key.hex()}
    verify.check_teams(books)


def test_equal_people_have_equal_odds():
    """Where no rule forces a difference everybody has the same chance, to 2 · 10^-7."""
    people = [inspector(f"i{k}") for k in range(7)]
    odds = commit(plan((0, "E1", (Seat("u1", 2),)), (1, "E2", (Seat("u1", 3),))), registers(people))
    first, second = odds.parts[0].odds
    assert max(abs(x - 2 * D // 7) for x in first) <= 200
    assert max(abs(x - 3 * D // 7) for x in second) <= 200
    assert float(odds.document["report"]["entropy"]) == pytest.approx(
        float(odds.document["report"]["entropy_bound"]), abs=1e-4
    )


def test_forced_pairs_are_certain():
    """Who must go has odds of exactly D, who cannot is not named."""
    people = [
        inspector("i1"),
        inspector("i2", recusals=(Recusal("E1", "family"),)),
        inspector("i3", leave=(Span(START, START),)),
        inspector("i4", valid=Span(START + timedelta(days=1), PERIOD.last)),
        inspector("i5"),
    ]
    odds = commit(plan((0, "E1", (Seat("u1", 2),))), registers(people))
    assert odds.parts[0].inspectors == ("i1", "i5")
    assert odds.parts[0].odds == ((D, D),)
    assert odds.document["report"]["certain"] == 2


def test_odds_are_those_of_a_general_solver():
    """The odds maximise the stated objective: SciPy's SLSQP finds the same to 10^-4."""
    people = [
        inspector(f"i{k}", workload=w, skills=frozenset("a" if k in (1, 3) else ""))
        for k, w in enumerate((0, 1, 2, 4))
    ]
    people[0] = dataclasses.replace(people[0], recusals=(Recusal("E2", "interest"),))
    visits = plan(
        *((n, f"E{n}", (Seat("u1", 2),)) for n in range(4)), (5, "E5", (Seat("u1", 2, 1, ("a",)),))
    )
    kappa = Fraction(1, 5)
    (part,) = commit(visits, registers(people), kappa=kappa).parts
    pairs = [
        (g, k)
        for g, group in enumerate(part.groups)
        for k, i in enumerate(people)
        if (group.enterprise, k) != ("E2", 0) and (not group.skill or group.skill in i.skills)
    ]
    groups = np.array([[float(g == h) for g, _ in pairs] for h in range(len(part.groups))])
    rows = sorted({(part.groups[g].visit, k) for g, k in pairs})
    inside = np.array([[float((part.groups[g].visit, k) == r) for g, k in pairs] for r in rows])
    loads = np.array([[float(k == person) for _, k in pairs] for person in range(4)])
    seats = np.array([float(g.seats) for g in part.groups])
    workload = np.array([0.0, 1.0, 2.0, 4.0])

    def loss(x: np.ndarray) -> float:
        none = np.maximum(1 - inside @ x, 1e-12)
        t = workload + loads @ x - (workload.sum() + seats.sum()) / 4
        assert (np.abs(t) * float(kappa) < 2).all()
        return float(
            float(kappa) / 2 * (t**2).sum() + (x * np.log(x)).sum() + (none * np.log(none)).sum()
        )

    best = minimize(
        loss,
        groups.T @ (seats / groups.sum(axis=1)),
        method="SLSQP",
        bounds=[(1e-9, 1 - 1e-9)] * len(pairs),
        constraints=[
            {"type": "eq", "fun": lambda x: groups @ x - seats},
            {"type": "ineq", "fun": lambda x: 1 - inside @ x},
        ],
        options={"ftol": 1e-13, "maxiter": 2000},
    )
    assert best.success
    found = np.array([part.odds[g][k] for g, k in pairs]) / D
    assert np.abs(found - best.x).max() < 1e-4


@given(city=cities(days=5, most_people=8, most_visits=12))
@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
def test_evenness_lies_between_none_and_the_fairest(city):
    """The fairest spread bounds every other; the entropy is below its bound, above 0 or forced."""
    visits, held = city
    assume(staffable(visits, held))
    for kappa in (Fraction(0), Fraction(3, 10), Fraction(3)):
        report = commit(visits, held, kappa=kappa).document["report"]
        for unit in report["units"]:
            assert float(unit["spread_leximin"]) <= float(unit["spread"]) + 2e-6
            assert float(unit["entropy"]) <= float(unit["entropy_bound"]) + 1e-5
            assert float(unit["deviation"]) < 1100


def test_evenness_counts():
    """A larger kappa brings the workloads closer together."""
    people = [inspector(f"i{k}", workload=k) for k in range(6)]
    visits = plan(*((n, f"E{n}", (Seat("u1", 2),)) for n in range(9)))
    spreads = [
        float(commit(visits, registers(people), kappa=k).document["report"]["spread"])
        for k in (Fraction(0), Fraction(1, 10), Fraction(1), Fraction(3))
    ]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[0] > 4.9
    assert spreads[-1] < 1.5


def test_full_days_and_half_days_do_not_meet():
    """Nobody has odds of both efforts on one day; duty is told for that day."""
    people = [inspector(f"i{k}") for k in range(6)]
    visits = plan(
        (0, "E1", (Seat("u1", 2, 2),)), (0, "E2", (Seat("u1", 2),)), (0, "E3", (Seat("u1", 2),))
    )
    odds = commit(visits, registers(people))
    half, full = odds.parts
    assert not set(half.inspectors) & set(full.inspectors)
    (duty,) = odds.document["duty"]
    assert set(full.inspectors) <= set(duty["inspectors"])
    assert duty["rule"] == "first"
    assert len(duty["inspectors"]) == 3  # 6 · 2·2 / (2·2 + 4)


def test_duty_is_fitted_where_the_first_cannot_serve():
    """If the tickets choose people who are recused from the full day, others are fitted."""
    rules = set()
    for n in range(12):
        people = [inspector(f"i{k}-{n}") for k in range(4)]
        people[:2] = [
            dataclasses.replace(i, recusals=(Recusal("E1", "interest"),)) for i in people[:2]
        ]
        visits = plan((0, "E1", (Seat("u1", 2, 2),)), (0, "E2", (Seat("u1", 2),)))
        odds = commit(visits, registers(people))
        (duty,) = odds.document["duty"]
        rules.add(duty["rule"])
        assert set(duty["inspectors"]) == {people[2].id, people[3].id}
        verify.check_odds(verifier_books(odds))
    assert rules == {"first", "fitted"}


def test_only_the_period_is_drawn():
    """Visits outside the period have no odds."""
    people = [inspector(f"i{k}") for k in range(3)]
    visits = plan((0, "E1", (Seat("u1", 2),)), (40, "E1", (Seat("u1", 2),)))
    odds = commit(visits, registers(people))
    assert [v.id for v in odds.visits] == ["V000001"]
    assert odds.document["period"] == ["2026-03-02", "2026-04-01"]


def test_no_visit_no_odds():
    """A period without visits is committed and drawn, empty."""
    odds = commit([], registers([inspector("i1")]))
    assert odds.document["parts"] == []
    assert draw_teams(odds, seed_key=bytes(32)).teams == {}
    assert list(draw_teams(odds, seed_key=bytes(32)).to_frame()) == [
        "visit",
        "day",
        "enterprise",
        "unit",
        "inspector",
        "skill",
        "effort",
    ]


def test_bad_input_is_told_all_at_once():
    """Every fault comes back together, each with a mend."""
    people = [inspector(f"i{k}") for k in range(3)]
    visits = plan((0, "E1", (Seat("u9", 2), Seat("u1", 2))), (1, "E1", (Seat("u1", 0),)))
    with pytest.raises(InputError) as caught:
        commit(visits, registers(people), kappa=Fraction(-1), duty_key=b"short")
    assert {f.code for f in caught.value.faults} == {"kappa", "duty-key", "team-rule"}
    with pytest.raises(InputError) as caught:
        commit(plan((0, "E1", (Seat("u9", 2), Seat("u1", 2, 3)))), registers(people))
    assert {f.code for f in caught.value.faults} == {"visit-unit", "visit-effort"}
    assert all(f.mend and f.expected for f in caught.value.faults)


def test_the_roster_published_before_must_be_this_one():
    """Odds are refused against another roster than that of the registers."""
    held = registers([inspector(f"i{k}") for k in range(3)])
    visits = plan((0, "E1", (Seat("u1", 2),)))
    odds = commit(visits, held)
    assert commit(visits, held, roster=odds.roster_document).document == odds.document
    others = registers([inspector(f"i{k}") for k in range(4)])
    with pytest.raises(InputError, match="expected the roster of these registers"):
        commit(visits, others, roster=odds.roster_document)


SCRIPT = """
import sys
sys.path.insert(0, sys.argv[1])
from teams_city import *
people = [
    inspector(f"{u}-{k}", u, workload=k % 4, skills=frozenset("ab"[: k % 3]))
    for u in ("u1", "u2", "u3") for k in range(8)
]
visits = plan(*(
    (
        n % 5,
        f"E{n}",
        (
            Seat(f"u{n % 3 + 1}", 2, 1 + (n % 7 == 0), ("a",)),
            Seat(f"u{(n + 1) % 3 + 1}", 1),
        ),
    )
    for n in range(24)
))
from optimizer.teams import draw_teams
odds = commit(visits, registers(people), workers=int(sys.argv[2]))
print(odds.digest, digest(canonical(draw_teams(odds, seed_key=bytes(32)).document)))
"""


def test_same_bytes_for_every_hash_seed_and_worker_count():
    """Odds and teams do not depend on PYTHONHASHSEED nor on how many processes work."""
    here = str(Path(__file__).parent)
    seen = set()
    for hash_seed, workers in (("0", "1"), ("1", "2"), ("4242", "3")):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, here, workers],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        seen.add(done.stdout)
    assert len(seen) == 1
    assert len(seen.pop().split()) == 2
