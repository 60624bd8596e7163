"""A year as it would have gone: requests answered as they come, the rest re-optimised by night.

Nothing is known before it is received. A night's plan begins from the last one; whatever lies
before the morning, and the visits already told of, stay as they are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from benchmarks.flow import write_scenario
from benchmarks.reserve import Reserve, less_reserved
from optimizer.domain.check import Check
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.flow import ScenarioLike, case_of, commit, demo_secrets, reveal, seed_of
from optimizer.io import load_scenario
from optimizer.plan import Case, Joined, New, Plan, PlanState, diff_plans, solve
from scenarios.generator.parameters import read_parameters


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
    """

    every: int = 7
    notice: int = 0
    effort: int = 50
    reserve: Reserve = field(default_factory=Reserve)
    move: bool = True
    last: date | None = None


@dataclass(slots=True)
class Replayed:
    """What came of it.

    Attributes
    ----------
    visits
        As they were made.
    left_out
        Checks never visited.
    answers
        Joined, new and refused requests.
    fetched
        Of those joined, the ones for which the visit moved.
    moved
        Visits whose day a night changed, each time.
    refiled
        Visits that were not as in the version before: moved, changed, new or dropped.
    nights
        Plans after the first.
    """

    visits: tuple[Visit, ...] = ()
    left_out: tuple[str, ...] = ()
    answers: dict[str, int] = field(default_factory=lambda: {"joined": 0, "new": 0, "refused": 0})
    fetched: int = 0
    moved: int = 0
    refiled: int = 0
    nights: int = 0


def replay(
    case: Case,
    arrivals: Sequence[Check],
    pace: Pace,
    say: Callable[[str], None] = lambda text: None,
) -> Replayed:
    """Run the year.

    Parameters
    ----------
    case
        With every check, those still to come among them.
    arrivals
        Checks that are known from the day of their release on, and not before.
    """
    found = Replayed()
    calendar = case.calendar
    later = {check.id for check in arrivals}
    known = {check.id: check for check in case.checks if check.id not in later}
    waiting = sorted(arrivals, key=lambda c: (c.release, c.id))
    night = calendar.start - timedelta(days=1)
    plan, state = _plan(case, known, (), None, night, pace)
    standing = plan.visits
    asked = 0
    end = pace.last or calendar.last
    while night < end:
        until = end
        if pace.every:
            until = min(until, night + timedelta(days=pace.every))
        filed = standing
        begun = asked
        while asked < len(waiting) and waiting[asked].release <= until:
            known[waiting[asked].id] = waiting[asked]
            asked += 1
        _answer(state, waiting[begun:asked], _free(plan, night, pace), found)
        standing = _all(state)
        night = until
        if night < end:
            plan, state = _plan(case, known, standing, plan, night, pace)
            after = plan.visits
            found.moved += diff_plans(_filed(standing), _filed(after))["counts"]["moved"]
            found.nights += 1
            standing = after
            say(f"{night}: {plan!r}, moved {found.moved}")
        counts = diff_plans(_filed(filed), _filed(standing))["counts"]
        found.refiled += sum(counts.values()) - counts["kept"]
    found.visits = standing
    done = {check for visit in standing for check in visit.checks}
    found.left_out = tuple(sorted(check.id for check in case.checks if check.id not in done))
    return found


def _free(plan: Plan, night: date, pace: Pace) -> set[str]:
    """Return the visits of a night's plan that may move for a request."""
    if not pace.move:
        return set()
    told = night + timedelta(days=pace.notice)
    return {visit.id for visit in plan.visits if visit.day > told}


def _answer(state: PlanState, asked: Sequence[Check], free: set[str], found: Replayed) -> None:
    """Answer requests in order; a visit that took one in is promised and moves no more."""
    for check in asked:
        own = state.visits.get(check.enterprise, ())
        movable = {v.id for v in own if v.id in free and v.day > check.release}
        answer = state.insert(check, movable=movable)
        kind = {Joined: "joined", New: "new"}.get(type(answer), "refused")
        found.answers[kind] += 1
        if isinstance(answer, Joined):
            free.discard(answer.visit.id)
            found.fetched += answer.moved_from is not None


