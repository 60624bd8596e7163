"""Every check a visit of its own: what happens without a system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from benchmarks.method import Answer, CityByCity


class NoMerge(CityByCity):
    """By due date, each check on its first possible day."""

    question: ClassVar[str] = "plan"
    name: ClassVar[str] = "no merging"
    largest: ClassVar[int] = 10**7
    needs: ClassVar[tuple[str, ...]] = ()

    def city(self, arguments: Mapping[str, Any], seconds: float) -> Answer:
        """Return the plan; it takes the time it takes."""
        from benchmarks.boards import days_of
        from optimizer.plan import build_problem
        from optimizer.plan.methods import no_merge

        return Answer(days_of(no_merge(build_problem(**arguments))))
