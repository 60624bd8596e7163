"""`double-random teams announce DIR`: where the seed of the next draw will come from."""

from __future__ import annotations

import argparse

from optimizer.cli.teams.place import add_place, add_step, take
from optimizer.cli.teams.spans import read_source
from optimizer.flow import announce_step


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "announce",
        help="name the seed source of the next draw, before it can be known",
        description="Name where the seed of the next draw will come from, where the draw before "
        "did not name it (`teams draw --next-source`).",
    )
    add_place(parser)
    parser.add_argument(
        "--seed-source", required=True, metavar="SOURCE", help="as in `teams commit`"
    )
    add_step(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    announced = read_source(args.seed_source)
    return take(
        args,
        lambda before, given, scenario: announce_step(before, given, announced),
        name="teams-announce",
    )
