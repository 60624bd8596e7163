"""`double-random teams draw DIR`: the teams of the days whose turn it is."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from typing import Any

from optimizer.cli.draw.ceremony import word
from optimizer.cli.output import ConsoleProgress
from optimizer.cli.seeds import read_seed
from optimizer.cli.teams.place import Taken, add_place, add_step, take
from optimizer.cli.teams.spans import read_period, read_source
from optimizer.flow import overrun_words, standing_of, teams_step


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "draw",
        help="draw the teams of the next days, with exactly the committed odds",
        description="Draw the teams of the days whose turn it is, from the seed that was shown. "
        "The next draw's source is announced in the same step: with --next-source, or the same "
        "again where it names no time, such as dice.",
    )
    add_place(parser)
    parser.add_argument("--seed", required=True, metavar="SEED", help="as in `run`")
    parser.add_argument(
        "--days", metavar="FIRST/LAST", help="the days that are meant; others are refused"
    )
    parser.add_argument("--next-source", metavar="SOURCE", help="as --seed-source in `commit`")
    add_step(parser)
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    progress = ConsoleProgress(time.perf_counter)
    seed = read_seed(args.seed, "--seed")
    days = read_period(args.days, "--days") if args.days else None
    source = read_source(args.next_source, "--next-source") if args.next_source else None
    return take(
        args,
        lambda before, given, scenario: teams_step(
            before, given, seed, days=days, next_source=source, progress=progress
        ),
        name="teams-draw",
        progress=progress,
        more=_told,
        lines=_lines,
    )


def _told(taken: Taken) -> Mapping[str, Any]:
    standing = standing_of(taken.after)
    _, draw = standing.draws[-1]
    document = standing.parsed(draw.teams)
    teams, stood_in = document["teams"], document.get("stood_in", [])
    words = overrun_words(stood_in, standing)
    return {
        "days": [draw.span.first.isoformat(), draw.span.last.isoformat()],
        "teams": len(teams),
        "seats": sum(len(ids) for units in teams.values() for ids in units.values()),
        "stood_in": stood_in,
        "open": [{"en": str(one), "zh": one.zh} for one in words],
    }


def _lines(told: Mapping[str, Any], lang: str) -> Iterator[str]:
    for one in told["stood_in"]:
        if one["substitute"] is not None:
            ground = word(f"ground.{one['ground']}", lang)
            yield word("note.stood-in", lang, **{**one, "ground": ground})
    for words in told["open"]:
        yield str(words[lang])
