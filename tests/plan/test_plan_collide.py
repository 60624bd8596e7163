"""Rules that collide are a smallest set, and every mend that is listed works."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from plan_instances import Instance, Mix, make_instance
from rule_checker import broken_rules, check_documents
from small_town import check, town
from test_plan_restore import case_of

from optimizer.domain.days import Span
from optimizer.domain.item import Item
from optimizer.domain.rules import CapRule, ClosedRule, QuietRule, RuleSet
from optimizer.domain.visit import VisitMade
from optimizer.flow import why_not
from optimizer.plan import (
    Case,
    Collision,
    Plan,
    Trial,
    apply_settings,
    board_of,
    collide,
    collision,
    columns,
    proved_mends,
)
from optimizer.plan import solve as solve_problem
from optimizer.plan.bound import lower_bound
from optimizer.plan.settings import with_inspectors
from optimizer.plan.transcript import make_plan

MIXES = [
    Mix(checks=40, counties=1, departments=2, days=40, utilisation=1.3, made=0.5),
    Mix(checks=40, counties=1, departments=3, days=30, tail=0.8, zones=0.6, joint=0.5),
    Mix(checks=40, counties=1, departments=2, days=40, utilisation=2.0, settings={"gap_days": 12}),
]
KINDS = {
    "window",
    "quiet",
    "cap",
    "item-cap",
    "gap",
    "incompatible",
    "closed",
    "recusal",
    "pinned",
    "capacity",
    "staffing",
}


def trials(mix: Mix, seed: int) -> tuple[Case, Plan, list[Trial]]:
    case = case_of(make_instance(mix, seed))
    plan = solve_problem(case.problem(), effort=12)
    about = {check.id: check for check in case.checks}
    return case, plan, [Trial(case, plan, about[out.check]) for out in plan.left_out][:8]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mix", MIXES)
def test_no_rule_that_collides_is_idle(mix: Mix, seed: int) -> None:
    """All of them together keep the check out; without any one of them it finds its day."""
    _, _, found = trials(mix, seed)
    assert found
    assert {trial.scope for trial in found} == {"enterprise"}
    hold_minimal(found)


def hold_minimal(found: list[Trial]) -> None:
    """Assert that no rule that is told is idle."""
    for trial in found:
        told = collision(trial)
        if told.fits:
            assert trial.place().status == "optimal"
            continue
        assert told.minimal
        assert {kind for kind, _ in told.rules} <= KINDS
        kept = [("unit" if k in ("capacity", "staffing") else k, n) for k, n in told.rules]
        dropped = [rule for rule in _all_rules(trial) if rule not in kept]
        assert trial.place(dropped).status == "infeasible"
        for rule, said in zip(kept, told.rules, strict=True):
            assert trial.place([*dropped, rule]).status == "optimal"
            assert (trial.place([rule]).status == "optimal") == (said in told.enough)


def _all_rules(trial: Trial) -> list[tuple[str, str]]:
    from optimizer.plan.collide import candidates

    return candidates(trial)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mix", MIXES)
def test_every_mend_gives_a_plan_that_keeps_the_rules(mix: Mix, seed: int) -> None:
    """With the mend made, the plan with the check in it passes the independent checker."""
    assert hold_mends(*trials(mix, seed))


def hold_mends(case: Case, plan: Plan, found: list[Trial]) -> int:
    """Assert that every mend keeps the rules; return how many there are."""
    made = 0
    for trial in found:
        told = collision(trial)
        for mend in proved_mends(case, plan, trial, told, effort=8):
            document = mend.document()
            changed = case
            parts = document.get("parts", [document])
            for part in parts:
                changed = mended(changed, trial, part)
            visits = _visits(plan, trial, document, changed)
            if visits is None:
                continue
            board = board_of(changed.problem(), visits)
            lowers = [lower_bound(board.problem, site) for site in board.problem.sites]
            after = make_plan(board, lowers, solver={"cuts": []})
            checks = check_documents(changed.checks)
            assert broken_rules(after.problem_document, after.document, checks) == [], document
            assert trial.check.id not in {out.check for out in after.left_out}
            assert len(after.left_out) == len(plan.left_out) - 1
            made += 1
    return made


@pytest.mark.parametrize("mix", MIXES[:2])
def test_where_not_all_visits_can_be_made_anew(mix: Mix, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the nearest visits are, the others stay and may be joined; all proofs hold for that."""
    monkeypatch.setattr(columns, "MOST_CHECKS", 4)
    monkeypatch.setattr(collide, "PART_CHECKS", 3)
    case, plan, found = trials(mix, 0)
    parted = [trial for trial in found if trial.scope != "enterprise"]
    assert parted
    for trial in parted:
        assert len(trial.asked) > 4
        assert sum(len(visit.checks) for visit in trial.free) <= 2
        assert (trial.scope == "part") == bool(trial.free)
        stay = {(v.day, v.checks) for v in trial.own if v not in trial.free}
        placed = trial.place([("window", ""), *(("unit", u) for u in trial.check.units)])
        if placed.status == "optimal":
            visits = trial.document(placed)["visits"]
            for day, checks in stay:
                now = next(v["checks"] for v in visits if v["day"] == day.isoformat())
                assert set(now) - set(checks) <= {trial.check.id}
    hold_minimal(parted)
    assert hold_mends(case, plan, parted)


