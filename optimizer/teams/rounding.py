"""The lottery: odds become teams, each pair with exactly its odds, every rule kept.

Dependent rounding (Gandhi, Khuller, Parthasarathy and Srinivasan 2006) along cycles of a network
that conserves at every node, in integers, step by step as in ``docs/formats/teams.md``
(*Rounding*). Where only some days are drawn, what that asks of later days is spread over all of
them, so that they stay unpredictable: decision record 0017.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.chance import Stream, hash_of, sub_key
from optimizer.teams.rows import Rows
from optimizer.teams.walks import GRAIN, Moves, fastest_moves

Indices = NDArray[np.int64]
_WORD_BYTES = 6
_WORDS_A_BLOCK = 5


def shuffled(n: int, stream: Stream) -> list[int]:
    """Return 0 … n − 1 in an order drawn from the stream (Fisher and Yates, from the end)."""
    order = list(range(n))
    for k in range(n - 1, 0, -1):
        j = stream.below(k + 1)
        order[k], order[j] = order[j], order[k]
    return order


def stream_words(key: bytes, count: int) -> Indices:
    """Return the first words of a key's `Stream`, at least `count`."""
    digest = hash_of(key).digest
    blocks = -(-count // _WORDS_A_BLOCK)
    data = b"".join(digest(bytes(key) + k.to_bytes(8, "big")) for k in range(blocks))
    used = np.frombuffer(data, dtype=np.uint8).reshape(blocks, 32)[:, : 6 * _WORDS_A_BLOCK]
    places = np.int64(1) << (8 * np.arange(_WORD_BYTES - 1, -1, -1, dtype=np.int64))
    return used.reshape(-1, _WORD_BYTES).astype(np.int64) @ places


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes and arcs of one draw of a part, as the format page numbers the arcs.

    Nodes are numbered: groups, rows, roots, sink.

    Attributes
    ----------
    starts
        Groups that are drawn, in shuffled order.
    tails, heads, values
        Shape (arcs,).
    later
        Shape (arcs,): whether an arc is of a later day only.
    pair_group, pair_inspector, pair_arc
        Shape (pairs,).
    offset, at
        Arcs at each node, ascending.
    owner, out, under
        Shape (nodes,), as `optimizer.teams.walks.trade` takes them.
    """

    nodes: int
    starts: Indices
    tails: Indices
    heads: Indices
    values: Indices
    later: NDArray[np.bool_]
    pair_group: Indices
    pair_inspector: Indices
    pair_arc: Indices
    offset: Indices
    at: Indices
    owner: Indices
    out: Indices
    under: Indices


def make_network(odds: Indices, rows: Rows, now: NDArray[np.bool_], stream: Stream) -> Network:
    """Build the network of a draw.

    Parameters
    ----------
    odds
        Shape (groups, inspectors): current odds of the undrawn groups.
    rows
        Of these groups.
    now
        Shape (groups,): those that are drawn.
    stream
        Of the order.
    """
    groups, people = odds.shape
    count = len(rows.inspector)
    group_order = np.array(shuffled(groups, stream), dtype=np.int64)
    people_order = np.array(shuffled(people, stream), dtype=np.int64)
    # Rows and roots stand in an order of their own: in that of the pairs whoever is first in a
    # group would be first at the sink too, and the same few would meet (decision record 0028).
    rank = np.empty(people, dtype=np.int64)
    rank[np.array(shuffled(people, stream), dtype=np.int64)] = np.arange(people)
    table = odds[group_order][:, people_order]
    place_group, place_inspector = np.nonzero(table)
    pair_group, pair_inspector = group_order[place_group], people_order[place_inspector]
    pairs = len(pair_group)
    value = table[place_group, place_inspector]
    root, sink = groups + count, groups + count + people
    deepest = rows.deepest[pair_group, pair_inspector]
    in_row = deepest >= 0
    row_above = np.where(rows.above >= 0, groups + rows.above, root + rows.inspector)
    row_value = np.zeros(count, dtype=np.int64)
    below = np.zeros(count, dtype=np.int64)
    np.add.at(row_value, deepest[in_row], value[in_row])
    np.add.at(below, deepest[in_row & ~now[pair_group]], 1)
    for kind in range(int(rows.kind.max(initial=0)) + 1):
        up = np.flatnonzero((rows.kind == kind) & (rows.above >= 0))
        np.add.at(row_value, rows.above[up], row_value[up])
        np.add.at(below, rows.above[up], below[up])
    root_value = np.zeros(people, dtype=np.int64)
    np.add.at(root_value, pair_inspector, value)
    late = np.concatenate([~now[pair_group], rows.is_later(now), np.zeros(people, dtype=bool)])
    is_pair = np.arange(len(late)) < pairs
    # Blocks: pairs now; rows now and roots; later rows; later pairs.
    block = np.where(is_pair, np.where(late, 3, 0), np.where(late, 2, 1))
    inspector = np.concatenate([np.zeros(pairs, np.int64), rank[rows.inspector], rank])
    kind_of = np.concatenate([np.zeros(pairs, np.int64), rows.kind, np.full(people, 9)])
    within = np.concatenate([np.arange(pairs), rows.key, np.zeros(people, np.int64)])
    order = np.lexsort((within, kind_of, inspector, block))
    arcs, nodes = len(order), sink + 1
    number = np.empty(arcs, dtype=np.int64)
    number[order] = np.arange(arcs)
    tails = np.concatenate([pair_group, groups + np.arange(count + people)])[order]
    heads = np.concatenate(
        [
            np.where(in_row, groups + deepest, root + pair_inspector),
            row_above,
            np.full(people, sink),
        ]
    )[order]
    ends = np.concatenate([tails, heads])
    both = np.concatenate([np.arange(arcs), np.arange(arcs)])
    offset = np.zeros(nodes + 1, dtype=np.int64)
    np.cumsum(np.bincount(ends, minlength=nodes), out=offset[1:])
    owner = np.full(nodes, -1, dtype=np.int64)
    owner[groups:root] = np.where(rows.kind >= Rows.FIRST_LIMIT, rows.inspector, -1)
    owner[root:sink] = np.arange(people)
    out = np.full(nodes, -1, dtype=np.int64)
    out[groups:sink] = number[pairs:]
    under = np.ones(nodes, dtype=np.int64)
    under[groups:root] = np.maximum(below, 1)
    return Network(
        nodes,
        group_order[now[group_order]],
        tails,
        heads,
        np.concatenate([value, row_value, root_value])[order],
        late[order],
        pair_group,
        pair_inspector,
        number[:pairs],
        offset,
        both[np.lexsort((both, ends))],
        owner,
        out,
        under,
    )


def round_odds(
    odds: Indices,
    rows: Rows,
    now: NDArray[np.bool_],
    *,
    denominator: int,
    key: bytes,
    moves: Moves | None = None,
    grain: int = GRAIN,
) -> Indices:
    """Draw some groups of a part; the odds of the others become what they are then.

    Parameters
    ----------
    odds
        Shape (groups, inspectors): current odds of the undrawn groups, times `denominator`.
    rows
        Of these groups, by the odds as committed.
    now
        Shape (groups,): those that are drawn.
    denominator
        D.
    key
        The part's key.
    moves
        By default the fastest there are.
    grain
        As `optimizer.teams.walks.trade` takes it.

    Returns
    -------
    numpy.ndarray
        Shape (groups, inspectors): 0 or D in the groups drawn. Every number has the expectation
        it had in `odds`.

    Raises
    ------
    ValueError
        If the odds do not sum to whole numbers.
    """
    network = make_network(odds, rows, now, Stream(sub_key(key, "order", "")))
    enough = int(np.count_nonzero(network.values % denominator)) + 64
    while True:
        words = stream_words(key, enough)
        values = move_all(network, words, denominator, moves or fastest_moves(), grain)[0]
        if values is not None:
            break
        enough *= 2
    found = np.zeros_like(odds)
    found[network.pair_group, network.pair_inspector] = values[network.pair_arc]
    if (found[now] % denominator).any():
        raise ValueError("the odds do not sum to whole numbers at every node")
    return found


def move_all(
    network: Network, words: Indices, denominator: int, moves: Moves, grain: int = GRAIN
) -> tuple[Indices | None, list[int]]:
    """Make all moves of a draw.

    Returns
    -------
    tuple
        The arcs' values, ``None`` if there are too few words; and, for each word used, below
        what it was drawn.
    """
    form, nodes = moves.form, network.nodes
    values = form(network.values.copy())
    asked = form(np.zeros(len(words), dtype=np.int64))
    fixed = [form(a) for a in (network.starts, network.tails, network.heads)]
    links = [form(network.offset), form(network.at)]
    stream = form(words)
    partial = bool(network.later.any())

    def room(later: bool) -> tuple[list[object], list[object]]:
        # Later arcs do not take part in walks and trades: low = high.
        low = np.asarray(values, dtype=np.int64) // denominator * denominator
        high = low + denominator
        if not later:
            high[network.later] = low[network.later]
        blank = [form(np.full(nodes + 1, -1, dtype=np.int64)) for _ in range(3)]
        skip = form(network.offset[:-1].copy())
        return [values, form(low), form(high), *links, skip, *blank], [stream, asked]

    bounds, chance = room(later=False)
    used = moves.walk(*fixed, *bounds, *chance, 0)
    if partial and used >= 0:
        people = int(network.pair_inspector.max(initial=0)) + 1
        late = network.later[network.pair_arc]
        mine = np.unique(network.pair_group[late])
        table = np.full((len(mine), people), -1, dtype=np.int64)
        row = np.searchsorted(mine, network.pair_group[late])
        table[row, network.pair_inspector[late]] = network.pair_arc[late]
        bounds, chance = room(later=False)
        used = moves.trade(
            *fixed,
            *bounds,
            *chance,
            used,
            form(network.owner),
            form(network.out),
            form(network.under),
            form(table.ravel()),
            people,
            form(np.zeros(len(mine), dtype=np.int64)),
            denominator,
            grain,
        )
        if used >= 0:
            bounds, chance = room(later=True)
            used = moves.close(*fixed, *bounds, *chance, used)
    if used == -1:
        return None, []
    return np.asarray(values, dtype=np.int64), list(asked[: max(used, 0)])
