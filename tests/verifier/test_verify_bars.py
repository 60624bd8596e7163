"""Open rules outside the network, published: both verifiers hold them and find every change."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import pytest
from conftest import SECRETS, tiny_city
from mutate import forge, manifest, mutations
from test_mutations import SIGNER

from optimizer.canon import canonical
from optimizer.draw import Dice
from optimizer.flow import Run, run_flow
from optimizer.verifier.verify import verify


@pytest.fixture(scope="module")
def made() -> Run:
    """The tiny city, where everybody was at some enterprises and some must not go together."""
    city = tiny_city()
    registers = city.registers
    names, places = sorted(registers.inspectors), sorted(registers.enterprises)
    people = {
        name: replace(
            registers.inspectors[name],
            last_visited=tuple(places[n % 3 :: 5]),
            apart=(names[n + 1],) if n % 3 == 0 and n + 1 < len(names) else (),
        )
        for n, name in enumerate(names)
    }
    city = replace(
        city,
        registers=replace(registers, inspectors=MappingProxyType(people)),
        rules=replace(city.rules, team=replace(city.rules.team, not_twice=True)),
    )
    return run_flow(
        city,
        secrets=SECRETS,
        seed=Dice("31415926535897932384"),
        teams_seed=Dice("14142135623730950488"),
        effort=5,
    )


@pytest.fixture(scope="module")
def files(made: Run) -> dict[str, bytes]:
    kept = {p: d for p, d in made.documents.items() if p.startswith(("transcript/", "ledger/"))}
    return manifest(kept)


def test_it_verifies(made: Run) -> None:
    """Somebody is kept out by each rule, and everything holds."""
    report = verify(dict(made.documents))
    assert report.ok, report.first_fault
    bars = json.loads(made.documents["transcript/odds.json"])["bars"]
    assert bars["kept_out"]["twice"] > 0
    assert bars["kept_out"]["apart"] > 0
    assert bars["change"]["pairs"] > 0


def test_changed_bars_are_found(files: dict[str, bytes]) -> None:
    """Every field of `bars` but what is information, re-signed as the bureau could."""
    path = "transcript/odds.json"
    tried = 0
    for place, what, _, data in mutations(path, files[path], 1, 3):
        if not place.startswith("bars") or place.startswith("bars.change"):
            continue
        tried += 1
        report = verify(forge(files, path, data, SIGNER))
        assert not report.ok, (place, what)
    assert tried > 3


def test_a_roster_that_says_otherwise_is_found(files: dict[str, bytes]) -> None:
    """Who was there, and who must not go together, moves who is kept out."""
    roster = json.loads(files["transcript/roster.json"])
    for index, person in enumerate(roster["inspectors"]):
        if "apart" in person:
            changed = json.loads(files["transcript/roster.json"])
            changed["inspectors"][index]["apart"] = [person["id"]]
            report = verify(forge(files, "transcript/roster.json", canonical(changed), SIGNER))
            assert not report.ok
            assert "must stand with both" in report.first_fault["what"]
            break
    found = set()
    for index in range(len(roster["inspectors"])):
        changed = json.loads(files["transcript/roster.json"])
        changed["inspectors"][index].pop("last_visited", None)
        report = verify(forge(files, "transcript/roster.json", canonical(changed), SIGNER))
        found.add(report.ok)
    assert False in found
