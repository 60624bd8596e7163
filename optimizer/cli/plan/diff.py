"""`double-random plan diff A B`: what changed from one plan to the other, visit by visit."""

from __future__ import annotations

import argparse
from pathlib import Path

from optimizer.cli.output import print_json, say, table
from optimizer.cli.plan.source import add_words
from optimizer.cli.plan.words import Words


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "diff",
        help="what changed from one plan to another, and what must be filed again",
        description="Compare two plans visit by visit: kept, moved, changed on its day, new, "
        "dropped. Every visit that is not kept must be filed again (measure 6).",
    )
    parser.add_argument("before", type=Path, metavar="A", help="the earlier plan's folder")
    parser.add_argument("after", type=Path, metavar="B", help="the later plan's folder")
    parser.add_argument("--all", action="store_true", help="list the visits that are kept too")
    add_words(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    from optimizer.io import read_plan_folder
    from optimizer.plan import diff_plans

    words = Words(args.lang)
    found = diff_plans(read_plan_folder(args.before).plan, read_plan_folder(args.after).plan)
    shown = [line for line in found["visits"] if args.all or line["kind"] != "kept"]
    if args.json:
        print_json({**found, "visits": shown})
    else:
        for line in shown:
            print(words.change(line))
        for kind in ("placed", "left_out"):
            for check in found[kind]:
                print(f"{check}  {words.text(f'diff.{kind}')}")
    counts = [(words.text(f"diff.{kind}"), f"{n:,}") for kind, n in found["counts"].items()]
    say(table(counts))
    again = len(found["refile"]["after"]) + len(found["refile"]["before"])
    say(words.text("diff.refile", n=again))
    if found["left_out"] or found["placed"]:
        lost, placed = len(found["left_out"]), len(found["placed"])
        say(words.text("diff.checks", lost=lost, placed=placed))
    return 0
