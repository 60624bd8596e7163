"""`double-random plan whynot DIR CHECK`: the rules that keep a check out, and proved mends."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from itertools import combinations

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
        for reason, count in Counter(words.reason(line) for line in listed).most_common():
            say(f"  {count}  {reason}")
        if listed:
            say(words.text("whynot.next", folder=args.folder, check=listed[0]["check"]))
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
        "collide": [
            {"rule": kind, "name": of, **told(trial, kind, of)} for kind, of in found.rules
        ],
        "minimal": found.minimal,
        "scope": found.scope,
        "checks": len(trial.asked),
        "free": [visit.id for visit in trial.free],
        "fits": found.fits,
        "mends": [mend.document() for mend in mends],
    }


def told(trial: Trial, kind: str, name: str) -> Document:
    """Return what else there is to say of a rule that collides."""
    case, check = trial.case, trial.check
    rules, items = case.rules, case.registers.items
    if kind == "cap":
        cap = next(cap for cap in rules.caps if cap.id == name)
        risk = case.registers.enterprises[check.enterprise].risk
        limit = cap.limits.get(risk, cap.limit)
        return {"limit": limit, "by": list(cap.by), "clause": cap.source}
    if kind == "quiet":
        return {"clause": next(rule.source for rule in rules.quiet if rule.id == name)}
    if kind == "item-cap":
        return {"limit": items[name].yearly_cap, "clause": items[name].basis}
    if kind == "gap":
        return {"days": rules.gap_days}
    if kind == "incompatible":
        there = sorted({c.item for c in case.checks if c.id in trial.asked})
        return {
            "items": [
                [a, b]
                for a, b in combinations(there, 2)
                if a in items[b].incompatible or b in items[a].incompatible
            ]
        }
    return {}
