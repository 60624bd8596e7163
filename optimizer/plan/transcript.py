"""``plan.json`` from the visits in place."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from optimizer import canon
from optimizer.domain.registry import Document
from optimizer.domain.visit import Seat, Visit
from optimizer.plan.board import Board
from optimizer.plan.bound import Lower
from optimizer.plan.compare import compare
from optimizer.plan.problem import Problem
from optimizer.plan.result import LeftOut, Plan
from optimizer.plan.scarce import Scarce, find_scarce
from optimizer.plan.site import Group, Site
from optimizer.plan.tolls import COMPANIONS, PART
from optimizer.plan.weights import Weights
from optimizer.plan.why import why_apart
from optimizer.plan.whynot import why_left_out


def make_plan(
    board: Board,
    lowers: list[Lower],
    *,
    solver: Document,
    version: int = 1,
    parent: str | None = None,
) -> Plan:
    """Number the visits, explain what was not merged or left out, and write the documents.

    Parameters
    ----------
    lowers
        By enterprise, as the problem has them.
    """
    problem = board.problem
    drafts: list[tuple[int, str, Site, Group]] = []
    for site in problem.sites:
        drafts.extend((day, site.enterprise.id, site, g) for g, day in board.placed(site))
    drafts.sort(key=lambda draft: draft[:2])
    visits: list[Visit] = []
    number: dict[tuple[int, int], str] = {}
    for n, (day, enterprise, site, group) in enumerate(drafts, start=1):
        name = f"V{n:06d}"
        number[site.index, day] = name
        own = [c for i, c in enumerate(site.checks) if group.mask >> i & 1]
        exempt = [c.source for c in own if c.source in problem.rules.exempt_sources]
        visits.append(
            Visit(
                name,
                enterprise,
                problem.calendar.day(day),
                tuple(c.id for c in own),
                group.team.lead,
                group.team.seats,
                min(exempt, default=""),
            )
        )
    left_out: list[LeftOut] = []
    lost_at: dict[int, list[str]] = {}
    unmerged: list[Document] = []
    for site in problem.sites:
        placed = board.placed(site)
        lost = site.all
        for group, _ in placed:
            lost &= ~group.mask
        for i, check in enumerate(site.checks):
            if lost >> i & 1:
                left_out.append(LeftOut(check.id, why_left_out(board, site, 1 << i)))
                lost_at.setdefault(site.index, []).append(check.id)
        unmerged.extend(
            {
                "enterprise": site.enterprise.id,
                "visits": [number[site.index, a[1]], number[site.index, b[1]]],
                "reason": why_apart(board, site, a, b),
            }
            for a, b in pairwise(placed)
        )
    left_out.sort(key=lambda out: out.check)
    bound = sum(lower.groups for lower in lowers)
    alone = sum(lower.left_out for lower in lowers)
    scarce = find_scarce(board, lowers)
    forced = scarce.lower if scarce else alone
    proofs = {
        check: _word(len(lost), lowers[index].left_out, len(left_out), forced)
        for index, lost in lost_at.items()
        for check in lost
    }
    cost = len(visits) + len(left_out)
    gap = Fraction(cost - bound, bound) if bound else Fraction(0)
    document: Document = {
        "format": "double-random/plan/v2",
        "campaign": problem.campaign,
        "problem": canon.digest(
            canon.canonical(problem.document), canon.hash_named(problem.document)
        ),
        "checks": problem.document["checks"],
        "version": version,
        "parent": parent,
        "visits": _visit_documents(visits),
        "left_out": [
            {"check": out.check, "reason": out.reason, "proof": proofs[out.check]}
            for out in left_out
        ],
        "bound": {
            "visits": bound,
            "enterprises": {
                site.enterprise.id: {
                    "lower": lower.groups,
                    "proof": _proof(lower.proof),
                    "left_out": lower.left_out,
                }
                | ({"apart": list(lower.apart)} if lower.apart else {})
                for site, lower in zip(problem.sites, lowers, strict=True)
                if lower.groups > 1 or lower.left_out
            },
            "capacity": None,
            "left_out": {
                "enterprises": alone,
                "capacity": _prices(problem, scarce) if scarce else None,
                "lower": forced,
            },
        },
        "unmerged": unmerged,
        "comparison": compare(board),
        "solver": solver,
    }
    return Plan(tuple(visits), tuple(left_out), bound, gap, problem.document, document, problem)


def _proof(proof: str | tuple[str, ...] | Weights) -> Document | list[str] | str:
    if isinstance(proof, str):
        return proof
    if isinstance(proof, Weights):
        return {"weights": dict(proof.weights), "of": proof.of}
    return list(proof)


def _prices(problem: Problem, scarce: Scarce) -> Document:
    named = []
    for thing, day, price in scarce.prices:
        row = problem.rows[thing.row]
        kind = row.kind if thing.share == 1 else "pairs"
        named.append([row.unit, kind, row.skill, problem.calendar.day(day).isoformat(), price])
    looked_at = {"part": PART, "leads": True, "companions": COMPANIONS}
    return {"of": scarce.of, "prices": sorted(named), **looked_at, "lower": scarce.lower}


def _word(here: int, least: int, every: int, least_of_all: int) -> str:
    """Return what proves that a check must be left out: its enterprise's bound, or that of all."""
    if here == least:
        return "enterprise"
    return "capacity" if every == least_of_all else "not proved"


def _visit_documents(visits: Sequence[Visit]) -> list[Document]:
    """Return visits as published, equal seats as one value: there are few, and many visits."""
    known: dict[tuple[Seat, ...], list[Document]] = {}
    found = []
    for visit in visits:
        document = visit_document(visit)
        document["seats"] = known.setdefault(visit.seats, document["seats"])
        found.append(document)
    return found


def visit_document(visit: Visit) -> Document:
    """Return a visit as published."""
    return {
        "id": visit.id,
        "enterprise": visit.enterprise,
        "day": visit.day.isoformat(),
        "checks": list(visit.checks),
        "lead": visit.lead,
        "seats": [
            {
                "unit": seat.unit,
                "inspectors": seat.inspectors,
                "effort": seat.effort,
                "skills": list(seat.skills),
            }
            for seat in visit.seats
        ],
        "exempt": visit.exempt,
    }
