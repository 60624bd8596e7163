"""`double-random draw void FOLDER --reason …`: nothing drawn can be claimed any more."""

from __future__ import annotations

import argparse

from optimizer.cli.draw.common import add_folder, add_time, take_step
from optimizer.flow import void_step


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "void",
        help="declare the draw void, as when its secret is lost",
        description="Put into the ledger that the draw counts for nothing, and why. After it only "
        "a new commitment may follow, which shows as such.",
    )
    add_folder(parser)
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why, for the ledger")
    add_time(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    return take_step(
        args,
        lambda before, given: void_step(before, given, reason=args.reason),
        name="void",
        scenario=False,
    )
