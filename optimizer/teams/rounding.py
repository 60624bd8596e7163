"""The lottery: odds become teams, each pair with exactly its odds, every rule kept.

Dependent rounding (Gandhi, Khuller, Parthasarathy and Srinivasan 2006) along cycles of a network
that conserves at every node, in integers, statement by statement as in ``docs/formats/teams.md``
(*Rounding*).
"""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.chance import Stream, sub_key


def shuffled(n: int, stream: Stream) -> list[int]:
    """Return 0 … n − 1 in an order drawn from the stream (Fisher and Yates, from the end)."""
    order = list(range(n))
    for k in range(n - 1, 0, -1):
        j = stream.below(k + 1)
        order[k], order[j] = order[j], order[k]
    return order


def round_odds(
    odds: Sequence[Sequence[int]],
    visits: Sequence[int],
    days: Sequence[int],
    caps: Sequence[int],
    *,
    denominator: int,
    key: bytes,
) -> list[list[int]]:
    """Draw who sits where in one part.

    Parameters
    ----------
    odds
        Odds times `denominator` of each group for each inspector of the part.
    visits, days
        The visit and the day of each group, numbered in order of the document.
    caps
        Most visits a day, by inspector.
    denominator
        D.
    key
        The part's key.

    Returns
    -------
    list
        For each group the inspectors drawn, ascending; each pair with probability odds / D.
    """
    network = _Network(odds, visits, days, caps, Stream(sub_key(key, "order", "")))
    _walk(network, denominator, Stream(key))
    drawn: list[list[int]] = [[] for _ in odds]
    for value, (g, i) in zip(network.values, network.pairs, strict=False):
        if value == denominator:
            drawn[g].append(i)
    for members in drawn:
        members.sort()
    return drawn


class _Network:
    """Nodes and arcs as *Nodes* and *Arcs* of the format page.

    Nodes are numbered: groups in shuffled order, roots in shuffled order, sink, rows.
    """

    def __init__(
        self,
        odds: Sequence[Sequence[int]],
        visits: Sequence[int],
        days: Sequence[int],
        caps: Sequence[int],
        stream: Stream,
    ) -> None:
        group_order = shuffled(len(odds), stream)
        people_order = shuffled(len(caps), stream)
        groups, people = len(group_order), len(people_order)
        self.groups = groups
        sink = groups + people
        # In order of the document, so that rows come in order of visits and of days.
        in_visit: list[dict[int, int]] = [{} for _ in caps]
        in_day: list[dict[int, set[int]]] = [{} for _ in caps]
        for g, row in enumerate(odds):
            visit, day = visits[g], days[g]
            for i, value in enumerate(row):
                if value:
                    count = in_visit[i]
                    count[visit] = count.get(visit, 0) + 1
                    in_day[i].setdefault(day, set()).add(visit)
        node = sink + 1
        day_of_visit = dict(zip(visits, days, strict=True))
        visit_rows: list[dict[int, int]] = []
        day_rows: list[dict[int, int]] = []
        for i in range(people):
            mine: dict[int, int] = {}
            for visit, count_here in sorted(in_visit[i].items()):
                if count_here > 1:
                    mine[visit] = node
                    node += 1
            visit_rows.append(mine)
            mine = {}
            for day, seen in sorted(in_day[i].items()):
                if len(seen) > caps[i]:
                    mine[day] = node
                    node += 1
            day_rows.append(mine)
        self.tails: list[int] = []
        self.heads: list[int] = []
        self.values: list[int] = []
        self.pairs: list[tuple[int, int]] = []
        inflow = [0] * node
        for rank, g in enumerate(group_order):
            row, visit, day = odds[g], visits[g], days[g]
            for place, i in enumerate(people_order):
                value = row[i]
                if value:
                    head = visit_rows[i].get(visit)
                    if head is None:
                        head = day_rows[i].get(day, groups + place)
                    self._add(rank, head, value, inflow)
                    self.pairs.append((g, i))
        for place, i in enumerate(people_order):
            root = groups + place
            for visit, row_node in visit_rows[i].items():
                above = day_rows[i].get(day_of_visit[visit], root)
                self._add(row_node, above, inflow[row_node], inflow)
            for row_node in day_rows[i].values():
                self._add(row_node, root, inflow[row_node], inflow)
            self._add(root, sink, inflow[root], inflow)
        self.nodes = node

    def _add(self, tail: int, head: int, value: int, inflow: list[int]) -> None:
        self.tails.append(tail)
        self.heads.append(head)
        self.values.append(value)
        inflow[head] += value


def _walk(network: _Network, unit: int, stream: Stream) -> None:
    """Close every arc: *Walks* of the format page. Changes ``network.values``."""
    tails, heads, values = network.tails, network.heads, network.values
    below = stream.below
    at: list[list[int]] = [[] for _ in range(network.nodes)]
    for arc, value in enumerate(values):
        if value % unit:
            at[tails[arc]].append(arc)
            at[heads[arc]].append(arc)
    first = [0] * network.nodes  # arcs at a node before this one are closed
    place = [-1] * network.nodes
    for start in range(network.groups):
        nodes = [start]
        arcs: list[int] = []
        place[start] = 0
        while True:
            node = nodes[-1]
            came = arcs[-1] if arcs else -1
            here = at[node]
            position = first[node]
            while position < len(here) and not values[here[position]] % unit:
                position += 1
            first[node] = position
            if position < len(here) and here[position] == came:
                position += 1
                while position < len(here) and not values[here[position]] % unit:
                    position += 1
            if position == len(here):
                break
            arc = here[position]
            other = heads[arc] if tails[arc] == node else tails[arc]
            arcs.append(arc)
            back = place[other]
            if back < 0:
                place[other] = len(nodes)
                nodes.append(other)
                continue
            cycle = arcs[back:]
            forward = [tails[a] == n for a, n in zip(cycle, nodes[back:], strict=True)]
            up = down = unit
            for a, ahead in zip(cycle, forward, strict=True):
                part = values[a] % unit
                rest = unit - part
                if ahead:
                    up = min(up, rest)
                    down = min(down, part)
                else:
                    up = min(up, part)
                    down = min(down, rest)
            move = up if below(up + down) < down else -down
            for a, ahead in zip(cycle, forward, strict=True):
                values[a] += move if ahead else -move
            for n in nodes[back + 1 :]:
                place[n] = -1
            del nodes[back + 1 :], arcs[back:]
        place[start] = -1
        if len(nodes) > 1:
            raise ValueError("the odds do not sum to whole numbers at every node")
