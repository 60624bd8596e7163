"""Lists by which caps leave checks out: never more than trying everything; both verifiers agree."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest
from plan_documents import hopeless, some_plan, with_caps, written
from second import Second, find_node
from test_verify_bound import Case

from optimizer.verifier import verify

CAP = {"id": "cap", "by": [], "limit": 1, "limits": {}, "departments": [], "industries": []}


def cases(count: int) -> Iterator[Case]:
    """Tiny problems of one enterprise in a calendar year, under a cap of one visit or two."""
    for seed in range(count):
        case = Case(seed, most=6, days=7, people=(2, 5), start="2026-03-02")
        rng = random.Random(seed)
        by: list[str] = rng.choice([["department"], []])
        cap = {**CAP, "by": by, "limit": rng.randint(0, 2), "source": ""}
        case.problem["rules"]["caps"] = [cap]
        case.placed, case.lost = some_plan(case.rng, case.problem, case.checks)
        yield case


def plan_of(case: Case, listed: tuple[str, ...], lost: int) -> dict[str, Any]:
    """The plan with a list, and so many checks said to be left out of any."""
    least, proof, _ = case.claims["E0"]
    plan = case.plan({"E0": (max(least, 1), proof, lost)})
    plan["bound"]["enterprises"].setdefault("E0", {"lower": least, "proof": proof, "left_out": 0})
    plan["bound"]["enterprises"]["E0"]["apart"] = list(listed)
    return plan


def holds(case: Case, plan: dict[str, Any]) -> bool:
    """Whether verify.py accepts it; what it refuses is at the bound."""
    files = {
        "transcript/checks.json": written(case.listed),
        "transcript/problem.json": written(case.problem),
        "transcript/plan.json": written(plan),
    }
    report = verify.verify_plan(files)
    if not report.ok:
        assert report.first_fault["file"] == "transcript/plan.json"
        assert report.first_fault["place"].startswith(("bound.", "left_out["))
    return bool(report.ok)


def test_never_more_than_trying_everything() -> None:
    """Every list of every case: what it proves, no set of dated visits does better than."""
    proved = tight = 0
    for case in cases(160):
        most = with_caps(case.problem, case.checks)[1]
        none = hopeless(case.problem, case.checks)
        names = sorted(check["id"] for check in case.checks)
        best = none
        for size in range(1, len(names) + 1):
            for listed in itertools.combinations(names, size):
                for lost in range(none + 1, min(len(case.lost), none + size) + 1):
                    if holds(case, plan_of(case, listed, lost)):
                        best = max(best, lost)
                        assert lost <= most, (listed, lost)
        proved += best > none
        tight += none < best == most
    assert proved > 30
    assert tight > 20


def test_a_list_that_proves_nothing_is_refused() -> None:
    """Empty, of strangers, of exempt checks, out of order, or within the cap."""
    refused = set()
    for case in cases(40):
        names = sorted(check["id"] for check in case.checks)
        none = hopeless(case.problem, case.checks)
        for listed in [(), ("x",), (names[0], names[0]), tuple(reversed(names)), (names[0],)]:
            if not holds(case, plan_of(case, listed, none)):
                refused.add(listed[:1])
            elif len(listed) > 0:
                raise AssertionError(listed)
    assert {(), ("x",)} <= refused


@pytest.fixture
def second() -> Iterator[Second]:
    """verify.js in a process of its own."""
    node = find_node()
    if node is None:
        pytest.skip("no node here: install it (apt-get install nodejs), or set NODE")
    found = Second(node)
    yield found
    found.close()


def test_both_verifiers_say_the_same(second: Second) -> None:
    """Lists right and wrong, and plans whose list is there beside a search for caps."""
    words = {"holds": 0, "refused": 0}
    for case in cases(60):
        names = sorted(check["id"] for check in case.checks)
        none = hopeless(case.problem, case.checks)
        for size in range(min(len(names), 3) + 1):
            for listed in itertools.islice(itertools.combinations(names, size), 6):
                for lost in (none, none + 1, none + 2):
                    if lost > len(case.lost):
                        continue
                    plan = plan_of(case, listed, lost)
                    if case.rng.random() < 0.1:
                        plan["bound"]["enterprises"]["E0"]["proof"] = "caps"
                    files = {
                        f"transcript/{name}.json": written(document)
                        for name, document in (
                            ("checks", case.listed),
                            ("problem", case.problem),
                            ("plan", plan),
                        )
                    }
                    second.ask(files, plan=True)
                    one, other = verify.verify_plan(files).as_dict(), second.answer()
                    assert one["ok"] == other["ok"], (listed, lost)
                    assert one["first_fault"] == other["first_fault"]
                    words["holds" if one["ok"] else "refused"] += 1
    assert min(words.values()) > 20, words


def test_pairs_by_trying_all() -> None:
    """The largest number of pairs, against every way to pair."""
    rng = random.Random(4)
    for _ in range(300):
        hosts = [[h for h in range(5) if rng.random() < 0.4] for _ in range(rng.randint(0, 5))]
        best = 0
        for chosen in itertools.product(*([None, *own] for own in hosts)):
            taken = [h for h in chosen if h is not None]
            if len(set(taken)) == len(taken):
                best = max(best, len(taken))
        assert verify.most_pairs(hosts) == best
