"""Caps over time against an exact model of days and teams: ways out are found."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from ortools.sat.python import cp_model
from small_town import check, town
from test_plan_rest import pin
from test_plan_restore import case_of
from test_plan_spans import JANUARY, RULES, again

from optimizer.domain.days import Span, calendar_span
from optimizer.domain.inspector import Inspector, Recusal, VisitCap
from optimizer.domain.item import Item
from optimizer.errors import InfeasibleError, InputError
from optimizer.plan import Case, Plan, solve
from optimizer.plan.elsewhere import OtherDays

ITEMS = {
    "mine-8": Item("mine-8", "", "mine", skills=("lift",)),
    "mine-9": Item("mine-9", "", "mine", effort=2),
}
PEOPLE = {"mine-county": (3, 5), "fire-county": (2, 4)}


def tight(rng: random.Random) -> tuple[Case, Plan]:
    """A few visits of one or two units in two weeks, and a plan of them under no caps."""
    checks, pins = [], []
    number = rng.randint(4, 9)
    for n in range(number):
        names = []
        for k, department in enumerate(rng.choice([("mine",), ("mine",), ("mine", "fire")])):
            item = rng.choice(["mine-1", "mine-8", "mine-9"]) if department == "mine" else ""
            until = rng.choice([16, 30, 30])
            one = check(10 * n + k, (5, until), department, enterprise=f"E{n}", item=item)
            checks.append(one)
            names.append(one.id)
        day = rng.choice([5, 6, 7, 8, 9, 12, 13])
        pins.append(pin(day, *names, enterprise=f"E{n}", name=f"V{n}"))
    case = case_of(town(checks, RULES, people=8, items=ITEMS))
    everybody = case.registers.inspectors
    able = {name: replace(one, skills=frozenset({"lift"})) for name, one in everybody.items()}
    free = replace(case, registers=replace(case.registers, inspectors=able))
    plan = solve(replace(free, pinned=tuple(pins)).problem(), effort=1)
    few = {unit: rng.randint(*ends) for unit, ends in PEOPLE.items()}
    people = {
        name: _capped(rng, one, number) if one.unit in few else one
        for name, one in everybody.items()
        if one.unit not in few or int(name.rsplit("-", 1)[1]) < few[one.unit]
    }
    case = replace(case, registers=replace(case.registers, inspectors=people))
    kept = tuple(visit for visit in plan.visits if rng.random() < 0.2)
    try:
        replace(case, pinned=kept).problem()
    except InputError:
        kept = ()
    return replace(case, pinned=kept, key=bytes(32)), plan


def _capped(rng: random.Random, one: Inspector, number: int) -> Inspector:
    caps = []
    if rng.random() < 0.8:
        caps.append(VisitCap("week", rng.randint(1, 3), rng.randint(0, 1)))
    if rng.random() < 0.5:
        caps.append(VisitCap("month", rng.randint(2, 5), rng.randint(0, 1)))
    first = rng.choice([5, 12, 19])
    away = (Span(date(2026, 1, first), date(2026, 1, first + 4)),) if rng.random() < 0.2 else ()
    recused = (Recusal(f"E{rng.randrange(number)}", "family"),) if rng.random() < 0.3 else ()
    skills = frozenset({"lift"}) if rng.random() < 0.6 else frozenset()
    return replace(one, visit_caps=tuple(caps), leave=away, recusals=recused, skills=skills)


def has_a_way_out(case: Case, plan: Plan) -> bool:
    """Whether the plan's visits have days and teams under all caps, by one model of both."""
    others = OtherDays(case.problem(), plan.visits)
    held = {(visit.enterprise, visit.day) for visit in case.pinned}
    people = case.registers.inspectors
    model = cp_model.CpModel()
    day_load: dict[tuple[str, date], list[cp_model.LinearExpr]] = {}
    made: dict[tuple[str, VisitCap, Span], list[cp_model.IntVar]] = {}
    for visit in plan.visits:
        stays = (visit.enterprise, visit.day) in held
        days = [visit.day] if stays else sorted({visit.day, *others.of(visit).open})
        on = {day: model.new_bool_var("") for day in days}
        model.add_exactly_one(on.values())
        for seat in visit.seats:
            goes: dict[tuple[str, date], cp_model.IntVar] = {}
            for one in people.values():
                recused = any(r.enterprise == visit.enterprise for r in one.recusals)
                if one.unit != seat.unit or recused or one.max_half_days < seat.effort:
                    continue
                for day in filter(one.is_present, days):
                    x = goes[one.id, day] = model.new_bool_var("")
                    model.add_implication(x, on[day])
                    day_load.setdefault((one.id, day), []).append(seat.effort * x)
                    for cap in one.visit_caps:
                        place = (one.id, cap, calendar_span(cap.kind, day))
                        made.setdefault(place, []).append(x)
            model.add(sum(goes.values()) == seat.inspectors)
            for skill in seat.skills:
                holders = (x for (name, _), x in goes.items() if skill in people[name].skills)
                model.add(sum(holders) >= 1)
    for (name, _), load in day_load.items():
        model.add(sum(load) <= people[name].max_half_days)
    for (_, cap, span), visits in made.items():
        before = cap.made if JANUARY.first in span else 0
        model.add(sum(visits) <= max(0, cap.most - before))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_deterministic_time = 20
    status = solver.solve(model)
    assert status in (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.INFEASIBLE)
    return status != cp_model.INFEASIBLE


@pytest.mark.parametrize("block", range(2))
def test_a_way_out_is_found_where_there_is_one(block: int) -> None:
    """Teams are found for what is planned anew, and what is refused has no days and teams."""
    found = refused = 0
    for seed in range(8 * block, 8 * block + 8):
        case, plan = tight(random.Random(seed))
        try:
            again(case, plan)
        except InfeasibleError:
            refused += 1
            assert not has_a_way_out(case, plan), seed
        else:
            found += 1
    assert min(found, refused) >= 1
