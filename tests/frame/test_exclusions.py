"""Caps already used up and rest periods keep enterprises out of the draw."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from frame_city import (
    MASTER,
    make_campaign,
    make_enterprise,
    make_order,
    make_registers,
    make_rules,
)

from optimizer.canon import parse
from optimizer.domain.item import Item
from optimizer.domain.rules import CapRule
from optimizer.domain.visit import VisitMade
from optimizer.frame import build_frame

ENTERPRISE = make_enterprise(6, risk="k2")  # industry 5212, section F

MARKET = Item("M-01", "", "market")


def why_out(visits, *caps: CapRule, order=None, item=MARKET, **rules: object) -> str:
    """Return why the enterprise is out for M-01 of the department market, or ``""``."""
    made = tuple(
        VisitMade(ENTERPRISE.id, date.fromisoformat(day), department, source)
        for day, department, source in visits
    )
    frame = build_frame(
        make_registers([ENTERPRISE], (item,), made),
        make_campaign(order or make_order()),
        make_rules(*caps, **rules),
        salt_master=MASTER,
        risk_class_of={"k2": "B"},
    )
    record = parse(frame.lines[0])
    assert record["items"] == ([] if record["out"] else ["M-01"])
    return record["out"].get("M-01", "")


OWN = ("2026-01-05", "market", "daily")
OTHER = ("2026-01-05", "fire", "daily")
LATER = ("2026-02-05", "fire", "special")
EXEMPT = ("2026-01-06", "market", "complaint")
BY_DEPARTMENT = CapRule("d", ("department",), 1)
TOTAL = CapRule("t", (), 2)


@pytest.mark.parametrize(
    ("visits", "cap", "out"),
    [
        ([], BY_DEPARTMENT, ""),
        ([OWN], BY_DEPARTMENT, "capped"),
        ([OTHER], BY_DEPARTMENT, ""),
        ([EXEMPT], BY_DEPARTMENT, ""),
        ([("2025-12-30", "market", "daily")], BY_DEPARTMENT, ""),
        ([OWN], CapRule("d", ("department",), 1, limits={"k2": 2}), ""),
        ([OWN], CapRule("d", ("department",), 5, limits={"k2": 1}), "capped"),
        ([OWN], CapRule("d", ("department",), 1, departments=("fire",)), ""),
        ([OWN], CapRule("d", ("department",), 1, industries=("62",)), ""),
        ([OWN], CapRule("d", ("department",), 1, industries=("F",)), "capped"),
        ([OWN], CapRule("d", ("department",), 1, industries=("52",)), "capped"),
        ([], CapRule("d", ("department",), 0), "capped"),
        # One day is one visit, whoever came; so the cap of two is not yet reached.
        ([OWN, OTHER], TOTAL, ""),
        ([OWN, LATER], TOTAL, "capped"),
        ([OWN, EXEMPT], TOTAL, ""),
        # Not exempt if one of them is not.
        ([LATER, EXEMPT, ("2026-01-06", "fire", "daily")], TOTAL, "capped"),
        ([LATER, OTHER], CapRule("t", (), 2, departments=("market",)), ""),
        ([LATER, OTHER], CapRule("t", (), 2, departments=("fire", "market")), "capped"),
    ],
)
def test_caps(visits, cap: CapRule, out: str) -> None:
    """A cap excludes when the year's visits that count have used it up."""
    assert why_out(visits, cap) == out


def lying(**fields: object) -> CapRule:
    """A cap of one visit by department that looks at more than the department."""
    return CapRule("d", ("department",), 1, **fields)


