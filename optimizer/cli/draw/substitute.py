"""`double-random draw substitute FOLDER …`: the next reserve instead of who cannot be found."""

from __future__ import annotations

import argparse
from typing import Any

from optimizer.cli.draw.common import add_folder, add_time, take_step
from optimizer.draw import REASONS
from optimizer.flow import Dossier, substitute_step


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "substitute",
        help="replace an enterprise that has closed or cannot be found by the next reserve",
        description="Replace an enterprise by the next unused reserve of its stratum; nothing "
        "else changes. In sealed mode the ledger names nobody before opening.",
    )
    add_folder(parser)
    parser.add_argument("--enterprise", required=True, metavar="ID", help="who gives way")
    parser.add_argument("--order", required=True, metavar="KEY", help="for which order")
    parser.add_argument("--reason", required=True, metavar="CODE", help=" | ".join(REASONS))
    add_time(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""

    def more(before: Dossier, after: Dossier) -> dict[str, Any]:
        done = after.substitutions()[-1]
        return {key: done[key] for key in ("order", "enterprise", "reserve", "reason")}

    return take_step(
        args,
        lambda before, given: substitute_step(
            before, given, order=args.order, enterprise=args.enterprise, reason=args.reason
        ),
        name="substitute",
        more=more,
    )
