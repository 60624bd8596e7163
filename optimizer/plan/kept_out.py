"""Checks that caps leave out of an enterprise of any size: a list that proves how many.

Planned checks of which no two can share a visit take a visit each. Those of these visits that a
check with an exempt source makes exempt hold one such check each, so that no more can be than can
be paired with one; the others count under the cap, which allows so many. Searching all sets of
visits (`capped`) proves more, but only for enterprises with few checks.
"""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.plan.bound import conflicts_of, in_no_group, largest_apart, possible_days
from optimizer.plan.days import bits
from optimizer.plan.problem import Problem
from optimizer.plan.site import Mask, Site


def kept_out(problem: Problem, site: Site) -> tuple[int, Mask]:
    """Return how many checks a list proves left out by caps, beside those in no group, and it.

    Returns
    -------
    tuple
        0 and no checks where no list was found.
    """
    counters = [c for c in site.counters if c.kind != "item"]
    if not counters:
        return 0, 0
    conflicts = conflicts_of(problem, site, site.all)
    lost = in_no_group(problem, site, site.all)
    planned = site.all & ~site.exempt_checks & ~lost
    alone = sum(1 << i for i in bits(planned) if not site.exempt_checks & ~conflicts[i])
    found = (0, 0)
    for y, year in enumerate(problem.years):
        inside = sum(1 << i for i in bits(planned) if not possible_days(problem, site, i) & ~year)
        for counter in counters:
            allowed = max(0, counter.limits[y])
            # With those that may ride on an exempt visit, and without.
            for among in {counter.members & inside, counter.members & inside & alone}:
                if among.bit_count() > allowed + found[0]:
                    apart = largest_apart(conflicts, among)
                    found = max(found, (_forced(site, conflicts, apart, y), apart))
    return found if found[0] > 0 else (0, 0)


def _forced(site: Site, conflicts: Sequence[Mask], apart: Mask, year: int) -> int:
    """Return how many of some checks, all apart, the caps of a year leave out."""
    most = 0
    for counter in site.counters:
        if counter.kind != "item":
            own = counter.members & apart
            free = 0
            if not (counter.kind == "department" and counter.rider_counts):
                free = _paired([site.exempt_checks & ~conflicts[i] for i in bits(own)])
            most = max(most, own.bit_count() - max(0, counter.limits[year]) - free)
    return most


def _paired(hosts: Sequence[Mask]) -> int:
    """Return the largest number of pairs of a check with one of its hosts, none in two (Kuhn)."""
    of: dict[int, int] = {}

    def pair(k: int, seen: set[int]) -> bool:
        for host in bits(hosts[k]):
            if host not in seen:
                seen.add(host)
                if host not in of or pair(of[host], seen):
                    of[host] = k
                    return True
        return False

    return sum(pair(k, set()) for k in range(len(hosts)))