def mended(case: Case, trial: Trial, part: dict) -> Case:
    """Make one change of a mend, apart from the code that found it."""
    name = trial.check.id
    code = part["mend"]
    fields = {}
    if code == "due-later":
        fields = {"due": date.fromisoformat(part["due"])}
    elif code == "exempt-source":
        fields = {"source": part["sources"][0], "kind": "triggered"}
    elif code == "more-inspectors":
        days = [date.fromisoformat(day) for day in part["days"]]
        for unit in part["units"]:
            for day in days:
                case = with_inspectors(case, unit, part["inspectors"], days=Span(day, day))
    elif "set" in part:
        case = apply_settings(case, [part["set"]])
    if fields:
        checks = tuple(replace(c, **fields) if c.id == name else c for c in case.checks)
        case = replace(case, checks=checks)
    return case


def _visits(plan: Plan, trial: Trial, document: dict, case: Case):
    if document["mend"] == "move-others":
        return None
    enterprise = trial.check.enterprise
    model = plan.visits[0]
    kept = [v for v in plan.visits if v.enterprise != enterprise]
    fresh = [
        replace(
            model,
            id="",
            enterprise=enterprise,
            day=date.fromisoformat(v["day"]),
            checks=tuple(v["checks"]),
        )
        for v in document["visit"]["visits"]
    ]
    assert trial.check.id in document["visit"]["checks"]
    return [*kept, *fresh]


@pytest.mark.parametrize("seed", range(4))
def test_due_date_is_the_earliest(seed: int) -> None:
    """One working day before the due date of the mend, the check still has no day."""
    case, plan, found = trials(MIXES[0], seed)
    for trial in found:
        told = collision(trial)
        for mend in proved_mends(case, plan, trial, told, effort=4):
            if mend.code != "due-later":
                continue
            day = date.fromisoformat(mend.detail["due"]) - timedelta(days=1)
            checks = tuple(
                replace(c, due=day) if c.id == trial.check.id else c for c in trial.case.checks
            )
            if day >= trial.check.release:
                assert trial.place(case=replace(trial.case, checks=checks)).status == "infeasible"


def test_moving_others_makes_room() -> None:
    """Two enterprises compete for one day: the one that could go elsewhere is moved."""
    instance = make_instance(Mix(checks=1, counties=1, departments=1, days=12, zones=0.0), 3)
    check = instance.checks[0]
    unit, item = check.units[0], check.item
    monday = instance.calendar.start
    people = {
        n: replace(p, leave=(), skills=frozenset({"gas", "lab"}), max_half_days=1)
        for n, p in list(instance.registers.inspectors.items())
        if p.unit == unit
    }
    need = max(2, instance.registers.items[item].inspectors)
    people = dict(sorted(people.items())[:need])
    (e1,) = instance.registers.enterprises.values()
    e2 = replace(e1, id="E2", name="E2")
    items = {
        item: replace(instance.registers.items[item], inspectors=need, effort=1, yearly_cap=None)
    }
    registers = replace(
        instance.registers,
        enterprises={e1.id: e1, "E2": e2},
        inspectors=people,
        items=items,
        visits_made=(),
    )
    free = replace(check, units=(unit,), level="county", source="draw", kind="planned", id="A")
    free = replace(free, release=monday, due=monday + timedelta(days=4))
    tight = replace(free, id="B", enterprise="E2", release=monday, due=monday)
    case = replace(case_of(instance), checks=(free, tight), registers=registers)
    case = replace(case, checks_document={"checks": check_documents((free, tight))})
    both = solve_problem(case.problem(), effort=4)
    assert not both.left_out
    at_a = replace(next(v for v in both.visits if v.enterprise == e1.id), day=monday)
    first = solve_problem(replace(case, pinned=(at_a,)).problem(), effort=4)
    assert [out.check for out in first.left_out] == ["B"]
    trial = Trial(case, first, tight)
    told = collision(trial)
    assert ("capacity", unit) in told.rules
    mends = proved_mends(case, first, trial, told, effort=4)
    moved = next(mend for mend in mends if mend.code == "move-others")
    assert moved.detail["moved"][0]["enterprise"] == e1.id
    assert moved.result["day"] == monday.isoformat()


def told_of(instance: Instance, name: str = "c1") -> Collision:
    """The rules that keep a check of a small town out."""
    case = case_of(instance)
    plan = solve_problem(case.problem(), effort=2)
    [asked] = [check for check in case.checks if check.id == name]
    assert name in {out.check for out in plan.left_out}
    return collision(Trial(case, plan, asked))


