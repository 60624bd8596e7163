"""Enterprises and their checks, as tables; the same whatever the capacity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.instances.tables import DEPARTMENTS, SECTIONS, ZONE
from optimizer.domain.days import Calendar
from optimizer.domain.item import Item
from optimizer.domain.visit import VisitMade
from scenarios.generator.chance import Chance, Ints

MOST_CHECKS = 40
_SLOTS = 97  # a prime, so that every stride visits all slots
_TRIGGERED = 120  # of 1,000
_JOINT = 114  # of 1,000 planned ones: a tenth of all
_IN_ZONE = 80
_TRIGGERED_SOURCES = ("complaint", "transferred", "assigned", "monitoring", "application")
_TRIGGERED_WEIGHTS = (45, 15, 10, 20, 10)
_PLANNED_SOURCES = ("draw", "special", "daily")
_PLANNED_WEIGHTS = (70, 15, 15)
_RISKS = ("A", "B", "C", "D")
# Risk by size of the enterprise's list: those with many checks are mostly those of high risk.
_RISK_WEIGHTS = (
    (2, (35, 40, 20, 5)),
    (4, (5, 40, 40, 15)),
    (8, (0, 10, 45, 45)),
    (99, (0, 0, 5, 95)),
)


def sizes(chance: Chance, checks: int, share: int) -> Ints:
    """Return checks per enterprise: log-series of `share` per cent, cut off at `MOST_CHECKS`.

    They add up to `checks`.
    """
    weights = [10**9 * share**n // (100**n * n) for n in range(1, MOST_CHECKS + 1)]
    drawn = chance.pick(weights, checks) + 1
    sums = np.cumsum(drawn)
    count = int(np.searchsorted(sums, checks)) + 1
    drawn = drawn[:count]
    drawn[-1] -= int(sums[count - 1]) - checks
    return drawn


def make_enterprises(seed: int, label: str, counties: Sequence[str], counts: Ints) -> pd.DataFrame:
    """Return the enterprises of a city, in order of identifier."""
    n = len(counts)
    weights = 3 + Chance(seed, f"{label}:weights").below(3, len(counties))
    county = np.sort(Chance(seed, f"{label}:county").pick(weights, n))
    number = np.arange(n) - np.searchsorted(county, county)
    industry = Chance(seed, f"{label}:industry").below(len(SECTIONS), n)
    risk = np.zeros(n, dtype=np.int64)
    low = 0
    for most, odds in _RISK_WEIGHTS:
        inside = (counts > low) & (counts <= most)
        drawn = Chance(seed, f"{label}:risk:{most}").pick(odds, n)
        risk[inside] = drawn[inside]
        low = most
    zone = Chance(seed, f"{label}:zone").below(1000, n)
    township = Chance(seed, f"{label}:township").below(10, n)
    # A county is about 40 km across, a township 8 km: in units of 10^-5 degrees.
    centre = Chance(seed, f"{label}:centre").below(40_000, 20 * len(counties))
    near = Chance(seed, f"{label}:near").below(8_000, 2 * n)
    place = county * 10 + township
    lat = 3_500_000 + county * 40_000 + centre[2 * place] + near[:n]
    lon = 11_100_000 + (county % 4) * 40_000 + centre[2 * place + 1] + near[n:]
    names = list(SECTIONS)
    return pd.DataFrame(
        {
            "id": [f"{counties[c]}-{k:06d}" for c, k in zip(county, number, strict=True)],
            "county": _category(county, list(counties)),
            "industry": _category(industry, names),
            "risk": _category(risk, list(_RISKS)),
            "zones": np.where(zone < _IN_ZONE, ZONE, ""),
            "township": [
                f"{counties[c]}{t + 100:03d}" for c, t in zip(county, township, strict=True)
            ],
            "lat": lat / 1e5,
            "lon": lon / 1e5,
        }
    )


def make_checks(
    seed: int,
    label: str,
    enterprises: pd.DataFrame,
    counts: Ints,
    items: dict[str, Item],
    calendar: Calendar,
    lengths: tuple[int, int],
) -> pd.DataFrame:
    """Return the checks of a city, in order of enterprise.

    Parameters
    ----------
    counts
        Checks of each enterprise.
    lengths
        Shortest and longest window of a planned check, in days.
    """
    n = int(counts.sum())
    owner = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(n) - np.repeat(np.cumsum(counts) - counts, counts)
    item = _items_of(seed, label, owner, place, counts, len(items))
    triggered = Chance(seed, f"{label}:triggered").happens(_TRIGGERED, n)
    joint = Chance(seed, f"{label}:joint").happens(_JOINT, n) & ~triggered
    first, last = _windows(seed, label, triggered, calendar, lengths)
    planned_source = Chance(seed, f"{label}:planned").pick(_PLANNED_WEIGHTS, n)
    triggered_source = Chance(seed, f"{label}:source").pick(_TRIGGERED_WEIGHTS, n)
    severity = Chance(seed, f"{label}:severity").below(3, n) + 1
    sources = (*_PLANNED_SOURCES, *_TRIGGERED_SOURCES)
    source = np.where(triggered, triggered_source + len(_PLANNED_SOURCES), planned_source)
    counties = list(enterprises["county"].cat.categories)
    department = np.array([DEPARTMENTS.index(i.department) for i in items.values()])[item]
    units = department * len(counties) + enterprises["county"].cat.codes.to_numpy()[owner]
    city = counties[0][:4] + "00"
    alone = [f"{d}-{c}" for d in DEPARTMENTS for c in counties]
    both = [f"{d}-{c} {d}-{city}" for d in DEPARTMENTS for c in counties]
    start = np.datetime64(calendar.start.isoformat(), "s")
    names = enterprises["id"].to_numpy(dtype=object)[owner]
    letters = np.where(triggered, "T", "P")
    return pd.DataFrame(
        {
            "id": [f"{a}-{e}-{k:02d}" for a, e, k in zip(letters, names, place, strict=True)],
            "enterprise": _category(owner, enterprises["id"].tolist()),
            "item": _category(item, list(items)),
            "kind": _category(triggered.astype(np.int64), ["planned", "triggered"]),
            "source": _category(source, list(sources)),
            "release": start + first.astype("timedelta64[D]"),
            "due": start + last.astype("timedelta64[D]"),
            "units": _category(units + joint * len(alone), [*alone, *both]),
            "severity": np.where(triggered, severity, 1).astype(np.int8),
        }
    )


def _items_of(seed: int, label: str, owner: Ints, place: Ints, counts: Ints, items: int) -> Ints:
    """Return the item of each check: a walk over slots that frequent items hold more of."""
    spread = Chance(0, "plan-instances:slots")
    slots = np.concatenate([np.arange(items), spread.below(items, _SLOTS - items)])
    slots = slots[spread.order(_SLOTS)]
    begin = Chance(seed, f"{label}:begin").below(_SLOTS, len(counts))
    stride = Chance(seed, f"{label}:stride").below(_SLOTS - 1, len(counts)) + 1
    found: Ints = slots[(begin[owner] + stride[owner] * place) % _SLOTS]
    return found


def _windows(
    seed: int,
    label: str,
    triggered: NDArray[np.bool_],
    calendar: Calendar,
    lengths: tuple[int, int],
) -> tuple[Ints, Ints]:
    """Return first and last day, as indices: spread evenly over the horizon."""
    n, horizon = len(triggered), len(calendar)
    days = np.flatnonzero(np.array(calendar.working))
    short = Chance(seed, f"{label}:short").below(11, n) + 5
    begin = Chance(seed, f"{label}:report").below(len(days) - short + 1, n)
    length = Chance(seed, f"{label}:length").below(lengths[1] - lengths[0] + 1, n) + lengths[0]
    # Middles are spread evenly; a window that would reach over an end is moved inside.
    middle = Chance(seed, f"{label}:middle").below(horizon, n)
    first = np.clip(middle - length // 2, 0, horizon - length)
    return (
        np.where(triggered, days[begin], first),
        np.where(triggered, days[begin + short - 1], first + length - 1),
    )


def make_made(
    seed: int, label: str, enterprises: pd.DataFrame, calendar: Calendar, per_mille: int
) -> list[VisitMade]:
    """Return the visits already made, in order of enterprise: in this year's first weeks."""
    n = len(enterprises)
    chosen = np.flatnonzero(Chance(seed, f"{label}:made").happens(per_mille, n))
    department = Chance(seed, f"{label}:made-by").below(len(DEPARTMENTS), n)
    reach = max(14, (calendar.start - date(2026, 1, 1)).days)
    ago = Chance(seed, f"{label}:made-on").below(reach, n)
    source = Chance(seed, f"{label}:made-source").pick((70, 30), n)
    names = enterprises["id"].to_numpy(dtype=object)
    return [
        VisitMade(
            str(names[k]),
            date(2026, 1, 1) + timedelta(days=int(ago[k])),
            DEPARTMENTS[department[k]],
            ("daily", "complaint")[source[k]],
        )
        for k in chosen
    ]


def _category(codes: Ints, names: Sequence[str]) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(np.asarray(codes, dtype=np.int64), pd.Index(list(names)))
