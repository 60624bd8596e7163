"""`double-random plan …`: solve, amend, compare and explain plans; an act a file."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import entry_points

from optimizer.cli.plan import amend, check, diff, explain, solve, whatif, whynot


def add_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the program's parser."""
    parser = verbs.add_parser(
        "plan",
        help="solve, amend, compare and explain plans",
        description="Work on plans: of a scenario folder, of a publication, or of a folder that "
        "`plan solve --out` wrote.",
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    for act in (solve, whatif, amend, diff, explain, whynot, check):
        act.add_act(acts)
    bench = acts.add_parser(
        "bench",
        help="the same as `bench plan`",
        description="The same as `double-random bench plan`, with the same options.",
        add_help=False,
    )
    bench.add_argument("rest", nargs=argparse.REMAINDER, metavar="…", help="as of `bench plan`")
    bench.set_defaults(func=_bench)


def _bench(args: argparse.Namespace) -> int:
    """Hand over to the benchmarks, which stand above this package."""
    for point in entry_points(group="double_random.verbs", name="bench"):
        parser = argparse.ArgumentParser(prog="double-random")
        point.load()(parser.add_subparsers(dest="verb"))
        found = parser.parse_args(["bench", "plan", *args.rest])
        return int(found.func(found))
    print("the benchmarks are not installed", file=sys.stderr)
    return 2
