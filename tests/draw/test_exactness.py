"""Every outcome of every design: probabilities, of pairs too, are the published fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.every import all_tickets, every
from benchmarks.exact_cases import (
    after_rest,
    deal_cases,
    design_cases,
    inclusion,
    laws,
    published,
)
from benchmarks.exactness import exact_rows, pair_differences
from optimizer.chance import Stream
from optimizer.draw.controlled import controlled_sizes
from optimizer.draw.levels import proportional
from optimizer.draw.pivotal import pivotal

CASES = list(design_cases())


@pytest.mark.parametrize(("name", "frame", "spec"), CASES, ids=[name for name, _, _ in CASES])
def test_every_outcome_of_a_design(name: str, frame, spec) -> None:
    """Enterprises and pairs: over all tickets and all answers of the stream, exact fractions."""
    tickets = all_tickets(len(frame.ids))
    found, _ = laws(frame, spec, tickets, Fraction(1, len(tickets)))
    for key, law in found.items():
        assert sum(law.values()) == 1
        single, double = inclusion(law)
        due = published(frame, spec, key)
        assert {one: single[one] for one in due} == due
        assert set(pair_differences(frame, spec, key, law)) == {0}
        if name == "pivotal":
            assert len(double) == 6, "no two exclude each other"


def test_every_outcome_of_dealing() -> None:
    """Dealt tickets stand in every order alike: after one draw, after two, with any theta."""
    cases = list(deal_cases())
    assert len(cases) == 8
    for name, _, chances in cases:
        orders = next(math.factorial(n) for n in range(9) if math.factorial(n) == 1 / chances[0])
        assert set(chances) == {Fraction(1, orders)}, name
        assert len(chances) % orders == 0


def test_without_the_cells_of_now_it_is_wrong() -> None:
    """Where those drawn rest, cells that do not know it give unequal odds: enumeration sees it."""
    assert len(set(after_rest(is_parted=False)[1])) > 1


def test_the_bench_says_the_same() -> None:
    """The rows of the benchmark hold, and none of them is empty."""
    rows = list(exact_rows())
    assert all(row["holds"] and row["largest"] == "0" and row["outcomes"] > 100 for row in rows)
    assert len(rows) == len(CASES) + 8


tables = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 2), st.sampled_from([1, 2, 3, 5, 6, 7, 12])),
    min_size=1,
    max_size=5,
    unique_by=lambda cell: cell[:2],
)


@settings(deadline=None, max_examples=60)
@given(tables)
def test_controlled_tables(cells) -> None:
    """Any table: cells, rows, columns and the whole are floor or ceiling, expectations exact."""
    places = [(row, column) for row, column, _ in cells]
    targets = [Fraction(sixths, 6) for _, _, sixths in cells]
    means = [Fraction(0)] * len(cells)
    lines = [
        *([k for k, (row, _) in enumerate(places) if row == line] for line in range(3)),
        *([k for k, (_, column) in enumerate(places) if column == line] for line in range(3)),
        list(range(len(places))),
    ]
    for (_, sizes), chance in every(lambda given: controlled_sizes(places, targets, given(b""))):
        for k, size in enumerate(sizes):
            assert math.floor(targets[k]) <= size <= math.ceil(targets[k])
            means[k] += chance * size
        for line in lines:
            due = sum((targets[k] for k in line), Fraction(0))
            assert math.floor(due) <= sum(sizes[k] for k in line) <= math.ceil(due)
    assert means == targets


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 5).flatmap(
        lambda d: st.tuples(st.just(d), st.lists(st.integers(0, d), max_size=5))
    )
)
def test_duels(case) -> None:
    """Any shares in any order: each exact, and their number floor or ceiling of the sum."""
    denominator, shares = case
    means = [Fraction(0)] * len(shares)
    for taken, chance in every(lambda given: pivotal(shares, denominator, given(b""))):
        due = Fraction(sum(shares), denominator)
        assert math.floor(due) <= sum(taken) <= math.ceil(due)
        for k, one in enumerate(taken):
            means[k] += chance * one
    assert means == [Fraction(share, denominator) for share in shares]


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 9)), min_size=1, max_size=6),
    st.fractions(0, 1),
)
def test_shares_add_up(classes, part: Fraction) -> None:
    """Probabilities by weight add up to the total; heavier is never less, and none is over 1."""
    weights, counts = zip(*classes, strict=True)
    total = part * sum(counts)
    share, chances = proportional(total, weights, counts)
    assert sum(p * n for p, n in zip(chances, counts, strict=True)) == total
    for weight, chance in zip(weights, chances, strict=True):
        assert chance == min(1, share * weight) or chance == 1
        assert 0 <= chance <= 1
    ordered = [p for _, p in sorted(zip(weights, chances, strict=True))]
    assert ordered == sorted(ordered)


def test_what_the_designs_refuse() -> None:
    """Weights of nothing, totals over the members, shares over 1, denominators over the limits."""
    stream = Stream(bytes(32))
    for weights, total in (([0], Fraction(1)), ([-1], Fraction(1)), ([1], Fraction(2))):
        with pytest.raises(ValueError, match=r"weight|total"):
            proportional(total, weights, [1])
    with pytest.raises(ValueError, match="2\\^47"):
        pivotal([1], 2**47 + 1, stream)
    with pytest.raises(ValueError, match="0 to 1"):
        pivotal([3], 2, stream)
    with pytest.raises(ValueError, match="too large"):
        controlled_sizes([(0, 0)], [Fraction(1, 2**480)], stream)
