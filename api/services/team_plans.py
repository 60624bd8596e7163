"""The plan that odds are for: the one in the campaign's ledger, or the newest version after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.problems import ProblemError
from api.security.keys import Caller
from api.services import campaigns, plans, visit_rows
from api.services.service import Service
from api.store.database import Write
from api.store.tables import PlanRow, VisitRow
from optimizer import canon, flow
from optimizer.domain.days import Span
from optimizer.domain.visit import Visit
from optimizer.draw.sources import make_announcement
from optimizer.flow import Standing, may_replace
from optimizer.plan import restore_visits

UNTIMED = {"source": "dice", "sides": 10}
"""Announced for odds that are replaced in the same act, and so never drawn."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a period's odds are committed on.

    Attributes
    ----------
    version
        Of the service's plans.
    standing
        With what the ledger needs before.
    documents
        Path → bytes of that.
    amendment
        How the version follows the plan in the ledger; ``None``: it is that plan.
    write
        Writes the version, where it is made for these odds.
    """

    version: int
    standing: Standing
    amendment: flow.Amendment | None = None
    documents: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    write: Callable[[Write], PlanRow] | None = None

    @property
    def visits(self) -> tuple[Visit, ...]:
        """Of the version."""
        if self.amendment is None:
            return self.standing.visits
        return self.amendment.plan.visits


def find_basis(
    service: Service, caller: Caller, name: str, standing: Standing, period: Span, now: str
) -> Basis:
    """Return the plan that stands in the service, as the campaign's ledger takes it over.

    Where requests changed the visits up to the period's end since the newest version was made,
    the schedule is written down as it stands, as the next version. To be called while the period
    is held (`api.services.fixing`).

    Raises
    ------
    InputError
        As of `optimizer.flow.adopt_plan`.
    """
    loaded = campaigns.load(service, name)
    base = loaded.committed
    write = None
    with service.store.read() as session:
        row = campaigns.find(session, name)
        held = int(row.facts.get("odds_plan", 1))
        version = plans.newest(session, name) or 1
        made = plans.find(session, name, version)
        reason = f"plan version {version}: {made.reason}"
        found = plans.read_documents(service, session, made, "checks", "problem", "plan")
        live = visit_rows.standing(session, name, version)
    checks, problem, plan = map(canon.parse, found)
    if _until(live, period.last) != _until(restore_visits(plan), period.last):
        version, planned, write = plans.write_down(
            service, caller, name, f"as it stood for the odds of {period}"
        )
        reason = f"plan version {version}: as it stood"
        checks = planned.revealed.checks_document
        problem, plan = planned.plan.problem_document, planned.plan.document
    elif version == held:
        return Basis(version, standing)
    documents: Mapping[str, bytes] = MappingProxyType({})
    if not standing.rounds:
        # The ledger's first odds are of the plan that it holds: of its first day, and replaced at
        # once by those that are asked for, since only then may a plan be amended.
        first = min(visit.day for visit in standing.visits)
        begun = flow.commit_round(
            standing,
            base.registers,
            base.rules,
            period=Span(first, first),
            announced=make_announcement(UNTIMED).document(),
            time=now,
            kappa=loaded.scenario.kappa,
        )
        documents = begun.documents
        entries = {"ledger/entries.jsonl": begun.ledger.to_jsonl()}
        standing = Standing.read({**standing.documents, **documents, **entries})
    amendment = flow.adopt_plan(
        standing,
        flow.as_committed(standing, base.registers),
        base.rules,
        checks=checks,
        problem=problem,
        plan=plan,
        reason=reason,
    )
    return Basis(version, standing, amendment, documents, write)


def _until(visits: Iterable[Visit], last: date) -> list[tuple[Any, ...]]:
    """Return what identifies the visits up to a day, with the numbers that teams name."""
    return sorted(
        (visit.day, visit.enterprise, visit.id, tuple(sorted(visit.checks)))
        for visit in visits
        if visit.day <= last
    )


def refuse_other(session: Session, name: str, basis: Basis, period: Span) -> None:
    """Refuse odds of a period whose visits are not those of the plan version.

    Raises
    ------
    ProblemError
        Where they changed all the same, since the hold ran out.
    """
    changed = _changed(session, name, basis.visits, period)
    if changed or plans.newest(session, name) != basis.version:
        raise ProblemError(
            "busy",
            f"the visits of {len(changed)} enterprises in {period} changed while the odds were "
            f"computed{_some(changed)}",
            headers={"retry-after": "1"},
        )


def refuse_changed(session: Session, name: str, standing: Standing, span: Span, now: str) -> None:
    """Refuse to draw days whose visits are not those that the odds are for.

    Once the seed can be known, the odds stand, and the draw goes on: what they do not cover is
    planned anew, on days that are not drawn, by the next plan version.

    Raises
    ------
    ProblemError
        Where requests or a later plan changed the visits, and odds may still be committed anew.
    """
    changed = _changed(session, name, standing.visits, span)
    if changed and may_replace(standing.ledger, now):
        raise ProblemError(
            "wrong-order",
            f"the visits of {len(changed)} enterprises on {span} changed since the odds were "
            f"committed{_some(changed)}: commit the odds anew, with the reason, then draw",
        )


def _some(enterprises: Sequence[str]) -> str:
    return f" ({', '.join(enterprises[:5])})" if enterprises else ""


def _changed(session: Session, name: str, visits: Sequence[Visit], span: Span) -> list[str]:
    """Return the enterprises whose live visits in a span are not those of `visits`."""
    found: Any = session.execute(
        select(VisitRow.enterprise, VisitRow.day, VisitRow.checks).where(
            VisitRow.campaign == name,
            VisitRow.plan == plans.newest(session, name),
            VisitRow.day >= span.first.isoformat(),
            VisitRow.day <= span.last.isoformat(),
        )
    )
    live = {(enterprise, day, tuple(sorted(checks))) for enterprise, day, checks in found}
    known = {
        (visit.enterprise, visit.day.isoformat(), tuple(sorted(visit.checks)))
        for visit in visits
        if visit.day in span
    }
    return sorted({enterprise for enterprise, _, _ in live ^ known})
