"""`double-random run SCENARIO --out DIR`: from registers to a publication anyone can verify."""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets as chance
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from optimizer.canon import digest
from optimizer.canon.signing import KeyHolder
from optimizer.cli.arguments import count
from optimizer.cli.output import ConsoleProgress, print_json, say, table
from optimizer.cli.seeds import read_seed
from optimizer.cli.signers import add_signer_options, key_holder
from optimizer.cli.verify import read_verifiers, verify_folder
from optimizer.draw import Seed
from optimizer.errors import CheckFailedError, DoubleRandomError, Fault, InputError
from optimizer.flow import EFFORT, Run, Secrets, demo_secrets, run_flow
from optimizer.io import Scenario, load_scenario, write_folder
from optimizer.io.atomic import refuse_unwritable, write_file
from optimizer.ledger import KINDS, REVEALS, Ledger
from optimizer.messages import fault_verdict, sentence
from optimizer.registers.fault import make_fault

SECRET_FILE = "secrets.json"  # noqa: S105


def add_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb to the program's parser."""
    parser = verbs.add_parser(
        "run",
        help="the whole flow: registers, draw, plan, teams, ledger, publication",
        description="Run the whole flow on a scenario folder and write a publication.",
    )
    parser.add_argument("scenario", type=Path, metavar="SCENARIO", help="a scenario folder")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="publication folder")
    parser.add_argument(
        "--seed",
        metavar="SEED",
        help="seed of the first draw instead of the scenario's: rolls of ten-sided dice as digits, "
        "dice6:3141… for six-sided ones, FILE.json with the evidence of any source, or fixed:TEXT "
        "(a test, and says so)",
    )
    parser.add_argument("--teams-seed", metavar="SEED", help="the same for the second draw")
    parser.add_argument(
        "--secrets",
        type=Path,
        metavar="FILE",
        help="the bureau's secrets; by default they are made anew and kept in DIR.private",
    )
    add_signer_options(parser)
    parser.add_argument(
        "--exclude-faulty", action="store_true", help="leave faulty rows out, on record"
    )
    parser.add_argument(
        "--workers", type=count(1), default=os.cpu_count() or 1, help="solver processes"
    )
    parser.add_argument(
        "--effort", type=count(0), default=EFFORT, help="planner's search effort (counts)"
    )
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="language of messages")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the verb; return the exit code."""
    progress = ConsoleProgress(time.perf_counter)
    _refuse_gone_on(args.out)
    holder = key_holder(args)
    seed, teams_seed = _seed(args.seed, "--seed"), _seed(args.teams_seed, "--teams-seed")
    say(f"{args.scenario}")
    progress.stage("registers")
    scenario = load_scenario(args.scenario, exclude_faulty=args.exclude_faulty, progress=progress)
    for warning in scenario.warnings:
        say(f"  note: {warning}")
    kept, fresh = secrets_for(args.secrets, scenario, holder)
    done = run_flow(
        scenario,
        secrets=kept,
        seed=seed,
        teams_seed=teams_seed,
        now=datetime.now().astimezone().isoformat(timespec="seconds"),
        verifiers=read_verifiers(),
        effort=args.effort,
        workers=args.workers,
        progress=progress,
    )
    progress.stage("write")
    report: dict[str, Any] = {}

    def verify(folder: Path) -> None:
        progress.stage("verify")
        report.update(verify_folder(folder))
        progress.stage("")
        refuse_unverified(report)

    # The secrets first: without them nobody could ever open what the publication commits to.
    with _kept(args.out, _held(kept, done) if fresh else {}):
        write_folder(args.out, done.documents, check=verify)
    figures = {
        **done.figures,
        "seconds": progress.seconds,
        "peak_memory_mib": _peak_mib(),
        "verified": bool(report["ok"]),
        "out": str(args.out),
    }
    say(_summary(figures))
    say(f"\n{args.out / 'index.html'}")
    if args.json:
        print_json(figures)
    return 0


def _refuse_gone_on(out: Path) -> None:
    """Refuse to replace a publication with acts that came after its run: they would be lost.

    Raises
    ------
    InputError
        In such a case.
    """
    path = out / "ledger" / "entries.jsonl"
    try:
        ledger = Ledger.read(path.read_bytes())
    except (OSError, DoubleRandomError):
        return  # What is no publication is refused when it would be replaced.
    seen: set[str] = set()
    for entry in ledger.entries:
        if entry.kind in seen or entry.kind not in (*KINDS, *REVEALS.values()):
            raise InputError(make_fault("out-went-on", str(out), None, "--out", kind=entry.kind))
        seen.add(entry.kind)


def _seed(text: str | None, option: str) -> Seed | None:
    return None if text is None else read_seed(text, option)


def refuse_unverified(report: Mapping[str, Any]) -> None:
    """Raise `CheckFailedError` unless the verifier's report says that everything holds."""
    if not report["ok"]:
        raise CheckFailedError(sentence("not-accepted", fault=fault_verdict(report["first_fault"])))


