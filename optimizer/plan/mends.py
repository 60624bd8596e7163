"""What would give a check its visit: mends, each proved by solving again.

The enterprise's visits may be made anew; those of others stay, but where the mend is to move them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from optimizer.domain.check import Check
from optimizer.domain.days import Span
from optimizer.domain.registry import Document
from optimizer.plan.case import Case
from optimizer.plan.collide import Collision, Trial
from optimizer.plan.columns import Placement
from optimizer.plan.moves import move_others
from optimizer.plan.result import Plan
from optimizer.plan.settings import FEWER, apply_settings, with_inspectors

MOST_INSPECTORS = 3
"""Most inspectors that a mend adds to a unit."""

MOST_YEARLY = FEWER["yearly_cap"]


@dataclass(frozen=True, slots=True)
class Mend:
    """One change after which the check has a visit.

    Attributes
    ----------
    code
        ``move-others``, ``due-later``, ``more-inspectors``, ``exempt-source``, ``raise-cap``,
        ``raise-item-cap``, ``less-gap``, ``unpin``, or ``together``: two of them.
    detail
        What is changed, and by how much.
    result
        The check's day and company, and the enterprise's visits, as they were found.
    """

    code: str
    detail: Document
    result: Document

    def document(self) -> Document:
        """Return the mend as data."""
        return {"mend": self.code, "proved": True, **self.detail, "visit": self.result}


def proved_mends(
    case: Case, plan: Plan, trial: Trial, found: Collision, *, effort: int
) -> list[Mend]:
    """Return the mends that work, those that ask for least first.

    Parameters
    ----------
    case, plan
        The whole.
    trial, found
        The check, and the rules that keep it out.
    effort
        Of the search that moves others.
    """
    kinds = {kind for kind, _ in found.rules}
    units = [name for kind, name in found.rules if kind in ("capacity", "staffing")]
    mends: list[Mend | None] = []
    if "capacity" in kinds:
        mends.append(_move(case, plan, trial, units, effort))
    mends.append(_due_later(trial))
    if units and case.capacity is None:
        mends += _more_inspectors(trial, units)
    mends.append(_exempt(trial))
    mends += _settings(trial, found)
    if "pinned" in kinds:
        freed = trial.place([("pinned", "")], least=True)
        mends.append(_mend(trial, "unpin", {}, freed))
    found_mends = [mend for mend in mends if mend is not None]
    if not found_mends:
        both = _together(trial, with_people=case.capacity is None)
        return [both] if both else []
    return found_mends


def _together(trial: Trial, *, with_people: bool) -> Mend | None:
    """Find two changes that do together, where none does alone."""
    case = trial.case
    units = sorted({u for c in case.checks if c.id in trial.asked for u in c.units})
    for code, detail, changed in _first_changes(trial):
        options = [_due_later(trial, changed)]
        if with_people:
            options += [_enough(trial, [unit], changed) for unit in units]
        for second in options:
            if second is not None:
                parts = [{"mend": code, **detail}, {"mend": second.code, **second.detail}]
                return Mend("together", {"parts": parts}, second.result)
    return None


def _first_changes(trial: Trial) -> Iterator[tuple[str, Document, Case]]:
    """Yield changes of source or rule, for `_together`."""
    case = trial.case
    for source in case.rules.exempt_sources:
        if source != trial.check.source:
            changed = _changed(trial, case, source=source, kind="triggered")
            yield "exempt-source", {"sources": [source]}, changed
    for cap in case.rules.caps:
        setting = f"rules.cap.{cap.id}=+1"
        yield "raise-cap", {"rule": cap.id, "set": setting}, apply_settings(case, [setting])
    for item in sorted({c.item for c in case.checks if c.id in trial.asked}):
        if (case.registers.items[item].yearly_cap or MOST_YEARLY) < MOST_YEARLY:
            setting = f"items.{item}.yearly_cap=+1"
            yield "raise-item-cap", {"item": item, "set": setting}, apply_settings(case, [setting])


def _mend(trial: Trial, code: str, detail: Document, found: Placement) -> Mend | None:
    if found.status != "optimal":
        return None
    return Mend(code, detail, trial.document(found))


def _move(case: Case, plan: Plan, trial: Trial, units: Iterable[str], effort: int) -> Mend | None:
    moved = move_others(case, plan, trial.check, set(units), effort=effort)
    if moved is None:
        return None
    return Mend("move-others", {"moved": moved.moved}, moved.result)


def _changed(trial: Trial, case: Case, **fields: object) -> Case:
    """Return a case with the trial's check changed."""
    name = trial.check.id
    return replace(case, checks=tuple(_with(c, fields) if c.id == name else c for c in case.checks))


