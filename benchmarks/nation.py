"""A draw of the whole country, county by county, from files larger than memory need be."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from typing import Any

from benchmarks.child import measure
from benchmarks.report import Report
from optimizer.errors import CheckFailedError

ALL = 190_000_000
"""Enterprises and self-employed of China, about."""
_STAGES = ("commit", "root", "read", "draw", "province")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument(
        "--enterprises",
        type=_count,
        default=ALL,
        metavar="N",
        help=f"in the country (default: {ALL:,})",
    )
    parser.add_argument(
        "--workers", type=_count, default=2, metavar="N", help="threads (default: 2)"
    )
    parser.add_argument(
        "--folder",
        metavar="DIR",
        help="where the frame is written, and deleted again (default: the system's temporary "
        "folder); it takes about 10 bytes an enterprise",
    )


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Commit, hash and draw a country; each stage in a process of its own.

    Raises
    ------
    CheckFailedError
        Where counties drawn anew by the definition have other samples.
    """
    rows = []
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="nation-", dir=args.folder) as folder:
        for stage in _STAGES:
            say(f"nation: {stage}, {args.enterprises:,} enterprises")
            job = {
                "stage": stage,
                "folder": folder,
                "enterprises": args.enterprises,
                "workers": args.workers,
            }
            found[stage] = measure("benchmarks.nation_stages", job)
            many = found[stage].get("enterprises", args.enterprises)
            rows.append(
                {
                    "stage": stage,
                    "enterprises": many,
                    "seconds": found[stage]["seconds"],
                    "cpu_seconds": found[stage]["cpu_seconds"],
                    "per_second": many / found[stage]["seconds"],
                    "peak_mib": found[stage]["peak_mib"],
                    "workers": found[stage].get("workers", args.workers),
                }
            )
    drawn = found["draw"]
    if not (drawn["agrees"] and found["province"]["agrees"]):
        raise CheckFailedError("the draw differs from the definition")
    notes = (
        f"{drawn['counties']:,} counties, {drawn['strata']:,} strata of two orders, "
        f"{drawn['drawn']:,} drawn; {found['commit']['mib']:,} MiB of Parquet",
        "commit: enterprises made, sorted by stratum, written; not part of a draw",
        "root: hashes of the frame's lines and of the tree above them; making the lines took "
        f"{found['root']['making']:.1f} processor seconds more; root {found['root']['root'][:16]}…",
        "read: the files read and nothing done with them; draw: read, hashed, selected, merged",
        f"{drawn['checked']} strata of {drawn['checked_counties']} counties drawn anew with "
        "hashlib: the same",
        f"province: {found['province']['strata']} strata in memory, packed and sorted when "
        "committed; hashed, selected, merged on one core, the best of 3",
        f"draw.json's items: SHA-256 {drawn['digest'][:16]}…, whatever the workers",
    )
    command = f"double-random bench nation --enterprises {args.enterprises}"
    command += f" --workers {args.workers}"
    return Report("nation", command, tuple(rows), notes)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected a whole number of at least 1")
    return number