def _plan(
    case: Case,
    known: dict[str, Check],
    standing: Sequence[Visit],
    before: Plan | None,
    night: date,
    pace: Pace,
) -> tuple[Plan, PlanState]:
    """Plan what is known from the next day on, and return the state that requests will meet."""
    told = night + timedelta(days=pace.notice if before else 0)
    pinned = [visit for visit in standing if visit.day <= told]
    while True:
        plan, state = _plan_around(case, known, standing, pinned, before, night, pace)
        lost = {out.check for out in plan.left_out if known[out.check].kind == "triggered"}
        broken = [visit for visit in standing if lost.intersection(visit.checks)]
        if not broken:
            return plan, state
        # A request that was granted a visit is not given up for the sake of others.
        pinned += broken


def _plan_around(
    case: Case,
    known: dict[str, Check],
    standing: Sequence[Visit],
    pinned: Sequence[Visit],
    before: Plan | None,
    night: date,
    pace: Pace,
) -> tuple[Plan, PlanState]:
    held = {check for visit in pinned for check in visit.checks}
    first = night + timedelta(days=1)
    checks = [
        check if check.id in held else replace(check, release=max(check.release, first))
        for check in known.values()
        if check.id in held or check.due >= first
    ]
    # Nothing is published here, so no list of checks need be digested each night.
    now = replace(case, checks=tuple(checks), pinned=tuple(pinned), checks_document={})
    # A check that was left out may find room that has become free: it is new to each night.
    previous = replace(before, left_out=()) if before else None
    if not pace.reserve:
        plan = solve(now.problem(), previous=previous, effort=pace.effort)
        return plan, PlanState.of(plan)
    calendar = case.calendar
    less = less_reserved(
        case.capacity_now(),
        pace.reserve,
        calendar,
        standing,
        first=calendar.index(first),
        near=calendar.index(night) + pace.every,
    )
    short = replace(now, capacity=less).problem()
    plan = solve(short, previous=previous, effort=pace.effort)
    return plan, PlanState(now.problem(), plan.visits)


def _all(state: PlanState) -> tuple[Visit, ...]:
    visits = (visit for own in state.visits.values() for visit in own)
    return tuple(sorted(visits, key=lambda visit: (visit.day, visit.enterprise)))


def _filed(visits: Sequence[Visit]) -> Document:
    """Return what `diff_plans` reads of a plan."""
    return {
        "visits": [
            {
                "id": visit.id,
                "enterprise": visit.enterprise,
                "day": visit.day.isoformat(),
                "checks": list(visit.checks),
                "lead": visit.lead,
                "seats": [
                    [seat.unit, seat.inspectors, seat.effort, *seat.skills] for seat in visit.seats
                ],
                "exempt": visit.exempt,
            }
            for visit in visits
        ],
        "left_out": [],
    }


def read_case(folder: str, preset: str, scale: str) -> tuple[Case, list[Check]]:
    """Return what a scenario plans, and which of its checks come in the course of the year.

    Parameters
    ----------
    folder
        Of the scenario; ``""``: generated from preset and scale.
    """
    with tempfile.TemporaryDirectory() as made:
        if not folder:
            write_scenario(*read_parameters({"preset": preset, "scale": scale}), Path(made))
        scenario = load_scenario(Path(folder or made))
    return case_and_arrivals(scenario)


def case_and_arrivals(scenario: ScenarioLike) -> tuple[Case, list[Check]]:
    """Return the scenario's case, and the checks received on its first day or later."""
    secrets = demo_secrets(scenario.name)
    committed = commit(scenario, secrets, now="1970-01-01T00:00:00Z")
    case = case_of(reveal(committed, seed_of(scenario.seed, "campaign.seed")))
    first = scenario.calendar.start
    later = {report.id for report in scenario.registers.triggered if report.received >= first}
    return case, [check for check in case.checks if check.id in later]
