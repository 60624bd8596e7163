"""`double-random draw commit SCENARIO --out FOLDER`: frame and spec, before the seed exists."""

from __future__ import annotations

import argparse
import secrets as chance
from dataclasses import replace
from pathlib import Path

from optimizer.cli.draw.common import add_time, tell, time_of, verified
from optimizer.cli.run import fresh_secrets, secrets_for
from optimizer.cli.signers import key_holder
from optimizer.cli.verify import read_verifiers
from optimizer.errors import InputError
from optimizer.flow import Given, Secrets, commit_step
from optimizer.io import load_scenario
from optimizer.io.dossier import is_campaign, one_step, read_dossier, write_dossier
from optimizer.registers.fault import make_fault


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "commit",
        help="fix frame and spec before the seed exists",
        description="Check the registers, build frame and spec, name the seed source, and sign "
        "the ledger: prints what is read aloud at a ceremony.",
    )
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="a scenario folder")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="campaign folder")
    parser.add_argument(
        "--sealed",
        action="store_true",
        help="keep who was drawn shut until the visits are over, whatever the scenario's mode",
    )
    parser.add_argument("--again", action="store_true", help="commit anew, with a --reason")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the ledger")
    parser.add_argument(
        "--secrets",
        type=Path,
        metavar="FILE",
        help="salts and the log's key, in sealed mode the key alone; by default they are made "
        "anew (a demonstration's open campaign takes its public ones)",
    )
    parser.add_argument(
        "--exclude-faulty", action="store_true", help="leave faulty rows out, on record"
    )
    add_time(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    holder = key_holder(args)
    with one_step(args.out, make=True):
        before = read_dossier(args.out) if is_campaign(args.out) else None
        if args.again and before is None:
            raise InputError(make_fault("no-campaign", str(args.out)))
        time = time_of(args)
        scenario = load_scenario(args.scenario, exclude_faulty=args.exclude_faulty, committed=time)
        sealed = args.sealed or scenario.campaign.mode == "sealed"
        if before is not None:
            # The log's key stays; salts that an earlier commitment may have shown hide nothing.
            old = before.secrets
            kept = Secrets(chance.token_bytes(32), old.signer_seed, demo=old.demo)
        else:
            kept, _ = secrets_for(args.secrets, scenario, holder)
            if sealed:
                # Salts that anyone can derive, or that an earlier draw has shown, hide nothing.
                own = fresh_secrets(holder)
                kept = replace(own, signer_seed=kept.signer_seed) if args.secrets else own
        after = commit_step(
            before,
            Given(scenario, time, read_verifiers(), holder),
            kept,
            sealed=sealed,
            about={"exclude_faulty": args.exclude_faulty, "scenario": scenario.name},
            again=args.again,
            reason=args.reason,
        )
        write_dossier(args.out, after, check=verified, scenario=scenario.folder)
    args.folder = args.out
    tell(args, after, "commit", {})
    return 0
