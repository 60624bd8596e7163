"""`double-random verify DIR`: the stand-alone verifier on a publication."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from optimizer.cli.output import print_json, say
from optimizer.errors import InputError
from optimizer.messages import verdict
from optimizer.registers.fault import make_fault

VERIFIER = Path(__file__).parent.parent / "verifier" / "verify.py"
CARRIED = ("verify.py", "verify.js", "verify.html")
"""What a publication carries to be verified with: for Python, for node and for a browser."""


def read_verifiers() -> dict[str, bytes]:
    """Return the files that a publication carries to be verified with."""
    return {name: VERIFIER.with_name(name).read_bytes() for name in CARRIED}


def add_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the program's parser."""
    parser = verbs.add_parser(
        "verify", help="recompute a publication with the stand-alone verifier", description=__doc__
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="a publication")
    parser.add_argument("--vkey", help="the ledger's verifier key, as known from elsewhere")
    parser.add_argument(
        "--seen",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="a checkpoint seen earlier: the ledger must have grown from it; may be given again",
    )
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="VKEY",
        help="a witness's verifier key: it must have cosigned the checkpoint, or one of --seen; "
        "may be given again",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the verb; return the exit code."""
    if not args.folder.is_dir():
        raise InputError(make_fault("no-publication", str(args.folder)))
    for path in args.seen:
        if not path.is_file():
            raise InputError(make_fault("seen-missing", str(path)))
    report = verify_folder(args.folder, vkey=args.vkey, seen=args.seen, witnesses=args.witness)
    if args.json:
        print_json(report)
        return 0 if report["ok"] else 1
    say_report(report)
    return 0 if report["ok"] else 1


def say_report(report: Mapping[str, Any]) -> None:
    """Say what the verifier checked, and the first thing that is wrong."""
    say_checks(report["checks"])
    fault, state = report["first_fault"], report.get("state")
    if fault is None:
        say(_verdict(state))
    else:
        say(f"first fault: {fault['file']} {fault['place']}: {fault['what']}")


def say_checks(checks: Iterable[Mapping[str, Any]], lang: str = "en") -> None:
    """Say of each section of the verifier whether it holds."""
    for check in checks:
        good, name, detail = check["ok"], check["name"], check["detail"]
        if lang == "zh":
            said = detail
            if not good:
                # A fault's place stands before what is wrong, and reads the same.
                place, colon, what = detail.partition(": ")
                said = f"{place}：{verdict(what).zh}" if colon else detail
            else:
                said = verdict(detail).zh
            say(f"  {'通过' if good else '不符'}  {verdict(name).zh}：{said}")
        else:
            say(f"  {'ok  ' if good else 'FAIL'}  {name}: {detail}")


def _verdict(state: Mapping[str, Any] | None) -> str:
    if state is None:
        return "everything holds"
    if state["stage"] == "void":
        return f"what is there holds, but was declared void: {state['reason']}"
    return f"what is there holds; the campaign is under way and waits for: {state['waits']}"


def verify_folder(
    folder: Path,
    *,
    vkey: str | None = None,
    seen: Iterable[Path] = (),
    witnesses: Iterable[str] = (),
    alone: bool = False,
) -> dict[str, Any]:
    """Run `verify.py` as an outsider would: alone, isolated, in a process of its own.

    Parameters
    ----------
    folder
        A publication.
    vkey
        Verifier key to compare the checkpoint's with.
    seen
        Checkpoints seen earlier, which the ledger must have grown from.
    witnesses
        Verifier keys of witnesses that must have cosigned one of the checkpoints.
    alone
        Check the plan alone: no ledger, draw or teams.

    Returns
    -------
    dict
        ``ok``, ``checks`` and ``first_fault``.
    """
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(folder), "--json"]
    if alone:
        command.append("--plan")
    if vkey:
        command += ["--vkey", vkey]
    # One word each: a value may begin with a hyphen.
    command += [f"--seen={path}" for path in seen]
    command += [f"--witness={key}" for key in witnesses]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)  # noqa: S603
    try:
        report = json.loads(done.stdout)
    except json.JSONDecodeError:
        lines = done.stderr.strip().splitlines() or ["no word"]
        fault = {"file": str(folder), "place": "", "what": f"the verifier stopped: {lines[-1]}"}
        return {"ok": False, "checks": [], "first_fault": fault}
    if not isinstance(report, dict):
        raise TypeError("the verifier's report is no object")
    return report
