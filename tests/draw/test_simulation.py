"""The simulation does what the real draw does, only quicker."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import pytest
from draw_city import make_case, make_order
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.draw.draw import sample
from optimizer.draw.simulation import LEAST_DRAWS, MOST_DRAWS, WORK, Simulation, simulate
from optimizer.draw.tickets import ticket_maker

rates = st.integers(1, 12).flatmap(lambda d: st.integers(0, d).map(lambda n: Fraction(n, d)))
fields = st.sampled_from([(), ("county",), ("risk",), ("county", "risk"), ("size", "section")])
orders = st.lists(
    st.one_of(
        st.builds(lambda by: make_order(strata_by=(*by, "risk")), st.just(("county",))),
        st.builds(lambda by, rate: make_order(strata_by=by, rate=rate), fields, rates),
        st.builds(lambda size: make_order(strata_by=(), size=size), st.integers(0, 3)),
    ),
    max_size=4,
)


@settings(deadline=None)
@given(st.integers(3, 60), orders, st.integers(0, 10**6))
def test_it_counts_as_the_real_draw_does(count: int, chosen, number: int) -> None:
    """For any orders and key: the same sizes of strata, the same number of enterprises."""
    named = [
        type(order)(**{f: getattr(order, f) for f in order.__slots__} | {"id": f"O-{n}"})
        for n, order in enumerate(chosen)
    ]
    frame, spec = make_case(
        count, *(named or [make_order()]), industries={"M-01": ("F", "H") if number % 2 else ()}
    )
    key = hashlib.sha256(str(number).encode()).digest()
    simulation = Simulation(frame, spec)
    sizes, drawn = [], set()
    tickets = ticket_maker(frame.ids)(key)
    for order in spec.orders:
        found, taken = sample(tickets, key, order, spec.strata[order.key])
        sizes += found.sizes
        for size, places in zip(found.sizes, taken, strict=True):
            drawn |= set(places[:size].tolist())
    assert simulation.sizes(key).tolist() == sizes
    assert simulation.distinct(key, ticket_maker(simulation.ids)(key)) == len(drawn)


def test_draws_follow_a_rule_on_counts() -> None:
    """Small campaigns are repeated 200 times, large ones less often, none fewer than four."""
    simulation = Simulation(*make_case(30))
    assert simulation.draws == MOST_DRAWS
    simulation.places = WORK // 50
    assert simulation.draws == 49
    simulation.places = WORK * 10
    assert simulation.draws == LEAST_DRAWS


@pytest.mark.parametrize("rate", [Fraction(1, 10), Fraction(1, 3)])
def test_mean_and_error_of_one_stratum(rate: Fraction) -> None:
    """One order of one stratum: the mean is the expected size, to within its standard error."""
    frame, spec = make_case(91, make_order(rate=rate, strata_by=()))
    found = simulate(frame, spec, bytes(32))
    mean, error = float(found["mean"]), float(found["standard_error"])
    assert 0 < error < 0.05
    assert abs(mean - 91 * float(rate)) < 4 * error
