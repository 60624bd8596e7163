"""Our planner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from benchmarks.method import Answer, CityByCity


class OursPlan(CityByCity):
    """`optimizer.plan.solve`, a city at a time."""

    question: ClassVar[str] = "plan"
    name: ClassVar[str] = "ours"
    largest: ClassVar[int] = 10**7
    needs: ClassVar[tuple[str, ...]] = ()

    def city(self, arguments: Mapping[str, Any], seconds: float) -> Answer:
        """Return the plan; `seconds` is not looked at, as no clock decides a result."""
        from optimizer.plan import build_problem, solve

        plan = solve(build_problem(**arguments))
        proof = plan.document["bound"].get("left_out")
        return Answer(
            {check: visit.day for visit in plan.visits for check in visit.checks},
            plan.lower_bound,
            proof["lower"] if proof else None,
        )
