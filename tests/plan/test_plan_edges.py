"""Bad and extreme input: a clear word, within bounded time."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from plan_instances import Instance, Mix, make_instance
from rule_checker import broken_rules, check_documents
from small_town import check, planned, town

from optimizer.domain.cut import Cut
from optimizer.domain.days import Span, make_calendar
from optimizer.domain.inspector import Inspector, Recusal
from optimizer.domain.item import Item
from optimizer.domain.rules import CapRule, QuietRule, RuleSet
from optimizer.domain.visit import VisitMade
from optimizer.errors import InputError
from optimizer.messages import in_language
from optimizer.plan import (
    Plan,
    PlanState,
    build_problem,
    capacity_of,
    faults,
    plan_visits,
    standing,
)
from optimizer.plan.seat import seat
from optimizer.plan.solve import start

SIMPLE = Mix(
    checks=30,
    clash=0.0,
    full=0.0,
    joint=0.0,
    made=0.0,
    skills=0.0,
    zones=0.0,
    triggered=0.0,
    least_people=6,
    caps=(),
    settings={"gap_days": 0},
)


def _plan(instance: Instance, **more: Any) -> Plan:
    plan = plan_visits(**{**instance.arguments(), **more}, effort=10)
    checks = more.get("checks", instance.checks)
    assert broken_rules(plan.problem_document, plan.document, check_documents(checks)) == []
    return plan


def _codes(plan: Plan) -> set[str]:
    return {out.reason["code"] for out in plan.left_out}


def test_nothing_to_plan() -> None:
    """No check: no visit, a bound of nothing, a gap of nothing."""
    plan = _plan(make_instance(SIMPLE, 1), checks=())
    assert (plan.visits, plan.left_out, plan.lower_bound, plan.gap) == ((), (), 0, 0)


def test_window_without_a_working_day() -> None:
    """A check that may only be done on a weekend is left out: no day, and when it would fit."""
    instance = make_instance(SIMPLE, 1)
    saturday = date(2026, 3, 7)
    check = replace(instance.checks[0], release=saturday, due=saturday)
    plan = _plan(instance, checks=(check,))
    assert _codes(plan) == {"no-day"}
    assert plan.left_out[0].reason["mend"][0] == {"mend": "due-later", "day": "2026-03-09"}


def test_unit_without_inspectors() -> None:
    """A unit with nobody: its checks are left out, and the unit is named."""
    instance = make_instance(SIMPLE, 1)
    unit = instance.checks[0].units[0]
    people = {k: i for k, i in instance.registers.inspectors.items() if i.unit != unit}
    registers = replace(instance.registers, inspectors=people)
    plan = _plan(instance, registers=registers)
    assert _codes(plan) == {"never-staffed"}
    assert {out.reason["unit"] for out in plan.left_out} == {unit}


def test_caps_of_zero() -> None:
    """A cap of nothing leaves planned checks out, with rule and clause, and triggered ones in."""
    instance = make_instance(replace(SIMPLE, triggered=0.5), 1)
    cap = CapRule("no-visits", (), 0, source="measure 4")
    plan = _plan(instance, rules=replace(instance.rules, caps=(cap,)))
    assert _codes(plan) == {"cap"}
    assert {(o.reason["rule"], o.reason["clause"]) for o in plan.left_out} == {
        ("no-visits", "measure 4")
    }
    assert all(visit.exempt for visit in plan.visits)


def test_visits_made_use_up_the_cap() -> None:
    """Two visits made this year and a cap of two: nothing planned any more."""
    instance = make_instance(SIMPLE, 1)
    enterprise = instance.checks[0].enterprise
    made = tuple(VisitMade(enterprise, date(2026, 1, d), "d00", "draw") for d in (5, 6))
    registers = replace(instance.registers, visits_made=made)
    rules = replace(instance.rules, caps=(CapRule("two", (), 2),))
    plan = _plan(instance, registers=registers, rules=rules)
    own = {c.id for c in instance.checks if c.enterprise == enterprise}
    assert {out.check for out in plan.left_out} >= own


def test_quiet_for_good() -> None:
    """A rule that closes the whole horizon is named in the reason."""
    instance = make_instance(SIMPLE, 1)
    rule = QuietRule("closed", month_days=(1, 31), exempt=("complaint",))
    plan = _plan(instance, rules=replace(instance.rules, quiet=(rule,)))
    assert _codes(plan) == {"quiet"}
    assert all(out.reason["rules"] == ["closed"] for out in plan.left_out)


def test_capacity_is_named_with_its_unit() -> None:
    """More checks on one day than a unit has half-days: the unit and its day are named."""
    instance = make_instance(replace(SIMPLE, departments=1, counties=1, items=1, checks=40), 2)
    monday = date(2026, 3, 2)
    checks = tuple(replace(c, release=monday, due=monday) for c in instance.checks)
    plan = _plan(instance, checks=checks)
    assert _codes(plan) == {"capacity"}
    reason = plan.left_out[0].reason
    assert reason["unit"] == checks[0].units[0]
    assert reason["mend"][0] == {
        "mend": "more-inspectors",
        "unit": reason["unit"],
        "days": ["2026-03-02"],
    }


def test_an_enterprise_with_thousands_of_checks() -> None:
    """One enterprise with 2,000 checks is planned; its bound is a list that holds."""
    instance = make_instance(replace(SIMPLE, checks=1, days=60), 1)
    first = instance.checks[0]
    checks = tuple(
        replace(
            first,
            id=f"P-{k:05d}",
            release=date(2026, 3, 2) + timedelta(days=k % 50),
            due=date(2026, 3, 2) + timedelta(days=k % 50 + 4),
        )
        for k in range(2000)
    )
    items = {i: replace(item, yearly_cap=None) for i, item in instance.registers.items.items()}
    plan = _plan(instance, checks=checks, registers=replace(instance.registers, items=items))
    assert not plan.left_out
    assert plan.lower_bound <= len(plan.visits) <= plan.lower_bound + 2


def many(instance: Instance, count: int, **more: Any) -> dict[str, Any]:
    """Arguments with so many checks at one enterprise, every other of an incompatible item."""
    first = instance.checks[0]
    item = replace(
        instance.registers.items[first.item], yearly_cap=None, incompatible=frozenset({"other"})
    )
    items = {item.id: item, "other": replace(item, id="other", incompatible=frozenset({item.id}))}
    checks = tuple(
        replace(first, id=f"P-{k:07d}", item=("other", item.id)[k % 2], **more)
        for k in range(count)
    )
    registers = replace(instance.registers, items=items)
    return {**instance.arguments(), "checks": checks, "registers": registers}


def test_checks_of_an_enterprise_take_time_in_step() -> None:
    """8,000 incompatible checks at one enterprise: a problem within seconds, 16 MiB for all."""
    arguments = many(make_instance(SIMPLE, 1), 8_000)
    tracemalloc.start()
    begun = time.process_time()
    problem = build_problem(**arguments)
    assert time.process_time() - begun < 10
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16 * 2**20
    site = problem.sites[0]
    assert site.clashes[0] == sum(1 << k for k in range(1, 8_000, 2))
    assert problem.group(site, 0b101).days
    assert not problem.group(site, 0b11).days


def test_more_checks_at_an_enterprise_than_are_planned() -> None:
    """A million checks at one enterprise are refused at once, with the enterprise and the limit."""
    instance = make_instance(SIMPLE, 1)
    arguments = many(instance, 10_001)
    with pytest.raises(InputError) as caught:
        plan_visits(**arguments)
    [fault] = caught.value.faults
    assert fault.code == "enterprise-crowded"
    assert fault.file == f"enterprise {instance.checks[0].enterprise}"
    assert fault.expected.endswith(
        "at most 10000 on-site checks at one enterprise are planned, not 10001"
    )
    assert "请核对各行的企业代码" in in_language(fault, "zh")


def test_a_request_beyond_the_limit_is_refused_as_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests do not get past the limit one by one."""
    instance = make_instance(SIMPLE, 1)
    state = PlanState.of(plan_visits(**instance.arguments(), effort=0))
    enterprise = next(e for e, own in state.checks.items() if len(own) > 1)
    monkeypatch.setattr(standing, "MOST_CHECKS", len(state.checks[enterprise]))
    monkeypatch.setattr(faults, "MOST_CHECKS", len(state.checks[enterprise]))
    check = replace(state.checks[enterprise][0], id="one-more")
    with pytest.raises(InputError, match="on-site checks at one enterprise are planned"):
        state.insert(check)


