"""The verb ``double-random bench``."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module

from benchmarks.registry import BENCHES


def add_bench_verb(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``bench NAME``; its options depend on the benchmark, so they are read later."""
    parser = subparsers.add_parser(
        "bench",
        help="measure, and print a table or JSON",
        description="Measure one thing and print a table, or JSON with --json. "
        f"Benchmarks: {', '.join(BENCHES)}. `bench NAME --help` shows the options of one.",
        add_help=False,
    )
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="which benchmark")
    parser.add_argument("options", nargs=argparse.REMAINDER, help="options of the benchmark")
    parser.add_argument("-h", "--help", action="store_true", dest="wants_help")
    parser.set_defaults(func=run_bench, bench_parser=parser)


def run_bench(args: argparse.Namespace) -> int:
    """Run the benchmark that is named; return the exit code."""
    if args.name not in BENCHES:
        if args.wants_help and not args.name:
            args.bench_parser.print_help()
            return 0
        said = f"there is no benchmark {args.name!r}" if args.name else "name a benchmark"
        print(f"{said}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    module = import_module(BENCHES[args.name])
    parser = argparse.ArgumentParser(
        prog=f"double-random bench {args.name}", description=module.__doc__
    )
    parser.add_argument("--json", action="store_true", help="print JSON, nothing else, on stdout")
    module.add_arguments(parser)
    wanted = ["--help"] if args.wants_help else args.options
    found = module.report(parser.parse_args(wanted), _say)
    if "--json" in wanted:
        print(json.dumps(found.as_dict(), ensure_ascii=False, indent=1))
    else:
        print(found.as_table())
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
