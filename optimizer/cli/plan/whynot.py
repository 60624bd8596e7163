"""`double-random plan whynot DIR CHECK`: the rules that keep a check out, and proved mends."""

from __future__ import annotations

import argparse
import time

from optimizer.cli.output import ConsoleProgress, print_json, say
from optimizer.cli.plan.source import add_source, open_source
from optimizer.cli.plan.words import Words
from optimizer.domain.registry import Document
from optimizer.errors import InputError
from optimizer.plan import Case, Plan, Trial, collision, proved_mends
from optimizer.registers.fault import make_fault


def add_act(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the act to the verb's parser."""
    parser = acts.add_parser(
        "whynot",
        help="the smallest set of rules that keeps a check out, and mends proved by solving again",
        description="Say why a check is in no visit: a set of rules that collide, none of them "
        "idle (without any one of them the check finds its day, proved by solving again), and the "
        "cheapest mends, each proved by solving again. `plan whynot DIR` without a check lists all "
        "checks left out.",
    )
    add_source(parser)
    parser.add_argument("check", nargs="?", metavar="CHECK", help="a check of the plan")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Run the act; return the exit code."""
    progress = ConsoleProgress(time.perf_counter)
    case, plan = open_source(args, progress).solved(args, progress)
    words = Words(args.lang)
    progress.stage("")
    if args.check is None:
        listed = [{"check": out.check, **out.reason} for out in plan.left_out]
        if args.json:
            print_json({"left_out": listed})
        else:
            for line in listed:
                print(f"{line['check']}  {words.reason(line)}")
        say(words.text("whynot.listed", n=len(listed)))
        return 0
    found = why_not(case, plan, args.check, effort=args.effort)
    if args.json:
        print_json(found)
    else:
        for text in words.why_not(found):
            print(text)
    return 0


def why_not(case: Case, plan: Plan, name: str, *, effort: int) -> Document:
    """Return the rules that collide over a check that is left out, and the mends that are proved.

    Raises
    ------
    InputError
        Where the plan has no such check, or it is in a visit.
    """
    check = next((c for c in case.checks if c.id == name), None)
    if check is None:
        raise InputError(make_fault("check-not-planned", "CHECK", value=name))
    for visit in plan.visits:
        if name in visit.checks:
            day = visit.day.isoformat()
            fault = make_fault("check-visited", "CHECK", value=name, visit=visit.id, day=day)
            raise InputError(fault)
    trial = Trial(case, plan, check)
    found = collision(trial)
    mends = [] if found.fits else proved_mends(case, plan, trial, found, effort=effort)
    return {
        "check": name,
        "enterprise": check.enterprise,
        "item": check.item,
        "window": [check.release.isoformat(), check.due.isoformat()],
        "units": list(check.units),
        "reason": next(o.reason for o in plan.left_out if o.check == name),
        "collide": [{"rule": kind, "name": of} for kind, of in found.rules],
        "minimal": found.minimal,
        "scope": found.scope,
        "fits": found.fits,
        "mends": [mend.document() for mend in mends],
    }
