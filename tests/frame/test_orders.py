"""Campaigns that cannot be drawn are refused with every fault."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from frame_city import (
    MASTER,
    make_campaign,
    make_enterprise,
    make_order,
    make_registers,
    make_rules,
)

from optimizer.domain.campaign import Campaign
from optimizer.domain.days import Span
from optimizer.errors import InputError
from optimizer.frame import build_frame


def codes(campaign: Campaign) -> list[str]:
    """Return the fault codes of building a frame."""
    with pytest.raises(InputError) as caught:
        build_frame(
            make_registers([make_enterprise(1, risk="")]),
            campaign,
            make_rules(),
            salt_master=MASTER,
            risk_class_of={},
        )
    for fault in caught.value.faults:
        assert fault.file == "campaign"
        assert fault.expected
        assert fault.mend
    return [fault.code for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"item": "M-99"}, "item-unknown"),
        ({"department": "fire"}, "order-department"),
        ({"id": "M 1"}, "order-id-malformed"),
        ({"strata_by": ("risk", "county")}, "strata-unknown"),
        ({"strata_by": ("county", "colour")}, "strata-unknown"),
        ({"window": Span(date(2026, 2, 1), date(2026, 1, 1))}, "window-reversed"),
        ({"reserves": -1}, "reserves-negative"),
        ({"rate": None}, "rate-missing"),
        ({"size": 3}, "rate-and-size"),
        ({"rate": None, "size": -1}, "size-negative"),
        ({"rate": Fraction(101, 100)}, "rate-range"),
        ({"rate": Fraction(-1, 100)}, "rate-range"),
        ({"rates": {"A": Fraction(3, 2)}}, "rate-range"),
        ({"rates": {"A": Fraction(1, 2)}, "strata_by": ("county",)}, "rates-need-risk"),
        ({"levels_by": "risk", "strata_by": ("risk",)}, "levels-by"),
        ({"levels_by": "size", "rates": {"A": Fraction(1, 2)}}, "levels-rates"),
        ({"levels_by": "size", "design": "pivotal"}, "levels-design"),
        ({"levels_by": "size", "weights": {"small": Fraction(0)}}, "weight-range"),
        ({"levels_by": "size", "weights": {"small": Fraction(-1, 2)}}, "weight-range"),
        ({"levels_by": "size", "weights": {"small": Fraction(10**6 + 1)}}, "weight-range"),
        ({"rounding": "controlled", "strata_by": ("county",)}, "rounding-table"),
        ({"rounding": "controlled", "rate": None, "size": 1}, "rounding-table"),
        ({"rounding": "controlled", "design": "pivotal"}, "rounding-design"),
    ],
)
def test_each_fault_has_its_code(fields, code: str) -> None:
    """One thing wrong is one fault."""
    assert codes(make_campaign(make_order(**fields))) == [code]


def test_faults_come_together() -> None:
    """Faults of campaign and orders are listed at once."""
    campaign = Campaign(
        "Not An Id", (make_order(), make_order(), make_order(size=1)), mode="hidden"
    )
    assert codes(campaign) == [
        "campaign-id-malformed",
        "mode-unknown",
        "order-twice",
        "rate-and-size",
        "order-twice",
    ]
