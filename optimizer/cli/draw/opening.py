"""`double-random draw open FOLDER`: the secret, and everything that waited for it."""

from __future__ import annotations

import argparse

from optimizer.cli.draw.common import add_folder, add_time, take_step
from optimizer.flow import open_step


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "open",
        help="open the secret of a sealed campaign and publish everything",
        description="Put the secret into the ledger and publish every document that waited for "
        "it. On or before the stated day only with a --reason, which is in the ledger.",
    )
    add_folder(parser)
    parser.add_argument("--reason", default="", metavar="TEXT", help="why it is opened early")
    add_time(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    return take_step(
        args, lambda before, given: open_step(before, given, reason=args.reason), name="open"
    )
