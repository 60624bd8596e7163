"""Against what: visits without merging, with merging inside departments only, and this plan."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.domain.registry import Document
from optimizer.plan.board import Board
from optimizer.plan.bound import EXACT_LIMIT, lower_bound
from optimizer.plan.problem import Problem
from optimizer.plan.site import Mask, Site


def department_merged(problem: Problem, site: Site, visited: Sequence[Mask]) -> dict[str, int]:
    """Return for each department the least visits to a site if it merged only its own checks.

    The same bound as for the whole enterprise, so a best case for merging inside departments.

    Parameters
    ----------
    visited
        The site's visits; only their checks are compared.
    """
    done = 0
    for mask in visited:
        done |= mask
    members: dict[str, Mask] = {}
    for i, item in enumerate(site.items):
        if done >> i & 1:
            members[item.department] = members.get(item.department, 0) | 1 << i
    found = {}
    for department, own in sorted(members.items()):
        if own.bit_count() > EXACT_LIMIT:
            found[department] = sum(1 for mask in visited if mask & own)
        else:
            with site.in_passing():
                found[department] = lower_bound(problem, site, own).groups
    return found


def compare(board: Board) -> Document:
    """Return the comparison of ``plan.json``: all figures do the work that is in visits."""
    problem = board.problem
    tables: dict[str, dict[str, dict[str, int]]] = {
        "by_department": {},
        "by_county": {},
        "by_risk": {},
    }
    total = {"unmerged": 0, "department_merged": 0, "visits": 0}

    def add(table: str, key: str, field: str, n: int) -> None:
        line = tables[table].setdefault(key, {"unmerged": 0, "department_merged": 0, "visits": 0})
        line[field] += n

    for site in problem.sites:
        visited = list(board.places[site.index].values())
        if not visited:
            continue
        about = site.enterprise
        checks = sum(mask.bit_count() for mask in visited)
        merged = department_merged(problem, site, visited)
        whole = (
            ("unmerged", checks),
            ("department_merged", sum(merged.values())),
            ("visits", len(visited)),
        )
        for field, n in whole:
            add("by_county", about.county, field, n)
            add("by_risk", about.risk, field, n)
            total[field] += n
        for department, n in merged.items():
            own = sum(1 << i for i, item in enumerate(site.items) if item.department == department)
            here = [mask & own for mask in visited if mask & own]
            add("by_department", department, "unmerged", sum(mask.bit_count() for mask in here))
            add("by_department", department, "department_merged", n)
            add("by_department", department, "visits", len(here))
    return {
        **total,
        **{name: {k: table[k] for k in sorted(table)} for name, table in tables.items()},
    }
