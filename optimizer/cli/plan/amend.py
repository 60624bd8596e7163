"""`double-random plan amend DIR`: new checks, a new version of the plan, the least change."""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path

from optimizer.cli.output import ConsoleProgress, print_json, say, table
from optimizer.cli.plan.source import add_source, open_source
from optimizer.domain.visit import Visit
from optimizer.errors import InputError
from optimizer.plan import Plan
from optimizer.registers.fault import make_fault


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "amend",
        help="add checks to a plan as a new version that moves as little as can be",
        description="Add checks to a plan. Visits whose teams are drawn, visits before --from and "
        "those named with --pin keep their day and their checks; of the others as few as can be "
        "move. The new version names its parent and the reason.",
    )
    add_source(parser)
    parser.add_argument(
        "--add",
        type=Path,
        required=True,
        metavar="FILE",
        help="requests as .json, .csv or .xlsx: id, enterprise, item, due, and if wanted source, "
        "received, severity, units",
    )
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for the file")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the new version here")
    parser.add_argument(
        "--from",
        dest="first",
        metavar="DAY",
        help="visits before this day stay, new ones are later",
    )
    parser.add_argument(
        "--pin", action="append", default=[], metavar="VISIT", help="this visit stays too"
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    from optimizer.cli.plan.folder import write_plan
    from optimizer.flow import amend
    from optimizer.flow.order import check_reason
    from optimizer.io.requests import read_requests
    from optimizer.plan.prices import figures

    check_reason(args.reason, "amend", verb="plan")
    progress = ConsoleProgress(time.perf_counter)
    source = open_source(args, progress)
    case, plan = source.solved(args, progress)
    first = _day(args.first)
    added = read_requests(args.add, case, first=first, registers=source.registers)
    pinned = _pinned(plan, first, source.drawn_until, args.pin)
    done = amend(
        case,
        plan,
        added=added,
        pinned=pinned,
        reason=args.reason,
        effort=args.effort,
        workers=args.workers,
        progress=progress,
    )
    progress.stage("")
    if args.out:
        write_plan(args.out, done.case, done.plan, {"amendment": done.document, "diff": done.diff})
    placed = {check: v for v in done.plan.visits for check in v.checks}
    answers = [
        {
            "check": check.id,
            "visit": placed[check.id].id if check.id in placed else None,
            "day": placed[check.id].day.isoformat() if check.id in placed else None,
            "reason": next((o.reason for o in done.plan.left_out if o.check == check.id), None),
        }
        for check in added
    ]
    found = {
        **done.document,
        "answers": answers,
        "counts": done.diff["counts"],
        "refile": done.diff["refile"],
        "before": figures(plan),
        "after": figures(done.plan),
        "out": str(args.out) if args.out else None,
    }
    say("\n" + table([(a["check"], a["visit"] or "left out", a["day"] or "") for a in answers]))
    say(table([(kind, f"{n:,}") for kind, n in done.diff["counts"].items()]))
    again = len(done.diff["refile"]["after"]) + len(done.diff["refile"]["before"])
    say(f"version {found['version']}: {again} visits to be filed again")
    if args.json:
        print_json(found)
    return 0


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        words = make_fault("request-value", "--from", value=str(text), form="2026-03-01")
        raise InputError(words) from None


def _pinned(
    plan: Plan, first: date | None, drawn: date | None, named: list[str]
) -> tuple[Visit, ...]:
    unknown = sorted(set(named) - {visit.id for visit in plan.visits})
    if unknown:
        raise InputError(make_fault("amend-pin", "--pin", value=name) for name in unknown)
    return tuple(
        visit
        for visit in plan.visits
        if visit.id in named
        or (first is not None and visit.day < first)
        or (drawn is not None and visit.day <= drawn)
    )
