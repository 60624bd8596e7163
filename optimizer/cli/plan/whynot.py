"""`double-random plan whynot DIR CHECK`: the rules that keep a check out, and proved mends."""

from __future__ import annotations

import argparse
import time
from collections import Counter

from optimizer.cli.output import ConsoleProgress, print_json, say
from optimizer.cli.plan.source import add_source, open_source
from optimizer.cli.plan.words import Words


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "whynot",
        help="the smallest set of rules that keeps a check out, and mends proved by solving again",
        description="Say why a check is in no visit: a set of rules that alone leave it no day, "
        "none of them idle (proved by solving again without each), which of them alone it is "
        "enough to lift, and the cheapest mends, each proved by solving again. Visits whose teams "
        "are drawn stay. `plan whynot DIR` without a check lists all checks left out.",
    )
    add_source(parser)
    parser.add_argument("check", nargs="?", metavar="CHECK", help="a check of the plan")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    from optimizer.flow import why_not

    progress = ConsoleProgress(time.perf_counter)
    source = open_source(args, progress)
    case, plan = source.solved(args, progress)
    words = Words(args.lang)
    progress.stage("")
    if args.check is None:
        listed = [{"check": out.check, **out.reason} for out in plan.left_out]
        if args.json:
            print_json({"left_out": listed})
        else:
            for line in listed:
                print(f"{line['check']}  {words.reason(line)}")
        say(words.text("whynot.listed", n=len(listed)))
        for reason, count in Counter(words.reason(line) for line in listed).most_common():
            say(f"  {count}  {reason}")
        if listed:
            say(words.text("whynot.next", folder=args.folder, check=listed[0]["check"]))
        return 0
    drawn = source.drawn_until
    found = why_not(case, plan, args.check, effort=args.effort, drawn_until=drawn)
    if args.json:
        print_json(found)
    else:
        for text in words.why_not(found):
            print(text)
    return 0
