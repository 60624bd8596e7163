"""Amending a plan: new checks, a new version with its parent and reason, and what changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from optimizer import canon
from optimizer.chance import Key
from optimizer.checks import check_entry
from optimizer.domain.check import Check
from optimizer.domain.days import Span
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.visit import Visit
from optimizer.errors import Fault, InputError
from optimizer.flow.carried import leave_as_drawn, with_drawn
from optimizer.flow.cases import Counted, staffed_case
from optimizer.flow.drawn import Standing
from optimizer.flow.periods import VERB
from optimizer.messages import phrase
from optimizer.plan import (
    Case,
    Plan,
    diff_plans,
    restore_case,
    restore_plan,
    restore_visits,
)
from optimizer.progress import SILENT, Progress
from optimizer.registers.fault import make_fault
from optimizer.teams import roster_document

UNSTAFFED = ("pinned-unstaffed", "pinned-capacity")
"""Faults of pinned visits that want people."""
NAMED = 5
"""People that a fault names."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """A later version of a plan.

    Attributes
    ----------
    plan
        With ``version`` and ``parent`` in its document.
    document
        ``amendment.json``: parent, reason, what was added and pinned.
    diff
        ``diff.json``: visit by visit, with what must be filed again.
    """

    case: Case
    plan: Plan
    document: Document
    diff: Document


def amend(
    case: Case,
    plan: Plan,
    *,
    added: Sequence[Check],
    cancelled: Collection[str] = (),
    pinned: Sequence[Visit] = (),
    drawn_until: date | None = None,
    counted: Counted | None = None,
    reason: str,
    effort: int,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Amendment:
    """Add checks to a plan and take others out, moving as little as possible.

    Parameters
    ----------
    case, plan
        The version that stands.
    cancelled
        Triggered checks, by identifier, that are not asked for any more.
    pinned
        Its visits that keep their day and their checks.
    drawn_until
        Up to this day no visits are planned but those that are pinned.
    counted
        As of `cases.staffed_case`.
    reason
        Why, for the file.

    Raises
    ------
    InputError
        On checks that do not fit the registers, or cannot be cancelled.
    InfeasibleError
        Where the visits cannot all be staffed.
    """
    _refuse_cancelled(case, cancelled, pinned)
    kept = [one for one in case.checks_document["checks"] if one["id"] not in cancelled]
    entries = [*kept, *(check_entry(check) for check in added)]
    checks = {**case.checks_document, "checks": sorted(entries, key=lambda entry: entry["id"])}
    fresh = replace(
        case,
        checks=tuple(
            sorted(
                (*(check for check in case.checks if check.id not in cancelled), *added),
                key=lambda check: check.id,
            )
        ),
        checks_document=checks,
        pinned=tuple(pinned),
    )
    parent = canon.digest(canon.canonical(plan.document), case.hash)
    found, cuts = staffed_case(
        fresh,
        previous=plan,
        drawn_until=drawn_until,
        counted=counted,
        effort=effort,
        workers=workers,
        progress=progress,
    )
    version = {"version": int(plan.document["version"]) + 1, "parent": parent}
    found = replace(found, document={**found.document, **version})
    document: Document = {
        "format": "double-random/amendment/v1",
        "campaign": case.campaign,
        **version,
        "plan": canon.digest(canon.canonical(found.document), case.hash),
        "reason": reason,
        "added": sorted(check.id for check in added),
        **({"cancelled": sorted(cancelled)} if cancelled else {}),
        "pinned": sorted(visit.id for visit in pinned),
    }
    return Amendment(
        replace(fresh, cuts=cuts), found, document, diff_plans(plan.document, found.document)
    )


def amend_standing(
    standing: Standing,
    registers: Registers,
    rules: RuleSet,
    *,
    period: Span | None = None,
    added: Sequence[Check] = (),
    cancelled: Collection[str] = (),
    reason: str,
    effort: int,
    workers: int = 1,
    progress: Progress = SILENT,
) -> Amendment:
    """Plan what is not drawn anew, with the inspectors as they are now; what is drawn stays.

    Parameters
    ----------
    registers
        As the plan that stands was made from, with its labels; the inspectors as they are now.
    rules
        As its ``problem.json`` writes them out.
    period
        Days whose odds are to be committed for it; by default all that is not drawn, in turn.
    added, cancelled, reason
        As of `amend`.

    Raises
    ------
    InputError
        On checks that do not fit, or visits with drawn teams that break a rule now.
    InfeasibleError
        Where the visits cannot all be staffed.
    """
    case = standing_case(standing, registers, rules)
    last = standing.rounds[-1]
    until = standing.drawn_until
    plan = restore_plan(standing.parsed(last.plan), case.problem())
    try:
        return amend(
            case,
            plan,
            added=added,
            cancelled=cancelled,
            pinned=_until(plan.visits, until),
            drawn_until=until,
            counted=counted_now(standing, registers, rules, case, period),
            reason=reason,
            effort=effort,
            workers=workers,
            progress=progress,
        )
    except InputError as error:
        raise _left_since(error, standing, case.registers) or error from None


def _left_since(error: InputError, standing: Standing, registers: Registers) -> InputError | None:
    """Return who was drawn and is on the register no more, where drawn visits fail for that alone.

    Visits that are drawn cannot be moved, as a fault of a pinned visit asks for.
    """
    until = standing.drawn_until
    days = {visit.id: visit.day for visit in standing.visits}
    for fault in error.faults:
        day = days.get(fault.file.removeprefix("pinned visit "))
        if fault.code not in UNSTAFFED or day is None or until is None or day > until:
            return None
    left: dict[str, set[str]] = {}
    for visit, units in standing.teams().items():
        for unit, people in units.items():
            for name in people:
                now = registers.inspectors.get(name)
                if now is None or now.unit != unit or not now.is_present(days[visit]):
                    left.setdefault(unit, set()).add(name)
    faults = []
    for unit, names in sorted(left.items()):
        told = ", ".join(sorted(names)[:NAMED]) + (" …" if len(names) > NAMED else "")
        words = phrase("drawn-left", people=told, until=until)
        faults.append(Fault("drawn-left", f"unit {unit}", None, "inspectors", "", *words))
    return InputError(faults) if faults else None


def counted_now(
    standing: Standing,
    registers: Registers,
    rules: RuleSet,
    case: Case,
    period: Span | None = None,
) -> Counted:
    """Return the inspectors for the caps over time: with the visits that are drawn by now."""
    until = standing.drawn_until
    first = case.calendar.start if until is None else until + timedelta(days=1)
    begun = period or Span(first, case.calendar.last)
    return Counted(with_drawn(standing, registers, begun, rules), begun.first, period)


def adopt_plan(
    standing: Standing,
    registers: Registers,
    rules: RuleSet,
    *,
    checks: Document,
    problem: Document,
    plan: Document,
    reason: str,
) -> Amendment:
    """Take a plan that was made elsewhere as the version that follows the one that stands.

    Parameters
    ----------
    registers, rules
        As of `amend_standing`.
    checks, problem, plan
        Its documents, of the same draw. Version and parent become those that follow here.
    reason
        Why, for the file.

    Raises
    ------
    InputError
        If it has other visits on days whose teams are drawn.
    """
    hash, campaign = standing.ledger.hash, standing.ledger.campaign
    case = restore_case(
        checks,
        problem,
        rules,
        key=Key.fromhex(standing.parsed("transcript/draw.json")["key"], hash),
        roster=roster_document(leave_as_drawn(standing, registers), campaign=campaign),
        plan=plan,
    )
    until = standing.drawn_until
    case = replace(case, drawn_until=until)
    before = standing.parsed(standing.latest("plan"))
    drawn = _until(restore_visits(before), until)
    if _until(restore_visits(plan), until) != drawn:
        raise InputError(make_fault("plan-drawn", VERB, None, "plan", until=str(until)))
    version = {
        "version": int(before["version"]) + 1,
        "parent": canon.digest(canon.canonical(before), hash),
    }
    found = restore_plan({**plan, **version}, case.problem())
    known = {one["id"] for one in standing.parsed(standing.latest("checks"))["checks"]}
    now = {one["id"] for one in checks["checks"]}
    document: Document = {
        "format": "double-random/amendment/v1",
        "campaign": campaign,
        **version,
        "plan": canon.digest(canon.canonical(found.document), hash),
        "reason": reason,
        "added": sorted(now - known),
        **({"cancelled": sorted(known - now)} if known - now else {}),
        "pinned": [visit.id for visit in drawn],
    }
    return Amendment(
        replace(case, registers=registers), found, document, diff_plans(before, found.document)
    )


def _until(visits: Sequence[Visit], until: date | None) -> tuple[Visit, ...]:
    return tuple(visit for visit in visits if until is not None and visit.day <= until)


def standing_case(standing: Standing, registers: Registers, rules: RuleSet) -> Case:
    """Return what the plan that stands was made from, with the inspectors as they are now."""
    registers = leave_as_drawn(standing, registers)
    last = standing.rounds[-1]
    case = restore_case(
        standing.parsed(last.checks),
        standing.parsed(last.problem),
        rules,
        key=Key.fromhex(standing.parsed("transcript/draw.json")["key"], standing.ledger.hash),
        roster=roster_document(registers, campaign=standing.ledger.campaign),
    )
    return replace(case, registers=registers, drawn_until=standing.drawn_until)


def _refuse_cancelled(case: Case, cancelled: Collection[str], pinned: Sequence[Visit]) -> None:
    free = {check.id for check in case.checks if check.kind == "triggered"}
    free -= {check for visit in pinned for check in visit.checks}
    unknown = sorted(set(cancelled) - free)
    if unknown:
        raise InputError(make_fault("check-cancel", "--cancel", value=name) for name in unknown)
