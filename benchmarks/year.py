"""How many enterprises a year of quarterly campaigns visits, by how its draws hang together."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from benchmarks.report import Report
from benchmarks.year_bound import least_distinct

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimizer.domain.campaign import Campaign, DrawOrder
    from optimizer.domain.earlier import EarlierDraw
    from optimizer.domain.registry import Registers
    from optimizer.draw import Spec
    from optimizer.frame import Frame

QUARTERS = 4


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of this benchmark."""
    parser.add_argument(
        "--preset", default="yangquan", metavar="NAME", help="scenario (default: yangquan)"
    )
    parser.add_argument(
        "--scale", default="1", metavar="P/Q", help="size of the generated city (default: 1)"
    )
    parser.add_argument(
        "--departments",
        type=int,
        default=15,
        metavar="N",
        help="how many, those with the largest items; 0: all items of all (default: 15)",
    )
    parser.add_argument(
        "--share",
        type=Fraction,
        default=Fraction(1, QUARTERS),
        metavar="P/Q",
        help="of the scenario's yearly rates, asked for in each quarter (default: 1/4)",
    )
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1], metavar="N", help="years (default: 1)"
    )


def report(args: argparse.Namespace, say: Callable[[str], None]) -> Report:
    """Draw the year with separate seeds, then each campaign after all before it."""
    frame, campaign = _city(args.preset, args.scale, args.departments, args.share)
    departments = len({order.department for order in campaign.orders})
    say(f"year: {len(frame.ids)} enterprises, {len(campaign.orders)} orders a quarter")
    rows: list[dict[str, Any]] = []
    for seed in args.seeds:
        for name, theta in (
            ("coordinated within campaigns only", None),
            ("dealt over the year, theta 1/2", Fraction(1, 2)),
            ("dealt over the year, theta 1", Fraction(1)),
        ):
            rows.append(_year(frame, campaign, name, seed, theta))
            say(f"year: seed {seed}, {name}: {rows[-1]['distinct']}")
    return Report(
        bench="year",
        command=f"double-random bench year --preset {args.preset} --scale {args.scale} "
        f"--departments {args.departments} --share {args.share} --seeds "
        f"{' '.join(map(str, args.seeds))} --json",
        rows=tuple(rows),
        notes=(
            f"{QUARTERS} campaigns of {departments} departments, {len(campaign.orders)} orders "
            f"each, at {args.share} of the scenario's yearly rates",
            "independent: expected distinct enterprises of draws that know nothing of one another; "
            "bound: the sum over enterprises of the largest probability, which no design beats",
            "quarters: distinct enterprises of each campaign; their mean over its bound, less 1",
            "expected: the mean of the simulations that the four draws publish",
            "bound of samples: of a campaign, what no draw goes below in which each stratum gives "
            "a simple random sample whose size is the floor or ceiling of the expected",
        ),
    )


def _year(
    frame: Frame, campaign: Campaign, name: str, seed: int, theta: Fraction | None
) -> dict[str, Any]:
    from optimizer.canon import canonical
    from optimizer.domain.earlier import EarlierDraw
    from optimizer.draw import Fixed, draw_enterprises, make_spec

    seen: set[str] = set()
    quarters = []
    earlier: list[EarlierDraw] = []
    lines = b"".join(line + b"\n" for line in frame.lines)
    checks = 0
    expected = 0.0
    for quarter in range(1, QUARTERS + 1):
        its = replace(campaign, id=f"year-q{quarter}")
        if theta is not None:
            its = replace(its, after=tuple(earlier), theta=theta)
        now = replace(frame, campaign=its.id)
        spec = make_spec(now, its)
        draw = draw_enterprises(now, spec, seed=Fixed(f"year-{seed}-{quarter}"))
        drawn = {one.enterprise for one in draw.drawn}
        quarters.append(len(drawn))
        checks += len(draw.drawn)
        expected += float(draw.document["distinct"]["simulation"]["mean"]) / QUARTERS
        seen |= drawn
        documents = {
            "frame.jsonl": lines,
            "frame.json": canonical(now.document),
            "spec.json": canonical(spec.document),
            "seed.json": canonical(draw.seed_document),
            "draw.json": canonical(draw.document),
        }
        earlier.append(EarlierDraw(its.id, documents))
    independent, bound = _expected(frame, spec)
    sampled = least_distinct(len(frame.ids), spec)
    return {
        "design": name,
        "seed": seed,
        "drawn": checks,
        "independent": round(independent),
        "distinct": len(seen),
        "bound": round(bound),
        "of_independent": round(len(seen) / independent, 4),
        "over_bound": round(len(seen) / bound - 1, 4),
        "quarters": " ".join(map(str, quarters)),
        "quarter_over_bound": round(sum(quarters) / QUARTERS / bound - 1, 4),
        "expected_over_bound": round(expected / bound - 1, 4),
        "bound_of_samples": round(sampled),
        "expected_over_samples": round(expected / sampled - 1, 4),
    }


