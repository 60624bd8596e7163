"""Teams of a month by lottery: odds, draws, their check, and how others draw teams."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

from benchmarks.child import measure, peak_kib
from benchmarks.report import Report

SIZES = ("S", "M", "L")
OURS = "double-random"
PLAIN = "double-random, without Numba"
STRICT = "strict leximin"
SERIAL = "random serial choice"
SOLVER = "CP-SAT, random objective"
PANELS = "sortition-algorithms, maximin"
METHODS = (OURS, PLAIN, STRICT, SERIAL, SOLVER, PANELS)
COLUMNS = (
    "method",
    "size",
    "visits",
    "inspectors",
    "commit_seconds",
    "draw_seconds",
    "verify_seconds",
    "verify_js_seconds",
    "entropy_ratio",
    "spread",
    "max_deviation",
    "failures",
    "peak_mib",
    "draws",
    "seats",
    "pairs",
    "entropy_loose",
    "spread_expected",
    "commit_cpu",
    "draw_cpu",
    "verify_cpu",
    "verify_js_cpu",
    "daily_draws",
    "daily_seconds",
    "daily_slowest",
    "daily_cpu",
    "largest",
    "deviation",
)
_DRAWS = {"S": 1000, "M": 100, "L": 1}
_SOLVER_DRAWS = {"S": 200, "M": 20, "L": 1}
_ENOUGH = 100
"""Draws from which a deviation says something."""
_POOL, _WANTED, _HOLDERS, _PANELS = 28, 3, 5, 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument("--size", nargs="+", choices=SIZES, default=["S", "M"], help="default: S M")
    parser.add_argument(
        "--method", nargs="+", choices=METHODS, default=list(METHODS), help="default: all"
    )
    parser.add_argument(
        "--workers", type=int, default=2, metavar="N", help="processes of a commit (default: 2)"
    )
    parser.add_argument("--seed", type=int, default=2026, help="of the instances (default: 2026)")
    parser.add_argument(
        "--draws", type=int, default=0, metavar="N", help="of each row (default: fewer at M and L)"
    )
    parser.add_argument(
        "--daily", action="store_true", help="draw the month day by day as well, and time it"
    )
    parser.add_argument(
        "--kappa", default="", metavar="X", help="weight of evenness (default: the program's)"
    )


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Measure each method on each size in a process of its own.

    Raises
    ------
    CheckFailedError
        If a measurement fails.
    """
    rows = []
    jobs = [(size, method) for size in args.size for method in args.method if method != PANELS]
    if PANELS in args.method:
        jobs.append(("panel", OURS))
        if find_spec("sortition_algorithms") is None:
            say("sortition-algorithms is not installed (extra `panels`): its row is left out")
        else:
            jobs.append(("panel", PANELS))
    for size, method in jobs:
        say(f"{size}: {method}")
        job = {
            "method": method,
            "size": size,
            "workers": args.workers,
            "seed": args.seed,
            "kappa": args.kappa,
            "draws": args.draws,
            "daily": args.daily,
        }
        rows.append(measure("benchmarks.teams", job))
    options = f" --draws {args.draws}" if args.draws else ""
    options += f" --kappa {args.kappa}" if args.kappa else ""
    options += " --daily" if args.daily else ""
    return Report(
        bench="teams",
        command=f"double-random bench teams --size {' '.join(args.size)} --workers "
        f"{args.workers} --seed {args.seed}{options} --json",
        rows=tuple({name: row[name] for name in COLUMNS} for row in rows),
        notes=(
            "entropy_ratio: entropy of the odds against the most that odds under these rules can "
            "have (kappa 0); entropy_loose: against the bound that leaves all rules but "
            "eligibility aside",
            "spread: largest less smallest workload in a unit at the month's end, mean over "
            "inspectors and draws; spread_expected: of the expected workloads",
            f"max_deviation: largest difference between frequency and fair chance, where at least "
            f"{_ENOUGH} draws were made; fair: the odds committed, of peers those of kappa 0; an "
            "exact lottery is off by chance alone, as the rows of double-random are",
            "failures: draws that leave a seat empty, of draws",
            "verify_seconds: plain Python, odds and teams of one draw; verify_js_seconds: node",
            "*_cpu: processor time of all processes together, which other work does not lengthen",
            f"panel: one visit of one unit, {_WANTED} of {_POOL}, one of {_HOLDERS} with a skill: "
            "all that panel lotteries can be asked; no day, no caps, no workload, no other visit",
        ),
        failed=any(row["failures"] for row in rows if row["method"] in (OURS, PLAIN)),
    )


