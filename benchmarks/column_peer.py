"""What the peers on columns have in common."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from benchmarks.columns import Columns, make_columns
from benchmarks.cover import starting_plan
from benchmarks.method import Answer, CityByCity
from optimizer.plan.days import bits
from optimizer.plan.problem import build_problem

_COLUMNS = 250_000


class ColumnPeer(CityByCity):
    """Columns and a plan to begin from; the solver chooses."""

    def city(self, arguments: Mapping[str, Any], seconds: float) -> Answer:
        """Return the plan; building the model counts as search."""
        begun = time.monotonic()
        problem = build_problem(**arguments)
        start = starting_plan(problem)
        checks = len(arguments["checks"])
        made = make_columns(problem, start, days=max(4, min(12, _COLUMNS // (checks * 6))))
        left = max(1.0, seconds - (time.monotonic() - begun))
        answer = Answer()
        for k in self.chosen(made, left):
            column = made.columns[k]
            site = problem.sites[column.site]
            day = problem.calendar.day(column.day)
            answer.days.update((site.checks[i].id, day) for i in bits(column.mask))
        return answer

    def chosen(self, made: Columns, seconds: float) -> list[int]:
        """Return the places of the columns chosen; those of the start where none are found."""
        raise NotImplementedError
