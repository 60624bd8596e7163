"""`double-random plan …`: solve, amend, compare and explain plans; an act a file."""

from __future__ import annotations

import argparse

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
    acts.add_parser(
        "bench",
        help="the same as `bench plan`",
        description="The same as `double-random bench plan`, with the same options.",
    )
