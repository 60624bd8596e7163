"""Why a visit is as it is, and why a check has none, as data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations

from optimizer.domain.cut import Cut
from optimizer.domain.days import Span
from optimizer.domain.registry import Document
from optimizer.errors import InputError
from optimizer.plan import (
    Case,
    Plan,
    Trial,
    board_of,
    collision,
    explain_day,
    explain_pairs,
    proved_mends,
)
from optimizer.registers.fault import make_fault


def explained(
    case: Case, plan: Plan, *, visit: str | None = None, enterprise: str | None = None
) -> Document:
    """Return why an enterprise's visits, or one of them, are as they are.

    Raises
    ------
    InputError
        Where the plan has no such visit or enterprise.
    """
    if visit is not None:
        at = {v.id: v.enterprise for v in plan.visits}
        if visit not in at:
            raise InputError(make_fault("visit-unknown", "--visit", value=visit))
        enterprise = at[visit]
    problem = plan.problem
    site = next((s for s in problem.sites if s.enterprise.id == enterprise), None)
    if site is None:
        fault = make_fault("enterprise-not-planned", "--enterprise", value=str(enterprise))
        raise InputError(fault)
    board = board_of(problem, plan.visits)
    own = [v for v in plan.visits if v.enterprise == enterprise]
    names = {problem.calendar.index(v.day): v.id for v in own}
    about = {check.id: check for check in site.checks}
    lost = {out.check: out.reason for out in plan.left_out}
    pairs = explain_pairs(board, site, names)
    return {
        "enterprise": enterprise,
        "visits": [
            {
                "visit": v.id,
                "day": v.day.isoformat(),
                "lead": v.lead,
                "exempt": v.exempt,
                "checks": [
                    {
                        "check": c,
                        "item": about[c].item,
                        "department": about[c].department,
                        "source": about[c].source,
                        "window": [about[c].release.isoformat(), about[c].due.isoformat()],
                        "units": list(about[c].units),
                    }
                    for c in v.checks
                ],
                "why_day": explain_day(board, site, problem.calendar.index(v.day)),
            }
            for v in own
            if visit in (None, v.id)
        ],
        "pairs": [p for p in pairs if visit is None or visit in p["visits"]],
        "left_out": [{"check": c.id, "reason": lost[c.id]} for c in site.checks if c.id in lost],
    }


def hold_drawn(case: Case, plan: Plan, enterprise: str, until: date | None) -> Case:
    """Return a case in which visits up to a day, whose teams are drawn, stay.

    The enterprise gets no other visit up to that day; ``None``: nothing is drawn.
    """
    if until is None:
        return case
    held = {(visit.enterprise, visit.day) for visit in case.pinned}
    stay = tuple(v for v in plan.visits if v.day <= until or (v.enterprise, v.day) in held)
    own = {visit.day for visit in stay if visit.enterprise == enterprise}
    free = [day for day in Span(case.calendar.start, until) if day not in own]
    units = sorted({u for c in case.checks if c.enterprise == enterprise for u in c.units})
    cuts = tuple(
        Cut(unit, day, "", 0, 1, (), (enterprise,), "drawn") for unit in units for day in free
    )
    return replace(case, pinned=stay, cuts=(*case.cuts, *cuts), drawn_until=until)


def why_not(
    case: Case, plan: Plan, name: str, *, effort: int, drawn_until: date | None = None
) -> Document:
    """Return the rules that collide over a check that is left out, and the mends that are proved.

    Parameters
    ----------
    drawn_until
        Last day whose teams are drawn: no visit up to it is moved, or made.

    Raises
    ------
    InputError
        Where the plan has no such check, or it is in a visit.
    """
    check = next((c for c in case.checks if c.id == name), None)
    if check is None:
        raise InputError(make_fault("check-not-planned", "CHECK", value=name))
    for visit in plan.visits:
        if name in visit.checks:
            day = visit.day.isoformat()
            fault = make_fault("check-visited", "CHECK", value=name, visit=visit.id, day=day)
            raise InputError(fault)
    case = hold_drawn(case, plan, check.enterprise, drawn_until)
    trial = Trial(case, plan, check)
    found = collision(trial)
    mends = [] if found.fits else proved_mends(case, plan, trial, found, effort=effort)
    return {
        "check": name,
        "enterprise": check.enterprise,
        "item": check.item,
        "window": [check.release.isoformat(), check.due.isoformat()],
        "units": list(check.units),
        "reason": next(o.reason for o in plan.left_out if o.check == name),
        "collide": [
            {
                "rule": kind,
                "name": of,
                "enough": (kind, of) in found.enough,
                **_told(trial, kind, of),
            }
            for kind, of in found.rules
        ],
        "minimal": found.minimal,
        "scope": found.scope,
        "checks": len(trial.asked),
        "free": [visit.id for visit in trial.free],
        "fits": found.fits,
        "mends": [mend.document() for mend in mends],
    }


def _told(trial: Trial, kind: str, name: str) -> Document:
    """Return what else there is to say of a rule that collides."""
    case, check = trial.case, trial.check
    rules, items = case.rules, case.registers.items
    if kind == "cap":
        cap = next(cap for cap in rules.caps if cap.id == name)
        risk = case.registers.enterprises[check.enterprise].risk
        limit = cap.limits.get(risk, cap.limit)
        return {"limit": limit, "by": list(cap.by), "clause": cap.source}
    if kind in ("quiet", "closed"):
        dated = rules.quiet if kind == "quiet" else rules.closed
        return {"clause": next(rule.source for rule in dated if rule.id == name)}
    if kind == "item-cap":
        return {"limit": items[name].yearly_cap, "clause": items[name].basis}
    if kind == "gap":
        return {"days": rules.gap_days}
    if kind == "incompatible":
        there = sorted({c.item for c in case.checks if c.id in trial.asked})
        return {
            "items": [
                [a, b]
                for a, b in combinations(there, 2)
                if a in items[b].incompatible or b in items[a].incompatible
            ]
        }
    return {}
