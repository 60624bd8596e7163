"""Peers of the teams lottery: random serial choice, a solver with random aims, panel lotteries."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from ortools.sat.python import cp_model

from benchmarks.teams_case import NO_CAP, Roll, Teams, week_cap, week_of
from benchmarks.teams_instances import Instance


def random_serial(instance: Instance) -> Callable[[int], Teams]:
    """Fill visit by visit in random order, each seat by lot among those who are still free.

    What departments do today: nobody looks ahead, so a day may end with seats nobody can fill.
    """
    roll = Roll(instance)
    days: dict[Any, list[Any]] = {}
    for visit in instance.visits:
        days.setdefault(visit.day, []).append(visit)

    def draw(number: int) -> Teams:
        rng = random.Random(number)  # noqa: S311 - a peer's simulation
        weeks: dict[tuple[str, int], int] = {}
        teams: dict[str, dict[str, list[str]]] = {}
        for day, visits in days.items():
            used: dict[str, int] = {}
            for visit in rng.sample(visits, len(visits)):
                for seat in visit.seats:
                    team: list[str] = []
                    free = [
                        p
                        for p in roll.able(visit, seat)
                        if used.get(p.id, 0) + seat.effort <= p.max_half_days
                        and (
                            (cap := week_cap(p)) is None or weeks.get((p.id, week_of(day)), 0) < cap
                        )
                    ]
                    for skill in (*seat.skills, *[""] * (seat.inspectors - len(seat.skills))):
                        left = [p for p in free if p.id not in team]
                        left = [p for p in left if not skill or skill in p.skills]
                        if left:
                            team.append(rng.choice(left).id)
                    for name in team:
                        used[name] = used.get(name, 0) + seat.effort
                        weeks[name, week_of(day)] = weeks.get((name, week_of(day)), 0) + 1
                    teams.setdefault(visit.id, {})[seat.unit] = team
        return teams

    return draw


def random_objective(instance: Instance) -> Callable[[int], Teams]:
    """Fill all seats of a unit at once by CP-SAT, for the sake of a random weight on each pair."""
    roll = Roll(instance)
    models = [_model(instance, roll, unit) for unit in sorted(roll.unit)]

    def draw(number: int) -> Teams:
        rng = random.Random(number)  # noqa: S311 - a peer's simulation
        teams: dict[str, dict[str, list[str]]] = {}
        for unit, (model, seats) in zip(sorted(roll.unit), models, strict=True):
            model.clear_objective()
            model.maximize(sum(rng.randrange(1000) * x for _, _, x in seats))
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            solver.parameters.random_seed = number
            if solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                for visit, name, x in seats:
                    if solver.value(x):
                        teams.setdefault(visit, {}).setdefault(unit, []).append(name)
        return teams

    return draw


def _model(
    instance: Instance, roll: Roll, unit: str
) -> tuple[cp_model.CpModel, list[tuple[str, str, cp_model.IntVar]]]:
    model = cp_model.CpModel()
    seats: list[tuple[str, str, cp_model.IntVar]] = []
    half_days: dict[Any, list[Any]] = {}
    weeks: dict[Any, list[cp_model.IntVar]] = {}
    for visit in instance.visits:
        for seat in visit.seats:
            if seat.unit != unit:
                continue
            rows: dict[str, list[cp_model.IntVar]] = {}
            others = seat.inspectors - len(seat.skills)
            for skill, many in (*((s, 1) for s in seat.skills), ("", others)):
                fills = []
                for person in roll.able(visit, seat):
                    if many and (not skill or skill in person.skills):
                        x = model.new_bool_var("")
                        fills.append(x)
                        rows.setdefault(person.id, []).append(x)
                        seats.append((visit.id, person.id, x))
                        half_days.setdefault((person, visit.day), []).append(seat.effort * x)
                        if week_cap(person) < NO_CAP:
                            weeks.setdefault((person, week_of(visit.day)), []).append(x)
                model.add(sum(fills) == many)
            for variables in rows.values():
                model.add_at_most_one(variables)
    for (person, _), terms in half_days.items():
        model.add(sum(terms) <= person.max_half_days)
    for (person, _), terms in weeks.items():
        model.add(sum(terms) <= week_cap(person))
    return model, seats
