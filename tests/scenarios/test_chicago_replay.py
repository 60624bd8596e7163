"""Chicago's year week by week: what was asked for is done in time, if room is left for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from benchmarks.night import Pace
from benchmarks.reserve import Reserve
from benchmarks.rolling import compared
from benchmarks.rolling_case import case_and_arrivals
from optimizer.domain.check import Check
from optimizer.io import load_scenario
from optimizer.plan import Case
from scenarios.catalogue import FOLDER

SHARE = 40
"""One of so many establishments and teams is kept, for speed."""


@pytest.fixture(scope="module")
def city() -> tuple[Case, list[Check]]:
    """Return a share of the city, and its triggered checks."""
    scenario = load_scenario(FOLDER / "real/chicago")
    registers = scenario.registers
    kept = set(list(registers.enterprises)[::SHARE])
    teams = set(sorted({name.partition("-")[0] for name in registers.inspectors})[::SHARE])
    fewer = replace(
        registers,
        enterprises={e: one for e, one in registers.enterprises.items() if e in kept},
        triggered=tuple(one for one in registers.triggered if one.enterprise in kept),
        inspectors={
            name: one
            for name, one in registers.inspectors.items()
            if name.partition("-")[0] in teams
        },
    )
    return case_and_arrivals(replace(scenario, registers=fewer))


def four_weeks(city: tuple[Case, list[Check]], reserve: Reserve) -> dict[str, dict[str, Any]]:
    """Return the rows of the first weeks by method."""
    last = city[0].calendar.start + timedelta(days=27)
    found = compared(*city, Pace(7, 0, effort=0, reserve=reserve, last=last))
    return {row["method"]: row for row in found["rows"]}


def test_with_a_reserve_every_due_date_is_kept(city: tuple[Case, list[Check]]) -> None:
    """No request is refused or late, and nights give room that was not asked for away again."""
    # As the page of the rolling year has it: with 2/5 a night gives away what one request wants.
    rows = four_weeks(city, Reserve(Fraction(1, 2), Fraction(1, 3)))
    hindsight = rows.pop("hindsight")
    for row in rows.values():
        assert row["joined"] + row["new"] > row["refused"] == row["late"] == 0
        assert row["visits"] + row["left_out"] >= hindsight["visits"] + hindsight["left_out"]
    assert rows["re-optimised"]["left_out"] < rows["answers only"]["left_out"]
    assert rows["answers only"]["saved"] > rows["answers, nothing moves"]["saved"]


def test_without_a_reserve_requests_come_late(city: tuple[Case, list[Check]]) -> None:
    """A plan that fills the year with canvasses has no room for what is asked for."""
    rows = four_weeks(city, Reserve())
    assert rows["answers only"]["refused"] > 0
    assert rows["hindsight"]["late"] == 0
