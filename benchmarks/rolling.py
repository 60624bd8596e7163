"""A year as it comes: answers at once and nights of re-optimising, against hindsight."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from benchmarks.child import measure
from benchmarks.report import Report

if TYPE_CHECKING:
    from benchmarks.night import Pace
    from benchmarks.replay import Replayed
    from optimizer.domain.check import Check
    from optimizer.domain.visit import Visit
    from optimizer.plan import Case


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument(
        "scenario", nargs="?", default="", help="a scenario's folder, instead of a preset"
    )
    parser.add_argument(
        "--preset", default="yangquan", help="generated scenario (default: yangquan)"
    )
    parser.add_argument(
        "--scale", default="1/10", metavar="X", help="share of the preset (default: 1/10)"
    )
    parser.add_argument(
        "--every", type=int, default=7, metavar="N", help="days between nights (default: 7)"
    )
    parser.add_argument(
        "--notice",
        type=int,
        default=7,
        metavar="N",
        help="visits of the next N days are told of and stay (default: 7)",
    )
    parser.add_argument(
        "--reserve",
        nargs=2,
        default=["0", "0"],
        metavar=("FAR", "NEAR"),
        help="shares of half-days that plans leave for requests, after the next night and before "
        "it (default: 0 0)",
    )
    parser.add_argument(
        "--weeks", type=int, default=0, metavar="N", help="only the first N weeks (default: all)"
    )
    parser.add_argument(
        "--teams",
        action="store_true",
        help="re-optimised: draw the teams of each month by the last night before it, and those of "
        "visits granted since when they are granted; visits of a month that is drawn stay",
    )
    parser.add_argument("--effort", type=int, default=50, help="planner's search effort (counts)")


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Run the year in a process of its own.

    Raises
    ------
    InputError
        On a preset, scale or share that makes no sense, before anything runs.
    CheckFailedError
        If what was done breaks a rule.
    """
    from benchmarks.reserve import read_reserve
    from scenarios.generator.parameters import read_parameters

    if not args.scenario:
        read_parameters({"preset": args.preset, "scale": args.scale})
    read_reserve(*args.reserve)
    what = args.scenario or f"--preset {args.preset} --scale {args.scale}"
    say(f"rolling: {what}, a night each {args.every} days")
    names = (
        "scenario",
        "preset",
        "scale",
        "every",
        "notice",
        "reserve",
        "weeks",
        "effort",
        "teams",
    )
    found = measure(__name__, {name: getattr(args, name) for name in (*names, "teams")})
    command = (
        f"double-random bench rolling {what} --every {args.every} --notice {args.notice} "
        f"--reserve {' '.join(args.reserve)}"
        + (f" --weeks {args.weeks}" if args.weeks else "")
        + (" --teams" if args.teams else "")
        + f" --effort {args.effort}"
    )
    notes = (
        f"{found['requests']:,} of {found['checks']:,} checks come in the course of the year; "
        f"peak {found['peak_mib']:,.0f} MiB, with the stand-alone verifier's code, which checked "
        "every rule at the end of each row",
        "answers: the plan of the first day, then each request answered in process when it is "
        "received; a visit not told of may move to take it in, but in the first row nothing moves",
        "re-optimised: answers too, and each night a plan in which visits that lie ahead and were "
        "not told of may move; what was left out is tried again",
        "hindsight: one plan with all checks known from the first day; no year can be run so",
        "saved: checks visited less visits; late: triggered checks without a visit by their due "
        "date, part of left_out; wait_days: from received to visited, mean of those visited",
        "fetched: of joined, those for which the visit moved; moved: day changed by a night, each "
        "time; refiled: all that was not as in the version before, new visits included",
        "excess: visits + left out over those of hindsight, less 1",
        *(_TEAMS if args.teams else ()),
    )
    return Report("rolling", command, tuple(found["rows"]), notes)


_TEAMS = (
    "months: rounds of teams; drawn: visits with their month; added: granted or changed after it, "
    "drawn when granted; again: drawn once more so that an added one could be staffed; unstaffed: "
    "seats for which nobody was found; cuts: sets of visits that could not be staffed together, "
    "for which the night planned again",
)


