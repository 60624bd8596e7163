"""The Chicago scenario: built from the log, counted apart from the build script."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pandas as pd

from optimizer.io import load_scenario
from scenarios.catalogue import FOLDER
from scenarios.real.chicago.build import build

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
    """Each day's places are two for each visit really made that day for the replayed checks."""
    log = log_of_2012()
    half = log["date"].str[5:7].astype(int).gt(6)
    planned = log[log["kind"] == "planned"].assign(half=half).sort_values(["date", "row_id"])
    planned = planned.drop_duplicates(["est_id", "half"])
    kept = pd.concat([planned, log[log["kind"].isin(["triggered", "licence"])]])
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
