"""`double-random draw seal FOLDER`: 32 random bytes, their commitment in the ledger."""

from __future__ import annotations

import argparse
import secrets as chance
from datetime import date

from optimizer.cli.draw.common import add_folder, add_time, take_step
from optimizer.errors import InputError
from optimizer.flow import seal_step
from optimizer.registers.fault import make_fault


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "seal",
        help="seal the secret of a sealed campaign, before the seed exists",
        description="Draw 32 random bytes, keep them in the private folder, and put their "
        "commitment into the ledger. Copy the private folder: without the secret the draw is void.",
    )
    add_folder(parser)
    parser.add_argument(
        "--open-after",
        metavar="DAY",
        help="the last day on which it stays shut; by default the last day of the orders' windows",
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why a second one is sealed")
    add_time(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    after = None
    if args.open_after is not None:
        try:
            after = date.fromisoformat(args.open_after)
        except ValueError:
            fault = make_fault("open-after-malformed", "--open-after", value=args.open_after)
            raise InputError(fault) from None
    return take_step(
        args,
        lambda before, given: seal_step(
            before, given, chance.token_bytes(32), open_after=after, reason=args.reason
        ),
        name="seal",
        scenario=False,
    )
