"""`double-random teams commit SCENARIO DIR`: odds of a period, before its seeds exist."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from optimizer.cli.arguments import count
from optimizer.cli.draw.ceremony import source_words, word
from optimizer.cli.output import ConsoleProgress
from optimizer.cli.teams.place import Taken, add_place, add_step, take
from optimizer.cli.teams.spans import read_draws, read_period, read_source
from optimizer.domain.check import Check
from optimizer.domain.registry import Registers
from optimizer.flow import EFFORT, Change, Dossier, Given, commit_teams_step, standing_of
from optimizer.io import Scenario
from optimizer.io.requests import read_requests
from optimizer.io.rules import rules_from
from optimizer.plan import Case


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "commit",
        help="fix the odds of a period before its seeds exist, and print what is read aloud",
        description="Fix every inspector's odds for the visits of a period that is not drawn, "
        "with the registers as they are now, and name where the seed of the first draw will come "
        "from. Draws of earlier odds that are left are given up, with a --reason. With --add, "
        "--cancel or --replan what is not drawn is planned anew first; what is drawn stays.",
    )
    parser.add_argument(
        "scenario", type=Path, metavar="SCENARIO", help="the scenario's folder, as it is now"
    )
    add_place(parser, scenario=False)
    parser.add_argument(
        "--period", required=True, metavar="FIRST/LAST", help="such as 2026-02-01/2026-02-28"
    )
    parser.add_argument(
        "--draws",
        default="whole",
        metavar="HOW",
        help="whole (one draw, the default), daily, weekly, or spans of days joined by commas",
    )
    parser.add_argument(
        "--seed-source",
        required=True,
        metavar="SOURCE",
        help="of the first draw: dice, dice6, quicknet@TIME (drand's first round from then on), "
        "a JSON file with any source as it is announced, or fixed (a test)",
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why draws are given up")
    parser.add_argument(
        "--add", type=Path, metavar="FILE", help="new checks, as in `plan amend`; needs a reason"
    )
    parser.add_argument(
        "--cancel",
        action="append",
        default=[],
        metavar="CHECK",
        help="a triggered check that is not asked for any more; may be given again",
    )
    parser.add_argument(
        "--replan", action="store_true", help="plan anew what is not drawn, as when people are away"
    )
    parser.add_argument("--effort", type=count(0), default=EFFORT, help="as in `run`")
    parser.add_argument("--workers", type=count(1), default=os.cpu_count() or 1, help="processes")
    add_step(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    progress = ConsoleProgress(time.perf_counter)
    period, draws = read_period(args.period), read_draws(args.draws)
    announced = read_source(args.seed_source)

    def act(before: Dossier, given: Given, scenario: Scenario) -> Dossier:
        change = None
        if args.add or args.cancel or args.replan:
            change = _change(args, before, scenario.registers)
        return commit_teams_step(
            before,
            given,
            period=period,
            draws=draws,
            announced=announced,
            registers=scenario.registers,
            reason=args.reason,
            change=change,
            workers=args.workers,
            progress=progress,
        )

    return take(args, act, name="teams-commit", progress=progress, more=_told, lines=_lines)


def _lines(told: Mapping[str, Any], lang: str) -> Iterator[str]:
    if told["undrawn_before"]:
        yield word("note.undrawn", lang, n=told["undrawn_before"])
    yield from read_aloud(told, lang)


def _change(args: argparse.Namespace, before: Dossier, registers: Registers) -> Change:
    until = standing_of(before).drawn_until
    first = None if until is None else until + timedelta(days=1)

    def added(case: Case) -> Sequence[Check]:
        return read_requests(args.add, case, first=first, registers=registers)

    return Change(rules_from, added if args.add else None, tuple(args.cancel), args.effort)


def _told(taken: Taken) -> Mapping[str, Any]:
    standing = standing_of(taken.after)
    now = standing.rounds[-1]
    report = standing.parsed(now.odds)["report"]
    found: dict[str, Any] = {
        "undrawn_before": standing.undrawn_before(now.spans[0].first, standing.visits),
        "report": {name: value for name, value in report.items() if name != "units"},
    }
    before = standing_of(taken.before).rounds[-1]
    if before.plan != now.plan:
        old, new = (standing.parsed(path)["visits"] for path in (before.plan, now.plan))
        days = [{(v["enterprise"], v["day"]) for v in visits} for visits in (old, new)]
        found["plan"] = {
            "version": standing.parsed(now.plan)["version"],
            "visits": len(new),
            "new_days": len(days[1] - days[0]),
            "gone_days": len(days[0] - days[1]),
        }
    return found


def read_aloud(told: Mapping[str, Any], lang: str) -> Iterator[str]:
    """Yield the lines to read aloud before the seeds."""
    yield word("aloud.head", lang)
    rows = [
        ("campaign", told["campaign"]),
        ("period", " – ".join(told["period"])),
        ("draws", f"{len(told['draws'])}: " + ", ".join("/".join(d) for d in told["draws"][:8])
         + (" …" if len(told["draws"]) > 8 else "")),
        ("odds", told["odds"]),
        ("source", source_words(dict(told["seed_source"]), lang)),
        ("size", str(told["ledger"]["size"])),
        ("root", told["ledger"]["root"]),
    ]  # fmt: skip
    for code, value in rows:
        yield f"  {word(f'aloud.{code}', lang)}{value}"
    yield word("next.keep", lang)
