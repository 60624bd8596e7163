"""`double-random draw verify FOLDER`: the stand-alone verifier, at any stage."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from optimizer.cli.draw.ceremony import word
from optimizer.cli.draw.common import add_folder, add_words
from optimizer.cli.output import print_json, say
from optimizer.cli.verify import say_checks, verify_folder
from optimizer.errors import InputError
from optimizer.io.dossier import PUBLIC, is_campaign
from optimizer.messages import fault_verdict, in_chinese, listed, verdict
from optimizer.registers.fault import make_fault


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "verify",
        help="run the stand-alone verifier on the public folder, at any stage",
        description="Run verify.py on FOLDER/public: what is there is checked, what waits is said.",
    )
    add_folder(parser)
    parser.add_argument("--vkey", help="the ledger's verifier key, as known from elsewhere")
    add_words(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    if not is_campaign(args.folder):
        raise InputError(make_fault("no-campaign", str(args.folder)))
    report = verify_folder(args.folder / PUBLIC, vkey=args.vkey)
    if args.json:
        print_json(report)
    say_checks(report["checks"], args.lang)
    return say_verdict(report, args.lang)


def say_verdict(report: Mapping[str, Any], lang: str) -> int:
    """Say the first thing that is wrong, or how far the campaign has come; return the exit code."""
    fault, state = report["first_fault"], report.get("state") or {"stage": "complete"}
    if fault is not None:
        what = fault_verdict(fault)
        say(word("verify.fault", lang, fault=in_chinese(what) if lang == "zh" else what))
        return 1
    kinds = listed([verdict(kind) for kind in state.get("waits", ())])
    waits = in_chinese(kinds) if lang == "zh" else str(kinds)
    reason = state.get("reason", "")
    say(word(f"verify.{state['stage']}", lang, waits=waits, reason=reason))
    return 0
