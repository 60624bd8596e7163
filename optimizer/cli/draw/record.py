"""`double-random draw record FOLDER --reveals FILE`: what the parties of a seed source revealed."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimizer.cli.draw.common import add_folder, add_time, take_step
from optimizer.errors import InputError
from optimizer.flow import record_step
from optimizer.registers.fault import make_fault


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "record",
        help="record what the parties of a seed source revealed",
        description="Put what the parties of the announced seed source revealed into the ledger: "
        "after their deadline, and before what follows it can be known.",
    )
    add_folder(parser)
    parser.add_argument(
        "--reveals",
        required=True,
        type=Path,
        metavar="FILE",
        help='a JSON list of {"party", "value", "time"}, one for each reveal that came in',
    )
    add_time(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    reveals = read_reveals(args.reveals)
    return take_step(
        args,
        lambda before, given: record_step(before, given, reveals),
        name="record",
        scenario=False,
    )


def read_reveals(path: Path) -> list[Mapping[str, Any]]:
    """Return the reveals of a file.

    Raises
    ------
    InputError
        Where it is not there, or holds something else than a list of objects.
    """
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(make_fault("reveals-file", str(path))) from None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise InputError(make_fault("reveals-file", str(path)))
    return found
