"""The aims of a plan before and after its visits are given their best days, at equal visits."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.child import measure
from benchmarks.report import Report

NEW = 20
"""One check of so many is new when the plan is made again."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument(
        "--size",
        nargs="+",
        default=["S", "M", "L"],
        choices=["XS", "S", "M", "L"],
        help="instances of the plan benchmark (default: S M L)",
    )
    parser.add_argument("--utilisation", type=int, default=80, metavar="P", help="default: 80")
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1], metavar="N", help="instances (default: 1)"
    )
    parser.add_argument("--effort", type=int, default=200, help="planner's search effort (counts)")


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Plan each instance in its own process, and once more with checks it did not know."""
    rows = []
    for size in args.size:
        for seed in args.seeds:
            say(f"aims: {size}, {args.utilisation} %, seed {seed}")
            job = {
                "size": size,
                "utilisation": args.utilisation,
                "seed": seed,
                "effort": args.effort,
            }
            rows += measure(__name__, job)["rows"]
    command = (
        f"double-random bench aims --size {' '.join(args.size)} --utilisation {args.utilisation} "
        f"--seeds {' '.join(map(str, args.seeds))} --effort {args.effort}"
    )
    notes = (
        "placed: when left out and visits are settled; polished: after the moves for later aims",
        f"again: one check of {NEW} is new, the plan of the others is the previous one",
        "most_least: the largest lower bound of an enterprise less what is left out there; where "
        "most_at_one equals it, no plan that leaves the same checks out has less",
        "late: days from release to visit times severity, over triggered checks",
        "uneven: over units and days, 10,000 x used^2 // present half-days",
        "travel: over units and days, places (townships) less one",
        "changed: visits to file again; with_new: visits with a check that the previous plan did "
        "not visit, all of which are among them",
        "seconds: the processor's, of polishing",
    )
    return Report("aims", command, tuple(rows), notes)


def measured(job: Mapping[str, Any]) -> dict[str, Any]:
    """Measure one instance; runs in a process of its own."""
    from benchmarks.plan_instances import make_plan_instance
    from optimizer.plan import plan_visits

    _stages(make_plan_instance("XS", 80, 1).arguments(), None, 0)  # compilers warm
    arguments = make_plan_instance(job["size"], job["utilisation"], job["seed"]).arguments()
    known = [check for k, check in enumerate(arguments["checks"]) if k % NEW]
    previous = plan_visits(**{**arguments, "checks": known}, effort=job["effort"])
    about = {"size": job["size"], "utilisation": job["utilisation"], "seed": job["seed"]}
    rows = [
        {**about, "plan": name, **row}
        for name, before in (("first", None), ("again", previous))
        for row in _stages(arguments, before, job["effort"])
    ]
    return {"rows": rows}


def _stages(arguments: Mapping[str, Any], previous: Any, effort: int) -> list[dict[str, Any]]:
    """Return the aims of an instance placed, and polished."""
    from optimizer.plan.aims import aims_of
    from optimizer.plan.bound import lower_bounds
    from optimizer.plan.days import bits
    from optimizer.plan.excess import Excess, cost_of
    from optimizer.plan.polish import polish
    from optimizer.plan.problem import build_problem
    from optimizer.plan.proven import tighten
    from optimizer.plan.search import improve
    from optimizer.plan.seat import seat
    from optimizer.plan.solve import begin, start, tried_anew

    problem = build_problem(**arguments)
    lowers = lower_bounds(problem)
    begun = begin(problem, lowers, previous)
    board, before = begun.board, () if previous is None else previous.visits
    stood = [dict(places) for places in board.places]
    seated = seat(board, tried_anew(begun, lowers), effort=effort)
    lowers = tighten(problem, lowers, seated.alone)
    excess = Excess(board, start(problem), lowers, begun.moving, seated.alone)
    improve(board, excess, effort=effort, workers=1)
    new = {check.id for site in problem.sites for check in site.checks}
    new -= {check for visit in before for check in visit.checks}
    rows = []
    for stage in ("placed", "polished"):
        begins = time.process_time()
        if stage == "polished":
            filed = stood if previous is not None else None
            polish(board, problem.sites, lowers, begun.former, filed)
        seconds = round(time.process_time() - begins, 2)
        aims = aims_of(board, before)
        least = max(lowers[s.index].groups - cost_of(board, s)[0] for s in problem.sites)
        with_new = sum(
            any(site.checks[i].id in new for i in bits(mask))
            for site in problem.sites
            for mask in board.places[site.index].values()
        )
        found = aims._asdict()
        row = {"stage": stage, "left_out": found.pop("left_out"), "visits": found.pop("visits")}
        row |= {"most_at_one": found.pop("most_at_one"), "most_least": least}
        row |= {"changed": found.pop("changed"), "with_new": with_new if before else None, **found}
        rows.append({**row, "seconds": seconds if stage == "polished" else None})
    return rows
