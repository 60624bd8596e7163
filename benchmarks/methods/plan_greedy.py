"""Merging by due date across departments: what a careful clerk would do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from benchmarks.method import Answer, CityByCity


class GreedyDue(CityByCity):
    """By due date, a check joins the first visit that can take it, else its first possible day."""

    question: ClassVar[str] = "plan"
    name: ClassVar[str] = "greedy by due date"
    largest: ClassVar[int] = 10**7
    needs: ClassVar[tuple[str, ...]] = ()

    def city(self, arguments: Mapping[str, Any], seconds: float) -> Answer:
        """Return the plan; it takes the time it takes."""
        from benchmarks.boards import days_of
        from optimizer.plan import build_problem
        from optimizer.plan.methods import greedy_due

        return Answer(days_of(greedy_due(build_problem(**arguments))))
