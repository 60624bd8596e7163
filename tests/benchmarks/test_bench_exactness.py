"""`bench exactness`: rows hold on a small city, and what is wrong on purpose is found."""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.exact_city import FALSE_ALARM, hotelling
from benchmarks.exactness import add_arguments, city_rows


def test_a_small_city_holds() -> None:
    """Every design on 2,000 enterprises, 70 draws each; the control is refused."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    rows = list(city_rows(parser.parse_args(["--enterprises", "2000", "--draws", "70"])))
    assert len(rows) == 9
    assert all(row["holds"] for row in rows), [row for row in rows if not row["holds"]]
    assert rows[-1]["design"].startswith("control")
    assert rows[-1]["p"] < FALSE_ALARM


def test_the_statistic_sees_a_shift_and_no_more() -> None:
    """Normal vectors around 0 pass; shifted by a tenth of their spread, with many draws, not."""
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(400, 12)) @ (np.eye(12) * 10 + 1)
    fine = hotelling(mixed)
    assert fine.p > 0.01
    assert fine.freedom == 12
    assert hotelling(mixed + mixed.std(axis=0) / 3).p < FALSE_ALARM
    fixed = np.column_stack([mixed, -mixed.sum(axis=1)])
    assert hotelling(fixed).freedom == 12, "a total that never varies takes no part"
    assert hotelling(fixed + np.eye(13)[0] * 20).p == 0