def test_all_faults_at_once() -> None:
    """Unknown names, a check twice and a window turned round are told together."""
    instance = make_instance(SIMPLE, 1)
    a, b, c, d = instance.checks[:4]
    checks = (
        replace(a, enterprise="nobody"),
        replace(b, item="nothing", units=("nowhere",)),
        c,
        c,
        replace(d, release=d.due + timedelta(days=1)),
    )
    with pytest.raises(InputError) as caught:
        plan_visits(**{**instance.arguments(), "checks": checks})
    codes = {fault.code for fault in caught.value.faults}
    assert codes == {
        "unknown-enterprise",
        "unknown-item",
        "unknown-unit",
        "check-twice",
        "window-order",
    }


def test_pinned_visits_stay() -> None:
    """Visits pinned keep day and checks while the others are planned anew."""
    instance = make_instance(replace(SIMPLE, checks=40), 4)
    first = _plan(instance)
    pins = first.visits[::3]
    again = _plan(instance, pinned=pins)
    kept = {(v.enterprise, v.day, v.checks) for v in again.visits}
    assert {(v.enterprise, v.day, v.checks) for v in pins} <= kept


def test_cuts_part_visits() -> None:
    """Visits named by a cut do not all take place on its day again."""
    instance = make_instance(replace(SIMPLE, checks=240), 4)
    first = _plan(instance)
    busy: dict[tuple[str, date], list[Any]] = {}
    for visit in first.visits:
        for post in visit.seats:
            busy.setdefault((post.unit, visit.day), []).append(visit)
    (unit, day), visits = max(busy.items(), key=lambda entry: (len(entry[1]), entry[0]))
    names = tuple(v.enterprise for v in visits)
    cut = Cut(unit, day, "", 2, 4, tuple(v.id for v in visits), names)
    again = _plan(instance, cuts=(cut,))
    there = {
        v.enterprise for v in again.visits if v.day == day and unit in {s.unit for s in v.seats}
    }
    assert len(names) > 1
    assert not set(names) <= there
    assert again.document["solver"]["cuts"][0]["enterprises"] == list(names)


