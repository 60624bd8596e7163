"""`double-random teams …`: odds before their seeds, draw after draw, stand-ins, what it shows."""

from __future__ import annotations

import argparse

from optimizer.cli.teams import (
    announce,
    commit,
    draw,
    proof,
    report,
    round,
    substitute,
    verify,
    view,
)


def add_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the program's parser."""
    parser = verbs.add_parser(
        "teams",
        help="who goes: commit odds, draw day by day, replace who cannot come, verify, report",
        description="The second random, step by step, on a publication that `run` wrote or on a "
        "campaign's folder (`draw commit`). Odds of a period are committed before the seeds "
        "exist, and drawn at once or in several draws, in order. Each step is in the ledger.",
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    for act in (commit, announce, draw, substitute, verify, report, view, proof, round):
        act.add_act(acts)
