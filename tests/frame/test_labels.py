"""Risk classes become labels everywhere, and nowhere remain."""

from __future__ import annotations

import hashlib
import hmac
from fractions import Fraction

from frame_city import (
    MASTER,
    make_campaign,
    make_enterprise,
    make_order,
    make_registers,
    make_rules,
)

from optimizer.domain.rules import CapRule
from optimizer.frame import label_risk

RATES = {"A": Fraction(1, 100), "E": Fraction(1, 2), "": Fraction(1, 10)}


def labelled(master: bytes = MASTER):
    """Label a city of classes A to D with rates for A and E and a cap for F."""
    return label_risk(
        make_registers([make_enterprise(n) for n in range(10)]),
        make_campaign(make_order(rates=RATES)),
        make_rules(CapRule("cap", (), 4, {"F": 2, "D": 1}, risks=("D", "F", ""))),
        master,
    )


def test_labels_follow_the_keyed_hash() -> None:
    """Labels are numbered in order of HMAC(master, "risk-label/v1:" ‖ class)."""
    classes = labelled()[3]

    def order(name: str) -> bytes:
        return hmac.new(MASTER, f"risk-label/v1:{name}".encode(), hashlib.sha256).digest()

    expected = sorted("ABCDEF", key=order)
    assert classes == {f"k{n}": name for n, name in enumerate(expected, 1)}


def test_every_class_is_replaced_and_means_the_same() -> None:
    """Enterprises, rates, limits and filters hold labels only, and lead back to what was there."""
    registers, campaign, rules, classes = labelled()
    back = {**classes, "": ""}
    for key, enterprise in registers.enterprises.items():
        assert back[enterprise.risk] == make_enterprise(int(key[2:])).risk
        assert enterprise.name == make_enterprise(int(key[2:])).name
    assert {back[k]: v for k, v in campaign.orders[0].rates.items()} == RATES
    assert {back[k]: v for k, v in rules.caps[0].limits.items()} == {"F": 2, "D": 1}
    assert {back[k] for k in rules.caps[0].risks} == {"D", "F", ""}


def test_order_of_labels_depends_on_the_secret() -> None:
    """Over several masters, class A does not always get the same label."""
    found = {
        next(label for label, name in labelled(bytes([n]) * 32)[3].items() if name == "A")
        for n in range(12)
    }
    assert len(found) > 1
