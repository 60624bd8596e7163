"""`double-random plan whatif DIR`: the price of each rule, as a table and as a page."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

from optimizer.cli.output import ConsoleProgress, print_json, say, table
from optimizer.cli.plan.source import add_search, add_secrets, add_settings, open_source
from optimizer.domain.registry import Document
from optimizer.plan import Case, Plan

PROVED = {
    (True, True): "both",
    (True, False): "sum",
    (False, True): "left out",
    (False, False): "",
}
"""What the bounds alone prove: of the sum of visits and checks left out, of those left out."""


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "whatif",
        help="the price of each rule, in visits and checks left out",
        description="Plan the same checks again with each cap, quiet rule, the gap and capacities "
        "lifted, loosened or tightened, and tell what changes. With --set only these settings, "
        "each alone.",
    )
    said = "a scenario folder, a publication, or a folder of `plan solve --out`"
    parser.add_argument("folder", type=Path, metavar="DIR", help=said)
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the page (HTML) here")
    add_settings(parser)
    add_secrets(parser)
    add_search(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    from optimizer.flow import staffed_case
    from optimizer.io.atomic import write_file
    from optimizer.plan.prices import Change, changes_of, price
    from optimizer.publication.page_prices import page

    progress = ConsoleProgress(time.perf_counter)
    case = open_source(args, progress).case
    case = replace(case, pinned=(), cuts=())

    def planner(changed: Case) -> Plan:
        return staffed_case(changed, effort=args.effort, workers=args.workers)[0]

    progress.stage("plan")
    now = planner(case)
    if args.settings:
        changes = [Change("set", text, "set", text) for text in args.settings]
    else:
        changes = changes_of(case, now)
    progress.stage("prices")
    prices = price(
        case,
        now,
        changes,
        planner=planner,
        told=lambda n, change: progress.step(n, len(changes), change.setting),
    )
    progress.stage("")
    found = {"campaign": case.campaign, "effort": args.effort, **prices}
    if args.page:
        write_file(args.page, page(found))
    if args.json:
        print_json(found)
    else:
        print(_table(found))
    if args.page:
        say(str(args.page))
    return 0


def _table(found: Document) -> str:
    now = found["now"]
    rows: list[tuple[object, ...]] = [
        ("as it is", f"{now['visits']:,}", "", f"{now['left_out']:,}", "", f"{now['gap']}", "")
    ]
    rows += [
        (
            row["set"],
            f"{row['visits']:,}",
            f"{row['more_visits']:+,}",
            f"{row['left_out']:,}",
            f"{row['more_left_out']:+,}",
            row["gap"],
            PROVED[row["sure"], row["sure_left_out"]],
        )
        for row in found["changes"]
    ]
    heads = ("setting", "visits", "±", "left out", "±", "gap", "proved by bounds")
    return table(rows, heads)