def measured(job: Mapping[str, Any]) -> dict[str, Any]:
    """Measure one method on one size; a row."""
    if job["method"] == PLAIN:
        sys.modules["numba"] = None  # type: ignore[assignment]
    if job["size"] == "panel":
        return _panel(job)
    from benchmarks.teams_instances import make_instance

    instance = make_instance(job["size"], seed=job["seed"])
    found = _lottery(job, instance) if job["method"] in (OURS, PLAIN) else _other(job, instance)
    row: dict[str, Any] = {
        **dict.fromkeys(COLUMNS),
        "method": job["method"],
        "size": job["size"],
        "visits": len(instance.visits),
        "inspectors": len(instance.registers.inspectors),
        "seats": instance.seats,
        **found,
    }
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (job["workers"] > 1)
    row["peak_mib"] = row["peak_mib"] or round((peak_kib() + job["workers"] * workers) / 2**10, 1)
    return row


def _lottery(job: Mapping[str, Any], instance: Any) -> dict[str, Any]:
    from benchmarks.teams_case import Tally, chances, commit
    from benchmarks.teams_check import verify_js_seconds, verify_seconds
    from optimizer.teams import draw_teams

    kappa = Fraction(job["kappa"]) if job["kappa"] else None
    begin = _clocks()
    odds = commit(instance, kappa, job["workers"])
    committed = _clocks()
    teams = draw_teams(odds, seed_key=bytes(32), workers=job["workers"])
    drawn = _clocks()
    # The most this process and its workers held up to here; what follows measures other things.
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (job["workers"] > 1)
    peak = round((peak_kib() + job["workers"] * workers) / 2**10, 1)
    check = _clocks()
    verified = verify_seconds(odds, teams)
    checked = _clocks()
    second = verify_js_seconds(odds, teams)
    daily = _daily(instance, odds) if job.get("daily") else {}
    tally = Tally(instance, chances(odds))
    draws = job["draws"] or _DRAWS[job["size"]] if job["method"] == OURS else 1
    for number in range(draws):
        key = number.to_bytes(32, "big")
        tally.add(draw_teams(odds, seed_key=key).teams)
    about = odds.document["report"]
    most = commit(instance, Fraction(0), job["workers"]).document["report"]
    return {
        "commit_seconds": round(committed[0] - begin[0], 2),
        "draw_seconds": round(drawn[0] - committed[0], 2),
        "verify_seconds": round(verified, 2),
        "verify_js_seconds": None if second is None else round(second[0], 2),
        "verify_js_cpu": None if second is None else round(second[1], 2),
        "commit_cpu": round(committed[1] - begin[1], 2),
        "draw_cpu": round(drawn[1] - committed[1], 2),
        "verify_cpu": round(checked[1] - check[1], 2),
        **daily,
        "entropy_ratio": round(float(about["entropy"]) / float(most["entropy"]), 5),
        "spread": round(tally.spread, 3),
        "max_deviation": round(tally.deviation, 4) if draws >= _ENOUGH else None,
        "failures": tally.failures,
        "peak_mib": peak,
        "draws": draws,
        "pairs": about["pairs"],
        "entropy_loose": round(float(about["entropy"]) / float(about["entropy_bound"]), 5),
        "spread_expected": round(float(about["spread"]), 3),
        "largest": float(about["largest"]),
        "deviation": max(float(unit["deviation"]) for unit in about["units"]),
    }


