"""Blocks: parts of a large problem that share no unit, packed small and planned apart.

A unit serves visits at enterprises, and an enterprise's checks name units: what hangs together
through both is one block. What a block is made of travels as columns; its checks and enterprises
become objects only where it is planned.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from optimizer.domain.days import Calendar, Span
from optimizer.domain.inspector import Inspector
from optimizer.domain.item import Item
from optimizer.domain.rules import RuleSet
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade
from optimizer.errors import Fault, InputError
from optimizer.plan.collector import put_off
from optimizer.plan.problem import build_problem
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
    at, enterprises = pd.factorize(enterprise)
    asks, teams = pd.factorize(units)
    if not len(at):
        return []
    unit_of: dict[str, int] = {}
    team, unit = [], []
    for place, text in enumerate(teams):
        for name in str(text).split():
            team.append(place)
            unit.append(unit_of.setdefault(name, len(unit_of)))
    first, second = len(enterprises), len(enterprises) + len(teams)
    nodes = second + len(unit_of)
    begin = np.concatenate([at, first + np.array(team, np.int64)])
    end = np.concatenate([first + asks, second + np.array(unit, np.int64)])
    graph = coo_matrix((np.ones(len(begin), np.int8), (begin, end)), shape=(nodes, nodes))
    _, label = connected_components(graph, directed=False)
    block, _ = pd.factorize(label[at])
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
    return out.getvalue()


def _by_values(kind: type[Any]) -> Callable[[Any], tuple[type[Any], tuple[Any, ...]]]:
    """Return how values of a class that there are thousands of are packed: by their fields."""
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda one: (kind, values(one))


def plan_packed(data: bytes) -> BlockPlan:
    """Plan what `pack` returned."""
    block: Block = pickle.loads(data)  # noqa: S301 - written by `pack` in this same run
    return plan_block(block)


@put_off()
def plan_block(block: Block) -> BlockPlan:
    """Plan a block; faults of its input are returned, so that all blocks' are told together."""
    count = len(block.checks)
    day, lead = np.full(count, -1, np.int32), np.full(count, -1, np.int32)
    checks = domain_checks(block.checks, block.items, block.calendar)
    try:
        problem = build_problem(
            checks,
            block.rules,
            campaign="",
            registers=block_registers(block),
            calendar=block.calendar,
            checks_digest="",
        )
    except InputError as error:
        return BlockPlan(day, lead, (), 0, 0, error.faults)
    row = {check.id: k for k, check in enumerate(checks)}
    del checks
    solved = solve_board(problem, effort=block.effort)
    leads: dict[str, int] = {}
    for site in problem.sites:
        for group, when in solved.board.placed(site):
            leader = leads.setdefault(group.team.lead, len(leads))
            for i, check in enumerate(site.checks):
                if group.mask >> i & 1:
                    day[row[check.id]], lead[row[check.id]] = when, leader
    scarce = find_scarce(solved.board, solved.lowers)
    left_proved = scarce.lower if scarce else sum(lower.left_out for lower in solved.lowers)
    bound = sum(lower.groups for lower in solved.lowers)
    return BlockPlan(day, lead, tuple(leads), bound, left_proved)
