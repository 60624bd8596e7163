"""A publication whose rules use every field, and forgeries of what they rest on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from mutate import forge, read, write

from optimizer.canon import note
from optimizer.domain.days import Span, YearDays
from optimizer.domain.rules import CapRule, ClosedRule, Exemption, QuietRule, RuleSet
from optimizer.draw import Dice
from optimizer.flow import demo_secrets, run_flow
from optimizer.verifier.verify import verify

SECRETS = demo_secrets("tiny")
SIGNER = note.Signer("double-random/tiny-2026", SECRETS.signer_seed)
CODES = RuleSet().exempt_sources


def full_rules(rules: RuleSet) -> RuleSet:
    """The tiny city's rules, with a use of every field that came after the first format."""
    return replace(
        rules,
        caps=(
            *rules.caps,
            CapRule("cap-level", ("department", "level"), 1, levels=("city",), areas=("140300",)),
            CapRule("cap-item", ("item",), 1, items=("M-01", "M-02"), zones=("high-tech",)),
            CapRule("cap-small", ("sector", "risk"), 2, sizes=("small",), risks=("A", "")),
            CapRule(
                "cap-one", ("department",), 3, enterprises=("E-05",), replaces=("cap-department",)
            ),
        ),
        quiet=(
            *rules.quiet,
            QuietRule("quiet-week", industries=("26",), weekdays=(5,), exempt=("complaint",)),
            QuietRule(
                "quiet-own",
                enterprises=("E-08",),
                yearly=(YearDays("12-25", "01-08"),),
                replaces=("quiet-zone",),
            ),
        ),
        closed=(
            ClosedRule(
                "training",
                departments=("fire",),
                spans=(Span(date(2026, 1, 14), date(2026, 1, 15)),),
            ),
        ),
        exemptions={code: Exemption(f"because of a {code}", "measure 4") for code in CODES},
        sources={"gap_days": "measure 4", "exempt_sources": "measure 3"},
    )


@pytest.fixture(scope="module")
def files(tiny: Any) -> dict[str, bytes]:
    """The publication of the tiny city under the full rules."""
    run = run_flow(
        replace(tiny, rules=full_rules(tiny.rules)),
        secrets=SECRETS,
        seed=Dice("31415926535897932384"),
        teams_seed=Dice("27182818284590452353"),
        effort=10,
    )
    return dict(run.documents)


def test_it_verifies_and_tells_every_rule(files: dict[str, bytes]) -> None:
    """The flow's publication holds, its risk classes are labels, and the page names the rules."""
    report = verify(files, vkey=files["ledger/log.vkey"].decode())
    assert report.ok, report.first_fault
    problem = read("p", files["transcript/problem.json"])
    (small,) = (cap for cap in problem["rules"]["caps"] if cap["id"] == "cap-small")
    assert set(small["risks"]) < {"", "k1", "k2"}
    assert all("size" in about for about in problem["enterprises"].values())
    assert not any(problem["present"]["fire-140302"][13:15])
    page = files["index.html"].decode()
    for words in (
        "Yearly cap (each department, level)",
        "in place of cap-department",
        "12-25 – 01-08 of every year",
        "Fridays",
        "Days on which units send nobody",
        "because of a complaint",
    ):
        assert words in page, words


def broken_by(files: dict[str, bytes], edit: Callable[[Any], None]) -> tuple[str, str]:
    """Where the fault is after an edit of the problem that all else is made to fit."""
    path = "transcript/problem.json"
    value = read(path, files[path])
    edit(value)
    report = verify(forge(files, path, write(path, value), SIGNER))
    assert not report.ok
    return report.first_fault["file"].rpartition("/")[2], report.first_fault["place"]


def test_rules_are_bound_before_the_seed(files: dict[str, bytes]) -> None:
    """Nothing of the new fields can be left out after the draw."""
    for field in ("closed", "exemptions", "sources"):
        place = broken_by(files, lambda problem, field=field: problem["rules"].pop(field))
        assert place[0] == "problem.json"
    found = broken_by(files, lambda problem: problem["rules"]["caps"][-1].pop("replaces"))
    assert found == ("problem.json", "rules")


def test_sizes_are_those_of_the_frame(files: dict[str, bytes]) -> None:
    """A size that would lift a cap is held to the committed frame, and cannot be left out."""

    def grow(problem: Any) -> None:
        for about in problem["enterprises"].values():
            about["size"] = "large"

    def drop(problem: Any) -> None:
        for about in problem["enterprises"].values():
            del about["size"]

    assert broken_by(files, grow)[1].endswith(".size")
    assert broken_by(files, drop)[1].startswith("enterprises.")


def test_closed_units_have_nobody(files: dict[str, bytes]) -> None:
    """Capacity on a closed day is refused, and so is a day closed that no rule closes."""

    def opened(problem: Any) -> None:
        problem["capacity"]["fire-140302"][13] = 4

    def shut(problem: Any) -> None:
        problem["present"]["market-140302"][13] = 0

    assert broken_by(files, opened)[1].startswith("capacity.fire-140302")
    assert broken_by(files, shut)[1].startswith("present.market-140302")


def test_a_start_after_the_first_visit(files: dict[str, bytes]) -> None:
    """A plan that began earlier than it says is refused."""

    def later(problem: Any) -> None:
        problem["not_before"] = "2026-02-20"

    assert broken_by(files, later)[0] == "plan.json"
