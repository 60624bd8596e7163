"""What a draw refuses, to the word: place, what was found, what was expected, how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from draw_city import make_case, make_order
from test_source_kinds import CHAINS, COMBINED, DICE, PARTIES, QUICKNET, changed

from optimizer.draw import Dice, draw_enterprises, make_source, refuse_nobody
from optimizer.draw.sources import check_announced, check_recorded, check_shown
from optimizer.errors import InputError
from optimizer.messages import in_language

TAGGED = {**CHAINS["quicknet"].document(), "schemeID": "bls-unchained-on-g1"}
Given = tuple[Callable[..., Any], tuple[Any, ...]]


def of(check: Callable[..., Any], source: Any, *given: Any) -> Given:
    return check, (make_source(source).announced(), *given)


def evidence(*path: Any, to: Any, of: Any = PARTIES) -> Given:
    return make_source, (changed(of, *path, to=to),)


def case(count: int, **fields: Any) -> Given:
    return (lambda: make_case(count, make_order(**fields))), ()


def nobody(count: int, **fields: Any) -> None:
    refuse_nobody(make_case(count, make_order(), **fields)[1])


def sealed_in_the_open() -> None:
    draw_enterprises(*make_case(60), seed=Dice("1" * 20), secret=b"x" * 32)


AGAIN = "Announce the draw anew; the fact stays on record."
REFUSED: dict[str, tuple[Given, list[str]]] = {
    "a round that is not in the future": (
        of(check_announced, QUICKNET, "2023-09-15T10:50:04Z"),
        ["seed 'round': \"2023-09-15T11:00:03Z\": the round is due then, but expected not before "
         "2023-09-15T11:00:04Z: 600 s after the commitment. Announce a later round."],
    ),
    "another source that is not": (
        of(check_announced, PARTIES, "2023-09-15T10:00:00Z"),
        ["seed 'deadline': \"2023-09-15T10:00:00Z\": it can be known then, but expected not before "
         "2023-09-15T10:10:00Z: 600 s after the commitment. Announce one that lies later."],
    ),
    "a seed before its source": (
        of(check_shown, COMBINED, "2023-09-15T11:59:59Z"),
        ["seed 'time': \"2023-09-15T11:59:59Z\": the source can only be known at "
         "2023-09-15T12:00:00Z. Wait until then; the ledger's time is that of the act."],
    ),
    "reveals on record too early": (
        of(check_recorded, COMBINED, "2023-09-15T09:59:59Z"),
        ["seed 'time': \"2023-09-15T09:59:59Z\": the deadline for reveals is 2023-09-15T10:00:00Z. "
         "Record them after it."],
    ),
    "reveals on record too late": (
        of(check_recorded, COMBINED, "2023-09-15T11:00:03Z"),
        ["seed 'time': \"2023-09-15T11:00:03Z\": what follows the reveals can be known from "
         "2023-09-15T11:00:03Z. Announce the draw anew: what was revealed must be on record "
         "before."],
    ),
    "missing reveals": (
        evidence("reveals", to=PARTIES["reveals"][:1]),
        [f"seed 'reveals': \"{party}\": did not reveal by 2023-09-15T10:00:00Z. {AGAIN}"
         for party in "bc"],
    ),
    "a late reveal": (
        evidence("reveals", 1, "time", to="2023-09-15T10:00:01Z"),
        [f"seed 'reveals': \"b\": revealed after 2023-09-15T10:00:00Z. {AGAIN}"],
    ),
    "a false reveal": (
        evidence("reveals", 1, "value", to="00" * 32),
        ["seed 'reveals': \"b\": revealed something else than it committed to before "
         "2023-09-15T10:00:00Z. Announce the draw anew, without this party; the fact stays on "
         "record."],
    ),
    "parties alone that go on": (
        evidence("absent", to="go-on"),
        ["seed 'absent': \"go-on\": parties alone must all reveal: the last one could choose "
         "between two results. Write absent: anew, or combine the parties with a beacon or dice."],
    ),
    "a round that does not verify": (
        evidence("round", to=657414, of=QUICKNET),
        [f"seed 'signature': \"{QUICKNET['signature'][:77]}...\": the signature of round 657414 of "
         "quicknet does not hold. Copy the answer of exactly this round again; if it stays so, it "
         "is forged."],
    ),
    "the chain of the wrong tag": (
        evidence("chain", to=TAGGED, of=QUICKNET),
        ["seed 'chain.schemeID': \"bls-unchained-on-g1\": this scheme signs against RFC 9380, and "
         "its public chain was closed. Use quicknet or default."],
    ),
    "parts out of order": (
        evidence("parts", to=[PARTIES, DICE, QUICKNET], of=COMBINED),
        ["seed 'parts[2]': \"drand\": expected parts in the order in which they can be known. Put "
         "the earlier one first."],
    ),
    "a part the last to reveal could know": (
        evidence("parts", 0, "deadline", to="2023-09-15T10:50:04Z", of=COMBINED),
        ["seed 'parts[1]': \"drand\": can be known less than 600 s after the deadline for reveals: "
         "the last to reveal could know it. Name a later one, or an earlier deadline."],
    ),
    "an order that nobody can be drawn for": (
        (lambda: nobody(4, industries={"M-01": ("99",)}), ()),
        ["campaign 'orders.M-01': no enterprise of the frame can be drawn for this order. Look at "
         "its item's industries, its exclusions and rest period; else take the order out."],
    ),
    "an empty frame": (
        (lambda: nobody(0), ()),
        ["campaign 'orders.M-01': no enterprise of the frame can be drawn for this order. Look at "
         "its item's industries, its exclusions and rest period; else take the order out."],
    ),
    "sizes over the stratum": (
        case(4, size=2, strata_by=("county",)),
        [f"campaign 'orders.M-01.size': \"2\": stratum {county} has 1 eligible enterprises; "
         "expected no larger size. Lower the size, or take fewer strata."
         for county in (140302, 140303)],
    ),
    "a rate over 1": (
        case(4, rate=Fraction(11, 10), rates={}),
        ["campaign 'orders[0].rate': \"11/10\": item M-01: expected a rate from 0 to 1. Write a "
         "rate such as 3/100 or 3%."],
    ),
    "a secret in an open draw": (
        (sealed_in_the_open, ()),
        ["spec 'mode': \"open\": a sealed draw takes the sealed secret, an open draw takes none. "
         "Draw a sealed campaign with `double-random draw`."],
    ),
}  # fmt: skip
"""What is refused → how, and every fault as it is said."""


@pytest.mark.parametrize("name", REFUSED)
def test_refused_to_the_word(name: str) -> None:
    """Every fault, in English to the word; in Chinese none is left in English."""
    (act, given), said = REFUSED[name]
    with pytest.raises(InputError) as caught:
        act(*given)
    assert [str(fault) for fault in caught.value.faults] == said
    for fault in caught.value.faults:
        chinese = in_language(fault, "zh")
        assert fault.expected not in chinese
        assert fault.mend not in chinese
