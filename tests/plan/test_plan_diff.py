"""Differences of plans: nothing is lost, nothing is told twice."""

from __future__ import annotations

import pytest
from plan_instances import Mix, make_instance

from optimizer.plan import diff_plans, plan_visits


def plans(seed: int) -> tuple[dict, dict]:
    instance = make_instance(Mix(checks=60, counties=1, utilisation=1.0), seed)
    arguments = instance.arguments()
    some = {**arguments, "checks": instance.checks[5:]}
    return plan_visits(**some, effort=4).document, plan_visits(**arguments, effort=8).document


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_does_not_differ_from_itself(seed: int) -> None:
    """All visits are kept and nothing is filed again."""
    one, _ = plans(seed)
    found = diff_plans(one, one)
    assert found["counts"] == {
        "kept": len(one["visits"]),
        "moved": 0,
        "changed": 0,
        "new": 0,
        "dropped": 0,
    }
    assert found["refile"] == {"after": [], "before": []}


@pytest.mark.parametrize("seed", range(4))
def test_every_visit_stands_once(seed: int) -> None:
    """Each visit of both plans is in one line; the other way round new and dropped change."""
    one, two = plans(seed)
    there, back = diff_plans(one, two), diff_plans(two, one)
    assert sorted(x["was"] for x in there["visits"] if x["was"]) == [v["id"] for v in one["visits"]]
    after = sorted(x["visit"] for x in there["visits"] if x["visit"])
    assert after == [v["id"] for v in two["visits"]]
    for kind, other in (("new", "dropped"), ("dropped", "new"), ("kept", "kept")):
        assert there["counts"][kind] == back["counts"][other]
    assert there["left_out"] == back["placed"]
    for line in there["visits"]:
        assert line["refile"] == (line["kind"] != "kept")
        if line["kind"] == "moved":
            assert line["from"] != line["day"]
        if line["kind"] in ("moved", "changed"):
            old = next(v for v in one["visits"] if v["id"] == line["was"])
            new = next(v for v in two["visits"] if v["id"] == line["visit"])
            gained = set(new["checks"]) - set(old["checks"])
            assert gained == set(line["joined"])
