"""The whole problem as one CP-SAT model over every group and day: only for small instances."""

from __future__ import annotations

from ortools.sat.python import cp_model

from optimizer.plan.problem import Problem


def exact_cost(problem: Problem, *, seconds: float = 20.0) -> int | None:
    """Return the least number of visits and checks left out together, or ``None``.

    Written apart from the planner's own model: pairs of groups are compared one by one.

    Parameters
    ----------
    seconds
        Deterministic seconds; ``None`` is returned if they do not prove an optimum.
    """
    model = cp_model.CpModel()
    takes: dict[tuple[int, int], list[tuple[int, cp_model.IntVar]]] = {}
    total: list[cp_model.IntVar] = []
    for site in problem.sites:
        columns = []
        for mask in range(1, site.all + 1):
            group = problem.group(site, mask)
            days = group.open
            for day in range(days.bit_length()):
                if days >> day & 1:
                    use = model.new_bool_var("")
                    columns.append((group, day, use))
                    total.append(use)
                    for row, amount in group.rows:
                        takes.setdefault((row, day), []).append((amount, use))
        for i in range(len(site.checks)):
            out = model.new_bool_var("")
            total.append(out)
            model.add_exactly_one([out, *(x for g, _, x in columns if g.mask >> i & 1)])
        gap = problem.rules.gap_days
        for k, (a, day, use) in enumerate(columns):
            for b, other, use_b in columns[:k]:
                if day == other or (not a.exempt and not b.exempt and abs(day - other) < gap):
                    model.add_bool_or([~use, ~use_b])
        for c, counter in enumerate(site.counters):
            for y, limit in enumerate(counter.limits):
                here = [(g, x) for g, d, x in columns if problem.year_index(d) == y]
                counted = [(n.counted, x) for g, x in here for n in g.counts if n.counter == c]
                free = [(n.free, x) for g, x in here for n in g.counts if n.counter == c]
                whole = sum(n * x for n, x in counted) + sum(n * x for n, x in free)
                for n, x in counted:
                    if n:
                        model.add(whole <= limit).only_enforce_if(x)
    for (row, day), terms in takes.items():
        model.add(sum(n * x for n, x in terms) <= problem.rows[row].room[day])
    model.minimize(sum(total))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    solver.parameters.max_deterministic_time = seconds
    if solver.solve(model) != cp_model.OPTIMAL:
        return None
    value: float = solver.objective_value
    return round(value)
