"""Whether workloads are the fairest, from their certificate: standard library only.

Odds that reach the workloads are given. They are leximin (and leximax, and least squares) if and
only if nothing can be moved from an inspector with a higher workload to one with a lower: no path
of the residual network leads from the one to the other (Fujishige 1980).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any


def check_fairest(
    parts: Sequence[Any],
    workload: Sequence[int],
    served: Sequence[Fraction],
    odds: Sequence[Sequence[Fraction]],
    *,
    without: Iterable[tuple[int, int]] = (),
) -> list[str]:
    """Return what is wrong with a certificate; nothing if the workloads are the fairest.

    Parameters
    ----------
    parts
        All parts of one unit (`seats.Part`, of which only the lists of numbers are used).
    workload, served
        Half-days carried over, and expected in the period, by inspector.
    odds
        For each part the odds of its pairs.
    without
        Limits left out, as (part, limit).
    """
    people = len(workload)
    left_out = set(without)
    wrong: list[str] = []
    load = [Fraction(0)] * people
    reachable: set[int] = set()
    # Residual arcs backwards: who can be reached from whom is asked from the lowest upwards.
    into: list[list[int]] = [[] for _ in range(people)]

    def arc(tail: int, head: int, value: Fraction, cap: int, what: str) -> None:
        if not 0 <= value <= cap:
            wrong.append(f"{what}: {value} is not within 0 and {cap}")
        if value < cap:
            into[head].append(tail)
        if value > 0:
            into[tail].append(head)

    for p, (part, x) in enumerate(zip(parts, odds, strict=True)):
        group, inspector = part.pair_group.tolist(), part.pair_inspector.tolist()
        pair_row, row_day = part.pair_row.tolist(), part.row_day.tolist()
        owner, cap = part.day_inspector.tolist(), part.day_cap.tolist()
        effort, day_limit = part.day_effort.tolist(), part.day_limit.tolist()
        above, most = part.limit_above.tolist(), part.limit_cap.tolist()
        first_group = len(into)
        first_row = first_group + len(part.groups)
        first_day = first_row + len(row_day)
        first_limit = first_day + len(cap)
        into += [[] for _ in range(first_limit + len(most) - first_group)]
        seats = [Fraction(0)] * len(part.groups)
        rows = [Fraction(0)] * len(row_day)
        days = [Fraction(0)] * len(cap)
        limits = [Fraction(0)] * len(most)
        for n, value in enumerate(x):
            seats[group[n]] += value
            rows[pair_row[n]] += value
            reachable.add(inspector[n])
            arc(first_group + group[n], first_row + pair_row[n], value, 1, f"pair {n}")
        for g, one in enumerate(part.groups):
            if seats[g] != one.seats:
                wrong.append(f"group {g}: {seats[g]} of {one.seats} seats are filled")
        for r, value in enumerate(rows):
            days[row_day[r]] += value
            arc(first_row + r, first_day + row_day[r], value, 1, f"row {r}")
        for d, value in enumerate(days):
            load[owner[d]] += effort[d] * value
            over = day_limit[d]
            if over >= 0:
                limits[over] += value
            arc(first_day + d, first_limit + over if over >= 0 else owner[d], value, cap[d], "day")
        for m, value in enumerate(limits):
            over = above[m]
            if over >= 0:
                limits[over] += value
            bound = 1 + max(most[m], int(value)) if (p, m) in left_out else most[m]
            head = first_limit + over if over >= 0 else int(part.limit_inspector[m])
            arc(first_limit + m, head, value, bound, f"limit {m}")
    wrong += [
        f"inspector {i}: the odds give {load[i]} half-days, not {served[i]}"
        for i in range(people)
        if load[i] != served[i]
    ]
    total = [load[i] + workload[i] for i in range(people)]
    seen = [False] * len(into)
    for low in sorted(reachable, key=lambda i: total[i]):
        stack = [] if seen[low] else [low]
        seen[low] = True
        while stack:
            for before in into[stack.pop()]:
                if not seen[before]:
                    seen[before] = True
                    stack.append(before)
                    if before in reachable and total[before] > total[low]:
                        wrong.append(f"inspector {before} has more than {low} and could give some")
    return wrong
