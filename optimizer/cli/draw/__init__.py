"""`double-random draw …`: a campaign in its folder, step by step, each step in the ledger."""

from __future__ import annotations

import argparse

from optimizer.cli.draw import (
    commit,
    opening,
    planning,
    proof,
    record,
    report,
    reveal,
    seal,
    substitute,
    verify,
    void,
)


def add_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the program's parser."""
    parser = verbs.add_parser(
        "draw",
        help="a campaign in its folder, step by step: commit, seal, reveal, open, …",
        description="Take a campaign through its steps in a folder of its own: FOLDER/public can "
        "be put on a web server at any time, FOLDER/private stays with the bureau. Each step is "
        "in the ledger, and refuses to run out of order. Time comes from --time.",
    )
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    for act in (
        commit,
        seal,
        record,
        reveal,
        planning,
        opening,
        substitute,
        void,
        verify,
        proof,
        report,
    ):
        act.add_act(acts)
