"""HiGHS on the whole city: the same columns as a mixed-integer program."""

from __future__ import annotations

from typing import Any, ClassVar

from benchmarks.column_peer import ColumnPeer
from benchmarks.columns import LEFT_OUT, Columns

_THREADS = 2


class Highs(ColumnPeer):
    """`docs/benchmarks/plan.md` has the model; the search begins from `benchmarks.cover`."""

    question: ClassVar[str] = "plan"
    name: ClassVar[str] = "HiGHS"
    largest: ClassVar[int] = 10_000
    needs: ClassVar[tuple[str, ...]] = ("highspy",)

    def chosen(self, made: Columns, seconds: float) -> list[int]:
        """Return the places of the columns chosen."""
        import highspy
        import numpy as np

        count = len(made.columns)
        rows: list[tuple[list[int], list[float], float, float]] = []
        held = dict.fromkeys(made.start, 1.0)
        # A check left out is the slack of its row: a column of its own after the groups.
        outs = 0
        started = set(made.start)
        for _, _, own in made.covers():
            out = count + outs
            outs += 1
            rows.append(([*own, out], [1.0] * (len(own) + 1), 1.0, 1.0))
            if not started.intersection(own):
                held[out] = 1.0
        rows += [(apart, [1.0] * len(apart), 0.0, 1.0) for apart in made.conflicts()]
        for limit, terms in made.caps():
            if any(free for _, _, free in terms):
                raise NotImplementedError("exempt visits that use up a cap are not linear")
            rows.append(([k for k, _, _ in terms], [float(n) for _, n, _ in terms], 0.0, limit))
        for room, amounts in made.rows():
            rows.append(([k for k, _ in amounts], [float(a) for _, a in amounts], 0.0, room))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = count + outs, len(rows)
        model.col_cost_ = np.array([1.0] * count + [float(LEFT_OUT)] * outs)
        model.col_lower_ = np.zeros(count + outs)
        model.col_upper_ = np.ones(count + outs)
        model.row_lower_ = np.array([row[2] for row in rows])
        model.row_upper_ = np.array([row[3] for row in rows], dtype=float)
        model.integrality_ = [highspy.HighsVarType.kInteger] * (count + outs)
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.cumsum([0, *(len(row[0]) for row in rows)])
        matrix.index_ = np.concatenate([np.array(row[0], dtype=np.int32) for row in rows])
        matrix.value_ = np.concatenate([np.array(row[1]) for row in rows])
        solver: Any = highspy.Highs()
        solver.silent()
        solver.setOptionValue("threads", _THREADS)
        solver.setOptionValue("random_seed", 1)
        solver.setOptionValue("time_limit", float(seconds))
        solver.passModel(model)
        solver.setSolution(
            len(held), np.array(list(held), dtype=np.int32), np.array(list(held.values()))
        )
        solver.run()
        values = solver.getSolution().col_value
        if solver.getInfo().primal_solution_status != 2 or len(values) < count:
            return made.start
        return [k for k in range(count) if values[k] > 0.5]
