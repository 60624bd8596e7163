"""Blocks: parts of a large problem that share no unit, packed small and planned apart.

A unit serves visits at enterprises, and an enterprise's checks name units: what hangs together
through both is one block. What a block is made of travels as columns; its checks and enterprises
become objects only where it is planned.
"""

from __future__ import annotations

import io
import pickle
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from itertools import chain
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from optimizer.domain.days import Calendar, Span
from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade
from optimizer.errors import Fault, InputError
from optimizer.plan.collector import give_back, put_off, set_aside
from optimizer.plan.problem import Problem, build_problem
from optimizer.plan.scarce import find_scarce
from optimizer.plan.solve import solve_board
from optimizer.plan.tables import block_registers, domain_checks

Places = NDArray[np.int64]
"""Rows of a table."""


@dataclass(frozen=True, slots=True)
class Block:
    """All that one block's plan is made from.

    Attributes
    ----------
    checks, enterprises
        Rows of the tables, see `optimizer.plan.frames.plan_frame`.
    """

    checks: pd.DataFrame
    enterprises: pd.DataFrame
    items: Mapping[str, Item]
    units: tuple[Unit, ...]
    inspectors: tuple[Inspector, ...]
    visits_made: tuple[VisitMade, ...]
    rules: RuleSet
    calendar: Calendar
    sections: Mapping[str, str]
    effort: int


@dataclass(frozen=True, slots=True)
class BlockPlan:
    """The plan of a block.

    Attributes
    ----------
    day
        By row of its checks: days since the calendar's start, -1 where left out.
    lead
        By row: place in `leads`, -1 where left out.
    lower_bound
        Of visits and checks left out.
    left_proved
        Checks that any plan leaves out.
    faults
        What is wrong with the input; then nothing is planned.
    """

    day: NDArray[np.int32]
    lead: NDArray[np.int32]
    leads: tuple[str, ...]
    lower_bound: int
    left_proved: int
    faults: tuple[Fault, ...] = ()


def split(enterprise: pd.Series, units: pd.Series) -> list[Places]:
    """Return the rows of each block, blocks and rows in order of the table.

    Parameters
    ----------
    enterprise, units
        Of each check: its enterprise, and the units that attend, joined by a space.
    """
    asks, teams = pd.factorize(units)
    if not len(asks):
        return []
    # Teams are few: those with a unit in common, and those that one enterprise asks for, belong
    # together, and a check goes with its team.
    above = list(range(len(teams)))

    def top(team: int) -> int:
        while above[team] != team:
            above[team] = team = above[above[team]]
        return team

    first: dict[str, int] = {}
    for team, text in enumerate(teams):
        for name in str(text).split():
            above[top(team)] = top(first.setdefault(name, team))
    at, _ = pd.factorize(enterprise)
    order = np.argsort(at, kind="stable")
    beside = np.flatnonzero(at[order[1:]] == at[order[:-1]])
    pairs = np.unique(asks[order[beside]] * len(teams) + asks[order[beside + 1]])
    for one, other in zip(*(part.tolist() for part in np.divmod(pairs, len(teams))), strict=True):
        above[top(one)] = top(other)
    del at, order, beside, pairs  # a million checks are as many words each
    block, _ = pd.factorize(np.array([top(team) for team in range(len(teams))])[asks])
    order = np.argsort(block, kind="stable")
    return np.split(order, np.cumsum(np.bincount(block))[:-1])


def pack(block: Block) -> bytes:
    """Return a block as bytes that `plan_packed` reads in another process."""
    out = io.BytesIO()
    pickler = pickle.Pickler(out, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = {
        MappingProxyType: lambda view: (dict, (dict(view),)),
        **{kind: _by_values(kind) for kind in (Inspector, Span, VisitMade)},
    }
    pickler.dump(block)
    # All blocks wait packed until there is a process for them; this makes a quarter of them.
    return zlib.compress(out.getvalue(), 1)


def _by_values(kind: type[Any]) -> Callable[[Any], tuple[type[Any], tuple[Any, ...]]]:
    """Return how values of a class that there are thousands of are packed: by their fields."""
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda one: (kind, values(one))


@dataclass(frozen=True, slots=True)
class _Task:
    """A block as a problem, its tables left behind: they take as much memory again.

    Attributes
    ----------
    rows
        Of its checks, in the order that the problem has them.
    """

    problem: Problem
    rows: NDArray[np.int32]
    effort: int


@set_aside()
@put_off()
def plan_packed(data: bytes) -> BlockPlan:
    """Plan what `pack` returned."""
    plan = _planned(_unpacked(data))
    give_back()
    return plan


@put_off()
def plan_block(block: Block) -> BlockPlan:
    """Plan a block; faults of its input are returned, so that all blocks' are told together."""
    return _planned(_task(block))


def _unpacked(data: bytes) -> _Task | BlockPlan:
    block: Block = pickle.loads(zlib.decompress(data))  # noqa: S301 - of `pack` in this same run
    return _task(block)


def _task(block: Block) -> _Task | BlockPlan:
    """Return the problem of a block, or a plan without visits that names its faults."""
    count = len(block.checks)
    checks = domain_checks(block.checks, block.items, block.calendar)
    try:
        problem = build_problem(
            checks,
            block.rules,
            campaign="",
            registers=block_registers(block),
            calendar=block.calendar,
            checks_digest="",
            published=False,
        )
    except InputError as error:
        none = np.full(count, -1, np.int32)
        return BlockPlan(none, none, (), 0, 0, error.faults)
    place = dict(zip(map(attrgetter("id"), checks), range(count), strict=True))
    sorted_checks = chain.from_iterable(site.checks for site in problem.sites)
    rows = map(place.__getitem__, map(attrgetter("id"), sorted_checks))
    return _Task(problem, np.fromiter(rows, np.int32, count), block.effort)


def _planned(task: _Task | BlockPlan) -> BlockPlan:
    if isinstance(task, BlockPlan):
        return task
    problem, rows = task.problem, task.rows.tolist()
    solved = solve_board(problem, effort=task.effort)
    days, leaders = [-1] * len(rows), [-1] * len(rows)
    leads: dict[str, int] = {}
    first = 0
    for site in problem.sites:
        for group, when in solved.board.placed(site):
            leader = leads.setdefault(group.team.lead, len(leads))
            rest = group.mask
            while rest:
                low = rest & -rest
                row = rows[first + low.bit_length() - 1]
                days[row], leaders[row] = when, leader
                rest ^= low
        first += len(site.checks)
    day, lead = np.array(days, np.int32), np.array(leaders, np.int32)
    scarce = find_scarce(solved.board, solved.lowers)
    left_proved = scarce.lower if scarce else sum(lower.left_out for lower in solved.lowers)
    bound = sum(lower.groups for lower in solved.lowers)
    return BlockPlan(day, lead, tuple(leads), bound, left_proved)
