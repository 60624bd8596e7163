"""Draws of some days, caps over time: the second verifier's rounding, publications forged."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import SECRETS, Tiny
from mutate import forge
from second import Second

from optimizer.canon import canonical, note
from optimizer.chance import sub_key
from optimizer.domain.days import Span
from optimizer.domain.inspector import Inspector, VisitCap
from optimizer.domain.registry import Registers
from optimizer.domain.rules import RuleSet, TeamRule
from optimizer.domain.unit import Unit
from optimizer.domain.visit import Seat, Visit
from optimizer.draw import Dice
from optimizer.flow import run_flow
from optimizer.teams import Odds, commit_odds, draw_teams
from optimizer.verifier.verify import verify

MONDAY = date(2026, 3, 2)
MARCH = Span(date(2026, 3, 1), date(2026, 3, 31))
ALWAYS = Span(date(2020, 1, 1), date(2030, 1, 1))
CAPS = (
    (),
    (VisitCap("week", 2, 1),),
    (VisitCap("week", 3), VisitCap("month", 4)),
    (VisitCap("year", 3, 1),),
)


def some_odds(seed: int) -> Odds:
    """Odds of a unit whose people are capped in all ways, skills and full days among the seats."""
    rng = random.Random(seed)
    people = {
        f"i{k}": Inspector(
            f"i{k}",
            f"i{k}",
            "u1",
            f"c{k}",
            ALWAYS,
            skills=frozenset("a") if k < 5 else frozenset(),
            max_half_days=rng.choice((1, 2, 2)),
            workload=rng.randrange(5),
            visit_caps=rng.choice(CAPS),
        )
        for k in range(9)
    }
    units = {"u1": Unit("u1", "u1", "market", "market", "county", "140302")}
    registers = Registers({}, units, people, {})
    visits = [
        Visit(
            f"V{n:06d}",
            f"E{n}",
            MONDAY + timedelta(days=2 * n // 3),
            (f"P{n}",),
            "u1",
            (Seat("u1", 2, 2 if n % 4 == 3 else 1, ("a",) if n % 3 == 0 else ()),),
        )
        for n in range(9)
    ]
    return commit_odds(
        visits,
        registers,
        RuleSet(team=TeamRule(lead=2, other=1)),
        campaign="tiny-2026",
        plan_digest="ab" * 32,
        period=MARCH,
        duty_key=bytes(32),
    )


def test_the_second_verifier_draws_the_same(second: Second) -> None:
    """Forty units, three draws each: the same teams and the same odds left in between."""
    partial = 0
    for seed in range(40):
        odds = some_odds(seed)
        spans = [Span(MARCH.first, MONDAY + timedelta(days=n)) for n in (1, 4, 29)]
        keys = [sub_key(bytes(32), "draw", f"{seed} {n}") for n in range(3)]
        roster = odds.roster_document["inspectors"]
        asked = {
            "days": {v.id: v.day.isoformat() for v in odds.visits},
            "efforts": {"u1": {v.id: v.seats[0].effort for v in odds.visits}},
            "people": {person["id"]: person for person in roster},
            "start": MARCH.first.isoformat(),
            "parts": odds.document["parts"],
            "draws": [[k.hex(), s.last.isoformat()] for k, s in zip(keys, spans, strict=True)],
        }
        found = second.part("lottery", canonical(asked))
        rest = None
        for key, span, (teams, left) in zip(keys, spans, found, strict=True):
            before = odds.parts if rest is None else rest
            made = draw_teams(odds, seed_key=key, span=span, rest=rest)
            rest = made.rest
            wanted: dict[str, list[str]] = {}
            for part, members in zip(before, teams, strict=True):
                now = [g for g in part.groups if g.day in span]
                for group, names in zip(now, members, strict=True):
                    wanted.setdefault(group.visit, []).extend(names)
            assert wanted == {v: list(units["u1"]) for v, units in made.teams.items()}
            assert left == [[list(row) for row in part.odds] for part in rest]
            partial += bool(rest)
    assert partial == 80


def test_the_second_worked_example(second: Second) -> None:
    """The page's second example, by verify.js."""
    page = (Path(__file__).parents[2] / "docs/formats/teams.md").read_text("utf-8")
    example = json.loads(page.split("### Second worked")[1].split("```json")[1].split("```")[0])
    people = {
        i: {"id": i, "max_half_days": n, "max_visits": example["max_visits"].get(i, {})}
        for i, n in example["max_half_days"].items()
    }
    asked = {
        "days": example["days"],
        "efforts": {"u1": dict.fromkeys(example["days"], 1)},
        "people": people,
        "start": "2026-03-01",
        "parts": [example["part"]],
        "draws": [[draw["key"], draw["days"][1]] for draw in example["draws"]],
    }
    for draw, (teams, left) in zip(
        example["draws"], second.part("lottery", canonical(asked)), strict=True
    ):
        assert teams == [draw["drawn"]]
        assert left == ([draw["left"]] if draw["left"] else [])


