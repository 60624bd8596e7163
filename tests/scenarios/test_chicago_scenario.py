"""The Chicago scenario: built from the log, counted apart from the build script."""

from __future__ import annotations

import gzip
from collections import Counter
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from optimizer.io import load_scenario
from scenarios.catalogue import FOLDER
from scenarios.real.chicago.build import build
from scenarios.real.chicago.merging import least_visits, met_by_chance

CHICAGO = FOLDER / "real/chicago"


def plain(path: Path, data: bytes) -> bytes:
    """Undo compression: it differs from machine to machine."""
    return gzip.decompress(data) if path.suffix == ".gz" else data


def log_of_2012() -> pd.DataFrame:
    """Return the log's rows of the year, read by another library."""
    log = pd.read_csv(CHICAGO / "source/inspections.csv.gz", dtype=str)
    log = log[log["date"].str.startswith("2012")].copy()
    log["est_id"] = log["est_id"].str.upper()
    return log


def test_committed_files_come_from_the_log() -> None:
    """Every derived file is what build.py makes of the committed source."""
    for name, data in build(CHICAGO / "source").items():
        path = CHICAGO / name
        assert plain(path, path.read_bytes()) == plain(path, data), name


def test_facts_are_those_of_the_log() -> None:
    """The figures told beside the result, counted again with pandas."""
    log = log_of_2012()
    visits = log.drop_duplicates(["est_id", "date"])
    told = " ".join(fact["en"] for fact in load_scenario(CHICAGO).about["facts"])
    for number in (
        len(log),
        len(visits),
        visits["est_id"].nunique(),
        visits["date"].nunique(),
        *(log["kind"].value_counts()[kind] for kind in ("planned", "triggered", "licence")),
    ):
        assert f"{number:,}" in told
    days = pd.to_datetime(visits.sort_values(["est_id", "date"])["date"])
    gaps = days.groupby(visits.sort_values(["est_id", "date"])["est_id"]).diff().dt.days
    assert f"{int((gaps <= 60).sum()):,} visits came within 60 days" in told


def test_capacity_is_the_visits_really_made() -> None:
    """Each day's places are two for each visit really made for canvass, complaint or licence."""
    log = log_of_2012()
    kept = log[log["kind"].isin(["planned", "triggered", "licence"])]
    real = kept.drop_duplicates(["est_id", "date"])["date"].value_counts().to_dict()
    scenario = load_scenario(CHICAGO)
    for index, working in enumerate(scenario.calendar.working):
        day = scenario.calendar.day(index)
        present = sum(i.is_present(day) for i in scenario.registers.inspectors.values())
        if working:
            assert present == 2 * real.get(day.isoformat(), 0), day
        else:
            assert day.isoformat() not in real


def test_triggered_checks_are_the_logs() -> None:
    """Complaints and licence inspections stand as they came, none lost, none moved."""
    log = log_of_2012()
    asked = log[log["kind"].isin(["triggered", "licence"])]
    made = load_scenario(CHICAGO).registers.triggered
    assert Counter((t.id, t.enterprise, t.received.isoformat()) for t in made) == Counter(
        asked[["row_id", "est_id", "date"]].itertuples(index=False, name=None)
    )
    assert all(t.received < t.due or t.received.month == 12 for t in made)


def test_duty_is_by_risk_class() -> None:
    """High in each half in which it is in the log, medium once, half of low, none without class."""
    known = pd.read_csv(CHICAGO / "source/establishments.csv.gz", dtype=str, keep_default_na=False)
    known = known[(known["first_seen"] < "2013") & (known["last_seen"] >= "2012")]
    early, late = known["first_seen"] < "2012-07", known["last_seen"] >= "2012-07"
    high, medium, low = (known["risk"] == name for name in "123")
    expected = {
        "canvass-1": Fraction(int((early & high).sum())),
        "canvass-2": Fraction(int((late & high).sum())),
        "canvass-year": int(medium.sum()) + Fraction(int(low.sum()), 2),
    }
    scenario = load_scenario(CHICAGO)
    made = {}
    for order in scenario.campaign.orders:
        prefixes = scenario.registers.items[order.item].industries
        made[order.item] = sum(
            order.rates[e.risk]
            for e in scenario.registers.enterprises.values()
            if not prefixes or e.industry[0] in prefixes
        )
    assert made == expected
    told = " ".join(fact["en"] for fact in scenario.about["facts"])
    assert f"every second year): {int(sum(expected.values())):,} checks" in told
    assert len(scenario.registers.enterprises) == len(known)


SPANS = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (min(pair), max(pair)))


@given(st.lists(SPANS, max_size=5))
def test_least_visits_by_trying_all_days(spans: list[tuple[int, int]]) -> None:
    """No smaller set of days meets every span."""
    sets = (days for size in range(len(spans) + 1) for days in combinations(range(10), size))
    fewest = next(days for days in sets if all(any(a <= d <= b for d in days) for a, b in spans))
    assert least_visits(spans) == len(fewest)


@given(SPANS, st.lists(SPANS, max_size=4))
def test_merged_by_chance_counted_day_by_day(
    window: tuple[int, int], triggered: list[tuple[int, int]]
) -> None:
    """The share of days on which the check is open with, or would come after, a triggered one."""
    first, end = window
    good = sum(
        any(a <= day <= b or first <= a <= day for a, b in triggered)
        for day in range(first, end + 1)
    )
    assert met_by_chance(window, triggered) == Fraction(good, end - first + 1)
