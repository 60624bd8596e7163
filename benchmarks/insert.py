"""Time of answers at once beside a plan of 10^5 visits, and what they cost in visits."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from benchmarks.child import measure
from benchmarks.report import Report
from optimizer.errors import CheckFailedError

if TYPE_CHECKING:
    from optimizer.domain.check import Check
    from optimizer.plan import Plan, PlanState


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument(
        "--size",
        default="XL",
        choices=["XS", "S", "M", "L", "XL"],
        help="instance of the plan benchmark that the plan is of (default: XL)",
    )
    parser.add_argument(
        "--cities", type=int, default=3, metavar="N", help="only its first N cities (default: 3)"
    )
    parser.add_argument("--utilisation", type=int, default=80, metavar="P", help="default: 80")
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1], metavar="N", help="instances (default: 1)"
    )
    parser.add_argument(
        "--requests", type=int, default=10_000, metavar="N", help="checks held back (default: 10^4)"
    )
    parser.add_argument("--effort", type=int, default=200, help="planner's search effort (counts)")


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Plan, ask, check, and plan again with all checks; each instance in its own process.

    Raises
    ------
    CheckFailedError
        If the plan breaks a rule after the requests.
    """
    rows, notes = [], []
    for seed in args.seeds:
        say(f"insert: {args.size}, {args.utilisation} %, seed {seed}")
        job = {
            "size": args.size,
            "cities": args.cities,
            "utilisation": args.utilisation,
            "seed": seed,
            "requests": args.requests,
            "effort": args.effort,
        }
        found = measure(__name__, job)
        rows += found["rows"]
        notes.append(f"seed {seed}: {found['note']}; peak {found['peak_mib']:,.0f} MiB")
    command = (
        f"double-random bench insert --size {args.size} --cities {args.cities} --utilisation "
        f"{args.utilisation} --seeds {' '.join(map(str, args.seeds))} --requests {args.requests} "
        f"--effort {args.effort}"
    )
    notes += [
        "visits: before the requests, which are checks held back, in order of release; each is "
        "answered in process and kept, with rule, clause and mends where it is refused",
        "milliseconds are the processor's, one request after the other, collector of garbage on",
        "moves: whether visits of the plan may move to take a request of their enterprise in; by "
        "default nothing moves",
        "excess_after: (visits + left out, refusals included) over those of a plan made anew of "
        "all checks with the same effort, less 1; nothing is pinned in that plan",
        "after the last request every rule was checked by the stand-alone verifier's code",
    ]
    return Report("insert", command, tuple(rows), tuple(notes))


