"""`double-random teams proof DIR --inspector ID`: an inspector's own odds of a sealed campaign."""

from __future__ import annotations

import argparse

from optimizer.cli.arguments import count
from optimizer.cli.draw.ceremony import word
from optimizer.cli.draw.common import add_folder, add_proof_out, hand_over
from optimizer.cli.output import say
from optimizer.flow import own_odds
from optimizer.io.dossier import read_dossier


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "proof",
        help="give an inspector the own odds of a sealed campaign, with their proof",
        description="Write a C2SP tlog-proof of all odds that an inspector has, and of nobody "
        "else's, before the campaign is opened: `verify.py --proof FILE` checks it, and so does "
        "verify.html.",
    )
    add_folder(parser)
    parser.add_argument("--inspector", required=True, metavar="ID", help="whose odds")
    parser.add_argument(
        "--round", type=count(1), metavar="N", help="which odds document; the last by default"
    )
    add_proof_out(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    dossier = read_dossier(args.folder)
    proof = own_odds(dossier, args.inspector, args.round)
    if dossier.shut:
        say(word("proof.own", args.lang))
    hand_over(args, proof, inspector=args.inspector)
    return 0
