"""`double-random plan explain DIR`: why a visit is as it is, and why no two visits are one."""

from __future__ import annotations

import argparse
import time

from optimizer.cli.output import ConsoleProgress, print_json, say
from optimizer.cli.plan.source import add_source, open_source
from optimizer.cli.plan.words import Words

COUNTED = (("visits", "visits"), ("pairs", "pairs"), ("checks left out", "left_out"))


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "explain",
        help="which checks a visit merges and why that day; why no two visits are one",
        description="Explain a visit, or all visits of an enterprise: the checks merged, why that "
        "day, and for every two visits of the enterprise why they are not one.",
    )
    add_source(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--visit", metavar="V000012", help="a visit of the plan")
    what.add_argument("--enterprise", metavar="ID", help="an enterprise of the plan")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    from optimizer.flow import explained

    progress = ConsoleProgress(time.perf_counter)
    case, plan = open_source(args, progress).solved(args, progress)
    progress.stage("")
    found = explained(case, plan, visit=args.visit, enterprise=args.enterprise)
    if args.json:
        print_json(found)
    else:
        for line in Words(args.lang).explained(found):
            print(line)
    counts = ", ".join(f"{name}: {len(found[key])}" for name, key in COUNTED)
    say(counts)
    return 0
