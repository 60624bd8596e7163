"""Cases: from a draw or a changed rule set to a plan whose every day can be staffed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from optimizer.domain.cut import Cut
from optimizer.domain.days import Span
from optimizer.errors import InfeasibleError
from optimizer.messages import Words, sentence
from optimizer.plan import Case, Plan, solve
from optimizer.progress import SILENT, Progress
from optimizer.teams import explain_cuts, find_cuts

CUT_ROUNDS = 12
"""Most times the plan is made because a day cannot be staffed; only the first is made anew."""


def staffed_case(
    case: Case,
    *,
    previous: Plan | None = None,
    drawn_until: date | None = None,
    effort: int,
    workers: int = 1,
    progress: Progress = SILENT,
) -> tuple[Plan, tuple[Cut, ...]]:
    """Plan so that every visit can be staffed, and return the cuts that it took.

    A day that cannot be staffed for reasons the capacities do not show (recusals, rare skills)
    comes back from the lottery's flow as a cut, and the plan is made again.

    Parameters
    ----------
    previous
        A plan to begin from.
    drawn_until
        Up to this day no visits are planned but those that are pinned.

    Raises
    ------
    InfeasibleError
        Where some visits still cannot be staffed after `CUT_ROUNDS` rounds, or all visits that
        cannot be staffed together are pinned.
    """
    case = replace(case, drawn_until=drawn_until)
    plan = previous
    # What was filed is the plan before all rounds; without one, a round's plan is but a step.
    filed = previous.visits if previous is not None else ()
    # Teams that are drawn stay as they are, whoever is away or recused since.
    open_days = None if drawn_until is None else Span(drawn_until + timedelta(days=1), date.max)
    for _ in range(CUT_ROUNDS):
        progress.stage("plan")
        plan = solve(
            case.problem(),
            previous=plan,
            filed=filed,
            effort=effort,
            workers=workers,
            progress=progress,
        )
        # Without the inspectors themselves, only the capacities are known.
        once = case.rules.team.not_twice
        more = (
            find_cuts(plan.visits, case.registers, period=open_days, not_twice=once, key=case.key)
            if case.capacity is None
            else ()
        )
        early = _early(case, plan, drawn_until)
        if not more and not early:
            return plan, case.cuts
        tried = plan.visits
        held = {(visit.enterprise, visit.day) for visit in case.pinned}
        if any(all((e, cut.day) in held for e in cut.enterprises) for cut in more):
            break  # what is pinned cannot be parted
        case = replace(case, cuts=(*case.cuts, *more, *early))
    reasons = explain_cuts(more, tried, case.registers, not_twice=once, key=case.key)
    raise InfeasibleError(reasons or _too_early(early))


def _early(case: Case, plan: Plan, drawn_until: date | None) -> tuple[Cut, ...]:
    """Return cuts that keep enterprises with a new visit on a drawn day out of all drawn days."""
    if drawn_until is None:
        return ()
    held = {(visit.enterprise, visit.day) for visit in case.pinned}
    days = [case.calendar.day(i) for i, works in enumerate(case.calendar.working) if works]
    return tuple(
        Cut(seat.unit, day, "", 0, seat.inspectors, (), (visit.enterprise,), "drawn")
        for visit in plan.visits
        if visit.day <= drawn_until and (visit.enterprise, visit.day) not in held
        for seat in visit.seats
        for day in days
        if day <= drawn_until and (visit.enterprise, day) not in held
    )


def _too_early(cuts: tuple[Cut, ...]) -> tuple[Words, ...]:
    return tuple(
        sentence("too-early", enterprise=name)
        for name in sorted({cut.enterprises[0] for cut in cuts})
    )
