"""Back from the published documents to the values they were made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from optimizer.canon import hash_named
from optimizer.domain.check import Check
from optimizer.domain.cut import Cut
from optimizer.domain.days import Calendar, Span
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.inspector import CAP_KINDS, Inspector, Recusal, VisitCap
from optimizer.domain.item import Item
from optimizer.domain.registry import Document, Registers
from optimizer.domain.rules import RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import Seat, Visit, VisitMade
from optimizer.plan.capacity import Capacity
from optimizer.plan.case import Case
from optimizer.plan.problem import Problem
from optimizer.plan.result import LeftOut, Plan


def restore_case(
    checks: Document,
    problem: Document,
    rules: RuleSet,
    *,
    key: bytes,
    roster: Document | None = None,
    plan: Document | None = None,
) -> Case:
    """Return the case that ``checks.json`` and ``problem.json`` tell of.

    Names, places and whoever has no check are not published, and so not in its registers.

    Parameters
    ----------
    rules
        As ``problem.rules`` writes them out.
    key
        As of `Case`.
    roster
        ``roster.json``; without it recusals are not known, and capacities are as published.
    plan
        ``plan.json``, for its cuts.
    """
    calendar = Calendar(
        date.fromisoformat(problem["calendar"]["start"]),
        tuple(flag == "1" for flag in problem["calendar"]["working"]),
    )
    items = {
        i: Item(
            i,
            i,
            one["department"],
            inspectors=one["inspectors"],
            effort=one["effort"],
            skills=tuple(one["skills"]),
            yearly_cap=one["yearly_cap"],
            incompatible=frozenset(one["incompatible"]),
        )
        for i, one in problem["items"].items()
    }
    units, made = _units_and_made(problem)
    about = problem["enterprises"]
    registers = Registers(
        MappingProxyType(
            {
                e: Enterprise(
                    e,
                    e,
                    one["county"],
                    one["industry"],
                    one["risk"],
                    zones=tuple(one["zones"]),
                    size=one.get("size", ""),
                )
                for e, one in about.items()
            }
        ),
        MappingProxyType(units),
        MappingProxyType(restore_inspectors(roster) if roster is not None else {}),
        MappingProxyType(items),
        visits_made=made,
        sections=MappingProxyType({one["industry"]: one["section"] for one in about.values()}),
    )
    later = problem.get("not_before")
    return Case(
        problem["campaign"],
        tuple(restore_check(one, items) for one in checks["checks"]),
        rules,
        registers,
        calendar,
        checks,
        None if roster is not None else _capacity(problem),
        cuts=restore_cuts(plan) if plan is not None else (),
        not_before=date.fromisoformat(later) if later is not None else None,
        hash=hash_named(problem),
        key=key,
    )


def restore_check(entry: Mapping[str, Any], items: Mapping[str, Item]) -> Check:
    """Return a check of ``checks.json``."""
    return Check(
        entry["id"],
        entry["enterprise"],
        entry["item"],
        items[entry["item"]].department,
        entry["kind"],
        entry["source"],
        date.fromisoformat(entry["release"]),
        date.fromisoformat(entry["due"]),
        tuple(entry["units"]),
        entry["level"],
        entry["reason"],
        severity=entry["severity"],
    )


def restore_visits(plan: Mapping[str, Any]) -> tuple[Visit, ...]:
    """Return the visits of ``plan.json``, in its order."""
    return tuple(
        Visit(
            id=one["id"],
            enterprise=one["enterprise"],
            day=date.fromisoformat(one["day"]),
            checks=tuple(one["checks"]),
            lead=one["lead"],
            seats=tuple(
                Seat(s["unit"], s["inspectors"], s["effort"], tuple(s["skills"]))
                for s in one["seats"]
            ),
            exempt=one["exempt"],
        )
        for one in plan["visits"]
    )


def restore_cuts(plan: Mapping[str, Any]) -> tuple[Cut, ...]:
    """Return the cuts that ``plan.json`` names among the solver's settings."""
    return tuple(
        Cut(
            one["unit"],
            date.fromisoformat(one["day"]),
            one["skill"],
            one["possible"],
            one["asked"],
            (),
            tuple(one["enterprises"]),
            one["reason"],
            one.get("days", 1),
        )
        for one in plan["solver"].get("cuts", ())
    )


def restore_plan(document: Document, problem: Problem) -> Plan:
    """Return the plan that ``plan.json`` tells of, for its problem."""
    bound = int(document["bound"]["visits"])
    cost = len(document["visits"]) + len(document["left_out"])
    return Plan(
        restore_visits(document),
        tuple(LeftOut(out["check"], out["reason"]) for out in document["left_out"]),
        bound,
        Fraction(cost - bound, bound) if bound else Fraction(0),
        problem.document,
        document,
        problem,
    )


def _units_and_made(problem: Mapping[str, Any]) -> tuple[dict[str, Unit], tuple[VisitMade, ...]]:
    """Return the units, and the visits made, each by a unit of the level and area it tells of.

    Which unit came is not published; where no other has the place, one without people stands in.
    """
    units = {
        u: Unit(u, u, one["department"], one["department"], one["level"], one["area"])
        for u, one in problem["units"].items()
    }
    there = {(unit.level, unit.area): u for u, unit in units.items()}
    made = []
    for one in problem["visits_made"]:
        place = one.get("level", ""), one.get("area", "")
        if any(place) and place not in there:
            name = there[place] = f"made in {' '.join(place)}"  # No identifier has a space.
            units[name] = Unit(name, name, "", "", *place)
        made.append(
            VisitMade(
                one["enterprise"],
                date.fromisoformat(one["day"]),
                one["department"],
                one["source"],
                unit=there[place] if any(place) else "",
                item=one.get("item", ""),
            )
        )
    return units, tuple(made)


def restore_inspectors(roster: Mapping[str, Any]) -> dict[str, Inspector]:
    """Return the inspectors of ``roster.json`` by identifier."""
    return {
        one["id"]: Inspector(
            one["id"],
            one["id"],
            one["unit"],
            "",
            _span(one["valid"]),
            frozenset(one["skills"]),
            tuple(_span(pair) for pair in one["leave"]),
            tuple(Recusal(enterprise, kind) for enterprise, kind in one["recusals"]),
            one["max_half_days"],
            one["workload"],
            tuple(
                VisitCap(kind, one["max_visits"][kind], one.get("visits", {}).get(kind, 0))
                for kind in CAP_KINDS
                if kind in one.get("max_visits", {})
            ),
            tuple(one.get("last_visited", ())),
            tuple(one.get("apart", ())),
        )
        for one in roster["inspectors"]
    }


def _span(pair: Sequence[str]) -> Span:
    return Span(date.fromisoformat(pair[0]), date.fromisoformat(pair[1]))


def _capacity(problem: Mapping[str, Any]) -> Capacity:
    def lines(name: str) -> dict[str, tuple[int, ...]]:
        return {u: tuple(line) for u, line in problem[name].items()}

    def by_skill(name: str) -> dict[str, dict[str, tuple[int, ...]]]:
        return {u: {s: tuple(v) for s, v in by.items()} for u, by in problem[name].items()}

    return Capacity(
        lines("present"),
        lines("full"),
        lines("capacity"),
        by_skill("skill_present"),
        by_skill("skill_capacity"),
    )
