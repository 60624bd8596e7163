"""The plan benchmark's instances: the same everywhere, and shaped as their page says."""

from __future__ import annotations

import hashlib

import pytest

from benchmarks.instances.staff import half_days_needed, half_days_present
from benchmarks.plan_instances import (
    CHECK_COLUMNS,
    ENTERPRISE_COLUMNS,
    SIZES,
    PlanInstance,
    make_plan_instance,
)
from optimizer.plan import build_problem


def _digest(instance: PlanInstance) -> str:
    made = hashlib.sha256()
    for table in (instance.checks, instance.enterprises):
        made.update(table.to_csv(index=False, date_format="%Y-%m-%d").encode())
    for inspector in instance.inspectors.values():
        made.update(f"{inspector.id} {sorted(inspector.skills)} {inspector.max_half_days}".encode())
        made.update(" ".join(map(str, inspector.leave)).encode())
    for visit in instance.visits_made:
        made.update(f"{visit.enterprise} {visit.day} {visit.department} {visit.source}".encode())
    return made.hexdigest()


def test_the_same_instance_on_every_machine() -> None:
    """Tables, inspectors and visits made of a small seed have the digest they have always had."""
    assert _digest(make_plan_instance("S", 80, 7)) == (
        "c9981b1e3a51d2744fbee3e1d1b89455837be9131440fb96db3f144bdb75f734"
    )
    assert _digest(make_plan_instance("S", 80, 8)) != _digest(make_plan_instance("S", 80, 7))


@pytest.mark.parametrize("size", ["S", "M"])
def test_shape(size: str) -> None:
    """Sizes are exact; windows, shares and tails are those of the page."""
    instance = make_plan_instance(size, 80, 3)
    checks = instance.checks
    assert tuple(checks.columns) == CHECK_COLUMNS
    assert tuple(instance.enterprises.columns) == ENTERPRISE_COLUMNS
    assert len(checks) == SIZES[size].checks
    assert checks["id"].is_unique
    assert instance.enterprises["id"].is_unique
    horizon = SIZES[size].horizon
    assert checks["release"].min().date() >= horizon.first
    assert checks["due"].max().date() <= horizon.last
    planned = checks[checks["kind"] == "planned"]
    lengths = (planned["due"] - planned["release"]).dt.days + 1
    assert lengths.between(*SIZES[size].lengths).all()
    assert 0.08 < (checks["kind"] == "triggered").mean() < 0.16
    assert 0.07 < checks["units"].str.contains(" ").mean() < 0.13
    assert 12 < checks["enterprise"].value_counts().max() <= 40


def test_utilisation_changes_the_inspectors_only() -> None:
    """The checks stay; the half-days present are those needed over the utilisation."""
    tight, loose = (make_plan_instance("M", share, 2) for share in (95, 50))
    assert tight.checks.equals(loose.checks)
    assert tight.enterprises.equals(loose.enterprises)
    assert tight.visits_made == loose.visits_made
    for instance in (tight, loose):
        needed, _ = half_days_needed(instance.checks, instance.items, instance.rules.team)
        present = half_days_present(instance.inspectors, instance.calendar)
        wanted = instance.utilisation / 100
        shares = [needed[unit] / present[unit] for unit in instance.units]
        assert max(shares) <= wanted
        assert sum(needed.values()) / sum(present.values()) == pytest.approx(wanted, rel=0.02)


def test_arguments_build_a_problem() -> None:
    """The instance is valid input: no fault, every enterprise has its checks."""
    instance = make_plan_instance("S", 95, 1)
    problem = build_problem(**instance.arguments())
    assert sum(len(site.checks) for site in problem.sites) == 1000
    assert len(problem.sites) == len(instance.enterprises)


def test_cities_share_no_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A province comes city by city; each block is complete and names no other city's units."""
    from dataclasses import replace
    from types import MappingProxyType

    import benchmarks.plan_instances as module

    small = replace(SIZES["XL"], checks=1500, cities=(2, 1, 3))
    monkeypatch.setattr(module, "SIZES", MappingProxyType({"XL": small}))
    instance = make_plan_instance("XL", 80, 1)
    seen = 0
    for city, arguments in instance.blocks():
        problem = build_problem(**arguments)
        seen += sum(len(site.checks) for site in problem.sites)
        assert {unit[-6:-2] for unit in problem.units} == {city[:4]}
    assert seen == 1500