def secrets_for(
    file: Path | None, scenario: Scenario, holder: KeyHolder | None = None
) -> tuple[Secrets, bool]:
    """Return the secrets of a scenario, and whether they were made just now.

    Parameters
    ----------
    holder
        Signs the ledger instead of a seed; the seed is left out of what is made anew.
    """
    if file is not None:
        return replace(read_secrets(file), key_holder=holder), False
    if scenario.secrets == "demo":
        return replace(demo_secrets(scenario.name), key_holder=holder), False
    return fresh_secrets(holder), True


def fresh_secrets(holder: KeyHolder | None) -> Secrets:
    """Make secrets by chance: salts, and a seed for the log's key unless somebody holds one."""
    seed = b"" if holder is not None else chance.token_bytes(32)
    return Secrets(chance.token_bytes(32), seed, key_holder=holder)


def read_secrets(path: Path) -> Secrets:
    """Read the file that an earlier run left.

    Raises
    ------
    InputError
        Where it is none.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
        seed = bytes.fromhex(found.get("signer_seed", ""))
        made = Secrets(bytes.fromhex(found["salt_master"]), seed)
        if len(made.salt_master) == 32 and len(seed) in (0, 32):
            return made
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise InputError(
        Fault(
            "secrets-file",
            str(path),
            expected='{"salt_master": 64 hex digits, "signer_seed": 64 hex digits}',
            mend="Give the file that an earlier run left in its .private folder.",
        )
    )


def _held(kept: Secrets, done: Run) -> dict[str, Mapping[str, Any]]:
    # Which publication they open: a run that is killed leaves two of them.
    of = digest(done.documents["manifest.json"])
    return {
        SECRET_FILE: {**kept.held(), "publication": of},
        "risk-labels.json": dict(done.committed.classes),
    }


@contextmanager
def _kept(out: Path, held: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Keep what must not be published beside a publication, readable by its owner alone.

    Where the publication is not written in here, what stood there before stands there again;
    where a run is killed in here, by the next one.
    """
    if not held:
        yield
        return
    folder = out.with_name(out.name + ".private")
    fresh = not folder.exists()
    places = [(folder / name, folder / f".{name}.before") for name in held]
    with refuse_unwritable(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _settle(out, folder, places)
        for place, before in places:
            if place.exists():
                before.hardlink_to(place)
    try:
        for name, value in held.items():
            data = json.dumps(value, ensure_ascii=False, indent=2).encode()
            write_file(folder / name, data, mode=0o600)
        yield
    except BaseException:
        with suppress(OSError):
            for place, before in places:
                if before.exists():
                    before.replace(place)
                else:
                    place.unlink(missing_ok=True)
            if fresh:
                folder.rmdir()
        raise
    for _, before in places:
        before.unlink(missing_ok=True)
    say(f"  secrets are kept in {folder}: guard them, they open the commitments of risk classes")


def _settle(out: Path, folder: Path, places: Sequence[tuple[Path, Path]]) -> None:
    """Put back what a killed run had replaced, unless its publication stands."""
    left = [(place, before) for place, before in places if before.exists()]
    if not left:
        return
    try:
        found = json.loads((folder / SECRET_FILE).read_bytes())
        stands = found["publication"] == digest((out / "manifest.json").read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        stands = False
    for place, before in left:
        if stands:
            before.unlink()
        else:
            before.replace(place)


def _peak_mib() -> int:
    """Return the peak resident memory of this process and of its largest child, in MiB."""
    scale = 1024 * 1024 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return int((own + child) / scale)


def _summary(figures: Mapping[str, Any]) -> str:
    n = figures
    saved = 1 - n["visits"] / n["visits_unmerged"] if n["visits_unmerged"] else 0.0
    rows = [
        ("enterprises in the frame", f"{n['enterprises']:,}"),
        ("departments", f"{n['departments']:,}"),
        ("checks planned / triggered", f"{n['checks_planned']:,} / {n['checks_triggered']:,}"),
        (
            "drawn: distinct enterprises",
            f"{n['distinct_enterprises']:,} of {n['drawn']:,} draws (independent draws: "
            f"{n['distinct_independent_expected']:,.0f}; "
            f"least possible {n['distinct_lower_bound']:,.0f})",
        ),
        ("visits without merging", f"{n['visits_unmerged']:,}"),
        ("merged in departments only", f"{n['visits_department_merged']:,}"),
        ("visits of this plan", f"{n['visits']:,} ({saved:.1%} fewer)"),
        ("proven lower bound", f"{n['lower_bound']:,} (gap {n['gap']:.2%})"),
        ("checks left out, with reason", f"{n['left_out']:,}"),
        ("visits with a team drawn", f"{n['teams']:,}"),
        ("verified by verify.py", "yes" if n["verified"] else "NO"),
        ("peak memory", f"{n['peak_memory_mib']:,} MiB"),
    ]
    return "\n" + table(rows)
