# mypy: disallow-untyped-decorators=False
# No `from __future__ import annotations`: Timefold reads the annotations of its classes.
"""The Timefold model: a planning entity a check, its day the variable.

Classes and streams stand at module level, because the library translates them to Java by name.
"""

from dataclasses import dataclass, field
from typing import Annotated

from timefold.solver.domain import (
    PlanningEntityCollectionProperty,
    PlanningId,
    PlanningScore,
    PlanningVariable,
    ProblemFactCollectionProperty,
    ValueRangeProvider,
    planning_entity,
    planning_solution,
)
from timefold.solver.score import (
    Constraint,
    ConstraintCollectors,
    ConstraintFactory,
    HardSoftScore,
    Joiners,
    constraint_provider,
)


@dataclass
class Room:
    """Room of one row of capacity on one day; `key` is row x 1,000 + day.

    `present` is how many inspectors the unit has there that day.
    """

    key: int
    room: int
    present: int


@dataclass
class Use:
    """What a visit takes of a row on a day, and how many inspectors it needs for that."""

    key: int
    amount: int
    people: int


@planning_entity
@dataclass
class Task:
    """A check. `units` are places of units in order of identifier."""

    id: Annotated[int, PlanningId]
    site: int
    department: int
    exempt: bool
    units: list[int]
    inspectors: int
    effort: int
    skill: int
    clashes: list[int]
    department_limit: int
    total_limit: int
    days: Annotated[list[int], ValueRangeProvider(id="days")]
    day: Annotated[
        int | None, PlanningVariable(value_range_provider_refs=["days"], allows_unassigned=True)
    ] = field(default=None)


@planning_solution
@dataclass
class Year:
    """The whole city."""

    rooms: Annotated[list[Room], ProblemFactCollectionProperty]
    tasks: Annotated[list[Task], PlanningEntityCollectionProperty]
    score: Annotated[HardSoftScore | None, PlanningScore] = field(default=None)


def uses_of(day: int, tasks: list[Task]) -> list[Use]:
    """Return what the visit with these tasks takes; row = unit x 3 + (half-days, full, skill)."""
    needs: dict[int, int] = {}
    efforts: dict[int, int] = {}
    skills: dict[int, int] = {}
    for task in tasks:
        for unit in task.units:
            needs[unit] = max(needs.get(unit, 0), task.inspectors)
            efforts[unit] = max(efforts.get(unit, 0), task.effort)
            skills[unit] = max(skills.get(unit, 0), task.skill)
    lead = -1
    for unit in needs:
        if lead < 0 or needs[unit] > needs[lead] or (needs[unit] == needs[lead] and unit < lead):
            lead = unit
    found: list[Use] = []
    for unit in needs:
        people = needs[unit] if unit == lead else 1
        effort = efforts[unit]
        found.append(Use(unit * 3000 + day, people * effort, people))
        if effort == 2:
            found.append(Use(unit * 3000 + 1000 + day, people, people))
        if skills[unit] > 0:
            found.append(Use(unit * 3000 + 2000 + day, effort, 1))
    return found


GAP_DAYS = 3
LEFT_OUT = 10


@constraint_provider
def constraints(factory: ConstraintFactory) -> list[Constraint]:
    """Return all of them."""
    return [
        left_out(factory),
        visits(factory),
        capacity(factory),
        presence(factory),
        clashes(factory),
        gap(factory),
        department_cap(factory),
        total_cap(factory),
    ]


def left_out(factory: ConstraintFactory) -> Constraint:
    """A check without a day."""
    return (
        factory.for_each_including_unassigned(Task)
        .filter(lambda task: task.day is None)
        .penalize(HardSoftScore.of_soft(LEFT_OUT))
        .as_constraint("left out")
    )


