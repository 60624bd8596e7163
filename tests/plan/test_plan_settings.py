"""What-if settings: what can be set, and what is refused in which words."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_instances import Mix, make_instance
from test_plan_restore import case_of

from optimizer.domain.days import YearDays
from optimizer.errors import InputError
from optimizer.plan import apply_settings, capacity_of, solve
from optimizer.plan.prices import changes_of, price

CASE = replace(case_of(make_instance(Mix(checks=40), 1)), classes={"k1": "A", "k2": "B"})
UNIT = CASE.checks[0].units[0]


def test_settings_change_what_they_name() -> None:
    """Each kind of setting changes its own field and nothing else."""
    rules = apply_settings(CASE, ["rules.cap.cap-department=1"]).rules
    assert rules.caps[0].limit == 1
    assert rules.caps[1:] == CASE.rules.caps[1:]
    rules = apply_settings(CASE, ["rules.cap.cap-total=+1"]).rules
    assert (rules.caps[1].limit, dict(rules.caps[1].limits)) == (5, {"k1": 3, "k2": 4})
    rules = apply_settings(CASE, ["rules.cap.cap-total.limits.A=6"]).rules
    assert dict(rules.caps[1].limits) == {"k1": 6, "k2": 3}
    rules = apply_settings(CASE, ["rules.cap.cap-total=off", "rules.gap_days=+2"]).rules
    assert ([cap.id for cap in rules.caps], rules.gap_days) == (["cap-department"], 5)
    rules = apply_settings(CASE, ["rules.quiet.quiet-exam=off"]).rules
    assert [quiet.id for quiet in rules.quiet] == ["quiet-high-tech"]
    rules = apply_settings(CASE, ["rules.quiet.quiet-high-tech.month_days=1-25"]).rules
    assert rules.quiet[0].month_days == (1, 25)
    rules = apply_settings(CASE, ["rules.team.lead=3", "rules.rider_counts=no"]).rules
    assert (rules.team.lead, rules.rider_counts) == (3, False)
    items = apply_settings(CASE, ["items.d00-0.yearly_cap=2"]).registers.items
    assert items["d00-0"].yearly_cap == 2


def test_lists_are_read_as_what_they_hold() -> None:
    """Days of the week and year as such, risk classes by their labels."""
    rules = apply_settings(CASE, ["rules.quiet.quiet-exam.weekdays=1,5"]).rules
    assert rules.quiet[1].weekdays == (1, 5)
    rules = apply_settings(CASE, ["rules.quiet.quiet-exam.yearly=03-01/03-15,12-24"]).rules
    assert rules.quiet[1].yearly == (YearDays("03-01", "03-15"), YearDays("12-24", "12-24"))
    for said in ("A", "k1"):
        rules = apply_settings(CASE, [f"rules.cap.cap-total.risks={said}"]).rules
        assert rules.caps[1].risks == ("k1",)


def test_inspectors_more_and_fewer() -> None:
    """One inspector more or fewer is one present more or fewer, of that unit alone."""
    before = capacity_of(CASE.registers, CASE.calendar)
    more = apply_settings(CASE, [f"capacity.{UNIT}=+1"]).capacity_now()
    work = CASE.calendar.working
    assert [b - a for a, b in zip(before.present[UNIT], more.present[UNIT], strict=True)] == [
        int(day) for day in work
    ]
    assert {u: v for u, v in more.present.items() if u != UNIT} == {
        u: v for u, v in before.present.items() if u != UNIT
    }
    none = apply_settings(CASE, ["capacity.*=-10000"]).capacity_now()
    assert not any(any(line) for line in none.present.values())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x", "expected PATH=VALUE"),
        ("rules.cap.fire=2", "rules.cap.(cap-department | cap-total)"),
        ("rules.cap.cap-total.limits.Z=2", "rules.cap.cap-total.limits.(A | B)"),
        ("rules.cap.cap-total.by=off", "limit | limits"),
        ("rules.gap_days=-9", "expected 0 … 10000"),
        ("rules.gap_days=2.5", "expected N, +N or -N"),
        ("rules.level.both=city", "gap_days"),
        ("rules.quiet.quiet-exam=on", "expected off"),
        ("rules.quiet.quiet-exam.month_days=20-1", "expected 1-15"),
        ("rules.quiet.quiet-exam.exempt=draw", "sources other than draw, special, daily"),
        ("rules.rider_counts=1", "expected yes or no"),
        ("items.d00-0.name=x", "items.d00-0.(effort | inspectors | yearly_cap)"),
        ("capacity.nobody=+1", "capacity.(* | "),
        ("capacity.*=1", "expected +N or -N"),
        ("checks.x=1", "capacity.UNIT"),
        ("capacity.*=+²", "expected +N or -N"),
        ("rules.quiet.quiet-exam.month_days=²-3", "expected 1-15"),
        ("rules.quiet.quiet-exam.weekdays=8", "expected 1,2"),
        ("rules.quiet.quiet-exam.weekdays=12", "expected 1,2"),
        ("rules.quiet.quiet-exam.yearly=13-01", "expected 03-01/03-15"),
        ("rules.quiet.quiet-exam.zones=x,x", "each word once"),
        ("rules.cap.cap-total.sizes=micro", "no enterprise's size is known here"),
        ("rules.cap.cap-total.risks=Z", "expected A, B"),
        ("rules.closed=x", "gap_days"),
        ("rules.exemptions=x", "gap_days"),
        ("rules.team.lead=1", "expected 2 … 50"),
        ("rules.team.source=x", "rules.team.(lead | other | not_twice)"),
        ("items.d00-0.effort=3", "expected 1 … 2"),
        ("items.d00-0.inspectors=51", "expected 2 … 50"),
    ],
)
def test_a_bad_setting_says_what_could_be_set(text: str, words: str) -> None:
    """The fault names the setting and what could stand there."""
    with pytest.raises(InputError) as caught:
        apply_settings(CASE, [text])
    (fault,) = caught.value.faults
    assert fault.file == "--set"
    assert words in str(fault)


@given(st.text(max_size=30), st.text(max_size=8))
def test_any_text_is_a_setting_or_a_fault(path: str, value: str) -> None:
    """Whatever is typed, nothing else than a fault comes of it."""
    for text in (f"{path}={value}", f"rules.{path}={value}", f"rules.gap_days={value}", path):
        with suppress(InputError):
            assert apply_settings(CASE, [text]).checks == CASE.checks


def test_prices_move_the_bound_the_right_way() -> None:
    """Lifting or loosening never raises the bound, tightening never lowers it."""
    case = case_of(make_instance(Mix(checks=40, counties=1, utilisation=1.2), 2))

    def planner(changed):
        return solve(changed.problem(), effort=4)

    now = planner(case)
    changes = changes_of(case, now)
    assert {change.kind for change in changes} == {"cap", "quiet", "gap", "capacity"}
    found = price(case, now, changes, planner=planner)
    for row in found["changes"]:
        assert row["more_visits"] == row["visits"] - found["now"]["visits"]
        moved = row["lower_bound"] - found["now"]["lower_bound"]
        assert moved >= 0 if row["change"] == "tightened" else moved <= 0, row