def _with(check: Check, fields: dict[str, object]) -> Check:
    return replace(check, **fields)  # type: ignore[arg-type]


def _due_later(trial: Trial, case: Case | None = None) -> Mend | None:
    """Find the earliest due date that works; a later one never does worse."""
    base, calendar = case or trial.case, trial.case.calendar
    after = max(calendar.index(trial.check.due), -1) + 1
    days = [calendar.day(i) for i in range(after, len(calendar)) if calendar.working[i]]

    def at(day: date, *, least: bool = False) -> Placement:
        return trial.place(case=_changed(trial, base, due=day), least=least)

    if not days or at(days[-1]).status != "optimal":
        return None
    low, high = 0, len(days) - 1
    while low < high:
        middle = (low + high) // 2
        if at(days[middle]).status == "optimal":
            high = middle
        else:
            low = middle + 1
    due = days[low]
    detail = {"due": due.isoformat(), "days_later": (due - trial.check.due).days}
    return _mend(trial, "due-later", detail, at(due, least=True))


def _more_inspectors(trial: Trial, units: list[str]) -> Iterator[Mend]:
    """Yield for each unit that is short the fewest inspector-days found that are enough."""
    for group in [[unit] for unit in units] + ([units] if len(units) > 1 else []):
        mend = _enough(trial, group)
        if mend is not None:
            yield mend


def _enough(trial: Trial, units: list[str], case: Case | None = None) -> Mend | None:
    base = case or trial.case
    for number in range(1, MOST_INSPECTORS + 1):
        always = trial.place(case=_staffed(base, units, number, None))
        if always.status != "optimal":
            continue
        day = date.fromisoformat(trial.document(always)["day"])
        monday = day - timedelta(days=day.weekday())
        for span in (Span(day, day), Span(monday, monday + timedelta(days=6))):
            found = trial.place(case=_staffed(base, units, number, span), least=True)
            working = sum(trial.case.calendar.is_working(d) for d in span)
            if found.status == "optimal":
                year, week, _ = day.isocalendar()
                detail = {
                    "units": units,
                    "inspectors": number,
                    "days": [d.isoformat() for d in span if trial.case.calendar.is_working(d)],
                    "week": f"{year}-W{week:02d}",
                    "inspector_days": number * working * len(units),
                }
                return _mend(trial, "more-inspectors", detail, found)
    return None


def _staffed(case: Case, units: list[str], number: int, days: Span | None) -> Case:
    for unit in units:
        case = with_inspectors(case, unit, number, days=days)
    return case


def _exempt(trial: Trial) -> Mend | None:
    """Find the exempt sources under which the check would have its visit."""
    sources, first = [], None
    for source in trial.case.rules.exempt_sources:
        if source == trial.check.source:
            continue
        changed = _changed(trial, trial.case, source=source, kind="triggered")
        found = trial.place(case=changed, least=True)
        if found.status == "optimal":
            sources.append(source)
            first = first or found
    return _mend(trial, "exempt-source", {"sources": sources}, first) if first else None


def _settings(trial: Trial, found: Collision) -> Iterator[Mend | None]:
    """Yield the changes of a rule that would do; they would hold for everyone."""
    items = trial.case.registers.items
    for kind, name in found.rules:
        if kind == "cap":
            yield _set(trial, "raise-cap", f"rules.cap.{name}=+1", {"rule": name})
        elif kind == "item-cap" and (items[name].yearly_cap or 0) < MOST_YEARLY:
            yield _set(trial, "raise-item-cap", f"items.{name}.yearly_cap=+1", {"item": name})
        elif kind == "gap":
            for days in range(trial.case.rules.gap_days - 1, -1, -1):
                mend = _set(trial, "less-gap", f"rules.gap_days={days}", {"gap_days": days})
                if mend is not None:
                    yield mend
                    break


def _set(trial: Trial, code: str, setting: str, detail: Document) -> Mend | None:
    placed = trial.place(case=apply_settings(trial.case, [setting]), least=True)
    return _mend(trial, code, {**detail, "set": setting}, placed)
