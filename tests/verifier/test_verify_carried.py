"""What a campaign drew is carried into later odds: who stood in counts, who fell ill does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from late import DICE, FEBRUARY, REST, ROLLS, at, new_check, planned, some_member
from stages import TEAMS_SEED
from test_verify_stages import held

from optimizer.domain.days import Span
from optimizer.domain.inspector import VisitCap
from optimizer.domain.registry import Registers
from optimizer.errors import InfeasibleError
from optimizer.flow import (
    Change,
    Dossier,
    commit_teams_step,
    stand_in_step,
    standing_of,
    teams_step,
)
from optimizer.io.rules import rules_from

LEFT = Span(REST[0].first, REST[-1].last)


@pytest.fixture(scope="module")
def once(tiny: Any) -> Any:
    """The tiny city, where nobody goes twice running to an enterprise while others may."""
    team = replace(tiny.rules.team, not_twice=True)
    return replace(tiny, rules=replace(tiny.rules, team=team))


@pytest.fixture(scope="module")
def ill(once: Any) -> Dossier:
    """January drawn, the first days of February too, and one inspector replaced."""
    early = replace(at(once, "01-01T09"), time="2025-12-22T09:00:00+08:00")
    now = teams_step(planned(early), at(once, "01-01T09"), TEAMS_SEED)
    period = Span(FEBRUARY[0].first, FEBRUARY[-1].last)
    now = commit_teams_step(
        now, at(once, "01-30T09"), period=period, draws=FEBRUARY, announced=DICE
    )
    now = teams_step(now, at(once, "01-31T09"), ROLLS[0])
    visit, absent = some_member(now)
    return stand_in_step(
        now, at(once, "02-02T08"), visit=visit, absent=absent, reason="ill since the morning"
    )


def later_odds(once: Any, ill: Dossier, registers: Registers) -> Dossier:
    """The odds of the days that are left, for a plan with one check more."""
    check = new_check(ill, after="2026-02-01")
    now = commit_teams_step(
        ill,
        at(once, "02-07T18"),
        period=LEFT,
        draws=REST,
        announced=DICE,
        registers=registers,
        reason="a complaint came in",
        change=Change(rules_from, lambda case: [check], effort=5),
    )
    assert held(now).ok
    return now


def test_who_stood_in_is_known_to_later_odds(once: Any, ill: Dossier) -> None:
    """Half-days and the last visit count for the stand-in, not for who was absent."""
    standing = standing_of(ill)
    (done,) = standing.substitutions
    visit = next(v for v in standing.visits if v.id == done["visit"])
    effort = next(s.effort for s in visit.seats if s.unit == done["unit"])
    drawn = {
        name: sum(
            s.effort
            for v in standing.visits
            for s in v.seats
            if name in standing.teams(as_drawn=True).get(v.id, {}).get(s.unit, ())
        )
        for name in (done["absent"], done["substitute"])
    }
    now = later_odds(once, ill, once.registers)
    later = standing_of(now).inspectors(standing_of(now).rounds[-1])
    people = once.registers.inspectors
    gone, came = later[done["absent"]], later[done["substitute"]]
    assert came.workload == people[came.id].workload + drawn[came.id] + effort
    assert gone.workload == people[gone.id].workload + drawn[gone.id] - effort
    assert visit.enterprise in came.last_visited
    assert visit.enterprise not in gone.last_visited


def test_leave_on_a_drawn_day_stops_nothing(once: Any, ill: Dossier) -> None:
    """Everybody of a unit is away on a drawn day, as its register now says: later days go on."""
    standing = standing_of(ill)
    (done,) = standing.substitutions
    day = next(v.day for v in standing.visits if v.id == done["visit"])
    away = {
        name: replace(one, leave=(*one.leave, Span(day, day))) if one.unit == done["unit"] else one
        for name, one in once.registers.inspectors.items()
    }
    now = later_odds(once, ill, replace(once.registers, inspectors=away))
    assert held(teams_step(now, at(once, "02-08T09"), ROLLS[1])).ok


def test_leave_on_later_days_counts(once: Any, ill: Dossier) -> None:
    """Who is away after the drawn days has no odds then, and the roster says so."""
    name = standing_of(ill).substitutions[0]["absent"]
    people = dict(once.registers.inspectors)
    people[name] = replace(people[name], leave=(Span(FEBRUARY[0].first, LEFT.last),))
    now = later_odds(once, ill, replace(once.registers, inspectors=people))
    after = standing_of(now)
    last = after.rounds[-1]
    assert after.inspectors(last)[name].leave == (LEFT,)
    assert all(name not in part["inspectors"] for part in after.parsed(last.odds)["parts"])


def test_stand_ins_after_a_changed_plan_are_recomputed(once: Any, ill: Dossier) -> None:
    """Visits of the new plan count too: under its numbers an older plan has other enterprises."""
    now = later_odds(once, ill, once.registers)
    now = teams_step(now, at(once, "02-08T09"), ROLLS[1])
    now = teams_step(now, at(once, "02-14T09"), ROLLS[2])
    standing = standing_of(now)
    at_place = Counter(v.enterprise for v in standing.visits)
    teams, stood_in = standing_of(ill).teams(), 0
    for visit in (v for v in standing.visits if v.id in teams and at_place[v.enterprise] > 1):
        for absent in (one for ids in teams[visit.id].values() for one in ids):
            try:
                after = stand_in_step(
                    now, at(once, "02-20T09"), visit=visit.id, absent=absent, reason="was ill"
                )
            except InfeasibleError:
                continue
            held(after)
            stood_in += 1
    assert stood_in > 5


def test_stand_ins_before_the_last_draw_are_recomputed(once: Any, ill: Dossier) -> None:
    """Nobody stands in whom the draws to come could take to the same enterprise, if others may."""
    people = {
        name: replace(person, visit_caps=(VisitCap("month", 3),) * (int(name[-1]) % 3 == 0))
        for name, person in once.registers.inspectors.items()
    }
    city = replace(once, registers=replace(once.registers, inspectors=people))
    early = replace(at(city, "01-01T09"), time="2025-12-22T09:00:00+08:00")
    now = teams_step(planned(early), at(city, "01-01T09"), TEAMS_SEED)
    period = Span(FEBRUARY[0].first, FEBRUARY[-1].last)
    now = commit_teams_step(
        now, at(city, "01-30T09"), period=period, draws=FEBRUARY, announced=DICE
    )
    now = teams_step(now, at(city, "01-31T09"), ROLLS[0])
    standing, stood_in = standing_of(now), 0
    for visit, units in standing.parsed(standing.draws[-1][1].teams)["teams"].items():
        for absent in (one for ids in units.values() for one in ids):
            try:
                held(stand_in_step(now, at(city, "02-02T08"), visit=visit, absent=absent,
                                   reason="ill since the morning"))  # fmt: skip
            except InfeasibleError:
                continue
            stood_in += 1
    assert stood_in > 3
