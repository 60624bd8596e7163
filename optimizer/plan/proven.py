"""The bounds of all enterprises with caps and gap in them, where these bind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from optimizer.plan.bound import Lower, lower_bounds, names_of
from optimizer.plan.capped import least_capped
from optimizer.plan.kept_out import kept_out
from optimizer.plan.problem import Problem
from optimizer.plan.seat import alone_of


def proven_bounds(problem: Problem) -> list[Lower]:
    """Return what is proved of every enterprise, in order, whoever makes the plan."""
    lowers = lower_bounds(problem)
    return tighten(problem, lowers, alone_of(problem, lowers))


def tighten(
    problem: Problem, lowers: Sequence[Lower], alone: Mapping[int, tuple[int, int]]
) -> list[Lower]:
    """Return the bounds with caps and gap in them, where an enterprise alone does worse."""
    found = list(lowers)
    for site in problem.sites:
        lower = found[site.index]
        lost, visits = alone.get(site.index, (0, 0))
        if lost + visits > lower.groups or lost > lower.left_out:
            capped = least_capped(problem, site)
            if capped is not None and capped > (lower.groups, lower.left_out):
                found[site.index] = Lower(capped[0], "caps", capped[1])
            elif capped is None and lost > lower.left_out:
                more, apart = kept_out(problem, site)
                if more:
                    names = names_of(site, apart)
                    found[site.index] = replace(lower, left_out=lower.left_out + more, apart=names)
    return found
