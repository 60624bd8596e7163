"""Substitution: the next unused reserve, and nothing else changes."""

from __future__ import annotations

import pytest
from draw_city import make_case, make_order
from hypothesis import given
from hypothesis import strategies as st

from optimizer.draw import REASONS, Dice, Places, draw_enterprises
from optimizer.errors import InputError


def drawn() -> dict:
    frame, spec = make_case(
        200, make_order(reserves=2), make_order("F-01", "fire", size=5, reserves=4, strata_by=())
    )
    return draw_enterprises(frame, spec, seed=Dice("1" * 20)).document


DRAW = drawn()
PLACES = [
    (item.get("order", item["item"]), stratum)
    for item in DRAW["items"]
    for stratum in item["strata"]
    if stratum["sample"]
]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), max_size=30))
def test_the_next_reserve_in_turn(choices: list[tuple[int, int]]) -> None:
    """In any order of events: places stay places, reserves come in turn, others are untouched."""
    places = Places(DRAW)
    done = []
    used: dict[tuple[str, str], int] = {}
    for which, who in choices:
        order, stratum = PLACES[which % len(PLACES)]
        key = order, stratum["stratum"]
        before = {(o, s["stratum"]): places.holders(o, s["stratum"]) for o, s in PLACES}
        gone = before[key][who % len(before[key])]
        turn = used.get(key, 0)
        if turn == len(stratum["reserves"]):
            with pytest.raises(InputError) as raised:
                places.substitute(order, gone, "closed")
            assert raised.value.faults[0].code == "substitute-no-reserve"
            continue
        made = places.substitute(order, gone, REASONS[who % len(REASONS)])
        used[key] = turn + 1
        done.append(made.document())
        assert made.reserve == stratum["reserves"][turn]
        after = {(o, s["stratum"]): places.holders(o, s["stratum"]) for o, s in PLACES}
        assert {k for k in after if after[k] != before[k]} == {key}
        assert after[key] == tuple(made.reserve if e == gone else e for e in before[key])
    again = Places(DRAW, done)
    for order, stratum in PLACES:
        name = stratum["stratum"]
        assert again.holders(order, name) == places.holders(order, name)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("reason", "objects", "substitute-reason"),
        ("order", "nothing", "substitute-order"),
        ("enterprise", "E-999999", "substitute-not-drawn"),
    ],
)
def test_refusals(field: str, value: str, code: str) -> None:
    """Unknown reasons and orders, enterprises without a place: each with its code and mend."""
    order, stratum = PLACES[0]
    given_ = {"order": order, "enterprise": stratum["sample"][0], "reason": "closed"}
    with pytest.raises(InputError) as raised:
        Places(DRAW).substitute(**{**given_, field: value})
    fault = raised.value.faults[0]
    assert (fault.code, fault.value) == (code, value)
    assert fault.mend