@pytest.fixture(scope="module")
def capped(tiny: Tiny) -> dict[str, bytes]:
    """The tiny city's publication, two units of it capped over time."""
    people = {
        name: replace(person, visit_caps=(VisitCap("week", 4, 1), VisitCap("month", 9)))
        if person.unit in ("market-140302", "fire-140303") and name.endswith(("0", "1"))
        else person
        for name, person in tiny.registers.inspectors.items()
    }
    city = replace(tiny, registers=replace(tiny.registers, inspectors=people))
    run = run_flow(
        city,
        secrets=SECRETS,
        seed=Dice("31415926535897932384"),
        teams_seed=Dice("27182818284590452353"),
        effort=20,
    )
    return dict(run.documents)


def test_a_capped_publication_holds(capped: dict[str, bytes]) -> None:
    """Both verifiers: units with caps over time are parts of effort 0, the others as before."""
    report = verify(capped)
    assert report.ok, report.as_dict()["first_fault"]
    parts = json.loads(capped["transcript/odds.json"])["parts"]
    assert {p["effort"] == 0 for p in parts} == {True, False}
    assert all((p["effort"] == 0) == (p["unit"] in ("market-140302", "fire-140303")) for p in parts)


SIGNER = note.Signer("double-random/tiny-2026", SECRETS.signer_seed)


def found_wrong(files: dict[str, bytes], path: str, change: Callable[[Any], None]) -> Any:
    """The fault once one document is changed and all that hangs on it fits again."""
    document = json.loads(files[path])
    change(document)
    report = verify(forge(files, path, canonical(document), SIGNER)).as_dict()
    assert not report["ok"]
    return report["first_fault"]


def someone(files: dict[str, bytes]) -> tuple[int, str]:
    """Place in the roster and name of a capped inspector with odds above 0."""
    parts = json.loads(files["transcript/odds.json"])["parts"]
    named = {i for part in parts if part["effort"] == 0 for i in part["inspectors"]}
    people = json.loads(files["transcript/roster.json"])["inspectors"]
    return next(
        (n, one["id"]) for n, one in enumerate(people) if one["id"] in named and "max_visits" in one
    )


@pytest.mark.parametrize("kind", ["week", "month"])
def test_odds_beyond_a_cap_are_found(capped: dict[str, bytes], kind: str) -> None:
    """A cap of nothing at all under odds above 0."""
    place, name = someone(capped)
    fault = found_wrong(
        capped,
        "transcript/roster.json",
        lambda roster: roster["inspectors"][place]["max_visits"].update({kind: 0}),
    )
    assert fault["file"] == "transcript/odds.json"
    assert fault["what"] == f"more than {name} may visit in the {kind}"


def test_odds_beyond_what_earlier_visits_leave_are_found(capped: dict[str, bytes]) -> None:
    """As many visits made before as a month allows."""
    place, name = someone(capped)
    fault = found_wrong(
        capped,
        "transcript/roster.json",
        lambda roster: roster["inspectors"][place].update(visits={"month": 9}),
    )
    assert fault["what"] == f"more than {name} may visit in the month"


def test_parts_are_those_that_the_caps_ask_for(capped: dict[str, bytes]) -> None:
    """Effort 0 where somebody is capped, and only there."""

    def uncapped(roster: Any) -> None:
        for one in roster["inspectors"]:
            if one["unit"] == "market-140302":
                one.pop("max_visits", None)
                one.pop("visits", None)

    fault = found_wrong(capped, "transcript/roster.json", uncapped)
    assert fault["file"] == "transcript/odds.json"
    assert fault["what"].startswith(("effort: ", "number of parts: "))

    def other(odds: Any) -> None:
        next(part for part in odds["parts"] if part["effort"] == 0)["effort"] = 1

    fault = found_wrong(capped, "transcript/odds.json", other)
    assert fault["place"].endswith(".effort")


def test_caps_must_nest(capped: dict[str, bytes]) -> None:
    """By week and by month, in a period that ends on the first of the next month."""
    fault = found_wrong(
        capped,
        "transcript/odds.json",
        lambda odds: odds.update(period=[odds["period"][0], "2026-02-01"]),
    )
    assert fault["what"].endswith(" is capped by week and month in a period over several")


def test_a_cap_is_of_a_week_a_month_or_a_year(capped: dict[str, bytes]) -> None:
    """Another span is no field of the roster."""
    place, _ = someone(capped)
    fault = found_wrong(
        capped,
        "transcript/roster.json",
        lambda roster: roster["inspectors"][place]["max_visits"].update(day=1),
    )
    assert fault["file"] == "transcript/roster.json"
    assert fault["place"] == f"inspectors[{place}].max_visits.day"
