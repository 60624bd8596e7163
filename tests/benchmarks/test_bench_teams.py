"""`bench teams` and the teams of `bench exactness`: instances keep rules, rows say what is due."""

from __future__ import annotations

from benchmarks.teams import COLUMNS, OURS, SERIAL, measured
from benchmarks.teams_instances import SIZES, make_instance
from benchmarks.teams_joint import joint, small_units
from optimizer.teams import find_cuts
from optimizer.teams.given import check_visits


def test_instances_are_as_large_as_they_say() -> None:
    """S and M: visits and inspectors as named, a plan's visits, every seat can be filled."""
    for name in ("S", "M"):
        instance = make_instance(name)
        check_visits(instance.visits, instance.registers)
        assert len(instance.visits) == SIZES[name].visits
        assert len(instance.registers.inspectors) == SIZES[name].inspectors
        assert find_cuts(instance.visits, instance.registers) == ()
        assert make_instance(name) == instance
        assert make_instance(name, seed=1) != instance


def test_a_row_has_every_column() -> None:
    """S by the lottery: no failure, entropy above 0.985 of the most, verified; a peer fails."""
    job = {"method": OURS, "size": "S", "workers": 1, "seed": 2026, "kappa": "", "draws": 4}
    row = measured(job)
    assert tuple(row) == COLUMNS
    assert row["failures"] == 0
    assert row["entropy_ratio"] >= 0.985
    assert (
        row["spread_expected"]
        < 1.5 * measured(job | {"method": "strict leximin"})["spread_expected"]
    )
    assert measured(job | {"method": SERIAL})["failures"] > 0


def test_outcomes_of_a_small_unit() -> None:
    """Every outcome drawn is on the list; the entropy is near the most, and not beyond it."""
    units = dict(small_units())
    assert len(units) == 10
    found = joint(units["a skill"], "a skill", 2000)
    assert found.seen == found.even < found.listed
    assert 0.95 < found.ratio < 1.02
    assert found.most < found.most_listed


def test_the_order_of_rows_is_its_own() -> None:
    """Six seats on three days: with one order for pairs and rows the share is 0.95."""
    found = joint(dict(small_units())["three days"], "three days", 10_000)
    assert found.seen == found.even
    assert 0.97 < found.ratio < 1.01