def _expected(frame: Frame, spec: Spec) -> tuple[float, float]:
    """Return the year's expected distinct enterprises of independent draws, and the bound."""
    import numpy as np

    missed = np.ones(len(frame.ids))
    most: NDArray[np.float64] = np.zeros(len(frame.ids))
    for strata in spec.strata.values():
        for stratum in strata:
            for members, chance in stratum.classes():
                missed[members] *= 1 - float(chance)
                most[members] = np.maximum(most[members], float(chance))
    return float((1 - missed**QUARTERS).sum()), float(most.sum())


def _city(preset: str, scale: str, departments: int, share: Fraction) -> tuple[Frame, Campaign]:
    """Return the frame and the campaign of a quarter."""
    import tempfile
    from pathlib import Path

    import scenarios
    from optimizer.domain.campaign import Campaign
    from optimizer.frame import build_frame, label_risk
    from optimizer.io import load_scenario

    folder = Path(str(scenarios.__file__)).parent / "presets" / preset
    with tempfile.TemporaryDirectory(prefix="double-random-") as made:
        for file in folder.iterdir():
            if file.is_file():
                text = file.read_text("utf-8").replace('scale: "1"', f'scale: "{scale}"')
                Path(made, file.name).write_text(text, "utf-8")
        scenario = load_scenario(Path(made))
    master = bytes(32)
    orders = _orders(scenario.campaign.orders, share)
    orders = _largest(orders, scenario.registers, departments)
    quarter = Campaign("year", orders, "fixed")
    registers, campaign, rules, classes = label_risk(
        scenario.registers, quarter, scenario.rules, master
    )
    frame = build_frame(registers, campaign, rules, salt_master=master, risk_class_of=classes)
    return frame, campaign


def _largest(
    orders: Sequence[DrawOrder], registers: Registers, departments: int
) -> tuple[DrawOrder, ...]:
    """Return the order with most enterprises of each of the departments where it is largest."""
    if not departments:
        return tuple(orders)
    sizes: Counter[str] = Counter()
    industries = Counter(one.industry for one in registers.enterprises.values())
    for order in orders:
        prefixes = registers.items[order.item].industries
        sizes[order.item] = sum(
            many
            for industry, many in industries.items()
            if not prefixes
            or any(
                industry.startswith(prefix) or registers.sections.get(industry) == prefix
                for prefix in prefixes
            )
        )
    best: dict[str, DrawOrder] = {}
    for order in sorted(orders, key=lambda order: -sizes[order.item]):
        best.setdefault(order.department, order)
    return tuple(best.values())[:departments]


def _orders(orders: Sequence[DrawOrder], share: Fraction) -> tuple[DrawOrder, ...]:
    """Return one order for each item, with a share of what its orders ask in the year."""
    by_item: dict[str, DrawOrder] = {}
    for order in orders:
        former = by_item.get(order.item)
        rates = {
            name: rate + (former.rates.get(name, Fraction(0)) if former else 0)
            for name, rate in order.rates.items()
        }
        rate = order.rate
        if rate is not None and former is not None and former.rate is not None:
            rate += former.rate
        by_item[order.item] = replace(
            order, id="", rates=rates, rate=rate, rest_since=None, skip_capped=False
        )
    return tuple(
        replace(
            order,
            rates={name: min(Fraction(1), rate) * share for name, rate in order.rates.items()},
            rate=None if order.rate is None else min(Fraction(1), order.rate) * share,
        )
        for order in by_item.values()
    )
