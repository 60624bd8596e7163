"""Statistics of a campaign's visits, in whole numbers (measure 15)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from optimizer.domain.outcome import OUTCOMES
from optimizer.supervision.made import Task, Visited


@dataclass(slots=True)
class Tally:
    """Counts of some visits and of their checks.

    Attributes
    ----------
    visits
        Of the schedule in force.
    checks
        Of these visits.
    saved
        ``checks − visits``: visits that merging saved against one visit for each check.
    merged
        Visits with more than one check.
    joint
        Visits with more than one department.
    exempt
        Visits that count against no cap.
    entered
        Visits that somebody entered.
    without_code
        Of those entered: by nobody with a code that holds.
    done
        Checks whose outcome says that they were really made.
    faults
        Of those done: something was found.
    """

    visits: int = 0
    checks: int = 0
    saved: int = 0
    merged: int = 0
    joint: int = 0
    exempt: int = 0
    entered: int = 0
    without_code: int = 0
    done: int = 0
    faults: int = 0

    def document(self) -> dict[str, Any]:
        """Return the counts, and the hit rate as an exact fraction; ``None`` where none is done."""
        shown: dict[str, Any] = {name: getattr(self, name) for name in FIELDS}
        return {**shown, "hit_rate": f"{self.faults}/{self.done}" if self.done else None}


FIELDS = tuple(field.name for field in fields(Tally))
Key = Callable[[Visited, Task], str]
BY: Mapping[str, Key] = {
    "department": lambda visit, task: task.department,
    "county": lambda visit, task: visit.county,
    "month": lambda visit, task: visit.day.isoformat()[:7],
    "source": lambda visit, task: task.source,
    "item": lambda visit, task: task.item,
}
"""What visits are told apart by. A visit counts once for each value among its checks, so values
of one heading can add up to more than the total."""


def statistics(
    visits: Sequence[Visited],
    *,
    entered: Mapping[str, bool],
    outcomes: Mapping[str, str],
    department: str = "",
) -> dict[str, Any]:
    """Return totals, and the same by department, county, month, source and item.

    Parameters
    ----------
    visits
        Of the schedule in force.
    entered
        `Visited.key` of those entered → whether somebody had a code that holds.
    outcomes
        Check → code of its latest outcome.
    department
        Count this one's checks alone, and the visits that hold any.
    """
    total = Tally()
    by: dict[str, dict[str, Tally]] = {name: {} for name in BY}
    codes: dict[str, int] = {}
    for visit in visits:
        own = [t for t in visit.tasks if not department or t.department == department]
        if not own:
            continue
        _add(total, visit, own, entered, outcomes)
        for name, key in BY.items():
            groups: dict[str, list[Task]] = {}
            for task in own:
                groups.setdefault(key(visit, task), []).append(task)
            for value, tasks in groups.items():
                _add(by[name].setdefault(value, Tally()), visit, tasks, entered, outcomes)
        for task in own:
            if task.id in outcomes:
                codes[outcomes[task.id]] = codes.get(outcomes[task.id], 0) + 1
    return {
        "total": total.document(),
        "by": {
            name: [{"key": key, **tally.document()} for key, tally in sorted(found.items())]
            for name, found in by.items()
        },
        "outcomes": [
            {"code": each.code, "zh": each.zh, "en": each.en, "checks": codes.get(each.code, 0)}
            for each in OUTCOMES.values()
        ],
    }


def _add(
    tally: Tally,
    visit: Visited,
    tasks: Iterable[Task],
    entered: Mapping[str, bool],
    outcomes: Mapping[str, str],
) -> None:
    own = list(tasks)
    tally.visits += 1
    tally.checks += len(own)
    tally.saved += len(own) - 1
    tally.merged += len(own) > 1
    tally.joint += len(visit.departments) > 1
    tally.exempt += bool(visit.exempt)
    tally.entered += visit.key in entered
    tally.without_code += not entered.get(visit.key, True)
    for task in own:
        found = OUTCOMES.get(outcomes.get(task.id, ""))
        if found is not None:
            tally.done += found.done
            tally.faults += found.fault
