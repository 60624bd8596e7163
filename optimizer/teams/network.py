"""Seats as a flow: group → (inspector, visit) → (inspector, day) → sink, in whole numbers.

Where visits are capped in a week, month or year, those limits stand between day and sink. With
two laminar families of rows (seats of a visit; visit, day and longer spans of an inspector) the
polytope of odds is integral: Budish, Che, Kojima and Milgrom, *Designing random allocation
mechanisms* (2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow

from optimizer.teams.seats import Indices, Part


@dataclass(frozen=True, slots=True)
class Flow:
    """A maximum flow of a part.

    Attributes
    ----------
    full
        Whether every group sends what it was asked to.
    pairs, rows, days, limits
        Flow on each pair, row, day row and limit.
    violator
        Groups on the source side of the minimum cut next to the source: when `full` is false,
        those that together ask for more than there is.
    """

    full: bool
    pairs: Indices
    rows: Indices
    days: Indices
    limits: Indices
    violator: NDArray[np.bool_]


def maximum_flow(
    part: Part,
    supply: Indices,
    pair_cap: Indices,
    row_cap: Indices,
    day_cap: Indices,
    limit_cap: Indices,
) -> Flow:
    """Send as much as possible from the groups, each at most its supply, under all caps.

    Parameters
    ----------
    supply
        Shape (groups,).
    pair_cap, row_cap, day_cap, limit_cap
        Shapes (pairs,), (rows,), (day rows,), (limits,); not negative.
    """
    groups, rows, days = len(supply), len(row_cap), len(day_cap)
    limits = len(limit_cap)
    if groups == 0 or days == 0:
        none = [np.zeros(n, dtype=np.int64) for n in (len(pair_cap), rows, days, limits)]
        short = supply > 0
        return Flow(not short.any(), none[0], none[1], none[2], none[3], short)
    # Nodes: groups, rows, day rows, limits, sink, source. A row with a single pair needs no
    # node: its cap is put on the pair.
    single = part.row_pairs == 1
    pair_single = single[part.pair_row]
    head = np.where(
        pair_single, groups + rows + part.row_day[part.pair_row], groups + part.pair_row
    )
    cap = np.where(pair_single, np.minimum(pair_cap, row_cap[part.pair_row]), pair_cap)
    several = np.flatnonzero(~single)
    sink = groups + rows + days + limits
    source = sink + 1
    solver = max_flow.SimpleMaxFlow()
    first = solver.add_arcs_with_capacity(np.full(groups, source), np.arange(groups), supply)
    arcs_pair = solver.add_arcs_with_capacity(part.pair_group, head, cap)
    solver.add_arcs_with_capacity(
        groups + several, groups + rows + part.row_day[several], row_cap[several]
    )
    arcs_day = solver.add_arcs_with_capacity(
        groups + rows + np.arange(days), _above(part.day_limit, groups + rows + days, sink), day_cap
    )
    arcs_limit = (
        solver.add_arcs_with_capacity(
            groups + rows + days + np.arange(limits),
            _above(part.limit_above, groups + rows + days, sink),
            limit_cap,
        )
        if limits
        else np.zeros(0, dtype=np.int32)
    )
    status = solver.solve(source, sink)
    if status != solver.OPTIMAL:  # pragma: no cover - capacities are far below 2^62
        raise RuntimeError(f"maximum flow ended with status {status}")
    sent = solver.flows(first)
    pair_flow = solver.flows(arcs_pair)
    row_flow = np.bincount(part.pair_row, weights=pair_flow, minlength=rows).astype(np.int64)
    violator = np.zeros(groups, dtype=bool)
    full = bool(np.array_equal(sent, supply))
    if not full:
        side = np.array(solver.get_source_side_min_cut(), dtype=np.int64)
        violator[side[side < groups]] = True
        # A group that nobody may fill and that nothing leaves is a violator of its own.
        violator |= sent < supply
    limit_flow = solver.flows(arcs_limit) if limits else np.zeros(0, dtype=np.int64)
    return Flow(full, pair_flow, row_flow, solver.flows(arcs_day), limit_flow, violator)


def _above(index: Indices, first: int, sink: int) -> Indices:
    """Return the node over each row: a limit's, or the sink where there is none."""
    return np.where(index < 0, sink, first + index)


def fill(part: Part) -> Flow:
    """Fill the seats with whole inspectors, as many as possible."""
    return maximum_flow(
        part,
        part.seats,
        np.ones(len(part.pair_group), dtype=np.int64),
        np.ones(len(part.row_day), dtype=np.int64),
        part.day_cap,
        part.limit_cap,
    )


@dataclass(frozen=True, slots=True)
class Forced:
    """What is the same in every way to fill the seats.

    Attributes
    ----------
    pairs
        Shape (pairs,): 0 or 1 where forced, −1 where free.
    rows_full
        Shape (rows,): whether the inspector is in the visit in any case.
    days_full, limits_full
        Shapes (day rows,), (limits,): whether the cap is met in any case.
    """

    pairs: Indices
    rows_full: NDArray[np.bool_]
    days_full: NDArray[np.bool_]
    limits_full: NDArray[np.bool_]


def forced_pairs(part: Part, flow: Flow) -> Forced:
    """Tell the pairs and rows that no other solution changes.

    Two solutions differ by a circulation of the residual graph, so an arc can change if and only
    if its ends lie in one strongly connected component.

    Parameters
    ----------
    flow
        Of `fill`, and full.
    """
    groups, rows, days = len(part.groups), len(part.row_day), len(part.day_cap)
    limits = len(part.limit_cap)
    first_limit = groups + rows + days
    sink = first_limit + limits
    pair_tail, pair_head = part.pair_group, groups + part.pair_row
    row_tail, row_head = groups + np.arange(rows), groups + rows + part.row_day
    day_tail = groups + rows + np.arange(days)
    day_head = _above(part.day_limit, first_limit, sink)
    limit_tail = first_limit + np.arange(limits)
    limit_head = _above(part.limit_above, first_limit, sink)
    tail = np.concatenate([pair_tail, row_tail, day_tail, limit_tail])
    head = np.concatenate([pair_head, row_head, day_head, limit_head])
    value = np.concatenate([flow.pairs, flow.rows, flow.days, flow.limits])
    cap = np.concatenate(
        [np.ones(len(pair_tail) + rows, dtype=np.int64), part.day_cap, part.limit_cap]
    )
    up, down = value < cap, value > 0
    source = np.concatenate([tail[up], head[down]])
    target = np.concatenate([head[up], tail[down]])
    # They take a while to load, and not every process has teams to draw.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array(
        (np.ones(len(source), dtype=np.int8), (source, target)), shape=(sink + 1, sink + 1)
    )
    _, component = connected_components(graph, directed=True, connection="strong")
    fixed = component[tail] != component[head]
    full = fixed & (value == cap)
    ends = np.cumsum([len(pair_tail), rows, days])
    pairs, full_rows, full_days, full_limits = np.split(full, ends)
    return Forced(np.where(fixed[: len(pairs)], flow.pairs, -1), full_rows, full_days, full_limits)