def _daily(instance: Any, odds: Any) -> dict[str, Any]:
    """Draw the month day by day, each from a seed of its own, on one core."""
    from benchmarks.teams_instances import PERIOD
    from optimizer.flow import even_spans
    from optimizer.teams import draw_teams

    rest = None
    took: list[tuple[float, float]] = []
    for number, span in enumerate(even_spans(PERIOD, instance.visits, weekly=False)):
        begin = _clocks()
        made = draw_teams(odds, seed_key=number.to_bytes(32, "big"), span=span, rest=rest)
        rest, end = made.rest, _clocks()
        took.append((end[0] - begin[0], end[1] - begin[1]))
    return {
        "daily_draws": len(took),
        "daily_seconds": round(sum(seconds for seconds, _ in took), 2),
        "daily_slowest": round(max(seconds for seconds, _ in took), 2),
        "daily_cpu": round(sum(cpu for _, cpu in took), 2),
    }


def _clocks() -> tuple[float, float]:
    """Return the time, and the processor time of this process and its workers that ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), time.process_time() + ended.ru_utime + ended.ru_stime


def _other(job: Mapping[str, Any], instance: Any) -> dict[str, Any]:
    from benchmarks.teams_case import Tally, chances, commit
    from benchmarks.teams_peers import random_objective, random_serial
    from benchmarks.teams_strict import strict_lottery

    most = commit(instance, Fraction(0), job["workers"])
    fair = chances(most)
    found: dict[str, Any] = {}
    begin = time.perf_counter()
    if job["method"] == STRICT:
        strict = strict_lottery(instance)
        fair, draw = strict.chances, strict.draw
        found = {"spread_expected": round(strict.spread, 3)}
    else:
        draw = (random_serial if job["method"] == SERIAL else random_objective)(instance)
    found["commit_seconds"] = round(time.perf_counter() - begin, 2)
    draws = job["draws"] or (_SOLVER_DRAWS if job["method"] == SOLVER else _DRAWS)[job["size"]]
    tally = Tally(instance, fair)
    spent = 0.0
    for number in range(draws):
        begin = time.perf_counter()
        teams = draw(number)
        spent += time.perf_counter() - begin
        tally.add(teams)
    return {
        **found,
        "draw_seconds": round(spent / draws, 3),
        "spread": round(tally.spread, 3),
        "max_deviation": round(tally.deviation, 4) if draws >= _ENOUGH else None,
        "failures": tally.failures,
        "draws": draws,
    }


def _panel(job: Mapping[str, Any]) -> dict[str, Any]:
    """One visit of one unit; fair: those alike have the same chance, and as much entropy as can
    be.
    """
    from benchmarks.teams_panel import panel_odds, panel_shares

    begin = time.perf_counter()
    fair = panel_odds(_POOL, _WANTED, _HOLDERS)
    ours = time.perf_counter() - begin
    shares = fair
    if job["method"] == PANELS:
        begin = time.perf_counter()
        shares = panel_shares(_POOL, _WANTED, _HOLDERS, _PANELS)
    seconds = time.perf_counter() - begin if job["method"] == PANELS else ours
    return {
        **dict.fromkeys(COLUMNS),
        "method": job["method"],
        "size": "panel",
        "visits": 1,
        "inspectors": _POOL,
        "commit_seconds": round(seconds, 3),
        "max_deviation": round(max(abs(shares[i] - fair[i]) for i in fair), 4),
        "failures": 0,
        "peak_mib": round(peak_kib() / 2**10, 1),
        "draws": _PANELS if job["method"] == PANELS else 0,
        "seats": _WANTED,
        "pairs": _POOL,
        "largest": round(max(shares.values()), 4),
    }
