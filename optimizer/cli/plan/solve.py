"""`double-random plan solve DIR`: from registers through the draw to the plan."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from optimizer.cli.output import ConsoleProgress, print_json, say, table
from optimizer.cli.plan.source import add_search, add_secrets, add_settings, open_source
from optimizer.domain.registry import Document
from optimizer.plan.methods.named import METHODS, plan_by


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "solve",
        help="make a plan, with what-if settings if wanted",
        description="Plan the checks of a scenario (drawn with its seed), or those of a plan that "
        "is there, anew. Settings change rules after the draw, so that the same checks are "
        "planned.",
    )
    said = "a scenario folder, a publication, or a folder of `plan solve --out`"
    parser.add_argument("folder", type=Path, metavar="DIR", help=said)
    parser.add_argument("--out", type=Path, metavar="DIR", help="write the plan here")
    parser.add_argument(
        "--method",
        choices=METHODS,
        default="ours",
        help="ours; exact (one proved CP-SAT model, small cases only); greedy (by due date); "
        "no-merge; department (merging inside departments only)",
    )
    add_settings(parser)
    add_secrets(parser)
    add_search(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    from optimizer.cli.plan.folder import write_plan
    from optimizer.flow import staffed_case
    from optimizer.plan.prices import figures

    progress = ConsoleProgress(time.perf_counter)
    case = open_source(args, progress, args.settings).case
    case = replace(case, pinned=())
    progress.stage("plan")
    if args.method == "ours":
        plan, cuts = staffed_case(
            replace(case, cuts=()), effort=args.effort, workers=args.workers, progress=progress
        )
        case = replace(case, cuts=cuts)
    else:
        plan = plan_by(args.method, case, effort=args.effort, workers=args.workers)
    progress.stage("")
    found = {
        "campaign": case.campaign,
        "method": args.method,
        "set": list(args.settings),
        "checks": len(case.checks),
        **figures(plan),
        "left_out_checks": [{"check": out.check, **out.reason} for out in plan.left_out],
        "seconds": progress.seconds,
        "out": str(args.out) if args.out else None,
    }
    if args.out:
        write_plan(args.out, case, plan)
    say("\n" + summary(found))
    if args.json:
        print_json(found)
    return 0


def summary(found: Document) -> str:
    """Return a plan's figures as a table."""
    gap = 100 * float(found["gap"])
    rows = [
        ("checks", f"{found['checks']:,}"),
        ("visits", f"{found['visits']:,}"),
        ("proven lower bound", f"{found['lower_bound']:,} (gap {gap:.2f} %)"),
        ("checks left out", f"{found['left_out']:,}"),
        ("visits saved by merging", f"{found['saved']:,}"),
        ("most visits at one enterprise", f"{found['most_at_one_enterprise']:,}"),
    ]
    return table(rows)
