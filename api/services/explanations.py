"""What changed between two plans, why a visit is as it is, and why a check has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.security.keys import Caller
from api.services import campaigns, checks, live, plans, visit_rows
from api.services.documents import read_document
from api.services.service import Service
from api.store.tables import VisitRow
from optimizer import canon, flow
from optimizer.cli.plan.words import Words
from optimizer.domain.check import Check
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.plan import Case, LeftOut, Plan, diff_plans
from optimizer.plan.diff import KINDS
from optimizer.plan.restore import restore_cuts

_WORDS = {lang: Words(lang) for lang in ("zh", "en")}


@dataclass(frozen=True, slots=True)
class _Standing:
    """A version with what came since, ready to be explained."""

    case: Case
    plan: Plan
    visits: Mapping[str, tuple[Visit, ...]]


def difference(
    service: Service, session: Session, caller: Caller, name: str, before: int, after: int
) -> Document:
    """Return what changed from one version's document to another's.

    A department's key sees the visits with a check of its own, and counts of those.

    Raises
    ------
    ProblemError
        If there is no such version.
    """
    found = diff_plans(
        _document(service, session, name, before), _document(service, session, name, after)
    )
    lines = found["visits"]
    own = _own(service, session, caller, name)
    if own is not None:
        lines = [line for line in lines if own.intersection(line["checks"] + line["left"])]
    count = Counter(line["kind"] for line in lines)
    changed = [line for line in lines if line["refile"]]
    return {
        "campaign": name,
        "before": before,
        "after": after,
        "counts": {kind: count[kind] for kind in KINDS},
        "refile": len(changed),
        "left_out": [c for c in found["left_out"] if own is None or c in own],
        "placed": [c for c in found["placed"] if own is None or c in own],
        "items": [{**line, "text": _said(Words.change, line)} for line in changed],
    }


def left_out(
    service: Service, session: Session, caller: Caller, name: str, version: int
) -> list[Document]:
    """Return the checks that a version's document leaves out, each with its reason.

    Raises
    ------
    ProblemError
        If there is no such version.
    """
    document = _document(service, session, name, version)
    by_id = _onsite(service, session, name)
    own = _own(service, session, caller, name)
    found = []
    for out in document["left_out"]:
        if own is not None and out["check"] not in own:
            continue
        check = by_id[out["check"]]
        found.append(
            {
                "check": check.id,
                "enterprise": check.enterprise,
                "item": check.item,
                "department": check.department,
                "window": [check.release.isoformat(), check.due.isoformat()],
                "reason": out["reason"],
                "text": _said(Words.reason, out["reason"]),
                "why": f"/v1/campaigns/{name}/plans/{version}/left-out/{check.id}",
            }
        )
    return found


def why_left_out(
    service: Service, caller: Caller, name: str, version: int, check: str, *, effort: int
) -> Document:
    """Return the rules that collide over a check that is left out, and mends that are proved.

    It is asked beside the visits that stand: those of the version with what came since.

    Raises
    ------
    ProblemError
        If the version does not leave out such a check, or it is of another department.
    """
    with service.store.read() as session:
        if check not in {out["check"] for out in left_out(service, session, caller, name, version)}:
            raise ProblemError("not-found", f"version {version} leaves out no check {check!r}")
        standing = _standing(service, session, name, version)
        now = live.standing(session, name)
        fixed = now.fixed_until if now.plan == version else None
    until = None if fixed is None else date.fromisoformat(fixed)
    case, plan = standing.case, standing.plan
    with service.computing():
        found = flow.why_not(case, plan, check, effort=effort, drawn_until=until)
    told = {lang: list(words.why_not(found)) for lang, words in _WORDS.items()}
    return {"campaign": name, "version": version, **found, "text": told}


def explain_visit(service: Service, row: VisitRow) -> Document:
    """Return why a visit is on its day, and why no other of its enterprise is one with it."""
    with service.store.read() as session:
        standing = _standing(service, session, row.campaign, row.plan, fresh=row)
    with service.computing():
        found = flow.explained(standing.case, standing.plan, visit=row.id)
    # Others' checks without a visit are no part of this visit.
    found["left_out"] = []
    told = {lang: list(words.explained(found)) for lang, words in _WORDS.items()}
    (visit,) = found["visits"]
    return {
        "visit": f"/v1/visits/{row.number}",
        "number": row.number,
        "campaign": row.campaign,
        "plan": row.plan,
        "enterprise": row.enterprise,
        "reserved": row.reserved,
        "id": visit["visit"],
        **{key: visit[key] for key in ("day", "lead", "exempt", "checks", "why_day")},
        "pairs": found["pairs"],
        "text": told,
    }


def _standing(
    service: Service, session: Session, name: str, version: int, fresh: VisitRow | None = None
) -> _Standing:
    """Return a version to be explained, from memory while it shows `fresh` as it is now."""
    key = ("standing", name, version)
    held = service.memory.get(key, lambda: _make(service, session, name, version))
    if fresh is not None and visit_rows.visit_of(fresh) not in held.visits.get(
        fresh.enterprise, ()
    ):
        held = _make(service, session, name, version)
        service.memory.put(key, held)
    return held


def _make(service: Service, session: Session, name: str, version: int) -> _Standing:
    document = _document(service, session, name, version)
    rows = visit_rows.of_version(session, name, version)
    visits = tuple(map(visit_rows.visit_of, rows))
    pinned = tuple(visit for row, visit in zip(rows, visits, strict=True) if row.reserved)
    out = tuple(LeftOut(each["check"], each["reason"]) for each in document["left_out"])
    asked = {check for visit in visits for check in visit.checks} | {each.check for each in out}
    case = flow.case_of(campaigns.load_revealed(service, name))
    case = replace(
        case,
        checks=tuple(c for c in _onsite(service, session, name).values() if c.id in asked),
        pinned=pinned,
        cuts=restore_cuts(document),
    )
    with service.computing():
        problem = case.problem()
    plan = Plan(visits, out, 0, Fraction(0), problem.document, document, problem)
    by_enterprise: dict[str, tuple[Visit, ...]] = {}
    for visit in visits:
        by_enterprise[visit.enterprise] = (*by_enterprise.get(visit.enterprise, ()), visit)
    return _Standing(case, plan, by_enterprise)


def _onsite(service: Service, session: Session, name: str) -> dict[str, Check]:
    revealed = campaigns.load_revealed(service, name)
    every = checks.together(revealed.checks, checks.submitted(session, revealed.committed))
    return {check.id: check for check in every.onsite}


def _own(service: Service, session: Session, caller: Caller, name: str) -> set[str] | None:
    """Return the checks of the caller's department; ``None``: it sees everything."""
    if caller.sees_everything:
        return None
    every = _onsite(service, session, name).values()
    return {check.id for check in every if check.department == caller.department}


def _document(service: Service, session: Session, name: str, version: int) -> Document:
    held = plans.find(session, name, version).figures["document"]
    row = campaigns.find(session, name)
    found: Document = canon.parse(read_document(service, row, session, held).data)
    return found


def _said(say: Callable[[Words, Any], str], what: Any) -> dict[str, str]:
    return {lang: say(words, what) for lang, words in _WORDS.items()}
