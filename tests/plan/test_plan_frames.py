"""Plans from tables: blocks that share nothing, each planned as it would be alone."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from multiprocessing import get_context
from typing import Any

import networkx as nx
import pandas as pd
import pytest
from distributed import Client, LocalCluster
from hypothesis import given
from hypothesis import strategies as st
from plan_instances import Instance, Mix, make_instance

from optimizer import InputError, plan_frame, plan_visits
from optimizer.plan.blocks import split
from optimizer.plan.frames import _most, next_block

THREE = Mix(checks=90, counties=3, departments=2, joint=0.0, utilisation=1.2, planned_rides=True)
"""Three counties that share no unit, hard enough that something is left out."""


def tables_of(instance: Instance) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Checks and enterprises of an instance as tables."""
    checks = pd.DataFrame(
        [
            {
                "id": c.id,
                "enterprise": c.enterprise,
                "item": c.item,
                "kind": c.kind,
                "source": c.source,
                "release": c.release,
                "due": c.due,
                "units": " ".join(c.units),
                "severity": c.severity,
            }
            for c in instance.checks
        ]
    )
    enterprises = pd.DataFrame(
        [
            {
                "id": e.id,
                "county": e.county,
                "industry": e.industry,
                "risk": e.risk,
                "zones": " ".join(e.zones),
            }
            for e in instance.registers.enterprises.values()
        ]
    )
    return checks, enterprises


def others_of(instance: Instance) -> dict[str, Any]:
    """The arguments of `plan_frame` that are no tables."""
    registers = instance.registers
    return {
        "items": registers.items,
        "units": registers.units,
        "inspectors": registers.inspectors,
        "rules": instance.rules,
        "calendar": instance.calendar,
        "visits_made": registers.visits_made,
        "sections": registers.sections,
        "effort": 8,
    }


@contextmanager
def dask_executor() -> Iterator[Executor]:
    """The executor of a cluster of two threads in this process."""
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client.get_executor()


def processes(count: int) -> ProcessPoolExecutor:
    """Fresh processes."""
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"))


def test_each_block_is_planned_as_it_would_be_alone() -> None:
    """A table of three counties gives the visits that `plan_visits` gives for each."""
    instance = make_instance(THREE, 3)
    found = plan_frame(*tables_of(instance), **others_of(instance))
    assert len(found.blocks) == 3
    counties = {e.id: e.county for e in instance.registers.enterprises.values()}
    visits = bound = 0
    for county in sorted(set(counties.values())):
        own = tuple(c for c in instance.checks if counties[c.enterprise] == county)
        alone = plan_visits(**replace(instance, checks=own).arguments(), effort=8)
        lines = found.lines.set_index("check").loc[[c.id for c in own]]
        days = {c: v.day for v in alone.visits for c in v.checks}
        leads = {c: v.lead for v in alone.visits for c in v.checks}
        assert {c: d.date() for c, d in lines["day"].dropna().items()} == days
        assert {c: name for c, name in lines["lead"].items() if name} == leads
        visits, bound = visits + len(alone.visits), bound + alone.lower_bound
    assert (found.visits, found.lower_bound) == (visits, bound)
    assert found.left_out == int(found.lines["day"].isna().sum()) > 0
    assert found.left_proved <= found.left_out


def test_visits_are_numbered_by_day_and_enterprise() -> None:
    """As in plan.json: one number for each enterprise and day, none for checks left out."""
    instance = make_instance(THREE, 4)
    lines = plan_frame(*tables_of(instance), **others_of(instance)).lines
    placed = lines.dropna(subset="day").astype({"visit": "str", "enterprise": "str"})
    in_order = placed.sort_values(["day", "enterprise"]).drop_duplicates(["day", "enterprise"])
    assert in_order["visit"].tolist() == [f"V{n:06d}" for n in range(1, len(in_order) + 1)]
    assert set(lines["visit"][lines["day"].isna()]) <= {""}


