"""Planned and triggered checks in one list, routed to units."""

from __future__ import annotations

from datetime import date

import pytest
from checks_city import (
    SPRING,
    YEAR,
    make_campaign,
    make_drawn,
    make_enterprise,
    make_item,
    make_order,
    make_registers,
    make_report,
    make_units,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from optimizer.canon import canonical, parse
from optimizer.checks import check_routes, make_checks
from optimizer.domain.days import Span
from optimizer.domain.rules import LevelRule, RuleSet
from optimizer.errors import InputError

RULES = RuleSet()


def test_document_is_as_the_format_page_says() -> None:
    """A planned and a triggered check, every field."""
    registers = make_registers([make_item()], [make_enterprise()], make_report(severity=3))
    checks = make_checks([make_drawn()], registers, make_campaign(), RULES, horizon=YEAR)
    document = checks.document("ab" * 32)
    assert document == {
        "format": "double-random/checks/v1",
        "campaign": "checks-2026",
        "draw": "ab" * 32,
        "checks": [
            {
                "id": "P-M-01-E-1",
                "enterprise": "E-1",
                "item": "M-01",
                "kind": "planned",
                "source": "draw",
                "release": "2026-03-01",
                "due": "2026-06-30",
                "severity": 1,
                "level": "county",
                "reason": "both-competent",
                "units": ["market-140302"],
            },
            {
                "id": "T-1",
                "enterprise": "E-1",
                "item": "M-01",
                "kind": "triggered",
                "source": "complaint",
                "release": "2026-02-02",
                "due": "2026-03-02",
                "severity": 3,
                "level": "county",
                "reason": "both-competent",
                "units": ["market-140302"],
            },
        ],
        "offsite": [],
    }
    assert parse(canonical(document)) == document
    assert repr(checks) == (
        "<CheckList checks-2026: 2 on site (1 planned, 1 triggered), 0 off site>"
    )


def test_units_by_level() -> None:
    """County of the enterprise, the city, or both with the county first."""
    enterprise = make_enterprise(county="140303")
    found = {}
    for mode in ("county", "city", "joint"):
        registers = make_registers([make_item(mode=mode)], [enterprise])
        checks = make_checks([make_drawn()], registers, make_campaign(), RULES)
        found[mode] = checks.onsite[0].units
    assert found == {
        "county": ("market-140303",),
        "city": ("market-140300",),
        "joint": ("market-140303", "market-140300"),
    }


def test_township_units_are_not_taken_for_county_units() -> None:
    """Only a unit of the level itself attends."""
    units = make_units("market-140302")
    units["t"] = type(units["fire-140302"])("t", "", "market", "", "township", "140302")
    registers = make_registers([make_item()], [make_enterprise()], units=units)
    with pytest.raises(InputError, match="140302"):
        make_checks([make_drawn()], registers, make_campaign(), RULES)


def test_offsite_items_make_no_visit() -> None:
    """Off-site checks stand apart (measure 12), unless the rules turn that off."""
    items = [make_item(), make_item("F-01", "fire", way="offsite")]
    registers = make_registers(items, [make_enterprise()], make_report(item="F-01"))
    campaign = make_campaign(make_order(), make_order("F-01", "fire"))
    drawn = [make_drawn(), make_drawn("F-01")]
    checks = make_checks(drawn, registers, campaign, RULES)
    assert [check.id for check in checks.onsite] == ["P-M-01-E-1"]
    assert [check.id for check in checks.offsite] == ["P-F-01-E-1", "T-1"]
    assert [entry["id"] for entry in checks.document("")["offsite"]] == ["P-F-01-E-1", "T-1"]
    every = make_checks(drawn, registers, campaign, RuleSet(offsite_first=False))
    assert len(every.onsite) == 3


def test_orders_for_one_item_make_checks_of_their_own() -> None:
    """High risk twice a year: the same enterprise has a check in each window."""
    autumn = Span(date(2026, 9, 1), date(2026, 11, 30))
    campaign = make_campaign(
        make_order(id="M-01-spring"), make_order(id="M-01-autumn", window=autumn)
    )
    registers = make_registers([make_item()], [make_enterprise()])
    drawn = [make_drawn(order="M-01-spring"), make_drawn(order="M-01-autumn")]
    checks = make_checks(drawn, registers, campaign, RULES)
    assert [(c.id, c.item, c.release) for c in checks.onsite] == [
        ("P-M-01-autumn-E-1", "M-01", autumn.first),
        ("P-M-01-spring-E-1", "M-01", SPRING.first),
    ]


def test_missing_units_are_all_named() -> None:
    """Each item and county without a unit is one fault, however many checks it concerns."""
    items = [make_item(), make_item("F-01", "fire", mode="joint")]
    enterprises = [make_enterprise(f"E-{n}") for n in range(3)]
    registers = make_registers(
        items, enterprises, units=make_units("market-140302", "fire-140302", "fire-140300")
    )
    drawn = [make_drawn(item.id, one.id) for item in items for one in enterprises]
    campaign = make_campaign(make_order(), make_order("F-01", "fire"))
    for attempt in (
        lambda: make_checks(drawn, registers, campaign, RULES),
        lambda: check_routes(registers, campaign, RULES),
    ):
        with pytest.raises(InputError) as caught:
            attempt()
        said = [str(fault) for fault in caught.value.faults]
        assert [fault.code for fault in caught.value.faults] == ["unit-missing"] * 3
        assert "item F-01" in said[0]
        assert "city" in said[0]
        assert "item F-01" in said[1]
        assert "140302" in said[1]
        assert "item M-01" in said[2]
        assert "140302" in said[2]


def test_routes_are_checked_for_whom_an_item_applies_to() -> None:
    """Before the draw, only enterprises of the item's industries and active ones matter."""
    units = make_units("market-140303")
    for there, missing in (
        ({"industry": "6210"}, False),
        ({"industry": "5212", "status": "closed"}, False),
        ({"industry": "5212", "major": True}, False),
        ({"industry": "5212"}, True),
    ):
        registers = make_registers(
            [make_item(industries=("F",))],
            [make_enterprise(), make_enterprise("E-2", county="140303", **there)],
            units=units,
        )
        if missing:
            with pytest.raises(InputError):
                check_routes(registers, make_campaign(), RULES)
        else:
            check_routes(registers, make_campaign(), RULES)


days = st.dates(date(2025, 11, 1), date(2027, 2, 28))


@settings(deadline=None)
@given(days, days)
def test_triggered_windows_lie_in_the_horizon(one: date, other: date) -> None:
    """A triggered check keeps exactly those of its days that lie in the horizon, or is refused."""
    received, due = min(one, other), max(one, other)
    registers = make_registers(
        [make_item()], [make_enterprise()], make_report(received=received, due=due)
    )
    inside = [day for day in Span(received, due) if day in YEAR]
    if inside:
        check = make_checks([], registers, make_campaign(), RULES, horizon=YEAR).onsite[0]
        assert list(Span(check.release, check.due)) == inside
    else:
        with pytest.raises(InputError) as caught:
            make_checks([], registers, make_campaign(), RULES, horizon=YEAR)
        assert [fault.code for fault in caught.value.faults] == ["window-outside-horizon"]


@settings(deadline=None)
@given(st.permutations(range(12)))
def test_list_is_sorted_by_id(order: list[int]) -> None:
    """However draw and reports are ordered, the list ascends by id."""
    enterprises = [make_enterprise(f"E-{n}") for n in range(12)]
    reports = [make_report(f"{'ZQAP'[n % 4]}-{n}", enterprise=f"E-{n}") for n in order if n % 2]
    registers = make_registers([make_item()], enterprises, *reports)
    drawn = [make_drawn(enterprise=f"E-{n}") for n in order]
    ids = [check.id for check in make_checks(drawn, registers, make_campaign(), RULES).onsite]
    assert ids == sorted(ids)
    assert len(ids) == 18


def test_sector_override_stands_on_the_check() -> None:
    """The rule that decided is on the check itself."""
    rules = RuleSet(level=LevelRule(overrides={"market": "city"}))
    registers = make_registers([make_item()], [make_enterprise()])
    check = make_checks([make_drawn()], registers, make_campaign(), rules).onsite[0]
    assert (check.level, check.reason, check.units) == (
        "city",
        "sector-override",
        ("market-140300",),
    )
