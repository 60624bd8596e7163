"""The verb ``double-random bench``."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module

from benchmarks.registry import BENCHES


def add_bench_verb(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``bench NAME``, a parser for each benchmark."""
    verb = subparsers.add_parser(
        "bench",
        help="measure, and print a table or JSON",
        description="Measure one thing; print a table, or JSON with --json.",
    )
    names = verb.add_subparsers(dest="bench", metavar="NAME", required=True)
    for name, path in BENCHES.items():
        module = import_module(path)
        said = str(module.__doc__)
        parser = names.add_parser(
            name, help=(said[0].lower() + said[1:]).rstrip(".\n"), description=said
        )
        parser.add_argument(
            "--json", action="store_true", help="one JSON document on stdout, nothing else"
        )
        module.add_arguments(parser)
        parser.set_defaults(func=run_bench)


def run_bench(args: argparse.Namespace) -> int:
    """Run the benchmark that is named; return the exit code."""
    found = import_module(BENCHES[args.bench]).report(args, _say)
    if args.json:
        print(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        print(found.as_table())
    return int(found.failed)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
