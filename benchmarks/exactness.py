"""Whether every design, and the teams' lottery, draws with exactly the published probabilities."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from typing import Any

from benchmarks.report import Report


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument(
        "--enterprises", type=int, default=100_000, metavar="N", help="of the city (default: 10^5)"
    )
    parser.add_argument(
        "--draws", type=int, default=200, metavar="N", help="draws of each design (default: 200)"
    )
    parser.add_argument(
        "--no-city", action="store_true", help="only small populations, every outcome"
    )
    parser.add_argument(
        "--team-draws",
        type=int,
        default=100_000,
        metavar="N",
        help="draws of teams of each unit; 0: no teams (default: 10^5)",
    )


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Go through every outcome of small populations, then draw from a city many times."""
    rows = []
    teams = team_rows(args.team_draws) if args.team_draws else ()
    for row in chain(exact_rows(), () if args.no_city else city_rows(args), teams):
        say(f"{row['how']}: {row['design']}: {'holds' if row['holds'] else 'DOES NOT HOLD'}")
        rows.append(row)
    return Report(
        bench="exactness",
        command=f"double-random bench exactness --enterprises {args.enterprises} --draws "
        f"{args.draws}{' --no-city' if args.no_city else ''} --team-draws {args.team_draws} --json",
        rows=tuple(rows),
        notes=(
            "every outcome: all orders of tickets times all answers of the chance stream, in exact "
            "fractions; largest: largest difference from the published probability",
            "city: Hotelling's T-squared of counts by class against the published expectation, "
            "keys fixed; refused where p is below 0.0001",
            "teams: the same of counts by seat group and inspector, in batches of 100 draws; pairs "
            "of two who can go to one visit; together: how often they do, over the product of how "
            "often each does, least and most",
            "whole teams: entropy of the outcome drawn over the most of any lottery with these "
            "odds whose outcomes are as even (workloads at floor or ceiling); refused below 0.95",
        ),
        failed=any(not row["holds"] for row in rows),
    )


def exact_rows() -> Iterator[dict[str, Any]]:
    """Yield a row for each design on a small population."""
    from benchmarks.every import all_tickets
    from benchmarks.exact_cases import deal_cases, design_cases, inclusion, laws, published

    for name, frame, spec in design_cases():
        tickets = all_tickets(len(frame.ids))
        found, outcomes = laws(frame, spec, tickets, Fraction(1, len(tickets)))
        largest, pairs = Fraction(0), 0
        for key, law in found.items():
            single, double = inclusion(law)
            due = published(frame, spec, key)
            differences = [abs(single[name] - chance) for name, chance in due.items()]
            largest = max(largest, *differences, *pair_differences(frame, spec, key, law))
            pairs += len(double)
        yield _row("every outcome", name, len(frame.ids), outcomes, largest == 0) | {
            "pairs": pairs,
            "largest": str(largest),
        }
    for name, outcomes, chances in deal_cases():
        # The law of a uniform order, of all enterprises or of those who can be drawn.
        n = next(k for k in range(1, 9) if chances[0] == Fraction(1, math.factorial(k)))
        largest = max(abs(chance - Fraction(1, math.factorial(n))) for chance in chances)
        yield _row("every outcome", name, n, outcomes, largest == 0) | {
            "pairs": n * (n - 1) // 2,
            "largest": str(largest),
        }


