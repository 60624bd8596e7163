"""The fairest workloads that the rules allow: the yardstick for the committed ones.

The workloads that odds can reach are the base of a polymatroid, so one vector is leximin,
leximax and least squares at once (Megiddo 1974, Fujishige 1980). It is found exactly: the lowest
possible maximum by parametric maximum flow in scaled integers; those who cannot go below it are
taken out together with what only they can serve; and so on with the rest. The flow that comes
with it is its certificate (`leximin_check`).
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
class Fairest:
    """The leximin workloads and odds that reach them.

    Attributes
    ----------
    served
        Expected half-days of the period, by inspector (without those carried over), exact.
    pairs
        For each part numerators and denominators of odds of its pairs, shape (2, pairs).
    """

    served: tuple[Fraction, ...]
    pairs: tuple[Indices, ...]


@dataclass(frozen=True, slots=True)
class _Network:
    """Half-days as a flow: nodes 0 … people − 1 are the inspectors, each joined to the sink.

    Attributes
    ----------
    supply
        Half-days that enter at each node.
    tail, head, cap
        Arcs, not counting those from the source and into the sink.
    pair
        Place of each arc among the pairs of all parts; −1 where it is none.
    """

    people: int
    supply: Indices
    tail: Indices
    head: Indices
    cap: Indices
    pair: Indices


def _network_of(parts: Sequence[Part], people: int) -> _Network:
    tails: list[Indices] = []
    heads: list[Indices] = []
    caps: list[Indices] = []
    pairs: list[Indices] = []
    supply: list[Indices] = [np.zeros(people, dtype=np.int64)]
    node = people
    seen = 0
    for part in parts:
        groups, rows, days = len(part.groups), len(part.row_day), len(part.day_cap)
        limits = len(part.limit_cap)
        row_node = node + groups + np.arange(rows)
        day_node = node + groups + rows + np.arange(days)
        limit_node = node + groups + rows + days + np.arange(limits)
        effort, plain = limit_efforts(part)
        # Rows that cannot bind are passed over.
        over = np.append(np.where(plain, limit_node, -1), -1)
        for limit in range(limits - 1, -1, -1):
            if not plain[limit]:
                over[limit] = over[part.limit_above[limit]]
        above_limit = np.where(
            over[part.limit_above] < 0, part.limit_inspector, over[part.limit_above]
        )
        over_day = np.where(over[part.day_limit] < 0, part.day_inspector, over[part.day_limit])
        loose = part.day_rows <= part.day_cap
        several = np.flatnonzero(part.row_pairs > 1)
        binding = np.flatnonzero(~loose)
        kept = np.flatnonzero(plain)
        above_day = np.where(loose, over_day, day_node)
        above_row = np.where(part.row_pairs == 1, above_day[part.row_day], row_node)
        tails += [node + part.pair_group, row_node[several], day_node[binding], limit_node[kept]]
        heads += [
            above_row[part.pair_row],
            above_day[part.row_day[several]],
            over_day[binding],
            above_limit[kept],
        ]
        caps += [
            part.pair_effort,
            part.day_effort[part.row_day[several]],
            part.day_cap[binding] * part.day_effort[binding],
            part.limit_cap[kept] * effort[kept],
        ]
        pairs += [
            np.arange(seen, seen + len(part.pair_group)),
            np.full(len(several) + len(binding) + len(kept), -1, dtype=np.int64),
        ]
        seen += len(part.pair_group)
        efforts = np.array([g.effort for g in part.groups], dtype=np.int64)
        supply += [part.seats * efforts, np.zeros(rows + days + limits, dtype=np.int64)]
        node += groups + rows + days + limits
    join = np.concatenate
    return _Network(people, join(supply), join(tails), join(heads), join(caps), join(pairs))


def limit_efforts(part: Part) -> tuple[Indices, NDArray[np.bool_]]:
    """Return the half-days a visit takes under each limit, and whether that is one number.

    A limit counts visits. Where it holds half-day and full-day visits, half-days under it are no
    flow; the yardstick leaves it out, and is then at least as fair as the rules allow.
    """
    limits = len(part.limit_cap)
    least, most = np.full(limits, 3, dtype=np.int64), np.zeros(limits, dtype=np.int64)
    under = part.day_limit >= 0
    np.minimum.at(least, part.day_limit[under], part.day_effort[under])
    np.maximum.at(most, part.day_limit[under], part.day_effort[under])
    for limit, above in enumerate(part.limit_above.tolist()):
        if above >= 0:
            least[above] = min(least[above], least[limit])
            most[above] = max(most[above], most[limit])
    return most, least == most


@dataclass(frozen=True, slots=True)
class _Sent:
    """What came of sending everything.

    Attributes
    ----------
    flow
        On each arc of the network, scaled; ``None`` if it did not all go through.
    side
        Source side of a minimum cut if not; else the nodes from which no residual path leads to
        an inspector with room.
    needed
        Half-days that must pass the cut's inspectors.
    """

    flow: Indices | None
    side: NDArray[np.bool_]
    needed: int


def _send(network: _Network, top: Indices, scale: int) -> _Sent:
    """Send everything with at most `top` (scaled) half-days an inspector."""
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
        needed = total - int(cap[inner][crossing].sum()) // scale
        return _Sent(None, side[:nodes], needed)
    flow = np.asarray(solver.flows(arcs), dtype=np.int64)
    passed = flow[len(fed) : len(fed) + len(network.tail)]
    # Backwards along residual arcs, from all who have room: they hang on one more node.
    up, down = passed < network.cap * scale, passed > 0
    room = np.flatnonzero(flow[len(flow) - network.people :] < top)
    start = np.concatenate([network.head[up], network.tail[down], np.full(len(room), nodes)])
    end = np.concatenate([network.tail[up], network.head[down], room])
    # They take a while to load, and not every process has teams to draw.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    graph = coo_array(
        (np.ones(len(start), dtype=np.int8), (start, end)), shape=(nodes + 1, nodes + 1)
    )
    reached = breadth_first_order(graph.tocsr(), nodes, return_predecessors=False)
    stuck = np.ones(nodes + 1, dtype=bool)
    stuck[reached] = False
    return _Sent(passed, stuck[:nodes], 0)


def _level(amount: int, workload: Iterable[int]) -> Fraction:
    """Return λ with Σ max(0, λ − w) = amount."""
    ordered = sorted(workload)
    total = amount
    for n, w in enumerate(ordered, start=1):
        total += w
        if n == len(ordered) or total <= n * ordered[n]:
            return Fraction(total, n)
    raise ValueError("there is nobody to share among")


def leximin(parts: Sequence[Part], workload: Sequence[int]) -> Fairest:
    """Return the fairest expected half-days of the period, the carried-over ones considered.

    Parameters
    ----------
    parts
        All parts of one unit; their seats can be filled.
    workload
        Half-days carried over, by inspector.
    """
    people = len(workload)
    network = _network_of(parts, people)
    served = [Fraction(0)] * people
    sizes = [len(part.pair_group) for part in parts]
    odds = np.zeros((2, sum(sizes)), dtype=np.int64)
    odds[1] = 1
    effort = np.concatenate([part.pair_effort for part in parts])
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
            sent = _send(network, top, scale)
            if sent.flow is not None:
                break
            level = _level(sent.needed, (workload[i] for i in active.tolist() if sent.side[i]))
        stuck = sent.side
        for i in active[stuck[active]].tolist():
            served[i] = max(Fraction(0), level - workload[i])
        # What leaves the stuck side does so at its cap, nothing enters it: cut it off.
        settled = stuck[network.tail] & (network.pair >= 0)
        odds[0, network.pair[settled]] = sent.flow[settled]
        odds[1, network.pair[settled]] = scale * effort[network.pair[settled]]
        leaving = stuck[network.tail] & ~stuck[network.head]
        supply = np.where(stuck, 0, network.supply)
        np.add.at(supply, network.head[leaving], network.cap[leaving])
        kept = ~stuck[network.tail] & ~stuck[network.head]
        network = _Network(
            people,
            supply,
            network.tail[kept],
            network.head[kept],
            network.cap[kept],
            network.pair[kept],
        )
        active = active[~stuck[active]]
    return Fairest(tuple(served), tuple(np.split(odds, np.cumsum(sizes)[:-1], axis=1)))