def visits(factory: ConstraintFactory) -> Constraint:
    """Each enterprise and day with a check."""
    return (
        factory.for_each(Task)
        .group_by(lambda task: task.site, lambda task: task.day)
        .penalize(HardSoftScore.ONE_SOFT)
        .as_constraint("visits")
    )


def capacity(factory: ConstraintFactory) -> Constraint:
    """Rows of units on days: seats follow from all checks of a visit."""
    return (
        factory.for_each(Task)
        .group_by(lambda task: task.site, lambda task: task.day, ConstraintCollectors.to_list())
        .map(lambda site, day, tasks: uses_of(day, tasks))
        .flatten_last(lambda uses: uses)
        .group_by(lambda use: use.key, ConstraintCollectors.sum(lambda use: use.amount))
        .join(Room, Joiners.equal(lambda key, amount: key, lambda room: room.key))
        .filter(lambda key, amount, room: amount > room.room)
        .penalize(HardSoftScore.ONE_HARD, lambda key, amount, room: amount - room.room)
        .as_constraint("capacity")
    )


def presence(factory: ConstraintFactory) -> Constraint:
    """More inspectors for one visit than are there, whatever half-days they have."""
    return (
        factory.for_each(Task)
        .group_by(lambda task: task.site, lambda task: task.day, ConstraintCollectors.to_list())
        .map(lambda site, day, tasks: uses_of(day, tasks))
        .flatten_last(lambda uses: uses)
        .join(Room, Joiners.equal(lambda use: use.key, lambda room: room.key))
        .filter(lambda use, room: use.people > room.present)
        .penalize(HardSoftScore.ONE_HARD, lambda use, room: use.people - room.present)
        .as_constraint("presence")
    )


def clashes(factory: ConstraintFactory) -> Constraint:
    """Incompatible items in one visit."""
    return (
        factory.for_each(Task)
        .filter(lambda task: len(task.clashes) > 0)
        .join(
            Task,
            Joiners.equal(lambda task: task.site),
            Joiners.equal(lambda task: task.day),
            Joiners.less_than(lambda task: task.id),
        )
        .filter(lambda a, b: b.id in a.clashes)
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("clashes")
    )


def gap(factory: ConstraintFactory) -> Constraint:
    """Planned checks too near to each other, even where an exempt visit would allow it."""
    return (
        factory.for_each(Task)
        .filter(lambda task: not task.exempt)
        .join(
            Task,
            Joiners.equal(lambda task: task.site),
            Joiners.less_than(lambda task: task.day),
        )
        .filter(lambda a, b: not b.exempt and b.day - a.day < GAP_DAYS)
        .penalize(HardSoftScore.ONE_HARD)
        .as_constraint("gap")
    )


def department_cap(factory: ConstraintFactory) -> Constraint:
    """Days on which a department has a planned check at an enterprise."""
    return (
        factory.for_each(Task)
        .filter(lambda task: not task.exempt)
        .group_by(
            lambda task: task.site,
            lambda task: task.department,
            lambda task: task.department_limit,
            ConstraintCollectors.count_distinct(lambda task: task.day),
        )
        .filter(lambda site, department, limit, count: count > limit)
        .penalize(HardSoftScore.ONE_HARD, lambda site, department, limit, count: count - limit)
        .as_constraint("department cap")
    )


def total_cap(factory: ConstraintFactory) -> Constraint:
    """Days with planned checks alone."""
    return (
        factory.for_each(Task)
        .filter(lambda task: not task.exempt)
        .if_not_exists(
            Task,
            Joiners.equal(lambda task: task.site),
            Joiners.equal(lambda task: task.day),
            Joiners.filtering(lambda task, other: other.exempt),
        )
        .group_by(
            lambda task: task.site,
            lambda task: task.total_limit,
            ConstraintCollectors.count_distinct(lambda task: task.day),
        )
        .filter(lambda site, limit, count: count > limit)
        .penalize(HardSoftScore.ONE_HARD, lambda site, limit, count: count - limit)
        .as_constraint("total cap")
    )