def test_a_previous_plan_stays_but_for_the_cut() -> None:
    """Begun from a plan, only enterprises that lose a visit to the cut are planned anew."""
    instance = make_instance(replace(SIMPLE, checks=60), 4)
    first = _plan(instance)
    same = _plan(instance, previous=first)
    assert same.visits == first.visits
    visit = next(v for v in first.visits if sum(v.day == w.day for w in first.visits) > 1)
    unit = visit.seats[0].unit
    cut = Cut(unit, visit.day, "", 1, 2, (visit.id,), (visit.enterprise,))
    again = _plan(instance, previous=first, cuts=(cut,))
    moved = {(v.enterprise, v.day, v.checks) for v in first.visits} - {
        (v.enterprise, v.day, v.checks) for v in again.visits
    }
    assert (visit.enterprise, visit.day, visit.checks) in moved
    assert {enterprise for enterprise, _, _ in moved} == {visit.enterprise}
    assert len(again.visits) == len(first.visits)


def test_recused_inspectors_do_not_count() -> None:
    """A unit all but one of whose inspectors are recused is never sent to that enterprise."""
    instance = make_instance(SIMPLE, 4)
    check = instance.checks[0]
    people: Mapping[str, Inspector] = {
        k: replace(i, recusals=(Recusal(check.enterprise, "family"),))
        if i.unit == check.units[0] and not k.endswith("000")
        else i
        for k, i in instance.registers.inspectors.items()
    }
    plan = _plan(instance, registers=replace(instance.registers, inspectors=people))
    assert not [
        v
        for v in plan.visits
        if v.enterprise == check.enterprise and check.units[0] in {s.unit for s in v.seats}
    ]


