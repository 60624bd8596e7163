"""`double-random teams round SCENARIO DIR`: a later period, committed and drawn in one act."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

from optimizer.cli.arguments import count
from optimizer.cli.draw.common import time_of
from optimizer.cli.output import ConsoleProgress, print_json, say
from optimizer.cli.run import refuse_unverified, secrets_for
from optimizer.cli.seeds import read_seed
from optimizer.cli.signers import add_signer_options, key_holder
from optimizer.cli.teams.spans import read_period
from optimizer.cli.verify import read_verifiers, verify_folder
from optimizer.errors import InputError
from optimizer.flow import add_round, later_round
from optimizer.io import load_scenario, write_folder
from optimizer.io.atomic import read_folder
from optimizer.io.dossier import one_writer
from optimizer.registers.fault import make_fault


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "round",
        help="commit and draw a later period of a publication in one act",
        description="Commit the odds of a later period and draw its teams, with the inspectors' "
        "register as it is now, into a publication that `run` wrote.",
    )
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="the scenario folder")
    parser.add_argument("folder", type=Path, metavar="DIR", help="the publication")
    parser.add_argument(
        "--period", required=True, metavar="FIRST/LAST", help="such as 2026-02-01/2026-02-28"
    )
    parser.add_argument("--seed", required=True, metavar="SEED", help="as in `run`")
    parser.add_argument("--secrets", type=Path, metavar="FILE", help="as in `run`")
    add_signer_options(parser)
    parser.add_argument("--exclude-faulty", action="store_true", help="as in `run`")
    parser.add_argument("--workers", type=count(1), default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--time", metavar="RFC3339", help="what the ledger records; now by default")
    parser.add_argument(
        "--reveals-time", metavar="RFC3339", help="the same of what parties revealed, if any"
    )
    parser.add_argument(
        "--seed-time",
        metavar="RFC3339",
        help="the same of the seed and the teams; --time by default",
    )
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language of messages")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the verb; return the exit code."""
    progress = ConsoleProgress(time.perf_counter)
    holder = key_holder(args)
    period, seed = read_period(args.period), read_seed(args.seed, "--seed")
    if not (args.folder / "manifest.json").is_file():
        raise InputError(make_fault("no-publication", str(args.folder)))
    with one_writer(args.folder):
        progress.stage("verify")
        found = verify_folder(args.folder)
        refuse_unverified(found)
        if "state" in found:
            raise InputError(make_fault("publication-under-way", str(args.folder)))
        published = read_folder(args.folder)
        progress.stage("registers")
        scenario = load_scenario(
            args.scenario, exclude_faulty=args.exclude_faulty, progress=progress
        )
        private = (
            args.secrets or args.folder.with_name(args.folder.name + ".private") / "secrets.json"
        )
        kept, _ = secrets_for(None if scenario.secrets == "demo" else private, scenario, holder)
        progress.stage("teams")
        done = later_round(
            published,
            scenario.registers,
            scenario.rules,
            period=period,
            seed=seed,
            secrets=kept,
            shown=args.seed_time or "",
            recorded=args.reveals_time,
            time=time_of(args),
            kappa=scenario.kappa,
            workers=args.workers,
            progress=progress,
        )
        progress.stage("publication")
        documents = add_round(published, done, scenario, secrets=kept, verifiers=read_verifiers())
        report: dict[str, Any] = {}

        def verify(folder: Path) -> None:
            progress.stage("verify")
            report.update(verify_folder(folder))
            progress.stage("")
            refuse_unverified(report)

        write_folder(args.folder, documents, check=verify)
    say(f"\nround {done.number}: {done.teams!r}\n{args.folder / 'index.html'}")
    if args.json:
        print_json(
            {
                "campaign": done.ledger.campaign,
                "round": done.number,
                "period": [period.first.isoformat(), period.last.isoformat()],
                "teams": len(done.teams.teams),
                "seconds": progress.seconds,
                "verified": bool(report["ok"]),
                "out": str(args.folder),
            }
        )
    return 0
