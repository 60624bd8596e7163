"""`double-random witness`: a key of one's own, and cosignatures of a log that only grows."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from pathlib import Path


def add_witness_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the program's parser."""
    parser = verbs.add_parser(
        "witness",
        help="cosign a bureau's log as a witness",
        description="What a witness (the province, a newspaper) runs on its own machine: it keeps "
        "the last checkpoint that it saw of a bureau's log, and cosigns a newer one only if the "
        "log has grown and nothing before was changed (C2SP tlog-cosignature).",
    )
    steps = parser.add_subparsers(dest="step", metavar="STEP", required=True)
    step = steps.add_parser(
        "new-key",
        help="make the witness's key",
        description="Make an Ed25519 key for cosignatures and print its verifier key, which the "
        "bureau puts into its setting `witnesses`, and verifiers take from the witness.",
    )
    step.add_argument("name", metavar="NAME", help="such as witness.example/province; no spaces")
    step.add_argument("--key", type=Path, required=True, metavar="FILE", help="must not exist")
    step.set_defaults(func=new_key)
    step = steps.add_parser(
        "cosign",
        help="cosign the newest checkpoint",
        description="Read the newest checkpoint, check that it extends the one seen last, keep it, "
        "cosign it and hand the cosignature in. Exit code 1, and no cosignature, if the log "
        "shrank, forked, or is not signed by its key. To be run by a timer.",
    )
    step.add_argument(
        "log_at",
        metavar="URL|DIR",
        help="the server, such as https://jc.example.cn, or a publication: its campaign's ledger",
    )
    step.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help="made by `witness new-key`"
    )
    step.add_argument(
        "--log",
        type=Path,
        required=True,
        metavar="FILE",
        help="the log's verifier key, got from the bureau by another way",
    )
    step.add_argument(
        "--state",
        type=Path,
        required=True,
        metavar="FILE",
        help="the last checkpoint that was seen; made at the first look, a file for each log",
    )
    step.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="with DIR: gets the cosigned checkpoint, which `verify.py --seen` takes",
    )
    step.add_argument("--json", action="store_true", help="print JSON")
    step.set_defaults(func=cosign)


def new_key(args: argparse.Namespace) -> int:
    """Run the step ``new-key``; return the exit code."""
    from api import witnessing

    witness = witnessing.new_key(args.name, args.key, secrets.token_bytes)
    sys.stdout.write(witness.vkey + "\n")
    return 0


def cosign(args: argparse.Namespace) -> int:
    """Run the step ``cosign``; return the exit code."""
    from api import witnessing
    from optimizer.cli.output import print_json, say

    cosigner = witnessing.read_key(args.key)
    log: witnessing.Log
    if "://" in args.log_at:
        log = witnessing.Served(args.log_at)
    elif args.out is not None:
        log = witnessing.Published(Path(args.log_at), args.out)
    else:
        raise witnessing.fault("out", args.log_at, "expected --out FILE with a folder")
    seen = witnessing.cosign(
        log,
        args.log.read_text("utf-8").strip(),
        witnessing.State(args.state),
        cosigner,
        lambda: int(time.time()),
    )
    if args.json:
        facts = {"size": seen.size, "before": seen.before, "cosignature": seen.line}
        print_json({"ok": True, **facts})
    else:
        grown = f"grown from {seen.before}" if seen.before else "seen for the first time"
        say(f"cosigned the log of {seen.size} entries, {grown}")
    return 0