def measured(job: Mapping[str, Any]) -> dict[str, Any]:
    """Measure one instance; runs in a process of its own."""
    from benchmarks.checker import check_plan
    from benchmarks.plan_instances import make_plan_instance
    from optimizer.plan import plan_visits

    instance = make_plan_instance(job["size"], job["utilisation"], job["seed"])
    cities = [instance.arguments(city) for city in list(instance.parts)[: job["cities"]]]
    asked = held_back([c for city in cities for c in city["checks"]], job["seed"], job["requests"])
    later = {check.id for check in asked}
    plans = [
        plan_visits(
            **{**city, "checks": [c for c in city["checks"] if c.id not in later]},
            effort=job["effort"],
        )
        for city in cities
    ]
    state = together(cities, plans)
    again = [plan_visits(**city, effort=job["effort"]) for city in cities]
    best = sum(len(plan.visits) + len(plan.left_out) for plan in again)
    standing = {visit.id for plan in plans for visit in plan.visits}
    before = sum(len(plan.visits) + len(plan.left_out) for plan in plans)
    floor = (before + least_added(state, asked)) / best - 1
    rows, told = [], []
    for moves, movable in (("none", frozenset[str]()), ("unpinned", frozenset(standing))):
        state.rewind(0)
        counts, times = ask(state, asked, movable)
        days = {c: v.day for visits in state.visits.values() for v in visits for c in v.checks}
        after = [check_plan(city, days) for city in cities]
        visits, left_out = sum(a.visits for a in after), sum(a.left_out for a in after)
        rows.append(
            {
                "moves": moves,
                "visits": sum(len(plan.visits) for plan in plans),
                "requests": len(asked),
                **counts,
                "median_ms": times[len(times) // 2],
                "p99_ms": times[len(times) * 99 // 100],
                "max_ms": times[-1],
                "excess_after": round((visits + left_out) / best - 1, 6),
            }
        )
        told.append(f"moves {moves}: {visits:,} visits and {left_out:,} left out after")
    told.append(f"with nothing moved no answers whatever end below {floor:.4%}")
    told.append(
        f"made anew {sum(len(plan.visits) for plan in again):,} visits and "
        f"{sum(len(plan.left_out) for plan in again):,} left out, "
        f"bound {sum(plan.lower_bound for plan in again):,}"
    )
    return {"rows": rows, "note": "; ".join(told)}


def held_back(checks: Sequence[Check], seed: int, count: int) -> list[Check]:
    """Return the checks that come as requests, in order of release."""
    from scenarios.generator.chance import Chance

    order = Chance(seed, "insert:requests").order(len(checks))
    return sorted((checks[i] for i in order[:count]), key=lambda c: (c.release, c.id))


def together(cities: Sequence[Mapping[str, Any]], plans: Sequence[Plan]) -> PlanState:
    """Return one state that holds the plans of all cities.

    Raises
    ------
    CheckFailedError
        If two cities share an enterprise.
    """
    from dataclasses import replace

    from optimizer.plan import PlanState, build_problem

    registers = [city["registers"] for city in cities]
    enterprises = {e: one for each in registers for e, one in each.enterprises.items()}
    if len(enterprises) != sum(len(each.enterprises) for each in registers):
        raise CheckFailedError("cities share an enterprise")
    planned = {c for plan in plans for visit in plan.visits for c in visit.checks}
    problem = build_problem(
        **{
            **cities[0],
            "checks": [c for city in cities for c in city["checks"] if c.id in planned],
            "registers": replace(
                registers[0],
                enterprises=enterprises,
                units={u: one for each in registers for u, one in each.units.items()},
                inspectors={i: one for each in registers for i, one in each.inspectors.items()},
                visits_made=tuple(made for each in registers for made in each.visits_made),
            ),
        }
    )
    return PlanState(problem, [visit for plan in plans for visit in plan.visits])


def least_added(state: PlanState, asked: Sequence[Check]) -> int:
    """Return the fewest visits and refusals that requests can add to a plan of which nothing moves.

    An enterprise's only request joins no visit that could not take it before the first request,
    since room only grows less. Of several requests those count on whose days no visit stands that
    they are compatible with, and of these such as have no day in common.
    """
    from optimizer.plan.desk import Desk

    own: dict[str, list[Check]] = {}
    for check in asked:
        own.setdefault(check.enterprise, []).append(check)
    added = 0
    for requests in own.values():
        apart: list[int] = []
        for check in requests:
            desk = Desk(state, check)
            days, clashes = desk.site.hard[-1], desk.site.clashes[-1]
            if len(requests) == 1:
                joins = any(desk.joined(k) is not None for k in range(len(desk.standing)))
            else:
                joins = any(
                    days >> day & 1 and not clashes & desk.mask(visit)
                    for visit, day in desk.standing
                )
            if not joins and not any(days & other for other in apart):
                apart.append(days)
        added += len(apart)
    return added


def ask(
    state: PlanState, asked: Sequence[Check], movable: frozenset[str] = frozenset()
) -> tuple[dict[str, int], list[float]]:
    """Ask one request after the other; return the kinds of answers, and sorted milliseconds."""
    counts = {"joined": 0, "new": 0, "refused": 0}
    times = []
    for check in asked:
        begun = time.thread_time_ns()
        answer = state.insert(check, movable=movable)
        times.append(time.thread_time_ns() - begun)
        counts[type(answer).__name__.lower()] += 1
    return counts, [nanoseconds / 1e6 for nanoseconds in sorted(times)]
