"""Plans of generated cities, beside other methods and the proven bound."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.child import measure, peak_kib
from benchmarks.method import Answer, PlanMethod
from benchmarks.registry import chosen_methods, is_ready, plan_methods
from benchmarks.report import Report
from optimizer.errors import CheckFailedError

SEARCH_SECONDS = {"XS": 10.0, "S": 60.0, "M": 120.0, "L": 300.0, "XL": 600.0}
"""Size → seconds of search of methods that stop by the clock; XS is for trying out."""

OURS = "ours"
_GRACE = 1800.0  # for building a model, beyond the search


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    sizes = list(SEARCH_SECONDS)
    parser.add_argument("--size", nargs="+", default=["S", "M"], choices=sizes, help="default: S M")
    parser.add_argument(
        "--utilisation",
        type=_percent,
        nargs="+",
        default=[50, 80, 95],
        metavar="P",
        help="per cent of the half-days present that are needed (default: 50 80 95)",
    )
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1], metavar="N", help="instances (default: 1)"
    )
    parser.add_argument("--methods", nargs="+", metavar="NAME", help="only these methods")
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="of search, for methods that stop by the clock (default: S 60, M 120, L 300, XL 600)",
    )


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Measure every method on every instance, each in a process of its own.

    Raises
    ------
    CheckFailedError
        Where a plan breaks a rule, or is below the bound.
    InputError
        On a method that there is not.
    """
    chosen = chosen_methods(plan_methods(), args.methods, "--methods")
    rows: list[dict[str, Any]] = []
    notes = [
        "gap = (visits + left_out - lower_bound) / lower_bound, the bound of ours for all",
        "seconds from checks in memory to plan, after the same work on a tiny instance, so that "
        "compilers and virtual machines are warm; one process each; memory is the peak of it",
        "cpu_seconds: of the processor, all processes and threads together: other work on the "
        "machine changes it less than seconds",
        "every plan was held to the rules by the stand-alone verifier's code, outside the time",
        "left_proved: of the checks left out, those proved unavoidable",
    ]
    notes += [f"left out, not installed: {n}" for n, m in chosen.items() if not is_ready(m)]
    failures: list[str] = []
    for size in args.size:
        for utilisation in args.utilisation:
            for seed in args.seeds:
                job = {"size": size, "utilisation": utilisation, "seed": seed}
                seconds = args.seconds or SEARCH_SECONDS[size]
                own, wrong = _instance(chosen, {**job, "seconds": seconds}, say)
                rows += own
                failures += wrong
    for name, method in chosen.items():
        if any(_checks(size) > method.largest for size in args.size):
            notes.append(f"{name}: not run on more than {method.largest:,} checks")
    command = (
        f"double-random bench plan --size {' '.join(args.size)} --utilisation "
        f"{' '.join(map(str, args.utilisation))} --seeds {' '.join(map(str, args.seeds))}"
    )
    command += f" --seconds {args.seconds:g}" if args.seconds else ""
    command += f" --methods {' '.join(map(_quoted, args.methods))}" if args.methods else ""
    return Report("plan", command, tuple(rows), (*notes, *failures), failed=bool(failures))


def _instance(
    chosen: Mapping[str, type[PlanMethod]], job: Mapping[str, Any], say: Callable[[str], None]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of one instance, and what failed. Ours goes first: it gives the bound."""
    rows, failures = [], []
    bound: dict[str, Any] = {}
    for name in [OURS, *(name for name in chosen if name != OURS)]:
        known = name == OURS or is_ready(chosen[name])
        if not known or (name != OURS and _checks(job["size"]) > chosen[name].largest):
            continue
        say(f"plan: {name}, {job['size']}, {job['utilisation']} %, seed {job['seed']}")
        try:
            found = _measured(name, job)
        except CheckFailedError as error:
            if name == OURS:
                raise
            failures.append(f"{name}, {job['size']}, {job['utilisation']} %: {error}")
            continue
        if name == OURS:
            bound = found
        if name in chosen:
            rows.append(_row(name, job, found, bound))
    return rows, failures


def _measured(name: str, job: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was measured and counted of one method on one instance."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "days.json")
        todo = {**job, "method": name, "file": file}
        found = measure(__name__, todo, seconds=2 * job["seconds"] + _GRACE)
        counted = measure(__name__, {**todo, "task": "check"})
    return {**found, "visits": counted["visits"], "left_out": counted["left_out"]}


def _row(
    name: str, job: Mapping[str, Any], found: Mapping[str, Any], ours: Mapping[str, Any]
) -> dict[str, Any]:
    bound, cost = ours["bound"], found["visits"] + found["left_out"]
    if cost < bound:
        raise CheckFailedError(f"{name} has {cost} visits and checks left out, below {bound}")
    proved = ours["left_bound"]
    return {
        "method": name,
        "size": job["size"],
        "utilisation": job["utilisation"],
        "seed": job["seed"],
        "checks": found["checks"],
        "visits": found["visits"],
        "left_out": found["left_out"],
        "left_proved": None if proved is None else min(proved, found["left_out"]),
        "lower_bound": bound,
        "gap": round((cost - bound) / bound, 6) if bound else 0.0,
        "seconds": round(found["seconds"], 4),
        "cpu_seconds": round(found["cpu_seconds"], 4),
        "peak_mib": found["peak_mib"],
    }


def measured(job: Mapping[str, Any]) -> dict[str, Any]:
    """Plan one instance, or check a plan; runs in a process of its own."""
    from benchmarks.plan_instances import make_plan_instance

    instance = make_plan_instance(job["size"], job["utilisation"], job["seed"])
    file = Path(job["file"])
    if job.get("task") == "check":
        from benchmarks.checker import check_plan

        days = {c: date.fromisoformat(d) for c, d in json.loads(file.read_bytes()).items()}
        counts = [check_plan(arguments, days) for _, arguments in instance.blocks()]
        return {
            "visits": sum(count.visits for count in counts),
            "left_out": sum(count.left_out for count in counts),
        }
    method = plan_methods()[job["method"]]()
    warm = make_plan_instance("XS", 80, 1)
    method.plan(method.ready(warm), 1.0)
    ready = method.ready(instance)
    begun, used = time.perf_counter(), time.process_time()
    answer: Answer = method.plan(ready, job["seconds"])
    seconds = time.perf_counter() - begun
    cpu_seconds = time.process_time() - used + answer.others_seconds
    peak = round((answer.peak_kib or peak_kib()) / 2**10, 1)
    file.write_text(json.dumps({c: d.isoformat() for c, d in answer.days.items()}), "ascii")
    return {
        "checks": len(instance.checks),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "peak_mib": peak,
        "bound": answer.bound,
        "left_bound": answer.left_bound,
    }


def _checks(size: str) -> int:
    from benchmarks.plan_instances import SIZES

    return SIZES[size].checks


def _quoted(name: str) -> str:
    return f'"{name}"' if " " in name else name


def _percent(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError("expected a whole number from 1 to 100")
    return number
