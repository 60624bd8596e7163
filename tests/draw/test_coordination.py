"""One ticket for all items: few enterprises are visited by many, as the bound allows."""

from __future__ import annotations

from fractions import Fraction

import pytest
from draw_city import make_case, make_enterprise, make_order

from optimizer.draw import Dice, draw_enterprises

SEED = Dice("31415926535897932384")


def percent(a: int, b: int, c: int, d: int, missing: int) -> dict[str, Fraction]:
    """Return rates by label in per cent."""
    return {
        label: Fraction(rate, 100)
        for label, rate in zip(("k1", "k2", "k3", "k4", ""), (a, b, c, d, missing), strict=True)
    }


def test_five_departments_come_close_to_the_bound() -> None:
    """10^5 enterprises, 5 departments of different filters, strata and rates.

    As tried in the design: about half as many enterprises as independent draws visit, within one
    per cent of the bound that no design beats.
    """
    orders = (
        make_order("MARKET-1", "market", rates=percent(1, 3, 5, 10, 3)),
        make_order("FIRE-1", "fire", rate=Fraction(3, 100), strata_by=("county", "size")),
        make_order("TAX-1", "tax", rates=percent(1, 2, 4, 8, 2), strata_by=("risk", "section")),
        make_order("WORK-1", "work", rate=Fraction(1, 40), strata_by=("section",)),
        make_order("LAND-1", "land", size=700, strata_by=("county",)),
    )
    industries = {"FIRE-1": ("F", "H"), "WORK-1": ("A", "H"), "LAND-1": ("A",)}
    frame, spec = make_case(
        100_000,
        *orders,
        industries=industries,
        # Labels that do not go round in step, so that the strata truly cross.
        enterprise=lambda n: make_enterprise(
            n,
            county=f"14030{1 + n * 7919 % 6}",
            risk=("k1", "k1", "k2", "k2", "k2", "k3", "k3", "k4", "")[n * 104729 % 10007 % 9],
        ),
    )
    distinct = draw_enterprises(frame, spec, seed=SEED).document["distinct"]
    bound, independent = float(distinct["bound"]), float(distinct["independent"])
    mean = float(distinct["simulation"]["mean"])
    error = float(distinct["simulation"]["standard_error"])
    assert distinct["simulation"]["draws"] >= 4
    assert bound - 4 * error <= mean <= 1.02 * bound
    assert mean < 0.7 * independent < independent < distinct["drawn"]
    assert abs(distinct["enterprises"] - mean) < 0.02 * mean


def test_one_rate_and_one_stratum_reach_the_bound() -> None:
    """Where all items ask for the same, they ask the same enterprises."""
    orders = tuple(
        make_order(f"I-{n}", f"d{n}", rate=Fraction(1, 10), strata_by=()) for n in range(4)
    )
    draw = draw_enterprises(*make_case(500, *orders), seed=SEED)
    samples = {tuple(i["strata"][0]["sample"]) for i in draw.document["items"]}
    assert len(samples) == 1
    assert draw.document["distinct"]["bound"] == "50.000000"
    assert draw.document["distinct"]["enterprises"] == 50
    assert draw.document["distinct"]["simulation"] == {
        "draws": 200,
        "mean": "50.000000",
        "standard_error": "0.000000",
    }


@pytest.mark.parametrize("low", [1, 5, 9])
def test_a_smaller_rate_draws_from_the_larger(low: int) -> None:
    """In the same strata, the smaller sample is part of the larger one."""
    orders = (
        make_order("LOW", rate=Fraction(low, 20), strata_by=("county",)),
        make_order("HIGH", rate=Fraction(1, 2), strata_by=("county",)),
    )
    document = draw_enterprises(*make_case(300, *orders), seed=SEED).document
    high, small = (
        {s["stratum"]: s["sample"] for s in item["strata"]} for item in document["items"]
    )
    assert document["items"][0]["item"] == "HIGH"
    for stratum, sample in small.items():
        assert sample == high[stratum][: len(sample)]
