"""A night of the rolling year: what is known is planned from the next morning on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from benchmarks.reserve import Reserve, less_reserved, spare
from optimizer.domain.check import Check
from optimizer.domain.visit import Visit
from optimizer.plan import Case, Plan, PlanState, solve


@dataclass(frozen=True, slots=True)
class Pace:
    """How the year is run.

    Attributes
    ----------
    every
        Days from one re-optimising to the next; 0: none after the first plan.
    notice
        Visits of so many days after a night are told of, and stay.
    effort
        Planner's search effort.
    reserve
        Room that plans leave for requests.
    move
        Whether a visit that was not told of may move to take a request of its enterprise in.
    last
        Day on which it ends; by default the last of the horizon.
    teams
        Whether teams are drawn, each month's by the last night before it.
    """

    every: int = 7
    notice: int = 0
    effort: int = 50
    reserve: Reserve = field(default_factory=Reserve)
    move: bool = True
    last: date | None = None
    teams: bool = False


def plan_night(
    case: Case,
    known: Mapping[str, Check],
    standing: Sequence[Visit],
    before: Plan | None,
    night: date,
    pace: Pace,
    drawn: date = date.min,
) -> tuple[Plan, PlanState]:
    """Plan what is known from the next day on, and return the state that requests will meet.

    Parameters
    ----------
    drawn
        Last day for which teams are drawn; visits up to then stay.
    """
    told = max(drawn, night + timedelta(days=pace.notice if before else 0))
    pinned = [visit for visit in standing if visit.day <= told]
    plan, state = _around(case, known, standing, pinned, before, night, pace)
    promised = {c for visit in standing for c in visit.checks if known[c].kind == "triggered"}
    if promised.isdisjoint(out.check for out in plan.left_out):
        return plan, state
    # A request that was granted a visit is not given up for the sake of others.
    pinned += [v for v in standing if v.day > told and promised.intersection(v.checks)]
    return _around(case, known, standing, pinned, before, night, pace)


def _around(
    case: Case,
    known: Mapping[str, Check],
    standing: Sequence[Visit],
    pinned: Sequence[Visit],
    before: Plan | None,
    night: date,
    pace: Pace,
) -> tuple[Plan, PlanState]:
    calendar, first = case.calendar, night + timedelta(days=1)
    less = less_reserved(
        case.capacity_now(),
        pace.reserve,
        calendar,
        standing,
        first=calendar.index(first),
        near=calendar.index(night) + pace.every,
    )
    held = {check for visit in pinned for check in visit.checks}
    checks = [
        check if check.id in held else replace(check, release=max(check.release, first))
        for check in known.values()
        if check.id in held or check.due >= first
    ]
    if before:
        half_days = spare(less, calendar, standing, first=calendar.index(first))
        checks = _worth_trying(checks, standing, first, half_days // max(case.rules.team.lead, 1))
    # Nothing is published here, so no list of checks need be digested each night.
    now = replace(case, checks=tuple(checks), pinned=tuple(pinned), checks_document={})
    # What stands was filed, requests' own visits among it.
    # A check that was left out may find room that has become free: it is new to each night.
    previous = replace(before, visits=tuple(standing), left_out=()) if before else None
    if not pace.reserve:
        plan = solve(now.problem(), previous=previous, effort=pace.effort)
        return plan, PlanState.of(plan)
    short = replace(now, capacity=less).problem()
    plan = solve(short, previous=previous, effort=pace.effort)
    return plan, PlanState(now.problem(), plan.visits)


def _worth_trying(
    checks: Sequence[Check], standing: Sequence[Visit], first: date, room: int
) -> list[Check]:
    """Return the checks less those left out for which there can be no room.

    Of the planned checks left out, those may be tried that a visit ahead might take in, and as
    many others as there is room for visits, the earliest due first.
    """
    done = {check for visit in standing for check in visit.checks}
    ahead: dict[str, list[date]] = {}
    for visit in standing:
        if visit.day >= first:
            ahead.setdefault(visit.enterprise, []).append(visit.day)
    tried, queue = [], []
    for check in checks:
        days = ahead.get(check.enterprise, ())
        if (
            check.id in done
            or check.kind == "triggered"
            or any(check.release <= day <= check.due for day in days)
        ):
            tried.append(check)
        else:
            queue.append(check)
    return tried + sorted(queue, key=lambda c: (c.due, c.id))[:room]
