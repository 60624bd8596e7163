"""A year as it would have gone: requests answered as they come, the rest re-optimised by night.

Nothing is known before it is received. A night's plan begins from the last one; whatever lies
before the morning, and the visits already told of, stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from benchmarks.answers import Answers, answer, without_visit
from benchmarks.night import Pace, plan_night
from benchmarks.rounds import Rounds
from optimizer.domain.check import Check
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.flow.cases import CUT_ROUNDS
from optimizer.plan import Case, Plan, PlanState, diff_plans
from optimizer.teams import find_cuts


@dataclass(slots=True)
class Replayed:
    """What came of it.

    Attributes
    ----------
    visits
        As they were made.
    left_out
        Checks never visited.
    moved
        Visits whose day a night changed, each time.
    refiled
        Visits that were not as in the version before: moved, changed, new or dropped.
    nights
        Plans after the first.
    cuts
        Sets of visits that no teams could be found for, so that a night planned again.
    rounds
        Of teams, if these are drawn.
    """

    visits: tuple[Visit, ...] = ()
    left_out: tuple[str, ...] = ()
    answers: Answers = field(default_factory=Answers)
    moved: int = 0
    refiled: int = 0
    nights: int = 0
    cuts: int = 0
    rounds: Rounds | None = None


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
    rounds = found.rounds = Rounds(case, night) if pace.teams else None
    year = _Year(case, known, pace, rounds)
    plan, state = year.plan((), None, night, found)
    standing = plan.visits
    asked = 0
    end = pace.last or calendar.last
    while night < end:
        until = end
        if pace.every:
            until = min(until, night + timedelta(days=pace.every))
        filed = standing
        undone = without_visit(known, standing) if pace.move else {}
        told = night + timedelta(days=pace.notice)
        if rounds:
            told = max(told, rounds.until)
        free = {visit.id for visit in plan.visits if pace.move and visit.day > told}
        while asked < len(waiting) and waiting[asked].release <= until:
            check = waiting[asked]
            answer(state, check, free, undone.get(check.enterprise, {}), found.answers)
            known[check.id] = check
            if rounds:
                rounds.add(state.visits.get(check.enterprise, ()))
            asked += 1
        standing = _all(state)
        night = until
        if night < end:
            plan, state = year.plan(standing, plan, night, found)
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


@dataclass(slots=True)
class _Year:
    """What the nights of a year share; cuts stay once they are found."""

    case: Case
    known: Mapping[str, Check]
    pace: Pace
    rounds: Rounds | None

    def plan(
        self, standing: Sequence[Visit], before: Plan | None, night: date, found: Replayed
    ) -> tuple[Plan, PlanState]:
        """Plan a night, and draw the teams of each month that begins before the next one."""
        plan, state = self._night(standing, before, night)
        rounds = self.rounds
        if rounds is None:
            return plan, state
        morning = night + timedelta(days=max(self.pace.every, 1))
        while (period := rounds.due(self.case.calendar, morning)) is not None:
            for _ in range(CUT_ROUNDS):
                month = [visit for visit in plan.visits if visit.day in period]
                cuts = find_cuts(month, self.case.registers)
                if not cuts:
                    break
                found.cuts += len(cuts)
                self.case = replace(self.case, cuts=(*self.case.cuts, *cuts))
                plan, state = self._night(standing, before, night)
            rounds.draw(plan.visits, period)
        return plan, state

    def _night(
        self, standing: Sequence[Visit], before: Plan | None, night: date
    ) -> tuple[Plan, PlanState]:
        drawn = self.rounds.until if self.rounds else date.min
        return plan_night(self.case, self.known, standing, before, night, self.pace, drawn)


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
