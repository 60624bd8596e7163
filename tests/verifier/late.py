"""A campaign of the tiny city whose teams are drawn late: in spans, with a changed plan between."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from stages import SECRET, SECRETS, SEED, TEAMS_SEED, VERIFIERS, ready

from optimizer.domain.check import Check
from optimizer.domain.days import Span
from optimizer.draw import Dice
from optimizer.flow import (
    Change,
    Dossier,
    Given,
    commit_step,
    commit_teams_step,
    open_step,
    plan_step,
    reveal_step,
    seal_step,
    stand_in_step,
    standing_of,
    teams_step,
)
from optimizer.io.rules import rules_from

DICE = {"source": "dice", "sides": 10}
ROLLS = (
    Dice("16180339887498948482"),
    Dice("57721566490153286060"),
    Dice("14142135623730950488"),
    Dice("17320508075688772935"),
)
FEBRUARY = (
    Span(date(2026, 2, 1), date(2026, 2, 8)),
    Span(date(2026, 2, 9), date(2026, 2, 15)),
    Span(date(2026, 2, 16), date(2026, 2, 28)),
)
REST = (Span(date(2026, 2, 9), date(2026, 2, 14)), Span(date(2026, 2, 15), date(2026, 2, 28)))


def at(tiny: Any, moment: str) -> Given:
    """Return what a step at a moment, such as ``01-31T09``, is given."""
    return Given(ready(tiny), f"2026-{moment}:00:00+08:00", VERIFIERS)


def on_day(tiny: Any, day: date) -> Given:
    """Return what a step on a day of any year is given."""
    return replace(at(tiny, "01-01T09"), time=f"{day}T09:00:00+08:00")


def some_member(dossier: Dossier) -> tuple[str, str]:
    """Return a visit of the last draw and an inspector of its team for whom somebody is free."""
    standing = standing_of(dossier)
    _, draw = standing.draws[-1]
    teams = standing.parsed(draw.teams)["teams"]
    visit = sorted(teams)[0]
    unit = sorted(teams[visit])[0]
    return visit, teams[visit][unit][-1]


def new_check(dossier: Dossier, *, after: str = "2026-02-09") -> Check:
    """Return a triggered check like the last of the plan that is visited after a day."""
    standing = standing_of(dossier)
    last = standing.rounds[-1]
    visit = [v for v in standing.parsed(last.plan)["visits"] if v["day"] > after][-1]
    listed = standing.parsed(last.checks)["checks"]
    like = next(one for one in listed if one["id"] in visit["checks"])
    problem = standing.parsed(last.problem)
    return Check(
        "T-late",
        like["enterprise"],
        like["item"],
        problem["items"][like["item"]]["department"],
        "triggered",
        "complaint",
        date(2026, 2, 9),
        date(2026, 2, 28),
        tuple(like["units"]),
        like["level"],
        like["reason"],
        severity=1,
    )


def planned(given: Given, *, sealed: bool = False) -> Dossier:
    """Return a campaign whose first odds are committed and not drawn."""
    now = commit_step(None, given, SECRETS, sealed=sealed, about={"exclude_faulty": False})
    if sealed:
        now = seal_step(now, given, SECRET, open_after=date(2026, 2, 20))
    return plan_step(reveal_step(now, given, SEED), given, effort=5)


def amended(before: Dossier, tiny: Any, check: Check, reason: str) -> Dossier:
    """Return the campaign with the rest of February planned and committed anew with a check."""
    return commit_teams_step(
        before,
        at(tiny, "02-07T18"),
        period=Span(REST[0].first, REST[-1].last),
        draws=REST,
        announced=DICE,
        reason=reason,
        change=Change(rules_from, lambda case: [check], effort=5),
    )


def late_campaign(tiny: Any, *, sealed: bool = False) -> dict[str, Dossier]:
    """Take a campaign to the end of February; return each stage by the step that led to it."""
    found: dict[str, Dossier] = {}
    early = replace(at(tiny, "01-01T09"), time="2025-12-22T09:00:00+08:00")
    now = planned(early, sealed=sealed)
    now = found["first"] = teams_step(now, at(tiny, "01-01T09"), TEAMS_SEED)
    period = Span(FEBRUARY[0].first, FEBRUARY[-1].last)
    now = found["committed"] = commit_teams_step(
        now, at(tiny, "01-30T09"), period=period, draws=FEBRUARY, announced=DICE
    )
    now = found["drawn"] = teams_step(now, at(tiny, "01-31T09"), ROLLS[0], days=FEBRUARY[0])
    visit, absent = some_member(now)
    now = found["ill"] = stand_in_step(
        now, at(tiny, "02-02T08"), visit=visit, absent=absent, reason="生病"
    )
    check = new_check(now)
    now = found["amended"] = amended(now, tiny, check, "a complaint came in")
    now = found["third"] = teams_step(now, at(tiny, "02-08T09"), ROLLS[1])
    now = found["whole"] = teams_step(now, at(tiny, "02-14T09"), ROLLS[2], days=REST[1])
    if sealed:
        found["open"] = open_step(now, at(tiny, "02-27T09"))
    return found
