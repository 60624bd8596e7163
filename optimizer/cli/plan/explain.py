"""`double-random plan explain DIR`: why a visit is as it is, and why no two visits are one."""

from __future__ import annotations

import argparse
import time

from optimizer.cli.output import ConsoleProgress, print_json, say
from optimizer.cli.plan.source import add_source, open_source
from optimizer.cli.plan.words import Words
from optimizer.domain.registry import Document
from optimizer.errors import InputError
from optimizer.plan import Case, Plan, board_of, explain_day, explain_pairs
from optimizer.registers.fault import make_fault

COUNTED = (("visits", "visits"), ("pairs", "pairs"), ("checks left out", "left_out"))


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "explain",
        help="which checks a visit merges and why that day; why no two visits are one",
        description="Explain a visit, or all visits of an enterprise: the checks merged, why that "
        "day, and for every two visits of the enterprise why they are not one.",
    )
    add_source(parser)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--visit", metavar="V000012", help="a visit of the plan")
    what.add_argument("--enterprise", metavar="ID", help="an enterprise of the plan")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    progress = ConsoleProgress(time.perf_counter)
    case, plan = open_source(args, progress).solved(args, progress)
    progress.stage("")
    found = explained(case, plan, visit=args.visit, enterprise=args.enterprise)
    if args.json:
        print_json(found)
    else:
        for line in Words(args.lang).explained(found):
            print(line)
    counts = ", ".join(f"{name}: {len(found[key])}" for name, key in COUNTED)
    say(counts)
    return 0


def explained(
    case: Case, plan: Plan, *, visit: str | None = None, enterprise: str | None = None
) -> Document:
    """Return why an enterprise's visits, or one of them, are as they are.

    Raises
    ------
    InputError
        Where the plan has no such visit or enterprise.
    """
    if visit is not None:
        at = {v.id: v.enterprise for v in plan.visits}
        if visit not in at:
            raise InputError(make_fault("visit-unknown", "--visit", value=visit))
        enterprise = at[visit]
    problem = plan.problem
    site = next((s for s in problem.sites if s.enterprise.id == enterprise), None)
    if site is None:
        fault = make_fault("enterprise-not-planned", "--enterprise", value=str(enterprise))
        raise InputError(fault)
    board = board_of(problem, plan.visits)
    own = [v for v in plan.visits if v.enterprise == enterprise]
    names = {problem.calendar.index(v.day): v.id for v in own}
    about = {check.id: check for check in site.checks}
    lost = {out.check: out.reason for out in plan.left_out}
    pairs = explain_pairs(board, site, names)
    return {
        "enterprise": enterprise,
        "visits": [
            {
                "visit": v.id,
                "day": v.day.isoformat(),
                "lead": v.lead,
                "exempt": v.exempt,
                "checks": [
                    {
                        "check": c,
                        "item": about[c].item,
                        "department": about[c].department,
                        "source": about[c].source,
                        "window": [about[c].release.isoformat(), about[c].due.isoformat()],
                        "units": list(about[c].units),
                    }
                    for c in v.checks
                ],
                "why_day": explain_day(board, site, problem.calendar.index(v.day)),
            }
            for v in own
            if visit in (None, v.id)
        ],
        "pairs": [p for p in pairs if visit is None or visit in p["visits"]],
        "left_out": [{"check": c.id, "reason": lost[c.id]} for c in site.checks if c.id in lost],
    }
