"""`double-random draw proof FOLDER --enterprise ID`: an enterprise's own proof."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from optimizer.cli.draw.ceremony import word
from optimizer.cli.draw.common import add_folder, add_words
from optimizer.cli.output import print_json, say
from optimizer.flow import own_proof
from optimizer.io.atomic import write_file
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
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="such as ID.tlog-proof; stdout by default"
    )
    add_words(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    dossier = read_dossier(args.folder)
    proof = own_proof(dossier, args.enterprise, args.of)
    drawn = any(entry.kind == "draw" for entry in dossier.present)
    if drawn and args.of != "frame" and dossier.shut:
        say(word("proof.tells", args.lang))
    if args.out is not None:
        write_file(args.out, proof, mode=0o600)
        say(str(args.out))
    if args.json:
        print_json({"enterprise": args.enterprise, "proof": proof.decode()})
    elif args.out is None:
        sys.stdout.write(proof.decode())
    return 0
