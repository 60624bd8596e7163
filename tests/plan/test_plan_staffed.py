"""A plan is staffed under the draw's own key: the teams' open rules hang on it."""

from __future__ import annotations

import argparse
import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from small_town import check, town
from test_plan_restore import case_of

from optimizer.cli.output import ConsoleProgress
from optimizer.cli.plan.folder import write_plan
from optimizer.cli.plan.source import open_source
from optimizer.domain.inspector import Recusal
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet, TeamRule
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


def test_drawn_days_are_not_staffed_again(steered: tuple[Case, Plan, date]) -> None:
    """Who went is drawn: that somebody is recused since then cuts nothing."""
    case, plan, _ = steered
    (drawn,) = plan.visits
    recused = {
        name: replace(one, recusals=(Recusal("E", "family"),) if name.startswith("mine") else ())
        for name, one in case.registers.inspectors.items()
    }
    later = replace(case, registers=replace(case.registers, inspectors=recused))
    assert find_cuts([drawn], later.registers, key=case.key)
    done = amend(
        later,
        plan,
        added=[NEW],
        pinned=[drawn],
        drawn_until=drawn.day,
        reason="a complaint",
        effort=1,
    )
    assert {v.day > drawn.day for v in done.plan.visits if NEW.id in v.checks} == {True}