def measured(job: Mapping[str, Any]) -> dict[str, Any]:
    """Run the year each way; runs in a process of its own."""
    from benchmarks.night import Pace
    from benchmarks.reserve import read_reserve
    from benchmarks.rolling_case import read_case

    case, arrivals = read_case(job["scenario"], job["preset"], job["scale"])
    last = case.calendar.last
    if job["weeks"]:
        last = min(last, case.calendar.start + timedelta(days=7 * job["weeks"] - 1))
    pace = Pace(
        job["every"],
        job["notice"],
        job["effort"],
        read_reserve(*job["reserve"]),
        last=last,
        teams=job["teams"],
    )
    return compared(case, arrivals, pace)


def compared(case: Case, arrivals: Sequence[Check], pace: Pace) -> dict[str, Any]:
    """Run the year with answers alone, with nights, and as hindsight would have had it.

    Parameters
    ----------
    case
        With every check.
    arrivals
        Those that are not known from the first day, but from that of their release on; what
        comes after the last day of the pace is left aside, in hindsight too.
    """
    from benchmarks.replay import replay
    from optimizer.plan import solve

    unheard = {check.id for check in arrivals if pace.last and check.release > pace.last}
    heard = [check for check in arrivals if check.id not in unheard]
    case = replace(case, checks=tuple(c for c in case.checks if c.id not in unheard))
    rows: list[dict[str, Any]] = []
    alone = replace(pace, every=0, teams=False)
    nights = "re-optimised, teams by month" if pace.teams else "re-optimised"
    ways: dict[str, Callable[[], tuple[Iterable[Visit], Replayed | None]]] = {
        "answers, nothing moves": lambda: _replayed(
            replay(case, heard, replace(alone, move=False))
        ),
        "answers only": lambda: _replayed(replay(case, heard, alone)),
        nights: lambda: _replayed(replay(case, heard, pace)),
        "hindsight": lambda: (solve(case.problem(), effort=pace.effort).visits, None),
    }
    for method, way in ways.items():
        begun = time.perf_counter()
        visits, done = way()
        seconds = time.perf_counter() - begun
        teams = _teams(done) if pace.teams else {}
        rows.append({"method": method, **_counted(case, visits, done), **teams, "seconds": seconds})
    best = rows[-1]["visits"] + rows[-1]["left_out"]
    for row in rows:
        row["excess"] = round((row["visits"] + row["left_out"]) / best - 1, 6) if best else 0.0
    return {"rows": rows, "requests": len(heard), "checks": len(case.checks)}


def _replayed(done: Replayed) -> tuple[Iterable[Visit], Replayed]:
    return done.visits, done


def _teams(done: Replayed | None) -> dict[str, Any]:
    """Return what came of the draws of teams."""
    rounds = done.rounds if done else None
    names = ("months", "drawn", "added", "again", "unstaffed")
    found = {name: getattr(rounds, name) if rounds else None for name in names}
    return {**found, "cuts": done.cuts if done and rounds else None}


def _counted(case: Case, visits: Iterable[Visit], done: Replayed | None) -> dict[str, Any]:
    """Hold what was done to every rule, and count."""
    from benchmarks.checker import check_plan

    days = {check: visit.day for visit in visits for check in visit.checks}
    arguments = {
        "checks": case.checks,
        "rules": case.rules,
        "campaign": case.campaign,
        "registers": case.registers,
        "calendar": case.calendar,
        "checks_digest": case.checks_digest,
    }
    counted = check_plan(arguments, days)
    triggered = [check for check in case.checks if check.kind == "triggered"]
    waits = [(days[c.id] - c.release).days for c in triggered if c.id in days]
    return {
        "checks": len(case.checks),
        "visits": counted.visits,
        "left_out": counted.left_out,
        "late": len(triggered) - len(waits),
        "wait_days": round(sum(waits) / len(waits), 2) if waits else None,
        "saved": len(days) - counted.visits,
        "joined": done.answers.joined if done else None,
        "fetched": done.answers.fetched if done else None,
        "new": done.answers.new if done else None,
        "refused": done.answers.refused if done else None,
        "nights": done.nights if done else None,
        "moved": done.moved if done else None,
        "refiled": done.refiled if done else None,
    }
