"""The plan as a value."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from optimizer.domain.check import Check
from optimizer.domain.registry import Document
from optimizer.domain.visit import Visit
from optimizer.plan.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

    from optimizer.plan.insert import Joined, New
    from optimizer.plan.refuse import Refused
    from optimizer.plan.standing import PlanState


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A check without a visit, and why.

    Attributes
    ----------
    reason
        As published: ``code`` and what goes with it.
    """

    check: str
    reason: Document


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """Visits for every check that can have one.

    Attributes
    ----------
    lower_bound
        No plan has fewer visits and checks left out together.
    gap
        (visits + left out - bound) / bound; 0 where nothing is to be planned.
    document
        ``plan.json``.
    problem_document
        ``problem.json``.
    """

    visits: tuple[Visit, ...]
    left_out: tuple[LeftOut, ...]
    lower_bound: int
    gap: Fraction
    problem_document: Document = field(compare=False)
    document: Document = field(compare=False)
    problem: Problem = field(compare=False)
    _live: list[PlanState] = field(default_factory=list, init=False, compare=False)

    @property
    def live(self) -> PlanState:
        """The plan with the requests granted since; the plan itself never changes."""
        from optimizer.plan.standing import PlanState

        if not self._live:
            self._live.append(PlanState.of(self))
        return self._live[0]

    def insert(
        self, check: Check, *, name: str = "", movable: Container[str] = ()
    ) -> Joined | New | Refused:
        """Answer a request at once, after those before it; see `optimizer.plan.insert`."""
        return self.live.insert(check, name=name, movable=movable)

    @property
    def saved(self) -> int:
        """Visits fewer than the same checks would be without merging."""
        return int(self.document["comparison"]["unmerged"]) - len(self.visits)

    def __repr__(self) -> str:
        percent = self.gap * 100
        return (
            f"Plan(visits={len(self.visits)}, left_out={len(self.left_out)}, "
            f"bound={self.lower_bound}, gap={decimal(percent, 2)} %, saved={self.saved})"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one line a check: check, enterprise, visit, day, lead (empty if left out)."""
        import pandas as pd

        rows: list[dict[str, Any]] = []
        for visit in self.visits:
            rows.extend(
                {
                    "check": check,
                    "enterprise": visit.enterprise,
                    "visit": visit.id,
                    "day": visit.day.isoformat(),
                    "lead": visit.lead,
                }
                for check in visit.checks
            )
        at = {c.id: c.enterprise for site in self.problem.sites for c in site.checks}
        rows.extend(
            {"check": out.check, "enterprise": at[out.check], "visit": "", "day": "", "lead": ""}
            for out in self.left_out
        )
        columns = ["check", "enterprise", "visit", "day", "lead"]
        return pd.DataFrame(rows, columns=columns).sort_values("check", ignore_index=True)


def decimal(value: Fraction, places: int) -> str:
    """Return a fraction that is not negative as a decimal, rounded half up."""
    scaled = value * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    text = str(whole).rjust(places + 1, "0")
    return f"{text[:-places]}.{text[-places:]}"
