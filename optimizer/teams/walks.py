"""The moves of the rounding, in integers: along cycles, along paths, along shortest cycles.

Statement by statement as *Rounding* of ``docs/formats/teams.md``. The functions run as Python,
or compiled by Numba where the extra ``fast`` is installed: the same integers either way.

All of them work on one network (`optimizer.teams.rounding`) in flat arrays. An arc is *open*
while its value lies strictly between its `low` and its `high`, which are the multiples of D
around it; an arc that is set aside gets ``low = high``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from numpy.typing import NDArray

from optimizer.compiled import compiled

WORD_SPACE = 1 << 48
GRAIN = 1 << 16
"""Room of later pairs is weighed in this many billionths."""
MOST_WEIGHT = 8_000_000
"""All weights of a trade together: times D they stay below 2^53, for JavaScript."""


def walk(
    starts: Any,
    tails: Any,
    heads: Any,
    values: Any,
    low: Any,
    high: Any,
    offset: Any,
    at: Any,
    skip: Any,
    place: Any,
    nodes: Any,
    arcs: Any,
    words: Any,
    asked: Any,
    used: int,
) -> int:
    """Walk from each start until no open arc is left there: *Walks*. Changes `values`.

    Parameters
    ----------
    starts
        Nodes.
    tails, heads, values, low, high
        Shape (arcs,).
    offset, at
        Arcs at each node, ascending: ``at[offset[n]:offset[n + 1]]``.
    skip
        Shape (nodes,): ``offset[n]`` at the beginning; then the first that may be open.
    place, nodes, arcs
        Shape (nodes,), the first all −1: room for a path.
    words, asked
        48-bit words of the stream; and, for each used, below what it was drawn.
    used
        Words used before.

    Returns
    -------
    int
        Words used; −1 if there were too few.
    """
    for start in starts:
        depth = 0
        nodes[0] = start
        place[start] = 0
        while True:
            node = nodes[depth]
            came = arcs[depth - 1] if depth else -1
            k = skip[node]
            end = offset[node + 1]
            while k < end and not low[at[k]] < values[at[k]] < high[at[k]]:
                k += 1
            skip[node] = k
            if k < end and at[k] == came:
                k += 1
                while k < end and not low[at[k]] < values[at[k]] < high[at[k]]:
                    k += 1
            if k == end:
                if depth == 0:
                    break
                low[came] = high[came]
                place[node] = -1
                depth -= 1
                continue
            arc = at[k]
            other = tails[arc] + heads[arc] - node
            arcs[depth] = arc
            back = place[other]
            if back < 0:
                depth += 1
                nodes[depth] = other
                place[other] = depth
                continue
            up = down = WORD_SPACE
            for step in range(back, depth + 1):
                a = arcs[step]
                rise = high[a] - values[a]
                fall = values[a] - low[a]
                if tails[a] != nodes[step]:
                    rise, fall = fall, rise
                if rise < up:
                    up = rise
                if fall < down:
                    down = fall
            m = up + down
            while True:
                if used == len(words):
                    return -1
                word = words[used]
                asked[used] = m
                used += 1
                if word < WORD_SPACE - WORD_SPACE % m:
                    break
            move = up if word % m < down else -down
            for step in range(back, depth + 1):
                a = arcs[step]
                values[a] += move if tails[a] == nodes[step] else -move
            for step in range(back + 1, depth + 1):
                place[nodes[step]] = -1
            depth = back
        place[start] = -1
    return used


def trade(
    starts: Any,
    tails: Any,
    heads: Any,
    values: Any,
    low: Any,
    high: Any,
    offset: Any,
    at: Any,
    skip: Any,
    place: Any,
    nodes: Any,
    arcs: Any,
    words: Any,
    asked: Any,
    used: int,
    owner: Any,
    out: Any,
    under: Any,
    later: Any,
    width: int,
    weight: Any,
    unit: int,
    grain: int,
) -> int:
    """Even out along paths what later days can make up for: *Trades*. Changes `values`.

    Parameters
    ----------
    owner
        Shape (nodes,): the inspector of a node between groups' and days' rows and the sink that
        may end a path, else −1.
    out
        Shape (nodes,): the arc to the node above a row or root, else −1.
    under
        Shape (nodes,): later pairs below a row.
    later
        Arc of the pair (later group g, inspector i) at ``g * width + i``, −1 where there is none.
    width
        Inspectors.
    weight
        Shape (later groups,): room.
    unit
        D.
    grain
        `GRAIN`; smaller in tests of a small D.

    The others are those of `walk`, which went before.

    Returns
    -------
    int
        Words used; −1 if there were too few.
    """
    for start in starts:
        while True:
            # From the start to a dead end, and from there to another: the second time counts.
            nodes[0] = start
            depth = 0
            for turn in range(2):
                if turn:
                    nodes[0] = nodes[depth]
                    depth = 0
                while True:
                    node = nodes[depth]
                    came = arcs[depth - 1] if depth else -1
                    k = skip[node]
                    end = offset[node + 1]
                    while k < end and not low[at[k]] < values[at[k]] < high[at[k]]:
                        k += 1
                    skip[node] = k
                    if k < end and at[k] == came:
                        k += 1
                        while k < end and not low[at[k]] < values[at[k]] < high[at[k]]:
                            k += 1
                    if k == end:
                        break
                    arcs[depth] = at[k]
                    depth += 1
                    nodes[depth] = tails[at[k]] + heads[at[k]] - node
                if depth == 0:
                    break
            if depth == 0:
                break
            first = nodes[0]
            last = nodes[depth]
            one = owner[first]
            other = owner[last]
            total = 0
            if one >= 0 and other >= 0 and one != other:
                for step in range(depth + 1):
                    place[nodes[step]] = step
                for g in range(len(weight)):
                    weight[g] = 0
                    room = unit
                    for turn in range(2):
                        arc = later[g * width + (other if turn else one)]
                        goal = last if turn else first
                        if arc < 0:
                            room = 0
                            break
                        room = min(room, values[arc], unit - values[arc])
                        node = heads[arc]
                        while node != goal:
                            arc = out[node]
                            if arc < 0 or place[node] >= 0:
                                room = 0
                                break
                            rest = values[arc] % unit
                            room = min(room, min(rest, unit - rest) // under[node])
                            node = heads[arc]
                        if room < grain:
                            break
                    weight[g] = min(room // grain, MOST_WEIGHT - total)
                    total += weight[g]
                for step in range(depth + 1):
                    place[nodes[step]] = -1
            most = total * (grain - 1)
            up = down = WORD_SPACE
            for step in range(depth):
                a = arcs[step]
                rise = high[a] - values[a]
                fall = values[a] - low[a]
                if tails[a] != nodes[step]:
                    rise, fall = fall, rise
                if rise < up:
                    up = rise
                if fall < down:
                    down = fall
            if most < up and most < down:
                # Too little room to close an arc either way.
                arc = arcs[0] if one < 0 else arcs[depth - 1]
                low[arc] = high[arc]
                continue
            up = min(up, most)
            down = min(down, most)
            m = up + down
            while True:
                if used == len(words):
                    return -1
                word = words[used]
                asked[used] = m
                used += 1
                if word < WORD_SPACE - WORD_SPACE % m:
                    break
            move = up if word % m < down else -down
            while True:
                if used == len(words):
                    return -1
                word = words[used]
                asked[used] = total
                used += 1
                if word < WORD_SPACE - WORD_SPACE % total:
                    break
            for step in range(depth):
                a = arcs[step]
                values[a] += move if tails[a] == nodes[step] else -move
            sign = 1 if move > 0 else -1
            size = abs(move)
            reached = word % total
            before = 0
            for g in range(len(weight)):
                if weight[g] == 0:
                    continue
                reached += size * weight[g]
                share = reached // total - before
                before = reached // total
                for turn in range(2):
                    arc = later[g * width + (other if turn else one)]
                    goal = last if turn else first
                    change = -sign * share if turn else sign * share
                    values[arc] += change
                    node = heads[arc]
                    while node != goal:
                        arc = out[node]
                        values[arc] += change
                        node = heads[arc]
    return used


def close(
    starts: Any,
    tails: Any,
    heads: Any,
    values: Any,
    low: Any,
    high: Any,
    offset: Any,
    at: Any,
    skip: Any,
    place: Any,
    nodes: Any,
    arcs: Any,
    words: Any,
    asked: Any,
    used: int,
) -> int:
    """Close what is still open at the starts by shortest cycles: *Rest*. Changes `values`.

    Parameters as in `walk`.

    Returns
    -------
    int
        Words used; −1 if there were too few, −2 if an arc lies on no cycle.
    """
    for start in starts:
        while True:
            k = skip[start]
            end = offset[start + 1]
            while k < end and not low[at[k]] < values[at[k]] < high[at[k]]:
                k += 1
            skip[start] = k
            if k == end:
                break
            chosen = at[k]
            # Breadth first from the start to its other end; `place` holds the arc by which a
            # node was reached, `nodes` the queue.
            goal = tails[chosen] + heads[chosen] - start
            nodes[0] = start
            place[start] = chosen
            head = 0
            length = 1
            while head < length and place[goal] < 0:
                node = nodes[head]
                head += 1
                n = offset[node]
                end = offset[node + 1]
                while n < end and place[goal] < 0:
                    arc = at[n]
                    if low[arc] < values[arc] < high[arc] and arc != chosen:
                        to = tails[arc] + heads[arc] - node
                        if place[to] < 0:
                            place[to] = arc
                            nodes[length] = to
                            length += 1
                    n += 1
            if place[goal] < 0:
                return -2
            # Back from there, and over the arc chosen to where it began.
            depth = 0
            node = goal
            up = down = WORD_SPACE
            while True:
                arc = place[node]
                arcs[depth] = arc
                depth += 1
                rise = high[arc] - values[arc]
                fall = values[arc] - low[arc]
                if tails[arc] != node:
                    rise, fall = fall, rise
                if rise < up:
                    up = rise
                if fall < down:
                    down = fall
                node = tails[arc] + heads[arc] - node
                if arc == chosen:
                    break
            m = up + down
            while True:
                if used == len(words):
                    return -1
                word = words[used]
                asked[used] = m
                used += 1
                if word < WORD_SPACE - WORD_SPACE % m:
                    break
            move = up if word % m < down else -down
            node = goal
            for step in range(depth):
                arc = arcs[step]
                values[arc] += move if tails[arc] == node else -move
                node = tails[arc] + heads[arc] - node
            for n in range(length):
                place[nodes[n]] = -1
    return used


class Moves(NamedTuple):
    """The three kinds of moves, as Python or compiled."""

    walk: Callable[..., int]
    trade: Callable[..., int]
    close: Callable[..., int]
    form: Callable[[NDArray[Any]], Any]
    """What they take an array as."""


PLAIN = Moves(walk, trade, close, lambda array: array.tolist())


@lru_cache(maxsize=1)
def fastest_moves() -> Moves:
    """Return the moves compiled, or `PLAIN` without Numba."""
    try:
        return Moves(compiled(walk), compiled(trade), compiled(close), lambda array: array)
    except ImportError:
        return PLAIN
