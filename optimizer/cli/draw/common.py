"""What the acts of `draw` share: options, the step itself, what is printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from optimizer.cli.draw.ceremony import facts, read_aloud, word
from optimizer.cli.output import print_json, say
from optimizer.cli.run import refuse_unverified
from optimizer.cli.signers import add_signer_options, key_holder
from optimizer.cli.verify import read_verifiers, verify_folder
from optimizer.errors import InputError
from optimizer.flow import Dossier, Given
from optimizer.io import load_scenario
from optimizer.io.atomic import write_file
from optimizer.io.dossier import PRIVATE, PUBLIC, SCENARIO, one_step, read_dossier, write_dossier
from optimizer.progress import SILENT, Progress
from optimizer.registers.fault import make_fault

ALOUD = ("commit", "seal", "plan")
"""Steps whose facts are read aloud before a seed is shown."""
NEXT = ("seal", "seed-reveals", "seed", "checks", "teams-seed-source", "teams-seed-reveals",
        "teams-seed", "open")  # fmt: skip
"""What a campaign can wait for that has a command."""


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add the folder that `draw commit` wrote."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a campaign's folder")


def add_words(parser: argparse.ArgumentParser) -> None:
    """Add language and JSON."""
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language of messages")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def add_time(parser: argparse.ArgumentParser) -> None:
    """Add who signs, the time, language and JSON."""
    add_signer_options(parser)
    parser.add_argument("--time", metavar="RFC3339", help="what the ledger records; now by default")
    add_words(parser)


def time_of(args: argparse.Namespace) -> str:
    """Return the time of a step."""
    return args.time or datetime.now().astimezone().isoformat(timespec="seconds")


def take_step(
    args: argparse.Namespace,
    act: Callable[[Dossier, Given], Dossier],
    *,
    name: str,
    scenario: bool = True,
    progress: Progress = SILENT,
    more: Callable[[Dossier, Dossier], Mapping[str, Any]] = lambda before, after: {},
) -> int:
    """Take one step of a campaign in its folder: read, act, verify, write, print.

    Parameters
    ----------
    act
        From the dossier to the next.
    name
        Of the step.
    scenario
        Whether the step reads the kept scenario.
    more
        What the step prints of itself, from the dossiers before and after.
    """
    holder = key_holder(args)
    with one_step(args.folder):
        before = read_dossier(args.folder)
        given = Given(kept_scenario(args.folder, before) if scenario else None, time_of(args),
                      read_verifiers(), holder)  # fmt: skip
        after = act(before, given)
        progress.stage("write")
        write_dossier(args.folder, after, check=verified)
    progress.stage("")
    tell(args, after, name, more(before, after))
    return 0


def kept_scenario(folder: Path, dossier: Dossier) -> Any:
    """Return the scenario as it was committed.

    Raises
    ------
    InputError
        Where it is not there any more.
    """
    place = folder / PRIVATE / SCENARIO
    if not place.is_dir():
        fault = make_fault("campaign-private", f"{PRIVATE}/{SCENARIO}", name=SCENARIO)
        raise InputError(fault)
    return load_scenario(place, exclude_faulty=bool(dossier.about["exclude_faulty"]))


def verified(folder: Path) -> None:
    """Refuse a public folder that the stand-alone verifier does not accept."""
    refuse_unverified(verify_folder(folder))


def add_proof_out(parser: argparse.ArgumentParser) -> None:
    """Add where an own proof goes."""
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="such as ID.tlog-proof; stdout by default"
    )
    add_words(parser)


def hand_over(args: argparse.Namespace, proof: bytes, **whose: str) -> None:
    """Write an own proof for its owner's eyes alone, or print it."""
    if args.out is not None:
        write_file(args.out, proof, mode=0o600)
        say(str(args.out))
    if args.json:
        print_json({**whose, "proof": proof.decode()})
    elif args.out is None:
        sys.stdout.write(proof.decode())


def tell(args: argparse.Namespace, after: Dossier, name: str, more: Mapping[str, Any]) -> None:
    """Print what a step did: words on stderr, with ``--json`` one document on stdout."""
    told, lang = facts(after), args.lang
    say(word(f"done.{name}", lang, **more))
    if name in ALOUD:
        for line in read_aloud(told, lang):
            say(line)
        say(word("next.keep", lang))
    if after.secrets.demo:
        say(word("demo", lang))
    # The secret is opened last, and sealed before anything else.
    steps = [wait for wait in told["waits"] if wait in NEXT and wait != "open"]
    if name not in ("commit", "seal") and "open" in told["waits"]:
        steps.append("open")
    for wait in steps[:1] if "seal" in steps else steps:
        say(word(f"next.{wait}", lang, folder=args.folder))
    say(word("public", lang, folder=args.folder / PUBLIC))
    say(word("private", lang, folder=args.folder / PRIVATE))
    if args.json:
        print_json({"step": name, **told, **more, "verified": True, "folder": str(args.folder)})
