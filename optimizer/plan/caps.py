"""Whether a set of visits keeps an enterprise's caps."""

from __future__ import annotations

from collections.abc import Iterable

from optimizer.plan.problem import Problem
from optimizer.plan.site import Count, Group, Site


def broken_caps(
    problem: Problem, site: Site, visits: Iterable[tuple[Group, int]]
) -> tuple[int, ...]:
    """Return the counters that these visits with their days would break, ascending."""
    if not site.counters:
        return ()
    return over_limits(problem, site, ((group.counts, day) for group, day in visits))


def over_limits(
    problem: Problem, site: Site, visits: Iterable[tuple[tuple[Count, ...], int]]
) -> tuple[int, ...]:
    """Return the counters that visits break which add so much to them on these days, ascending."""
    counted: dict[tuple[int, int], int] = {}
    free: dict[tuple[int, int], int] = {}
    for counts, day in visits:
        if counts:
            year = problem.year_index(day)
            for count in counts:
                key = (count.counter, year)
                counted[key] = counted.get(key, 0) + count.counted
                free[key] = free.get(key, 0) + count.free
    return tuple(
        sorted(
            {
                c
                for (c, year), n in counted.items()
                if n and n + free[c, year] > site.counters[c].limits[year]
            }
        )
    )


def could_keep_caps(problem: Problem, site: Site, groups: Iterable[Group]) -> bool:
    """Return whether groups, their days still open, could keep the caps (exact in one year)."""
    if not site.counters:
        return True
    if len(problem.years) != 1:
        return True
    counted = [0] * len(site.counters)
    free = [0] * len(site.counters)
    for group in groups:
        for count in group.counts:
            counted[count.counter] += count.counted
            free[count.counter] += count.free
    return all(
        not n or n + f <= counter.limits[0]
        for n, f, counter in zip(counted, free, site.counters, strict=True)
    )
