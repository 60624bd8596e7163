"""A plan is staffed under the draw's own key: the teams' open rules hang on it."""

from __future__ import annotations

import argparse
import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from small_town import check, town
from test_plan_rest import pin
from test_plan_restore import case_of

from optimizer.cli.output import ConsoleProgress
from optimizer.cli.plan.folder import write_plan
from optimizer.cli.plan.source import open_source
from optimizer.domain.inspector import Recusal
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet, TeamRule
from optimizer.errors import InfeasibleError
from optimizer.flow.amendment import Amendment, amend
from optimizer.flow.cases import staffed_case
from optimizer.plan import Case, Plan
from optimizer.teams import find_cuts

RULES = RuleSet(team=TeamRule(lead=2, other=2))
LIFT = Item("mine-9", "", "mine", skills=("lift",))
KNOWN = check(1, (5, 9))
NEW = check(2, (7, 30), item="mine-9", enterprise="F")


def parted(key: bytes) -> Case:
    """A unit of three: the only holder of a skill must not go with one of the others."""
    found = town([KNOWN, NEW], RULES, people=3, items={"mine-9": LIFT})
    people = dict(found.registers.inspectors)
    people["mine-county-0"] = replace(
        people["mine-county-0"], skills=frozenset({"lift"}), apart=("mine-county-1",)
    )
    whole = case_of(replace(found, registers=replace(found.registers, inspectors=people)))
    entries = [one for one in whole.checks_document["checks"] if one["id"] == KNOWN.id]
    return replace(whole, checks=(KNOWN,), checks_document={"checks": entries}, key=key)


def amended(case: Case, plan: Plan) -> Amendment:
    return amend(case, plan, added=[NEW], reason="a complaint", effort=1)


@pytest.fixture(scope="module")
def steered() -> tuple[Case, Plan, date]:
    """A case with a key by which the day that zeros would take finds no team, and that day."""
    case = parted(bytes(32))
    plan, _ = staffed_case(case, effort=1)
    (visit,) = (v for v in amended(case, plan).plan.visits if NEW.id in v.checks)
    people = case.registers
    for n in itertools.count(1):
        key = n.to_bytes(32, "big")
        if find_cuts([visit], people, key=key):
            return replace(case, key=key), plan, visit.day
    raise AssertionError


def test_an_amended_plan_is_staffed_by_the_draws_key(steered: tuple[Case, Plan, date]) -> None:
    """What the odds will find impossible is a cut of the amended plan, and another day is taken."""
    case, plan, day = steered
    done = amended(case, plan)
    (visit,) = (v for v in done.plan.visits if NEW.id in v.checks)
    assert visit.day != day
    assert [cut.reason for cut in done.case.cuts] == ["apart"]
    assert not find_cuts(done.plan.visits, case.registers, key=case.key)


def test_the_key_comes_with_a_plans_folder(
    steered: tuple[Case, Plan, date], tmp_path: Path
) -> None:
    """`plan solve --out` writes the key, and the verbs that read the folder plan by it."""
    case, _, _ = steered
    case = replace(case, checks_document={**case.checks_document, "campaign": "test"})
    plan, _ = staffed_case(case, effort=1)
    write_plan(tmp_path / "plan", case, plan)
    arguments = argparse.Namespace(folder=tmp_path / "plan")
    assert open_source(arguments, ConsoleProgress(lambda: 0.0)).case.key == case.key


def test_drawn_days_are_not_staffed_again() -> None:
    """Who went is drawn: recusals told since then, under which no team fits, cut nothing."""
    checks = [check(n, 7, enterprise=f"E{n}") for n in range(2)]
    found = town(checks, RULES, people=4)
    people = {
        name: replace(one, max_half_days=1) for name, one in found.registers.inspectors.items()
    }
    for name, away in (("mine-county-0", ("E0", "E1")), ("mine-county-1", ("E0",))):
        recusals = tuple(Recusal(enterprise, "family") for enterprise in away)
        people[name] = replace(people[name], recusals=recusals)
    found = replace(found, registers=replace(found.registers, inspectors=people))
    pins = tuple(pin(7, f"c{n}", enterprise=f"E{n}", name=f"V{n}") for n in range(2))
    case = replace(case_of(found), pinned=pins)
    plan, cuts = staffed_case(case, effort=1, drawn_until=date(2026, 1, 7))
    assert [visit.checks for visit in plan.visits] == [("c0",), ("c1",)]
    assert not cuts
    with pytest.raises(InfeasibleError, match="recusals"):
        staffed_case(case, effort=1, drawn_until=date(2026, 1, 6))
