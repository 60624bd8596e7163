"""Merging inside a department: what happens where each department has a system of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from benchmarks.method import Answer, CityByCity


class DepartmentMerge(CityByCity):
    """By due date, a check joins a visit of its own department, else its first possible day."""

    question: ClassVar[str] = "plan"
    name: ClassVar[str] = "department merging"
    largest: ClassVar[int] = 10**7
    needs: ClassVar[tuple[str, ...]] = ()

    def city(self, arguments: Mapping[str, Any], seconds: float) -> Answer:
        """Return the plan; it takes the time it takes."""
        from benchmarks.boards import days_of
        from optimizer.plan import build_problem
        from optimizer.plan.methods import department_merge

        return Answer(days_of(department_merge(build_problem(**arguments))))
