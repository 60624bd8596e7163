"""OR-Tools CP-SAT on the whole city: a Boolean for each group and candidate day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from benchmarks.column_peer import ColumnPeer
from benchmarks.columns import LEFT_OUT, Columns

_WORKERS = 2


class CpSat(ColumnPeer):
    """`docs/benchmarks/plan.md` has the model; the search begins from `benchmarks.cover`."""

    question: ClassVar[str] = "plan"
    name: ClassVar[str] = "CP-SAT"
    largest: ClassVar[int] = 10_000
    needs: ClassVar[tuple[str, ...]] = ()

    def chosen(self, made: Columns, seconds: float) -> list[int]:
        """Return the places of the columns chosen."""
        from ortools.sat.python import cp_model

        model = cp_model.CpModel()
        use = [model.new_bool_var("") for _ in made.columns]
        begin = set(made.start)
        held: Mapping[int, int] = _held(made)
        cost: list[Any] = list(use)
        outs = []
        for site, i, own in made.covers():
            out = model.new_bool_var("")
            outs.append((out, not held.get(site, 0) >> i & 1))
            model.add_exactly_one([out, *(use[k] for k in own)])
            cost.append(LEFT_OUT * out)
        for apart in made.conflicts():
            model.add_at_most_one([use[k] for k in apart])
        for limit, terms in made.caps():
            whole = sum((counted + free) * use[k] for k, counted, free in terms)
            if any(free for _, _, free in terms):
                for k, counted, _ in terms:
                    if counted:
                        model.add(whole <= limit).only_enforce_if(use[k])
            else:
                model.add(whole <= limit)
        for room, amounts in made.rows():
            model.add(sum(amount * use[k] for k, amount in amounts) <= room)
        model.minimize(sum(cost))
        for k, var in enumerate(use):
            model.add_hint(var, k in begin)
        for var, is_out in outs:
            model.add_hint(var, is_out)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = _WORKERS
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.random_seed = 1
        # Presolve expands the objective along the exactly-ones, and the search of
        # neighbourhoods then finds nothing in a minute; without it it finds most.
        solver.parameters.cp_model_presolve = False
        solver.parameters.use_lns_only = True
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return made.start
        return [k for k, var in enumerate(use) if solver.boolean_value(var)]


def _held(made: Columns) -> dict[int, int]:
    """Return enterprise → checks that the plan to begin from holds."""
    held: dict[int, int] = {}
    for k in made.start:
        column = made.columns[k]
        held[column.site] = held.get(column.site, 0) | column.mask
    return held
