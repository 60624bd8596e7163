"""`double-random teams verify DIR`: the stand-alone verifier, what it says of the teams first."""

from __future__ import annotations

import argparse

from optimizer.cli.draw.ceremony import word
from optimizer.cli.draw.common import add_words
from optimizer.cli.draw.verify import say_verdict
from optimizer.cli.output import print_json, say
from optimizer.cli.teams.place import add_place, public_of
from optimizer.cli.verify import say_checks, verify_folder

OURS = ("odds", "teams seed", "teams", "later teams")
"""Sections of the verifier that are about the teams."""


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "verify",
        help="run the stand-alone verifier, and tell what it says of the teams",
        description="Run verify.py on what is published, at any stage: the sections about odds, "
        "seeds, teams and stand-ins are told apart from the others, which are checked too.",
    )
    add_place(parser, scenario=False)
    parser.add_argument("--vkey", help="the ledger's verifier key, as known from elsewhere")
    add_words(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    report = verify_folder(public_of(args.folder), vkey=args.vkey)
    parted = {
        "teams": [check for check in report["checks"] if check["name"] in OURS],
        "others": [check for check in report["checks"] if check["name"] not in OURS],
    }
    if args.json:
        print_json({**report, **parted})
    say_checks(parted["teams"])
    good = sum(check["ok"] for check in parted["others"])
    say(word("verify.others", args.lang, good=good, all=len(parted["others"])))
    return say_verdict(report, args.lang)