def quiet(name: str, exempt: tuple[str, ...], **about: Any) -> QuietRule:
    return QuietRule(name, month_days=(1, 31), exempt=exempt, **about)


def test_of_two_rules_that_bar_alike_neither_is_enough() -> None:
    """One of them is told, and that to lift it leaves the other."""
    alike = RuleSet(quiet=(quiet("q1", ("complaint",)), quiet("q2", ("assigned",))))
    told = told_of(town([check(1, (12, 16))], alike))
    [(kind, name)] = told.rules
    assert (kind, name in ("q1", "q2"), told.minimal, told.enough) == ("quiet", True, True, ())
    told = told_of(town([check(1, (12, 16))], RuleSet(quiet=alike.quiet[:1])))
    assert told.enough == told.rules == (("quiet", "q1"),)


def test_a_rule_that_is_replaced_is_not_blamed() -> None:
    """It does not come into force where the rule in its place is lifted to see what that does."""
    caps = (CapRule("special", (), 1, replaces=("general",)), CapRule("general", (), 0))
    two = town([check(1, (12, 16)), check(2, (20, 23), "fire")], RuleSet(caps=caps))
    plan = solve_problem(case_of(two).problem(), effort=2)
    [out] = plan.left_out
    assert told_of(two, out.check).rules[0] == ("cap", "special")
    rules = (quiet("town", (), replaces=("county",)), quiet("county", ()))
    told = told_of(town([check(1, (12, 16))], RuleSet(quiet=rules)))
    assert told.rules == told.enough == (("quiet", "town"),)


def test_a_visit_made_counts_by_who_came() -> None:
    """Also where nobody asks for that unit now: a cap of the county's visits is not used up."""
    cap = CapRule("county", (), 1, levels=("county",))
    made = (VisitMade("E", date(2026, 1, 6), "mine", "daily", "mine-city"),)
    two = [check(1, (12, 12)), check(2, (12, 12), "fire", enterprise="E")]
    items = {
        "mine-1": Item("mine-1", "", "mine", incompatible=frozenset({"fire-1"})),
        "fire-1": Item("fire-1", "", "fire", incompatible=frozenset({"mine-1"})),
    }
    rules = RuleSet(caps=(cap,), exempt_sources=())
    case = case_of(town(two, rules, items=items, made=made))
    plan = solve_problem(case.problem(), effort=2)
    [out] = plan.left_out
    asked = next(c for c in case.checks if c.id == out.check)
    trial = Trial(case, plan, asked)
    assert trial.case.problem().sites[0].counters[0].limits == (1,)
    assert "mine-city" in trial.case.registers.units


def test_days_closed_are_a_rule_that_can_be_lifted() -> None:
    """Told by name, and not as a unit that could never send anybody."""
    shut = ClosedRule("training", departments=("mine",), month_days=(10, 20), source="§ 3")
    instance = town([check(1, (12, 16))], RuleSet(closed=(shut,)))
    told = told_of(instance)
    assert told.rules == told.enough == (("closed", "training"), ("window", ""))
    case = case_of(instance)
    plan = solve_problem(case.problem(), effort=2)
    [said, _] = why_not(case, plan, "c1", effort=2)["collide"]
    assert said == {"rule": "closed", "name": "training", "enough": True, "clause": "§ 3"}
    # Where only what units can do is published, it is theirs to have nobody there.
    bare = replace(case, capacity=case.capacity_now())
    told = collision(Trial(bare, plan, case.checks[0]))
    assert told.rules == told.enough == (("staffing", "mine-county"), ("window", ""))


def test_no_visit_is_made_on_a_day_whose_teams_are_drawn() -> None:
    """Neither one that moves nor a new one, whatever the mend."""
    three = [check(1, 12), check(2, 13, "fire"), check(3, 20, enterprise="F")]
    case = case_of(town(three, RuleSet(gap_days=3, exempt_sources=("complaint",))))
    plan = solve_problem(case.problem(), effort=2)
    [out] = plan.left_out
    [stands] = [visit for visit in plan.visits if visit.enterprise == "E"]
    told = why_not(case, plan, out.check, effort=2, drawn_until=date(2026, 1, 23))
    # Less of a gap would not do: the days are drawn.
    assert {r["rule"]: r["enough"] for r in told["collide"]} == {"gap": False, "window": True}
    [mend] = told["mends"]
    assert (mend["mend"], mend["due"]) == ("due-later", "2026-01-26")
    assert mend["visit"]["visits"][0]["day"] == stands.day.isoformat()
    free = why_not(case, plan, out.check, effort=2)
    assert {mend["mend"] for mend in free["mends"]} >= {"due-later", "exempt-source", "less-gap"}


def test_a_cap_that_can_be_raised_no_further() -> None:
    items = {"mine-1": Item("mine-1", "", "mine", inspectors=40, yearly_cap=366)}
    case = case_of(town([check(1, 12)], RuleSet(), items=items))
    plan = solve_problem(case.problem(), effort=2)
    assert why_not(case, plan, "c1", effort=2)["mends"] == []
