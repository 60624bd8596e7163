"""What merging saved: visits in each state, by department and county, and how often it hit whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from optimizer.domain.registry import Document


@dataclass(frozen=True, slots=True)
class States:
    """Visits without merging, with merging inside departments, in this plan.

    Attributes
    ----------
    bound
        Proven lower bound where there is one, else ``None``.
    joint
        Of a department's visits in this plan, those made together with another department;
        ``None`` for anything but a department.
    """

    key: str
    unmerged: int
    by_department: int
    plan: int
    bound: int | None = None
    joint: int | None = None


@dataclass(frozen=True, slots=True)
class Merging:
    """The comparison of the plan's document, with its bound.

    Attributes
    ----------
    frequencies
        Visits a year → ``(enterprises before merging, enterprises after)``.
    left_out, unmerged_pairs
        Reason code → how many, most first.
    """

    total: States
    left_out_count: int
    departments: tuple[States, ...]
    counties: tuple[States, ...]
    frequencies: Mapping[int, tuple[int, int]]
    left_out: tuple[tuple[str, int], ...]
    unmerged_pairs: tuple[tuple[str, int], ...]
    joint_visits: int
    enterprises: int

    @property
    def gap(self) -> Fraction | None:
        """(visits + left out - bound) / bound; ``None`` without a bound."""
        if not self.total.bound:
            return None
        return Fraction(self.total.plan + self.left_out_count - self.total.bound, self.total.bound)

    @property
    def saved(self) -> Fraction:
        """Share of the visits that merging does away with."""
        if not self.total.unmerged:
            return Fraction(0)
        return Fraction(self.total.unmerged - self.total.plan, self.total.unmerged)


def _rows(
    found: Any, bounds: Mapping[str, int], joint: Mapping[str, int] | None = None
) -> tuple[States, ...]:
    rows = [
        States(
            key,
            line["unmerged"],
            line["department_merged"],
            line["visits"],
            bounds.get(key),
            None if joint is None else joint.get(key, 0),
        )
        for key, line in (found or {}).items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.unmerged, row.key)))


def _joint_visits(checks: Document, problem: Document, plan: Document) -> Counter[str]:
    """Return department → visits that hold checks of another department as well."""
    items = problem["items"]
    department = {check["id"]: items[check["item"]]["department"] for check in checks["checks"]}
    found: Counter[str] = Counter()
    for visit in plan["visits"]:
        together = {department[ident] for ident in visit["checks"]}
        if len(together) > 1:
            found.update(together)
    return found


def _reasons(reasons: list[Document]) -> tuple[tuple[str, int], ...]:
    counted = Counter(str(reason["code"]) for reason in reasons)
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def merging(checks: Document, problem: Document, plan: Document) -> Merging:
    """Read the comparison and count what the documents do not hold ready."""
    left = {entry["check"] for entry in plan["left_out"]}
    everyone = {check["enterprise"] for check in checks["checks"]}
    # As in the comparison, "before" is the same work: the checks that are in visits.
    before = Counter(c["enterprise"] for c in checks["checks"] if c["id"] not in left)
    after = Counter(visit["enterprise"] for visit in plan["visits"])
    proved = plan["bound"]["enterprises"]
    county_of = problem["enterprises"]
    by_county: Counter[str] = Counter()
    for enterprise in sorted(everyone):
        by_county[county_of[enterprise]["county"]] += proved.get(enterprise, {"lower": 1})["lower"]
    frequencies = {
        times: (
            sum(1 for n in before.values() if n == times),
            sum(1 for n in after.values() if n == times),
        )
        for times in sorted({*before.values(), *after.values()})
    }
    compared = plan["comparison"]
    return Merging(
        total=States(
            "",
            compared["unmerged"],
            compared["department_merged"],
            compared["visits"],
            plan["bound"]["visits"],
        ),
        left_out_count=len(plan["left_out"]),
        departments=_rows(compared.get("by_department"), {}, _joint_visits(checks, problem, plan)),
        counties=_rows(compared.get("by_county"), by_county),
        frequencies=frequencies,
        left_out=_reasons([entry["reason"] for entry in plan["left_out"]]),
        unmerged_pairs=_reasons([entry["reason"] for entry in plan["unmerged"]]),
        joint_visits=sum(1 for visit in plan["visits"] if len(visit["seats"]) > 1),
        enterprises=len(after),
    )
