"""`double-random draw proof FOLDER --enterprise ID`: an enterprise's own proof."""

from __future__ import annotations

import argparse

from optimizer.cli.draw.ceremony import word
from optimizer.cli.draw.common import add_folder, add_proof_out, hand_over
from optimizer.cli.output import say
from optimizer.flow import own_proof
from optimizer.io.dossier import read_dossier


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "proof",
        help="give an enterprise its own proof",
        description="Write a C2SP tlog-proof of what an enterprise can be drawn for, or of its "
        "result: `verify.py --proof FILE` checks it, and so does verify.html.",
    )
    add_folder(parser)
    parser.add_argument("--enterprise", required=True, metavar="ID", help="whose proof")
    parser.add_argument(
        "--of",
        choices=("frame", "result"),
        default="",
        help="what it can be drawn for; or whether it was drawn (the default once it can be told)",
    )
    add_proof_out(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    dossier = read_dossier(args.folder)
    proof = own_proof(dossier, args.enterprise, args.of)
    drawn = any(entry.kind == "draw" for entry in dossier.present)
    if drawn and args.of != "frame" and dossier.shut:
        say(word("proof.tells", args.lang))
    hand_over(args, proof, enterprise=args.enterprise)
    return 0
