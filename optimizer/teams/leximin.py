"""The fairest workloads that the rules allow: the yardstick for the committed ones.

The workloads that odds can reach are the base of a polymatroid, so one vector is leximin,
leximax and least squares at once (Megiddo 1974, Fujishige 1980). It is found exactly: the lowest
possible maximum by parametric maximum flow in scaled integers; those who cannot go below it are
taken out together with what only they can serve; and so on with the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow

from optimizer.teams.seats import Indices, Part


@dataclass(frozen=True, slots=True)
class _Network:
    """Half-days as a flow: nodes 0 … people − 1 are the inspectors, each joined to the sink.

    Attributes
    ----------
    supply
        Half-days that enter at each node.
    tail, head, cap
        Arcs, not counting those from the source and into the sink.
    """

    people: int
    supply: Indices
    tail: Indices
    head: Indices
    cap: Indices


def _network_of(parts: Sequence[Part], people: int) -> _Network:
    tails: list[Indices] = []
    heads: list[Indices] = []
    caps: list[Indices] = []
    supply: list[Indices] = [np.zeros(people, dtype=np.int64)]
    node = people
    for part in parts:
        groups, rows, days = len(part.groups), len(part.row_day), len(part.day_cap)
        row_node = node + groups + np.arange(rows)
        day_node = node + groups + rows + np.arange(days)
        # Rows that cannot bind are passed over.
        loose = part.day_rows <= part.day_cap
        several = np.flatnonzero(part.row_pairs > 1)
        binding = np.flatnonzero(~loose)
        above_day = np.where(loose, part.day_inspector, day_node)
        above_row = np.where(part.row_pairs == 1, above_day[part.row_day], row_node)
        tails += [node + part.pair_group, row_node[several], day_node[binding]]
        heads += [
            above_row[part.pair_row],
            above_day[part.row_day[several]],
            part.day_inspector[binding],
        ]
        caps += [
            part.pair_effort,
            part.day_effort[part.row_day[several]],
            part.day_cap[binding] * part.day_effort[binding],
        ]
        efforts = np.array([g.effort for g in part.groups], dtype=np.int64)
        supply += [part.seats * efforts, np.zeros(rows + days, dtype=np.int64)]
        node += groups + rows + days
    join = np.concatenate
    return _Network(people, join(supply), join(tails), join(heads), join(caps))


def _flow_under(
    network: _Network, top: Indices, scale: int
) -> tuple[NDArray[np.bool_] | None, int, NDArray[np.bool_]]:
    """Send everything with at most `top` (scaled) half-days an inspector.

    Returns
    -------
    tuple
        ``None`` and 0 if that works, else the source side of a minimum cut and the half-days
        that must pass its inspectors; and, if it works, the nodes from which no residual path
        leads to an inspector with room.
    """
    nodes = len(network.supply)
    source, sink = nodes, nodes + 1
    fed = np.flatnonzero(network.supply)
    people = np.arange(network.people)
    tail = np.concatenate([np.full(len(fed), source), network.tail, people])
    head = np.concatenate([fed, network.head, np.full(len(people), sink)])
    cap = np.concatenate([network.supply[fed] * scale, network.cap * scale, top])
    solver = max_flow.SimpleMaxFlow()
    arcs = solver.add_arcs_with_capacity(tail, head, cap)
    solver.solve(source, sink)
    total = int(network.supply.sum())
    if solver.optimal_flow() < total * scale:
        side = np.zeros(nodes + 2, dtype=bool)
        side[np.array(solver.get_source_side_min_cut(), dtype=np.int64)] = True
        inner = slice(0, len(fed) + len(network.tail))
        crossing = side[tail[inner]] & ~side[head[inner]]
        return side[:nodes], total - int(cap[inner][crossing].sum()) // scale, side[:0]
    flow = solver.flows(arcs)
    into: list[list[int]] = [[] for _ in range(nodes + 2)]
    for a in np.flatnonzero(flow < cap).tolist():
        into[head[a]].append(int(tail[a]))
    for a in np.flatnonzero(flow > 0).tolist():
        into[tail[a]].append(int(head[a]))
    room = np.zeros(nodes + 2, dtype=bool)
    room[[source, sink]] = True  # neither is walked through backwards below, but for its room
    stack = [i for i in people.tolist() if flow[len(flow) - network.people + i] < top[i]]
    room[stack] = True
    while stack:
        for before in into[stack.pop()]:
            if not room[before]:
                room[before] = True
                stack.append(before)
    return None, 0, ~room[:nodes]


def _level(amount: int, workload: Iterable[int]) -> Fraction:
    """Return λ with Σ max(0, λ − w) = amount."""
    ordered = sorted(workload)
    total = amount
    for n, w in enumerate(ordered, start=1):
        total += w
        if n == len(ordered) or total <= n * ordered[n]:
            return Fraction(total, n)
    raise ValueError("there is nobody to share among")


def leximin(parts: Sequence[Part], workload: Sequence[int]) -> tuple[Fraction, ...]:
    """Return the fairest expected half-days of the period, the carried-over ones considered.

    Parameters
    ----------
    parts
        All parts of one unit; their seats can be filled.
    workload
        Half-days carried over, by inspector.

    Returns
    -------
    tuple
        Expected half-days of the period, by inspector (without `workload`), exact.
    """
    people = len(workload)
    network = _network_of(parts, people)
    served = [Fraction(0)] * people
    reachable = np.zeros(people, dtype=bool)
    for part in parts:
        reachable[part.pair_inspector] = True
    active = np.flatnonzero(reachable)
    while len(active):
        level = _level(int(network.supply.sum()), (workload[i] for i in active.tolist()))
        while True:
            scale = level.denominator
            top = np.zeros(people, dtype=np.int64)
            for i in active.tolist():
                top[i] = max(0, int(level * scale) - workload[i] * scale)
            side, needed, stuck = _flow_under(network, top, scale)
            if side is None:
                break
            level = _level(needed, (workload[i] for i in active.tolist() if side[i]))
        for i in active[stuck[active]].tolist():
            served[i] = max(Fraction(0), level - workload[i])
        # What leaves the stuck side does so at its cap, nothing enters it: cut it off.
        leaving = stuck[network.tail] & ~stuck[network.head]
        supply = np.where(stuck, 0, network.supply)
        np.add.at(supply, network.head[leaving], network.cap[leaving])
        kept = ~stuck[network.tail] & ~stuck[network.head]
        network = _Network(
            people, supply, network.tail[kept], network.head[kept], network.cap[kept]
        )
        active = active[~stuck[active]]
    return tuple(served)