@pytest.mark.parametrize(
    ("caps", "out"),
    [
        ([lying(zones=("belt",))], "capped"),
        ([lying(zones=("port",))], ""),
        ([lying(sizes=("large",))], "capped"),
        ([lying(sizes=("small",))], ""),
        ([lying(risks=("k2",))], "capped"),
        ([lying(risks=("k1", ""))], ""),
        ([lying(enterprises=(ENTERPRISE.id,))], "capped"),
        ([lying(enterprises=("E-0007",))], ""),
        ([lying(items=("M-01",))], "capped"),
        ([lying(items=("M-02",))], ""),
        # The visit made does not say what it checked, so it may have been this item.
        ([CapRule("d", ("item",), 1)], "capped"),
        # Which unit would go is decided after the draw.
        ([lying(levels=("city",))], ""),
        ([CapRule("d", ("department", "level"), 1)], ""),
        ([lying(), CapRule("e", ("department",), 3, replaces=("d",))], ""),
        ([lying(), CapRule("e", ("department",), 3, zones=("port",), replaces=("d",))], "capped"),
        ([lying(), CapRule("e", ("department",), 3, levels=("city",), replaces=("d",))], ""),
    ],
)
def test_caps_by_more_than_the_department(caps: list[CapRule], out: str) -> None:
    """A cap excludes for whom and what its lists name, where no other stands in its place."""
    assert why_out([OWN], *caps) == out


@pytest.mark.parametrize(
    "cap",
    [
        CapRule("z", (), 0, zones=("belt",)),
        CapRule("s", (), 0, sizes=("large",)),
        CapRule("e", (), 0, enterprises=("E-0006",)),
        CapRule("r", (), 0, risks=("A",)),
    ],
)
def test_a_cap_of_none_excludes_each_enterprise_by_itself(cap: CapRule) -> None:
    """Enterprises alike but for zone, size or name are told apart without visits made."""
    enterprises = [
        make_enterprise(6, industry="5212", risk="A"),
        make_enterprise(7, industry="5212", risk="B"),
    ]
    if not cap.risks:
        enterprises = [replace(enterprise, risk="A") for enterprise in enterprises]
    frame = build_frame(
        make_registers(enterprises),
        make_campaign(),
        make_rules(cap),
        salt_master=MASTER,
        risk_class_of={"A": "A", "B": "B"},
    )
    assert [parse(line)["out"] for line in frame.lines] == [{"M-01": "capped"}, {}]


def test_settings_of_what_counts() -> None:
    """Exempt visits use a cap up, and joint visits count each department, if the rules say so."""
    assert why_out([EXEMPT], BY_DEPARTMENT, exempt_uses_cap=True) == "capped"
    assert why_out([EXEMPT, LATER], TOTAL, exempt_uses_cap=True) == "capped"
    assert why_out([OWN, OTHER], TOTAL, joint_counts_each=True) == "capped"
    assert why_out([EXEMPT], BY_DEPARTMENT, exempt_sources=("assigned",)) == "capped"


def test_order_may_ignore_caps() -> None:
    """With `skip_capped` off, a used cap excludes nobody."""
    assert why_out([OWN], BY_DEPARTMENT, order=make_order(skip_capped=False)) == ""


@pytest.mark.parametrize(("offsite_first", "out"), [(True, ""), (False, "capped")])
def test_offsite_items_mind_no_cap(offsite_first: bool, out: str) -> None:
    """A check that makes no visit cannot exceed a cap on visits."""
    item = Item("M-01", "", "market", way="offsite")
    found = why_out([OWN], BY_DEPARTMENT, item=item, offsite_first=offsite_first)
    assert found == out


@pytest.mark.parametrize(
    ("visit", "out"),
    [
        (("2025-07-01", "market", "complaint"), "rested"),
        (("2025-06-30", "market", "daily"), ""),
        (("2025-08-01", "fire", "daily"), ""),
    ],
)
def test_rest(visit, out: str) -> None:
    """A visit for the same department on or after `rest_since` excludes."""
    assert why_out([visit], order=make_order(rest_since=date(2025, 7, 1))) == out


def test_first_reason_stands() -> None:
    """Closed comes before capped, capped before rested."""
    order = make_order(rest_since=date(2025, 7, 1))
    assert why_out([OWN], BY_DEPARTMENT, order=order) == "capped"