def pair_differences(frame: Any, spec: Any, key: str, law: Any) -> list[Fraction]:
    """Return how far pairs are from what is due.

    Within a cell of members alike, a pair is due E[n(n − 1)] / (N(N − 1)); where members have
    weights, the pairs of one member add up to its due when the total is fixed.
    """
    from benchmarks.exact_cases import inclusion, published

    _, double = inclusion(law)
    differences = []
    for stratum in spec.strata[key]:
        members = [frame.ids[place] for place in stratum.members]
        if stratum.weights is not None:
            sizes = {len(taken) for taken in law}
            if len(sizes) == 1:
                due = published(frame, spec, key)
                for one in members:
                    its = sum((c for two, c in double.items() if one in two), Fraction(0))
                    differences.append(abs(its - (max(sizes) - 1) * due[one]))
            continue
        many = len(members)
        if many < 2:
            continue
        both = Fraction(0)
        for taken, chance in law.items():
            n = len(taken.intersection(members))
            both += chance * n * (n - 1) / (many * (many - 1))
        differences += [
            abs(double.get(frozenset((a, b)), Fraction(0)) - both)
            for a in members
            for b in members
            if a < b
        ]
    return differences or [Fraction(0)]


def city_rows(args: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield a row for each design on a city, and one for what is wrong on purpose."""
    from benchmarks.exact_city import FALSE_ALARM, control, run, trials

    for trial in trials(args.enterprises):
        single, double = run(trial, args.draws)
        least = min(single.p, 1.0 if double is None else double.p)
        yield _row("city", trial.name, args.enterprises, args.draws, least >= FALSE_ALARM) | {
            "t2": round(single.statistic, 2) if math.isfinite(single.statistic) else None,
            "classes": single.freedom,
            "p": round(single.p, 6),
            "pairs_t2": None if double is None else round(double.statistic, 2),
            "pair_classes": None if double is None else double.freedom,
            "pairs_p": None if double is None else round(double.p, 6),
        }
    wrong = control(args.enterprises)
    single, _ = run(wrong, args.draws)
    shown = round(single.statistic, 2) if math.isfinite(single.statistic) else None
    # It holds that the wrong is found.
    yield _row("city", wrong.name, args.enterprises, args.draws, single.p < FALSE_ALARM) | {
        "t2": shown,
        "classes": single.freedom,
        "p": round(single.p, 6),
    }


def team_rows(draws: int) -> Iterator[dict[str, Any]]:
    """Yield a row for each unit whose teams are drawn, and one for what is wrong on purpose."""
    from benchmarks.exact_city import FALSE_ALARM
    from benchmarks.teams_joint import joint, middle_units, singles, small_units

    for name, part in small_units():
        found = joint(part, name, max(1000, draws // 5))
        row = _row("whole teams", name, len(part.inspectors), found.even, found.ratio >= 0.95)
        yield row | {"entropy_share": round(found.ratio, 4)}
    units = list(middle_units())
    for name, part in units:
        one = singles(part, name, draws)
        yield _row("teams", name, len(part.inspectors), draws, one.holds) | _told(one)
    # The teams of one unit held to the odds of another that differs by its caps alone.
    wrong = singles(units[0][1], "control", draws, odds=units[2][1])
    name = "control: held to other odds"
    people = len(units[0][1].inspectors)
    # It holds that the wrong is found.
    yield _row("teams", name, people, draws, wrong.verdict.p < FALSE_ALARM) | _told(wrong)


def _told(one: Any) -> dict[str, Any]:
    shown = one.verdict.statistic
    return {
        "largest": f"{one.largest:.6f}",
        "pairs": one.pairs,
        "together_least": round(one.together[0], 3),
        "together_most": round(one.together[1], 3),
        "t2": round(shown, 2) if math.isfinite(shown) else None,
        "classes": one.verdict.freedom,
        "p": round(one.verdict.p, 6),
    }


def _row(how: str, design: str, enterprises: int, outcomes: int, holds: bool) -> dict[str, Any]:
    return {
        "how": how,
        "design": design,
        "enterprises": enterprises,
        "outcomes": outcomes,
        "largest": None,
        "pairs": None,
        "t2": None,
        "classes": None,
        "p": None,
        "pairs_t2": None,
        "pair_classes": None,
        "pairs_p": None,
        "together_least": None,
        "together_most": None,
        "entropy_share": None,
        "holds": bool(holds),
    }
