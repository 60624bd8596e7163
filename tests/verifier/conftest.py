"""A tiny city, run once through the whole flow, for tests of the verifier."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from second import Second, find_node, timeless

from optimizer.domain.campaign import Campaign, DrawOrder
from optimizer.domain.check import TriggeredReport
from optimizer.domain.days import Calendar, Span, make_calendar
from optimizer.domain.enterprise import Enterprise
from optimizer.domain.inspector import Inspector, Recusal
from optimizer.domain.item import Item
from optimizer.domain.registry import RegisterFile, Registers
from optimizer.domain.rules import CapRule, LevelRule, QuietRule, RuleSet, TeamRule
from optimizer.domain.unit import Unit
from optimizer.domain.visit import VisitMade
from optimizer.draw import Dice
from optimizer.flow import Run, demo_secrets, run_flow
from optimizer.verifier import verify

YEAR = Span(date(2025, 1, 1), date(2027, 12, 31))


@dataclass(frozen=True)
class Tiny:
    """What the flow reads of a scenario."""

    registers: Registers
    campaign: Campaign
    rules: RuleSet
    calendar: Calendar
    name: str = "tiny"
    title: Mapping[str, str] = field(default_factory=lambda: {"en": "Tiny", "zh": "小"})
    about: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    period: Span | None = None
    kappa: Fraction = Fraction(3, 10)
    seed: Any = None
    teams_seed: Any = None


def tiny_city() -> Tiny:
    """Two counties, three departments, 24 enterprises, two months: every rule is in use."""
    counties = ("140302", "140303")
    units = {}
    for department in ("market", "fire"):
        for county in counties:
            key = f"{department}-{county}"
            units[key] = Unit(key, key, department, department, "county", county)
    for department in ("market", "fire", "env"):
        key = f"{department}-city"
        units[key] = Unit(key, key, department, department, "city", "140300")
    inspectors = {}
    for n, unit in enumerate(sorted(units)):
        for k in range(4):
            key = f"I-{n}{k}"
            inspectors[key] = Inspector(
                id=key,
                name=key,
                unit=unit,
                certificate=f"C{key}",
                valid=Span(YEAR.first, date(2026, 2, 20)) if k == 3 else YEAR,
                skills=frozenset({"lift"}) if k < 2 else frozenset(),
                leave=(Span(date(2026, 1, 12), date(2026, 1, 13)),) if k == 1 else (),
                recusals=(Recusal("E-05", "family"),) if k == 0 else (),
                max_half_days=1 if k == 2 else 2,
                workload=k,
            )
    items = {
        item.id: item
        for item in (
            Item(
                "M-01", "m1", "market", levels=("city", "county"), incompatible=frozenset({"F-02"})
            ),
            Item("M-02", "m2", "market", skills=("lift",), yearly_cap=2),
            Item("M-09", "m9", "market", way="offsite"),
            Item("F-01", "f1", "fire", levels=("city", "county"), mode="joint"),
            Item("F-02", "f2", "fire", effort=2, incompatible=frozenset({"M-01"})),
            Item("V-01", "v1", "env", levels=("city",), inspectors=3),
        )
    }
    enterprises = {}
    for n in range(24):
        key = f"E-{n:02d}"
        enterprises[key] = Enterprise(
            id=key,
            name=f"企业{n}",
            county=counties[n % 2],
            industry=("5212", "2614")[n % 3 == 0],
            risk=("A", "B", "")[n % 3],
            size=("small", "large")[n % 2],
            zones=("high-tech",) if n % 4 == 0 else (),
            major=n == 3,
            cross_county=n == 8,
            status="closed" if n == 23 else "active",
        )
    triggered = tuple(
        TriggeredReport(
            f"T-{n}", f"E-{e:02d}", item, source, date(2026, 1, first), date(2026, *due), severity
        )
        for n, (e, item, source, first, due, severity) in enumerate(
            [
                (0, "M-01", "complaint", 5, (2, 5), 3),
                (0, "F-02", "complaint", 6, (2, 6), 1),
                (5, "M-02", "assigned", 9, (2, 9), 2),
                (7, "M-09", "transferred", 7, (2, 7), 1),
                (8, "V-01", "complaint", 8, (2, 8), 1),
                (4, "M-02", "assigned", 5, (1, 9), 1),  # all quiet: must be left out
            ]
        )
    )
    made = tuple(
        VisitMade(f"E-{e:02d}", date(2026, 1, d), department, source)
        for e, d, department, source in [
            (0, 1, "market", "complaint"),
            (1, 2, "fire", "daily"),
            (4, 1, "market", "daily"),
            (4, 1, "fire", "special"),
        ]
    )
    registers = Registers(
        enterprises,
        units,
        inspectors,
        items,
        triggered,
        made,
        files=(RegisterFile("enterprises", "enterprises.csv", "ab" * 32, 25, ((7, "bad"),)),),
        areas={"140302": "城区", "140303": "矿区", "140300": "市"},
        industries={"5212": "零售", "2614": "化学", "F": "批发", "C": "制造"},
        sections={"5212": "F", "2614": "C"},
    )
    window = Span(date(2026, 1, 5), date(2026, 1, 30))
    rates = {"A": Fraction(1, 3), "B": Fraction(1, 2)}
    orders = (
        DrawOrder("M-01", "market", window, rate=Fraction(2, 5), rates=rates, reserves=1),
        DrawOrder("M-02", "market", window, strata_by=("county",), size=3, reserves=2),
        DrawOrder("M-09", "market", window, strata_by=(), rate=Fraction(1, 10)),
        DrawOrder("F-01", "fire", window, strata_by=("section",), rate=Fraction(1, 3)),
        DrawOrder("F-02", "fire", Span(date(2026, 1, 12), date(2026, 2, 6)), (), Fraction(1, 5)),
        DrawOrder("V-01", "env", Span(date(2026, 2, 2), date(2026, 2, 20)), (), Fraction(1, 6)),
    )
    rules = RuleSet(
        name="tiny",
        caps=(
            CapRule("cap-department", ("department",), 2),
            CapRule("cap-total", (), 4, {"A": 3}),
        ),
        quiet=(
            QuietRule(
                "quiet-zone", zones=("high-tech",), month_days=(1, 10), exempt=("complaint",)
            ),
            QuietRule("quiet-exam", spans=(Span(date(2026, 1, 20), date(2026, 1, 21)),)),
        ),
        team=TeamRule(2, 1),
        level=LevelRule(overrides={"env": "city"}),
        gap_days=3,
    )
    return Tiny(
        registers,
        Campaign("tiny-2026", orders),
        rules,
        make_calendar(Span(date(2026, 1, 1), date(2026, 2, 28))),
        period=Span(date(2026, 1, 5), date(2026, 1, 31)),
    )


SECRETS = demo_secrets("tiny")


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    """What the flow reads of the tiny city."""
    return tiny_city()


@pytest.fixture(scope="session")
def tiny_run(tiny: Tiny) -> Run:
    """The whole flow on the tiny city."""
    return run_flow(
        tiny,
        secrets=SECRETS,
        seed=Dice("31415926535897932384"),
        teams_seed=Dice("27182818284590452353"),
        effort=20,
    )


@pytest.fixture(scope="session")
def tiny_documents(tiny_run: Run) -> dict[str, bytes]:
    """The files of its publication: path → bytes."""
    return dict(tiny_run.documents)


NODE = find_node()
NEEDED = "DOUBLE_RANDOM_NEED_NODE" in os.environ
"""Where node is installed on purpose, as by the CI script, its absence is a failure."""


@pytest.fixture(scope="session")
def second() -> Iterator[Second]:
    """The second verifier, `verify.js`, in one process for all tests."""
    if NODE is None:
        assert not NEEDED, "node is needed here, and none is installed"
        pytest.skip("no node here: install it (apt-get install nodejs), or set NODE")
    made = Second(NODE)
    yield made
    made.close()


@pytest.fixture(autouse=NODE is not None or NEEDED)
def both_verifiers_agree(second: Second, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test lets verify.py recompute in memory, verify.js says the same in every word."""
    first = verify.run

    def run(books: verify.Books, sections: Any) -> verify.Report:
        if not isinstance(books.source, verify.Memory):
            return first(books, sections)
        seen = [data for _, data in books.seen]
        plan = sections is verify.PLAN_SECTIONS
        if sections is verify.PROOF_SECTIONS:
            second.ask_proof(books.source.files["proof"], vkey=books.vkey)
        else:
            second.ask(
                books.source.files,
                vkey=books.vkey,
                seen=seen,
                witnesses=books.witnesses,
                plan=plan,
            )
        report = first(books, sections)
        assert timeless(second.answer()) == timeless(report.as_dict())
        return report

    monkeypatch.setattr(verify, "run", run)
