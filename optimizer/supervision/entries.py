"""Alerts of entries: the code, the day, the person, what was checked, how soon again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from optimizer.supervision.alerts import Finding
from optimizer.supervision.made import Entry, Visited

FITS = ("authorised", "wrong-day")
"""States of a code that was issued for the visit; the day has an alert of its own."""


def entry_findings(entry: Entry, earlier: Sequence[Entry]) -> tuple[Finding, ...]:
    """Return what one entry sets off, in order of `ALERTS`.

    Parameters
    ----------
    earlier
        Entries before it at the same enterprise, in order of number.
    """
    return tuple(_of_entry(entry, earlier))


def _of_entry(entry: Entry, earlier: Sequence[Entry]) -> Iterator[Finding]:
    visit = entry.visit
    concerned = set(visit.departments if visit is not None else ())

    def found(alert: str, **facts: Any) -> Finding:
        return Finding(
            alert,
            f"entry {entry.number}",
            entry.enterprise,
            entry.day,
            tuple(sorted(concerned)),
            {"entry": entry.number, **facts},
        )

    if entry.code not in FITS:
        yield found("no-code", code=entry.code)
    if visit is None or not entry.in_force:
        yield found("no-visit")
    if visit is not None:
        if entry.day != visit.day:
            yield found("wrong-day", planned=visit.day.isoformat())
        if not _may_come(entry, visit):
            yield found("not-in-team", drawn=_drawn(entry, visit))
    if entry.inspector and (entry.holder is None or entry.day not in entry.holder.valid):
        yield found("no-certificate", registered=entry.holder is not None)
    if visit is not None:
        others = sorted(set(entry.items) - {task.item for task in visit.tasks})
        if others:
            yield found("other-item", items=others)
        before = [
            other.number
            for other in earlier
            if entry.inspector
            and (other.inspector, other.day) == (entry.inspector, entry.day)
            and other.visit is not None
            and other.visit.key == visit.key
        ]
        if before:
            yield found("scanned-twice", before=before[-1])
    if entry.late:
        yield found("late-upload")


def _may_come(entry: Entry, visit: Visited) -> bool:
    """Return whether a person is of the team, or of a unit that sends somebody not drawn yet."""
    if any(entry.inspector in people for people in visit.team.values()):
        return True
    if entry.holder is None:
        return not entry.inspector  # nobody is named: nothing to hold against the team
    return entry.holder.unit in visit.units and entry.holder.unit not in visit.team


def _drawn(entry: Entry, visit: Visited) -> bool:
    return entry.holder is not None and entry.holder.unit in visit.team


def repeat_findings(
    entries: Sequence[Entry], *, gap_days: int, made: Sequence[date] = ()
) -> tuple[Finding, ...]:
    """Return entries on a further day of a visit, or sooner after another visit than allowed.

    The later day bears the alert, once a day. Exempt visits are free of the least gap.

    Parameters
    ----------
    entries
        All of one enterprise.
    gap_days
        Least days between two visits.
    made
        Days of visits made before the plan that are not exempt.
    """
    days: dict[tuple[str, Any], Entry] = {}
    for entry in sorted(entries, key=lambda one: (one.day, one.number)):
        days.setdefault((entry.visit.key if entry.visit is not None else "", entry.day), entry)
    found: dict[tuple[str, Any], Finding] = {}
    row = list(days.items())
    for place, (key, entry) in enumerate(row):
        exempt = entry.visit is not None and bool(entry.visit.exempt)
        before = [(day, False) for day in made if not exempt and _close(day, entry.day, gap_days)]
        for other_key, other in row[:place]:
            same = bool(key[0]) and key[0] == other_key[0]
            free = exempt or (other.visit is not None and bool(other.visit.exempt))
            if same or (not free and _close(other.day, entry.day, gap_days)):
                before.append((other.day, same))
        if before:
            day, same = max(before)
            found[key] = Finding(
                "repeated-visit",
                f"{entry.enterprise} {entry.day.isoformat()} {key[0]}".strip(),
                entry.enterprise,
                entry.day,
                entry.visit.departments if entry.visit is not None else (),
                {"before": day.isoformat(), "least_days": gap_days, "same_visit": same},
            )
    return tuple(found.values())


def _close(early: date, late: date, gap_days: int) -> bool:
    return timedelta(0) <= late - early < timedelta(days=gap_days)


def outcome_findings(visit: Visited, entries: Sequence[Entry]) -> tuple[Finding, ...]:
    """Return the alert of a visit with outcomes that nobody entered with a code.

    Parameters
    ----------
    entries
        Of this visit.
    """
    if any(entry.code in FITS for entry in entries):
        return ()
    return (
        Finding(
            "no-code",
            f"visit {visit.key}",
            visit.enterprise,
            visit.day,
            visit.departments,
            {"code": "none", "outcome": True},
        ),
    )
