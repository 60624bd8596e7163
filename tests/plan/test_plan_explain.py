"""Every two visits of an enterprise have a reason, and the reason is true."""

from __future__ import annotations

import copy
from datetime import timedelta
from itertools import combinations

import pytest
from plan_instances import Mix, make_instance
from rule_checker import broken_rules, check_documents
from test_plan_restore import case_of

from optimizer.plan import board_of, explain_day, explain_pairs, solve

MIXES = [
    Mix(checks=40, counties=1, departments=2, days=30, tail=0.8, utilisation=1.2),
    Mix(checks=40, counties=1, departments=3, days=30, tail=0.8, zones=0.6, clash=0.8),
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mix", MIXES)
def test_no_two_visits_could_be_one(mix: Mix, seed: int) -> None:
    """On whatever day two visits are put together, a rule breaks; where not, the reason says so."""
    case = case_of(make_instance(mix, seed))
    plan = solve(case.problem(), effort=8)
    board = board_of(plan.problem, plan.visits)
    checks = check_documents(case.checks)
    told = 0
    consecutive = {tuple(u["visits"]): u["reason"]["code"] for u in plan.document["unmerged"]}
    for site in plan.problem.sites:
        own = [v for v in plan.visits if v.enterprise == site.enterprise.id]
        names = {plan.problem.calendar.index(v.day): v.id for v in own}
        pairs = explain_pairs(board, site, names)
        assert [tuple(p["visits"]) for p in pairs] == list(combinations([v.id for v in own], 2))
        for pair in pairs:
            a, b = pair["visits"]
            code = pair["reason"]["code"]
            if (a, b) in consecutive:
                assert code in (consecutive[a, b], "possible")
            days = _days_that_work(case, plan, checks, a, b)
            assert (code == "possible") == bool(days), (pair, days)
            if code == "possible":
                assert pair["reason"]["day"] == days[0]
            told += 1
    assert told


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("mix", MIXES)
def test_reasons_name_days_items_and_rules(mix: Mix, seed: int) -> None:
    """What is named beside a reason is what keeps the two apart."""
    case = case_of(make_instance(mix, seed))
    plan = solve(case.problem(), effort=2)
    board = board_of(plan.problem, plan.visits)
    visits = {v.id: v for v in plan.visits}
    about = {check.id: check for check in case.checks}
    items = case.registers.items
    quiet = {rule.id for rule in case.rules.quiet}
    for site in plan.problem.sites:
        own = [v for v in plan.visits if v.enterprise == site.enterprise.id]
        names = {plan.problem.calendar.index(v.day): v.id for v in own}
        for pair in explain_pairs(board, site, names):
            reason = pair["reason"]
            checks = [about[c] for v in pair["visits"] for c in visits[v].checks]
            if reason["code"] == "windows":
                assert reason["ends"] == min(c.due for c in checks).isoformat()
                assert reason["begins"] == max(c.release for c in checks).isoformat()
            elif reason["code"] == "incompatible":
                assert reason["items"]
                for a, b in reason["items"]:
                    assert {a, b} <= {c.item for c in checks}
                    assert a in items[b].incompatible or b in items[a].incompatible
            elif reason["code"] == "quiet":
                assert reason["rules"]
                assert set(reason["rules"]) <= quiet
            elif reason["code"] == "gap":
                assert reason["days"] == case.rules.gap_days > 0
            elif reason["code"] == "capacity":
                assert reason["unit"] in case.registers.units


def _days_that_work(case, plan, checks, a: str, b: str) -> list[str]:
    """Try every day of the horizon with the independent checker."""
    found = []
    by_id = {v["id"]: v for v in plan.document["visits"]}
    for d in range(len(case.calendar)):
        day = (case.calendar.start + timedelta(days=d)).isoformat()
        merged = copy.deepcopy(by_id[a])
        merged["checks"] = sorted([*by_id[a]["checks"], *by_id[b]["checks"]])
        merged["day"] = day
        site = next(s for s in plan.problem.sites if s.enterprise.id == merged["enterprise"])
        mask = sum(1 << i for i, c in enumerate(site.checks) if c.id in merged["checks"])
        team = plan.problem.group(site, mask).team
        merged["lead"] = team.lead
        merged["seats"] = [
            {
                "unit": s.unit,
                "inspectors": s.inspectors,
                "effort": s.effort,
                "skills": list(s.skills),
            }
            for s in team.seats
        ]
        sources = {c["id"]: c["source"] for c in checks}
        exempt = [sources[c] for c in merged["checks"] if sources[c] in case.rules.exempt_sources]
        merged["exempt"] = min(exempt, default="")
        visits = [v for v in plan.document["visits"] if v["id"] not in (a, b)]
        visits = sorted([*visits, merged], key=lambda v: (v["day"], v["enterprise"]))
        numbered = [{**v, "id": f"V{n:06d}"} for n, v in enumerate(visits, 1)]
        trial = {**plan.document, "visits": numbered}
        if not broken_rules(plan.problem_document, trial, checks):
            found.append(day)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_days_are_counted_down_rule_by_rule(seed: int) -> None:
    """Each rule leaves at most the days that the one before left, and the visit's own is one."""
    case = case_of(make_instance(MIXES[0], seed))
    plan = solve(case.problem(), effort=4)
    board = board_of(plan.problem, plan.visits)
    for site in plan.problem.sites:
        for _, day in board.placed(site):
            before = [list(line) for line in board.left]
            why = explain_day(board, site, day)
            counts = [
                why[k]
                for k in (
                    "working_days_in_windows",
                    "without_quiet_days",
                    "staffed",
                    "after_caps_and_gap",
                    "with_room",
                )
            ]
            assert counts == sorted(counts, reverse=True)
            assert counts[-1] >= 1
            assert (why["code"] == "only-day") == (counts[-1] == 1)
            assert [list(line) for line in board.left] == before
