"""`double-random plan check DIR`: the stand-alone verifier on a plan alone."""

from __future__ import annotations

import argparse
from pathlib import Path

from optimizer.cli.draw.verify import say_verdict
from optimizer.cli.output import print_json
from optimizer.cli.plan.source import add_words
from optimizer.cli.verify import say_checks, say_report, verify_folder
from optimizer.errors import InputError
from optimizer.registers.fault import make_fault


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "check",
        help="check a plan alone: rules, bound, comparison",
        description="Hold a plan to its problem with the stand-alone verifier: every rule, the "
        "bound and the figures, from checks.json, problem.json and plan.json alone. Where they "
        "come from (draw, ledger, teams) is checked by `verify`.",
    )
    said = "a publication, or a folder of `plan solve --out`"
    parser.add_argument("folder", type=Path, metavar="DIR", help=said)
    parser.add_argument(
        "--parent", type=Path, metavar="DIR", help="the version before: its digest must be named"
    )
    add_words(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    from optimizer import canon
    from optimizer.io import is_plan_folder, read_plan_folder

    if not is_plan_folder(args.folder):
        raise InputError(make_fault("no-plan", str(args.folder)))
    report = verify_folder(args.folder, alone=True)
    if report["ok"] and args.parent is not None:
        before, after = read_plan_folder(args.parent), read_plan_folder(args.folder)
        ok = after.plan["parent"] == canon.digest(before.files["plan"], before.case.hash)
        ok = ok and after.plan["version"] == before.plan["version"] + 1
        detail = "names the version before" if ok else "is not the version after that"
        report["checks"].append({"name": "parent", "ok": ok, "detail": detail})
        if not ok:
            fault = {"file": "plan.json", "place": "parent", "what": detail}
            report = {**report, "ok": False, "first_fault": fault}
    if args.json:
        print_json(report)
    elif args.lang == "zh":
        say_checks(report["checks"], args.lang)
        say_verdict(report, args.lang)
    else:
        say_report(report)
    return 0 if report["ok"] else 1
