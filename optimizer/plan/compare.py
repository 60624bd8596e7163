"""Against what: visits without merging, with merging inside departments only, and this plan."""

from __future__ import annotations

from collections.abc import Sequence

from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.plan.bound import lower_bound
from optimizer.plan.problem import Problem
from optimizer.plan.site import Mask, Site


def department_merged(problem: Problem, site: Site) -> dict[str, int]:
    """Return for each department the least visits to a site if it merged only its own checks.

    The same bound as for the whole enterprise, so a best case for merging inside departments.
    """
    members: dict[str, Mask] = {}
    for i, item in enumerate(site.items):
        members[item.department] = members.get(item.department, 0) | 1 << i
    return {d: lower_bound(problem, site, members[d]).groups for d in sorted(members)}


def compare(problem: Problem, visits: Sequence[Visit]) -> Document:
    """Return the comparison of ``plan.json``.

    ``unmerged`` and ``department_merged`` count every on-site check, also those left out;
    ``visits`` those of the plan: of a department all that hold a check of it.
    """
    department: dict[str, dict[str, int]] = {}
    county: dict[str, dict[str, int]] = {}
    risk: dict[str, dict[str, int]] = {}

    def add(table: dict[str, dict[str, int]], key: str, field: str, n: int) -> None:
        line = table.setdefault(key, {"unmerged": 0, "department_merged": 0, "visits": 0})
        line[field] += n

    site_of = {}
    for site in problem.sites:
        site_of[site.enterprise.id] = site
        for item in site.items:
            add(department, item.department, "unmerged", 1)
        add(county, site.enterprise.county, "unmerged", len(site.checks))
        add(risk, site.enterprise.risk, "unmerged", len(site.checks))
        for d, n in department_merged(problem, site).items():
            add(department, d, "department_merged", n)
            add(county, site.enterprise.county, "department_merged", n)
            add(risk, site.enterprise.risk, "department_merged", n)
    item_of = {c.id: problem.items[c.item] for site in problem.sites for c in site.checks}
    for visit in visits:
        site = site_of[visit.enterprise]
        add(county, site.enterprise.county, "visits", 1)
        add(risk, site.enterprise.risk, "visits", 1)
        for d in sorted({item_of[c].department for c in visit.checks}):
            add(department, d, "visits", 1)
    return {
        "unmerged": sum(len(site.checks) for site in problem.sites),
        "department_merged": sum(line["department_merged"] for line in county.values()),
        "visits": len(visits),
        "by_department": {k: department[k] for k in sorted(department)},
        "by_county": {k: county[k] for k in sorted(county)},
        "by_risk": {k: risk[k] for k in sorted(risk)},
    }