def test_capacity_counts_certificates_leave_and_days_off() -> None:
    """Present, full and half-days by day, from first principles."""
    monday = date(2026, 3, 2)
    calendar = make_calendar(Span(monday, monday + timedelta(days=6)))
    instance = make_instance(SIMPLE, 1)
    unit = instance.checks[0].units[0]

    def one(name: str, **more: Any) -> Inspector:
        always = Span(date(2020, 1, 1), date(2030, 1, 1))
        return Inspector(name, name, unit, name, **{"valid": always, **more})

    people = {
        "a": one("a", skills=frozenset({"gas"})),
        "b": one("b", max_half_days=1, skills=frozenset({"gas"})),
        "c": one("c", leave=(Span(monday, monday),)),
        "d": one("d", valid=Span(monday + timedelta(2), monday + timedelta(30))),
    }
    found = capacity_of(replace(instance.registers, inspectors=MappingProxyType(people)), calendar)
    assert found.present[unit] == (2, 3, 4, 4, 4, 0, 0)
    assert found.full[unit] == (1, 2, 3, 3, 3, 0, 0)
    assert found.capacity[unit] == (3, 5, 7, 7, 7, 0, 0)
    assert found.skill_present[unit]["gas"] == (2, 2, 2, 2, 2, 0, 0)
    assert found.skill_capacity[unit]["gas"] == (3, 3, 3, 3, 3, 0, 0)


def _skilled(skills: int, units: int) -> Instance:
    """A town where each department's unit is asked for so many skills, which all hold."""
    items = {
        f"{department}-s{k:03d}": Item(
            f"{department}-s{k:03d}", "", department, skills=(f"{department} {k:03d}",)
        )
        for department in ("fire", "market", "mine")[:units]
        for k in range(skills)
    }
    checks = [
        check(n, 12, item.department, item=item.id, enterprise=f"E{n:03d}")
        for n, item in enumerate(items.values())
    ]
    crowd = town(checks, RuleSet(), items=items)
    held = frozenset(skill for item in items.values() for skill in item.skills)
    inspectors = {
        name: replace(one, skills=held) for name, one in crowd.registers.inspectors.items()
    }
    return replace(crowd, registers=replace(crowd.registers, inspectors=inspectors))


def test_more_skills_than_a_word_has_bits() -> None:
    """A city may ask for any number of skills, of one unit for sixty; each holder's day counts."""
    crowd = _skilled(faults.MOST_SKILLS, 3)
    plan = planned(crowd)
    assert len(plan.visits) == 3 * 6
    assert {out.reason["code"] for out in plan.left_out} == {"capacity"}
    lone = {
        name: replace(one, skills=one.skills - {"mine 059"})
        for name, one in crowd.registers.inspectors.items()
    }
    nobody = replace(crowd, registers=replace(crowd.registers, inspectors=lone))
    [out] = [out for out in planned(nobody).left_out if out.reason["code"] == "never-staffed"]
    assert out.check == "c179"


def test_one_skill_too_many_of_a_unit() -> None:
    crowd = _skilled(faults.MOST_SKILLS + 1, 1)
    with pytest.raises(InputError) as caught:
        plan_visits(**crowd.arguments())
    [fault] = caught.value.faults
    assert (fault.code, fault.file, fault.field) == ("unit-skills", "unit fire-county", "skills")
    assert "at most 60 skills of one unit, not 61" in fault.expected


def test_an_item_incompatible_with_itself() -> None:
    items = {"fire-1": Item("fire-1", "", "fire", incompatible=frozenset({"fire-1"}))}
    with pytest.raises(InputError) as caught:
        plan_visits(**town([check(1, 12, "fire")], RuleSet(), items=items).arguments())
    [fault] = caught.value.faults
    assert (fault.code, fault.file) == ("item-against-itself", "item fire-1")


def test_a_pin_at_an_enterprise_with_other_checks_is_no_plan_before() -> None:
    """Only what may still move stands from a plan before: else all is searched from nothing."""
    instance = make_instance(SIMPLE, 1)
    plan = plan_visits(**instance.arguments(), effort=2)
    problem = build_problem(**instance.arguments())
    several = {s.enterprise.id for s in problem.sites if len(s.checks) > 1}
    pins = [
        replace(visit, checks=visit.checks[:1])
        for visit in plan.visits
        if visit.enterprise in several
    ][:3]
    pinned = build_problem(**instance.arguments(), pinned=pins)
    for case in (problem, pinned):
        assert seat(start(case), case.sites, effort=2).crowded