def test_numbers_are_made_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of many visits, made so many at a time, are those made at once."""
    instance = make_instance(THREE, 4)
    tables, others = tables_of(instance), others_of(instance)
    at_once = plan_frame(*tables, **others).lines
    monkeypatch.setattr("optimizer.plan.frames.CHUNK", 7)
    pd.testing.assert_frame_equal(plan_frame(*tables, **others).lines, at_once)
    visits = at_once["visit"].cat.categories
    assert visits.tolist() == ["", *(f"V{n:06d}" for n in range(1, len(visits)))]


@pytest.mark.slow
def test_no_executor_changes_the_plan() -> None:
    """Here, threads, 1, 2 and 4 processes, dask.distributed, rows in any order: the same plan."""
    instance = make_instance(THREE, 5)
    checks, enterprises = tables_of(instance)
    others = others_of(instance)
    here = plan_frame(checks, enterprises, **others)
    for make in (
        lambda: ThreadPoolExecutor(2),
        lambda: processes(1),
        lambda: processes(2),
        lambda: processes(4),
        dask_executor,
    ):
        with make() as executor:
            there = plan_frame(checks, enterprises, **others, executor=executor)
            by_twos = plan_frame(checks, enterprises, **others, executor=executor, at_once=2)
        pd.testing.assert_frame_equal(by_twos.lines, there.lines)
        pd.testing.assert_frame_equal(there.lines, here.lines)
        pd.testing.assert_frame_equal(there.blocks, here.blocks)
    mixed = checks.sample(frac=1, random_state=1)
    again = plan_frame(mixed, enterprises[::-1], **others).lines.sort_index()
    for column in ("check", "enterprise", "visit", "day", "lead"):
        assert again[column].astype("str").tolist() == here.lines[column].astype("str").tolist()


@given(st.lists(st.tuples(st.integers(0, 9), st.sets(st.integers(0, 9), min_size=1)), max_size=20))
def test_blocks_are_the_components(rows: list[tuple[int, set[int]]]) -> None:
    """Two checks are in one block if and only if units and enterprises connect them."""
    enterprise = pd.Series([f"e{e}" for e, _ in rows], dtype=object)
    units = pd.Series([" ".join(f"u{u}" for u in sorted(own)) for _, own in rows], dtype=object)
    graph: nx.Graph = nx.Graph()
    for k, (e, own) in enumerate(rows):
        graph.add_edges_from([(k, f"e{e}"), *((k, f"u{u}") for u in own)])
    parts = {
        frozenset(n for n in part if isinstance(n, int)) for part in nx.connected_components(graph)
    }
    found = split(enterprise, units)
    assert {frozenset(map(int, block)) for block in found} == parts
    assert [block[0] for block in found] == sorted(block[0] for block in found)


def test_faults_of_all_blocks_are_told_together() -> None:
    """A missing column, a double identifier, an unknown enterprise and an unknown item."""
    instance = make_instance(THREE, 6)
    checks, enterprises = tables_of(instance)
    others = others_of(instance)
    with pytest.raises(InputError) as error:
        plan_frame(checks.drop(columns="due"), enterprises, **others)
    assert [(f.code, f.field) for f in error.value.faults] == [("table-column", "due")]
    with pytest.raises(InputError) as error:
        plan_frame(pd.concat([checks, checks[:1]]), enterprises, **others)
    assert [f.code for f in error.value.faults] == ["table-id"]
    wrong = checks.copy()
    wrong.loc[0, "enterprise"] = "nobody"
    wrong.loc[1, "item"] = "nothing"
    with pytest.raises(InputError) as error:
        plan_frame(wrong, enterprises, **others)
    assert {f.code for f in error.value.faults} == {"unknown-enterprise", "unknown-item"}


SIZES = [85, 85, 43, 103, 51, 51, 94, 111, 120, 145, 111]
"""The cities of Shanxi, in thousands of checks."""


@pytest.mark.parametrize("spread", [0, *range(1, 20)])
def test_the_largest_blocks_do_not_run_together(spread: int) -> None:
    """By twos, each as long as its size: a seventh less at one time than largest first, as even.

    Where some take twice, others half as long, the smallest is all that may be left beside a large.
    """
    draw = random.Random(spread)
    lasts = [size * (draw.uniform(0.5, 2) if spread else 1.0) for size in SIZES]
    first, most, end = _by_twos(lasts, _most(SIZES, 2))
    assert first == 145
    assert most <= (0.9 if spread else 0.85) * (145 + 120)
    _, most_before, end_before = _by_twos(lasts, Fraction(sum(SIZES)))
    assert most_before == 145 + 120
    assert end <= (1.15 if spread else 1.02) * end_before


def _by_twos(lasts: list[float], most: Fraction) -> tuple[int, int, float]:
    """The size of the first block; the most that runs at one time; the end."""
    rest = sorted(range(len(SIZES)), key=lambda k: (-SIZES[k], k))
    running: list[tuple[float, int]] = []
    found, now, peak = list[int](), 0.0, 0
    while rest:
        k = next_block(rest, SIZES, most - sum(SIZES[k] for _, k in running))
        rest.remove(k)
        found.append(k)
        running.append((now + lasts[k], k))
        peak = max(peak, sum(SIZES[k] for _, k in running))
        if len(running) == 2:
            now, _ = min(running)
            running = [one for one in running if one[0] > now]
    assert sorted(found) == list(range(len(SIZES)))
    return SIZES[found[0]], peak, max(now, *(end for end, _ in running))


def test_who_has_room_for_all_plans_all() -> None:
    """As many at one time as there are, or one: nothing is kept back."""
    assert _most(SIZES, len(SIZES)) == sum(SIZES)
    assert _most(SIZES, 1) == max(SIZES)
    assert _most([], 2) == 0
    assert next_block([1, 0], [5, 7], Fraction(-3)) == 0


def test_nothing_to_plan() -> None:
    """A table without rows gives a plan without visits."""
    instance = make_instance(THREE, 7)
    checks, enterprises = tables_of(instance)
    found = plan_frame(checks[:0], enterprises, **others_of(instance))
    assert (found.visits, found.left_out, found.lower_bound, found.gap) == (0, 0, 0, 0)
    assert found.lines.empty
