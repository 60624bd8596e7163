"""`double-random draw reveal FOLDER --seed …`: draw with the seed that was shown."""

from __future__ import annotations

import argparse
from typing import Any

from optimizer import canon
from optimizer.cli.draw.common import add_folder, add_time, take_step
from optimizer.cli.seeds import read_seed
from optimizer.flow import Dossier, reveal_step


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "reveal",
        help="draw with the seed that was shown",
        description="Draw the enterprises. In sealed mode the public part tells sizes and no "
        "names; private/drawn.csv names them to the bureau.",
    )
    add_folder(parser)
    parser.add_argument("--seed", required=True, metavar="SEED", help="as in `run`")
    add_time(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    seed = read_seed(args.seed, "--seed")
    return take_step(
        args, lambda before, given: reveal_step(before, given, seed), name="reveal", more=_sizes
    )


def _sizes(before: Dossier, after: Dossier) -> dict[str, Any]:
    draw = canon.parse(after.data("transcript/draw.json"))
    drawn = sum(stratum["size"] for item in draw["items"] for stratum in item["strata"])
    return {"drawn": drawn}
