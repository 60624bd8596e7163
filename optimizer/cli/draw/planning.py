"""`double-random draw plan|teams FOLDER`: from the draw to visits, and to who goes."""

from __future__ import annotations

import argparse
import os
import time

from optimizer.cli.arguments import count
from optimizer.cli.draw.common import add_folder, add_time, take_step
from optimizer.cli.output import ConsoleProgress
from optimizer.cli.seeds import read_seed
from optimizer.cli.teams.spans import read_period
from optimizer.flow import EFFORT, plan_step, teams_step
from optimizer.flow.order import VERB


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both acts to the verb's parser."""
    plan = acts.add_parser(
        "plan",
        help="list the checks, merge and schedule them, fix the teams' odds",
        description="List the checks of the draw and of the triggered reports, merge and schedule "
        "them, and commit the inspectors' odds of the first period.",
    )
    add_folder(plan)
    plan.add_argument("--effort", type=count(1), default=EFFORT, help="as in `run`")
    plan.set_defaults(func=run_plan)
    teams = acts.add_parser(
        "teams",
        help="draw who goes",
        description="Draw the teams of the period whose odds are fixed, or of a later --period.",
    )
    add_folder(teams)
    teams.add_argument("--seed", required=True, metavar="SEED", help="as in `run`")
    teams.add_argument("--period", metavar="FIRST/LAST", help="a later one, as in `teams`")
    teams.set_defaults(func=run_teams)
    for parser in (plan, teams):
        parser.add_argument(
            "--workers", type=count(1), default=os.cpu_count() or 1, help="processes"
        )
        add_time(parser)


def run_plan(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    progress = ConsoleProgress(time.perf_counter)
    return take_step(
        args,
        lambda before, given: plan_step(
            before, given, effort=args.effort, workers=args.workers, progress=progress
        ),
        name="plan",
        progress=progress,
    )


def run_teams(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    progress = ConsoleProgress(time.perf_counter)
    seed = read_seed(args.seed, "--seed")
    period = read_period(args.period) if args.period else None
    return take_step(
        args,
        lambda before, given: teams_step(
            before,
            given,
            seed,
            period=period,
            command=(VERB, "teams"),
            workers=args.workers,
            progress=progress,
        ),
        name="teams",
        progress=progress,
    )
