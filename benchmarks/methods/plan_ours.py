"""Our planner."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_all_start_methods, get_context
from typing import TYPE_CHECKING, Any, ClassVar

from benchmarks.child import peak_kib
from benchmarks.method import Answer, CityByCity
from benchmarks.together import Together

if TYPE_CHECKING:
    from benchmarks.plan_instances import PlanInstance

PROCESSES = 2
"""That plan the blocks of a province; a city is one block, planned by as many threads."""


class OursPlan(CityByCity):
    """`optimizer.plan.solve` for a city, `optimizer.plan_frame` for a province."""

    question: ClassVar[str] = "plan"
    name: ClassVar[str] = "ours"
    largest: ClassVar[int] = 10**7
    needs: ClassVar[tuple[str, ...]] = ()
    effort: ClassVar[int] = 200  # of a city

    def ready(self, instance: PlanInstance) -> Any:
        """Return the arguments of a city; of a province its tables, and processes that are warm."""
        if len(instance.parts) == 1:
            return super().ready(instance)
        from optimizer.plan.collector import give_back

        # A copy of this process shares what is loaded, which is more than a block needs.
        how = "fork" if "fork" in get_all_start_methods() else "spawn"
        executor = ProcessPoolExecutor(PROCESSES, mp_context=get_context(how))
        give_back()  # of what making the tables took, before every process has it
        gc.freeze()  # a search for cycles would write to every page, and none would be shared
        list(executor.map(_warm, range(PROCESSES)))
        return instance, executor

    def plan(self, ready: Any, seconds: float) -> Answer:
        """Return the plan of a city or a province."""
        return _province(*ready) if isinstance(ready, tuple) else super().plan(ready, seconds)

    def city(self, arguments: Mapping[str, Any], seconds: float) -> Answer:
        """Return the plan; `seconds` is not looked at, as no clock decides a result."""
        from optimizer.plan import build_problem, solve

        plan = solve(build_problem(**arguments), effort=self.effort, workers=PROCESSES)
        proof = plan.document["bound"].get("left_out")
        return Answer(
            {check: visit.day for visit in plan.visits for check in visit.checks},
            plan.lower_bound,
            proof["lower"] if proof else None,
        )


def _warm(_: int) -> None:
    from benchmarks.plan_instances import make_plan_instance
    from optimizer.plan import build_problem, solve

    solve(build_problem(**make_plan_instance("XS", 80, 1).arguments()))


def _province(instance: PlanInstance, executor: ProcessPoolExecutor) -> Answer:
    from benchmarks.instances.tables import SECTIONS
    from optimizer import plan_frame

    with executor:
        others = [child.pid or 0 for child in active_children()]
        with Together(others) as together:
            plan = plan_frame(
                instance.checks,
                instance.enterprises,
                items=instance.items,
                units=instance.units,
                inspectors=instance.inspectors,
                rules=instance.rules,
                calendar=instance.calendar,
                visits_made=instance.visits_made,
                sections=SECTIONS,
                executor=executor,
                at_once=PROCESSES,
            )
        peak = together.peak_kib or peak_kib() + sum(map(peak_kib, others))
    placed = plan.lines.dropna(subset="day")
    days = dict(zip(placed["check"].tolist(), placed["day"].dt.date.tolist(), strict=True))
    return Answer(days, plan.lower_bound, plan.left_proved, peak, together.others_seconds)
