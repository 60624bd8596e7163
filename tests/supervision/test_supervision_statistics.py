"""Statistics: totals and parts add up, whatever the visits."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from made_up import DAY, task, visit

from optimizer.domain.outcome import OUTCOMES
from optimizer.supervision import FIELDS, statistics
from optimizer.supervision.statistics import BY

ITEMS = ("fire-1", "fire-2", "market-1", "health-1")
SOURCES = ("draw", "complaint", "daily")
VISITS = st.lists(
    st.builds(
        lambda n, day, tasks, exempt: visit(
            *tasks, day=date(2026, day % 12 + 1, 3), exempt=exempt, enterprise=f"E{n}"
        ),
        st.integers(0, 10**6),
        st.integers(0, 400),
        st.lists(
            st.builds(
                lambda item, source: task(item, source=source),
                st.sampled_from(ITEMS),
                st.sampled_from(SOURCES),
            ),
            min_size=1,
            max_size=4,
            unique_by=lambda one: one.id,
        ),
        st.sampled_from(["", "complaint"]),
    ),
    max_size=12,
    unique_by=lambda one: one.key,
)


def test_a_case_by_hand() -> None:
    """Two visits with three checks, one entered with a code, one fault in two checks done."""
    joint = visit(task("fire-1"), task("market-1", source="complaint"), exempt="complaint")
    lone = visit(task("fire-2"), enterprise="E2")
    told = statistics(
        [joint, lone],
        entered={joint.key: True},
        outcomes={"fire-1/draw": "no-fault", "market-1/complaint": "ordered-to-mend"},
    )
    assert told["total"] == {
        "visits": 2,
        "checks": 3,
        "saved": 1,
        "merged": 1,
        "joint": 1,
        "exempt": 1,
        "entered": 1,
        "without_code": 0,
        "done": 2,
        "faults": 1,
        "hit_rate": "1/2",
    }
    assert [(row["key"], row["visits"], row["checks"]) for row in told["by"]["department"]] == [
        ("fire", 2, 2),
        ("market", 1, 1),
    ]
    own = statistics([joint, lone], entered={joint.key: False}, outcomes={}, department="market")
    assert (own["total"]["visits"], own["total"]["checks"]) == (1, 1)
    assert own["total"]["without_code"] == 1
    assert own["total"]["hit_rate"] is None
    assert DAY.isoformat()[:7] == told["by"]["month"][0]["key"]


@given(VISITS, st.data())
def test_parts_add_up(visits: list[Any], data: st.DataObject) -> None:
    """Checks, what is done and faults add up over every heading; visits by month and county too."""
    entered = {one.key: data.draw(st.booleans()) for one in visits if data.draw(st.booleans())}
    tasks = {one.id for each in visits for one in each.tasks}
    outcomes = {name: data.draw(st.sampled_from(sorted(OUTCOMES))) for name in sorted(tasks)}
    told = statistics(visits, entered=entered, outcomes=outcomes)
    total = told["total"]
    assert total["visits"] == len(visits)
    assert total["saved"] == total["checks"] - total["visits"]
    assert total["entered"] == len(entered)
    assert total["without_code"] == sum(not code for code in entered.values())
    for name in BY:
        rows = told["by"][name]
        assert [row["key"] for row in rows] == sorted({row["key"] for row in rows})
        for field in ("checks", "done", "faults"):
            assert sum(row[field] for row in rows) == total[field]
        for field in FIELDS:
            assert all(row[field] >= 0 for row in rows)
    for name in ("month", "county"):
        for field in FIELDS:
            assert sum(row[field] for row in told["by"][name]) == total[field]
    departments = {one.department for each in visits for one in each.tasks}
    parts = [
        statistics(visits, entered=entered, outcomes=outcomes, department=name)["total"]
        for name in sorted(departments)
    ]
    assert sum(part["checks"] for part in parts) == total["checks"]
