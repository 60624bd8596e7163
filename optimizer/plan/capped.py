"""The least visits and checks left out of one enterprise with caps and gap kept: exact."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.plan.caps import could_keep_caps
from optimizer.plan.days import Days, bits, lowest
from optimizer.plan.problem import Problem
from optimizer.plan.site import Group, Mask, Site

CAPS_LIMIT = 10
"""Most checks of an enterprise that is searched."""

STEPS = 3_000
"""Most steps of one search."""


def least_capped(problem: Problem, site: Site) -> tuple[int, int] | None:
    """Return the least number of visits and checks left out, and the least number left out.

    Only in a horizon of one calendar year, where caps do not depend on the days chosen.

    Returns
    -------
    tuple or None
        ``None`` if the search is not for this enterprise, or took more than `STEPS` steps.
    """
    n = len(site.checks)
    if n > CAPS_LIMIT or len(problem.years) != 1:
        return None
    groups = [g for g in (problem.group(site, mask) for mask in range(1, site.all + 1)) if g.lone]
    groups.sort(key=lambda g: (-g.mask.bit_count(), g.mask))
    by_lowest: list[list[Group]] = [[] for _ in range(n)]
    for group in groups:
        by_lowest[lowest(group.mask)].append(group)
    known: dict[tuple[int, ...], bool] = {}
    search = _Search(problem, site, by_lowest, known)
    try:
        return search.least(1), search.least(0)
    except TooLongError:
        return None


class TooLongError(Exception):
    """A search took more steps than it may."""


class _Search:
    def __init__(
        self,
        problem: Problem,
        site: Site,
        by_lowest: Sequence[Sequence[Group]],
        known: dict[tuple[int, ...], bool],
    ) -> None:
        self.problem, self.site, self.by_lowest, self.known = problem, site, by_lowest, known
        self.floors: dict[tuple[Mask, int], int] = {}

    def least(self, each: int) -> int:
        """Return the least cost where a visit costs `each` and a check left out 1."""
        best = len(self.site.checks)
        steps = 0
        stack: list[tuple[Mask, int, tuple[Group, ...]]] = [(self.site.all, 0, ())]
        while stack:
            rest, cost, chosen = stack.pop()
            steps += 1
            if steps > STEPS:
                raise TooLongError
            if cost + self._floor(rest, each) >= best or not self._holds(chosen):
                continue
            if not rest:
                best = cost
                continue
            low = rest & -rest
            stack.append((rest ^ low, cost + 1, chosen))
            stack.extend(
                (rest & ~group.mask, cost + each, (*chosen, group))
                for group in reversed(self.by_lowest[lowest(rest)])
                if group.mask & ~rest == 0
            )
        return best

    def _floor(self, rest: Mask, each: int) -> int:
        """Return what a rest costs at least, caps and gap relaxed."""
        if not rest:
            return 0
        found = self.floors.get((rest, each))
        if found is None:
            low = rest & -rest
            found = 1 + self._floor(rest ^ low, each)
            for group in self.by_lowest[lowest(rest)]:
                if group.mask & ~rest == 0:
                    found = min(found, each + self._floor(rest & ~group.mask, each))
            self.floors[rest, each] = found
        return found

    def _holds(self, chosen: tuple[Group, ...]) -> bool:
        key = tuple(sorted(g.mask for g in chosen))
        found = self.known.get(key)
        if found is None:
            found = could_keep_caps(self.problem, self.site, chosen) and can_have_days(
                chosen, self.problem.rules.gap_days
            )
            self.known[key] = found
        return found


def can_have_days(groups: Sequence[Group], gap: int) -> bool:
    """Return whether groups can have days of their own, those not exempt `gap` apart.

    In order of time each takes its first day that is left: some order works if any days do.

    Raises
    ------
    TooLongError
        After `STEPS` steps.
    """
    whole = (1 << len(groups)) - 1
    stack = [(whole, 0, 0)]
    seen: set[tuple[int, int, int]] = set()
    while stack:
        state = stack.pop()
        if state in seen:
            continue
        seen.add(state)
        rest, first, plain = state
        if not rest:
            return True
        if len(seen) > STEPS:
            raise TooLongError
        for k in bits(rest):
            group = groups[k]
            begin = first if group.exempt else max(first, plain)
            days: Days = group.lone >> begin << begin
            if days:
                day = lowest(days)
                after = plain if group.exempt else day + max(gap, 1)
                stack.append((rest & ~(1 << k), day + 1, after))
    return False
