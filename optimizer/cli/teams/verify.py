"""`double-random teams verify DIR`: the stand-alone verifier, what it says of the teams first."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict

from optimizer.cli.arguments import count
from optimizer.cli.draw.ceremony import word
from optimizer.cli.draw.common import add_words
from optimizer.cli.draw.verify import say_verdict
from optimizer.cli.output import print_json, say
from optimizer.cli.teams.place import add_place, public_of, read_all
from optimizer.cli.verify import say_checks, verify_folder
from optimizer.errors import InputError
from optimizer.flow import OddsAgain, Standing, odds_again
from optimizer.flow.dossier import ENTRIES
from optimizer.io import rules_from
from optimizer.ledger import Ledger
from optimizer.registers.fault import make_fault

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
    parser.add_argument(
        "--odds",
        action="store_true",
        help="also work out the odds anew from what is published, with the solver: whoever moved "
        "them by hand within the rules shows here",
    )
    parser.add_argument("--workers", type=count(1), default=os.cpu_count() or 1, help="processes")
    add_words(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    report = verify_folder(public_of(args.folder), vkey=args.vkey)
    parted = {
        "teams": [check for check in report["checks"] if check["name"] in OURS],
        "others": [check for check in report["checks"] if check["name"] not in OURS],
    }
    again = _odds_again(args) if args.odds and report["ok"] else None
    told = {} if again is None else {"odds_again": [asdict(one) for one in again]}
    if args.json:
        print_json({**report, **parted, **told})
    say_checks(parted["teams"], args.lang)
    good = sum(check["ok"] for check in parted["others"])
    say(word("verify.others", args.lang, good=good, all=len(parted["others"])))
    moved = [one for one in again or () if one.place]
    if again is not None and not moved:
        say(word("verify.odds", args.lang, n=len(again)))
    for one in moved:
        say(word("verify.odds-moved", args.lang, document=one.document, place=one.place))
    return say_verdict(report, args.lang) or int(bool(moved))


def _odds_again(args: argparse.Namespace) -> list[OddsAgain]:
    documents = read_all(args.folder)
    if Ledger.read(documents[ENTRIES]).course.shut and "transcript/odds.json" not in documents:
        raise InputError(make_fault("odds-shut", str(args.folder), None, "--odds"))
    return list(odds_again(Standing.read(documents), rules_from, workers=args.workers))
