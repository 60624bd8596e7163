"""Cases: from a draw or a changed rule set to a plan whose every day can be staffed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from optimizer.domain.cut import Cut
from optimizer.domain.days import Span
from optimizer.domain.registry import Registers
from optimizer.domain.visit import Visit
from optimizer.errors import InfeasibleError
from optimizer.messages import Words, sentence
from optimizer.plan import Case, Plan, Problem, solve
from optimizer.plan.elsewhere import Elsewhere, OtherDays
from optimizer.progress import SILENT, Progress
from optimizer.teams import SpanCut, explain_cuts, explain_spans, find_cuts, find_span_cuts

CUT_ROUNDS = 12
"""Most times the plan is made because a day cannot be staffed; only the first is made anew."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Inspectors as caps over time see them.

    Attributes
    ----------
    registers
        With the visits that were drawn so far.
    start
        First day of visits whose teams are not drawn.
    period
        Days whose odds are to be committed: a collision among its visits that no other day mends
        is told. Later ones are told when their turn comes.
    """

    registers: Registers
    start: date
    period: Span | None = None


def staffed_case(
    case: Case,
    *,
    previous: Plan | None = None,
    drawn_until: date | None = None,
    counted: Counted | None = None,
    effort: int,
    workers: int = 1,
    progress: Progress = SILENT,
) -> tuple[Plan, tuple[Cut, ...]]:
    """Plan so that every visit can be staffed, and return the cuts that it took.

    A day that cannot be staffed for reasons the capacities do not show (recusals, rare skills)
    comes back from the lottery's flow as a cut, and the plan is made again. So do weeks, months
    and years whose caps leave too few, as far as visits have other days.

    Parameters
    ----------
    previous
        A plan to begin from.
    drawn_until
        Up to this day no visits are planned but those that are pinned.
    counted
        Inspectors for the caps over time; by default those of the case, from the first day after
        `drawn_until`.

    Raises
    ------
    InfeasibleError
        Where some visits still cannot be staffed after `CUT_ROUNDS` rounds, or all visits that
        cannot be staffed together are pinned; where no other day mends a collision of caps over
        time in the period whose odds are to be committed, or a check that had a visit would lose
        it for one.
    """
    case = replace(case, drawn_until=drawn_until)
    counted = counted or _counted(case)
    plan = previous
    # What was filed is the plan before all rounds; without one, a round's plan is but a step.
    filed = previous.visits if previous is not None else ()
    # Teams that are drawn stay as they are, whoever is away or recused since.
    open_days = None if drawn_until is None else Span(drawn_until + timedelta(days=1), date.max)
    once = case.rules.team.not_twice
    held = {(visit.enterprise, visit.day) for visit in case.pinned}
    moved: list[SpanCut] = []
    for _ in range(CUT_ROUNDS):
        progress.stage("plan")
        problem = case.problem()
        plan = solve(
            problem,
            previous=plan,
            filed=filed,
            effort=effort,
            workers=workers,
            progress=progress,
        )
        # Without the inspectors themselves, only the capacities are known.
        known = case.capacity is None
        more = (
            find_cuts(plan.visits, case.registers, period=open_days, not_twice=once, key=case.key)
            if known
            else ()
        )
        early = _early(case, plan, drawn_until)
        spans = _spans(case, counted, problem, plan, more, held) if known else ()
        stuck = [one for one in spans if one.visit is None and _asked(one, counted)]
        moves = [one for one in spans if one.sure or (one.visit and _asked(one, counted))]
        lost = _lost(plan, filed, moved)
        tried = plan.visits
        if any(all((e, cut.day) in held for e in cut.enterprises) for cut in more):
            break  # what is pinned cannot be parted
        if stuck or lost:
            break
        barred = {(cut.unit, cut.day, cut.days, cut.enterprises) for cut in case.cuts}
        fresh = [
            cut
            for one in moves
            for cut in one.cuts
            if (cut.unit, cut.day, cut.days, cut.enterprises) not in barred
        ]
        if not more and not early and not fresh:
            stuck = [one for one in moves if _asked(one, counted)]
            if stuck:
                break
            return plan, case.cuts
        moved += moves
        case = replace(case, cuts=(*case.cuts, *more, *early, *fresh))
    else:
        stuck = [one for one in moves if _asked(one, counted)]
        if plan is not None and not more and not early and not stuck:
            return plan, case.cuts  # what is left is of later periods
    reasons = (
        *explain_cuts(more, tried, case.registers, not_twice=once, key=case.key),
        *explain_spans([*stuck, *lost], counted.registers, start=counted.start, key=case.key),
    )
    raise InfeasibleError(reasons or _too_early(early))


def _counted(case: Case) -> Counted:
    first = case.not_before or case.calendar.start
    if case.drawn_until is not None:
        first = max(first, case.drawn_until + timedelta(days=1))
    return Counted(case.registers, first)


def _spans(
    case: Case,
    counted: Counted,
    problem: Problem,
    plan: Plan,
    apart: tuple[Cut, ...],
    held: Collection[tuple[str, date]],
) -> tuple[SpanCut, ...]:
    """Return collisions that caps over time make in a plan, with the visits that leave."""
    if not any(i.visit_caps for i in counted.registers.inspectors.values()):
        return ()
    others = OtherDays(problem, plan.visits)

    def ways(visit: Visit) -> Elsewhere | None:
        if (visit.enterprise, visit.day) in held:
            return None
        return others.of(visit, case.drawn_until)

    return find_span_cuts(
        plan.visits,
        counted.registers,
        start=counted.start,
        ways=ways,
        held=held,
        apart=apart,
        not_twice=case.rules.team.not_twice,
        key=case.key,
    )


def _asked(found: SpanCut, counted: Counted) -> bool:
    """Return whether a collision keeps the odds that are to be committed from being worked out."""
    return counted.period is not None and any(g.day in counted.period for g in found.core)


def _lost(plan: Plan, filed: Sequence[Visit], moved: Sequence[SpanCut]) -> list[SpanCut]:
    """Return collisions for which a check that had a visit would lose it."""
    left = {out.check for out in plan.left_out}
    had = {v.enterprise for v in filed if not left.isdisjoint(v.checks)}
    return [one for one in moved if any(not had.isdisjoint(cut.enterprises) for cut in one.cuts)]


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
