"""What-if settings: ``rules.cap.fire=2`` and the like, applied to a case.

::

    rules.FIELD=VALUE            rules.gap_days=5, rules.rider_counts=no
    rules.team.FIELD=VALUE       rules.team.lead=3
    rules.cap.ID=N | off         one limit for all classes; no cap
    rules.cap.ID.limits.CLASS=N  the limit of one risk class
    rules.cap.ID.FIELD=VALUE     rules.cap.fire.departments=fire
    rules.quiet.ID=off           rules.quiet.ID.FIELD=VALUE
    items.ID.FIELD=VALUE         items.M-01.yearly_cap=off
    capacity.UNIT=+N | -N        inspectors more or fewer on every working day; ``*``: every unit

Whole numbers may be given as a change, ``+1`` or ``-1``; switches are ``yes`` or ``no``; lists are
parted by commas; days of the month are ``1-15``; ``off`` clears what may be left open.
Checks are drawn and routed before: what decides that (``level``, ``offsite_first``) is not set.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from optimizer.domain.check import SOURCES
from optimizer.domain.days import Span, YearDays, year_days_of
from optimizer.domain.inspector import Inspector
from optimizer.errors import Fault, InputError
from optimizer.messages import phrase
from optimizer.plan.case import Case

FIXED = frozenset(
    {"id", "by", "name", "source", "sources", "level", "offsite_first", "caps", "quiet", "closed"}
    | {"exemptions"}
)
"""Fields of rules that a setting does not change."""

ITEM_FIELDS = ("effort", "inspectors", "yearly_cap")
OPEN = frozenset({"month_days", "yearly_cap"})
"""Fields that may be empty."""

LEAST = {"inspectors": 2, "effort": 1, "lead": 2, "other": 1, "yearly_cap": 1}
MOST = 10_000
FEWER = {"inspectors": 50, "effort": 2, "lead": 50, "other": 50, "yearly_cap": 366}
"""Most of fields that hold no number up to `MOST`, as in the registers."""
PLANNED = frozenset(SOURCES[:3])


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it was given.

    Attributes
    ----------
    path
        Parts of the path.
    """

    text: str
    path: tuple[str, ...]
    value: str

    def fault(self, code: str, **params: object) -> InputError:
        """Return an error that names this setting."""
        expected, mend = phrase(code, **params)
        return InputError(
            Fault(code, "--set", None, ".".join(self.path), self.value, expected, mend)
        )


def apply_settings(case: Case, settings: Iterable[str]) -> Case:
    """Return a case with settings applied, one after the other.

    Raises
    ------
    InputError
        On a path that names nothing, or a value that does not fit; the fault says what could be
        set there.
    """
    for text in settings:
        case = _apply(case, _read(text))
    return case


def _read(text: str) -> Setting:
    path, equals, value = text.partition("=")
    setting = Setting(text, tuple(path.strip().split(".")), value.strip())
    if not equals or not all(setting.path) or not setting.value:
        raise setting.fault("set-malformed")
    return setting


def _apply(case: Case, setting: Setting) -> Case:
    path = setting.path
    if path[0] == "rules" and len(path) > 1:
        return replace(case, rules=_rules(case, setting))
    if path[0] == "items" and len(path) == 3:
        return _items(case, setting)
    if path[0] == "capacity" and len(path) == 2:
        return _capacity(case, setting)
    raise setting.fault("set-path", known="rules.…, items.ID.FIELD, capacity.UNIT")


def _rules(case: Case, setting: Setting) -> Any:
    rules, path = case.rules, setting.path
    if path[1] == "cap":
        return replace(
            rules, caps=_listed(rules.caps, setting, lambda cap: _cap(case, cap, setting))
        )
    if path[1] == "quiet":
        return replace(rules, quiet=_listed(rules.quiet, setting, lambda one: _quiet(one, setting)))
    if path[1] == "team" and len(path) == 3:
        return replace(rules, team=_field(rules.team, path[2], setting))
    names = [*_settable(rules), "cap", "quiet"]
    if len(path) != 2 or path[1] not in _settable(rules) or path[1] == "team":
        raise setting.fault("set-path", known=_known("rules", names))
    return _field(rules, path[1], setting)


def _listed(
    rules: tuple[Any, ...], setting: Setting, change: Callable[[Any], Any]
) -> tuple[Any, ...]:
    """Change the rule of a list that the path names; ``None`` takes it away."""
    names = [rule.id for rule in rules]
    if len(setting.path) < 3 or setting.path[2] not in names:
        raise setting.fault("set-path", known=_known(".".join(setting.path[:2]), names))
    changed = [change(rule) if rule.id == setting.path[2] else rule for rule in rules]
    if setting.path[3:] == ("replaces",):
        _refuse_circle({rule.id: rule.replaces for rule in changed}, setting)
    return tuple(rule for rule in changed if rule is not None)


def _refuse_circle(replaces: Mapping[str, tuple[str, ...]], setting: Setting) -> None:
    """Raise a fault where a rule stands in the place of none, or after all of itself."""
    own = setting.path[2]
    reached, ahead = set(), list(replaces[own])
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += replaces.get(name, ())
    if own in reached or not set(replaces[own]) <= replaces.keys():
        free = [name for name in replaces if name != own]
        raise setting.fault("set-value", form=f"other rules that do not replace it: {free}")


def _cap(case: Case, cap: Any, setting: Setting) -> Any:
    path, labels = setting.path, {name: label for label, name in case.classes.items()}
    if len(path) == 3:
        if setting.value == "off":
            return None
        shift = setting.value[0] in "+-"
        limit = _whole(setting, cap.limit, 0)
        by_class = {k: max(0, v + int(setting.value)) for k, v in cap.limits.items()}
        return replace(cap, limit=limit, limits=MappingProxyType(by_class if shift else {}))
    if path[3] == "limits" and len(path) == 5:
        label = labels.get(path[4], path[4])
        known = sorted(case.classes.values() or cap.limits)
        if label not in cap.limits and path[4] not in known:
            raise setting.fault("set-path", known=_known(".".join(path[:4]), known))
        limit = _whole(setting, cap.limits.get(label, cap.limit), 0)
        return replace(cap, limits=MappingProxyType({**cap.limits, label: limit}))
    changed = _below(cap, setting)
    if path[3] == "sizes" and not any(e.size for e in case.registers.enterprises.values()):
        raise setting.fault("set-no-sizes")
    if path[3] == "risks":
        words = {*labels, *labels.values(), *(e.risk for e in case.registers.enterprises.values())}
        if not words.issuperset(changed.risks):
            raise setting.fault("set-value", form=", ".join(sorted(labels or words)))
        return replace(changed, risks=tuple(labels.get(word, word) for word in changed.risks))
    return changed


def _quiet(rule: Any, setting: Setting) -> Any:
    if len(setting.path) == 3:
        if setting.value != "off":
            raise setting.fault("set-value", form="off")
        return None
    return _below(rule, setting)


def _below(rule: Any, setting: Setting) -> Any:
    """Set a field of a rule that stands in a list."""
    if len(setting.path) != 4 or setting.path[3] not in _settable(rule):
        known = _known(".".join(setting.path[:3]), _settable(rule))
        raise setting.fault("set-path", known=known)
    return _field(rule, setting.path[3], setting)


def _items(case: Case, setting: Setting) -> Case:
    _, name, field = setting.path
    items = case.registers.items
    if name not in items:
        raise setting.fault("set-path", known=_known("items", sorted(items)))
    if field not in ITEM_FIELDS:
        raise setting.fault("set-path", known=_known(f"items.{name}", ITEM_FIELDS))
    changed = MappingProxyType({**items, name: _field(items[name], field, setting)})
    return replace(case, registers=replace(case.registers, items=changed))


def _capacity(case: Case, setting: Setting) -> Case:
    name, units = setting.path[1], sorted(case.registers.units)
    if name != "*" and name not in units:
        raise setting.fault("set-path", known=_known("capacity", ["*", *units]))
    if setting.value[0] not in "+-" or not _digits(setting.value[1:]):
        raise setting.fault("set-value", form="+N or -N")
    number = int(setting.value)
    if abs(number) > MOST:
        raise setting.fault("set-value", form=f"at most {MOST}")
    if case.capacity is not None:
        raise setting.fault("set-no-roster")
    for unit in units if name == "*" else [name]:
        case = with_inspectors(case, unit, number)
    return case


def with_inspectors(case: Case, unit: str, number: int, *, days: Span | None = None) -> Case:
    """Return a case with so many inspectors more (or fewer) in a unit.

    Parameters
    ----------
    number
        Those added hold every skill of the unit and can serve two half-days; those taken away are
        the last by identifier.
    days
        Days on which those added serve; by default all.
    """
    people = dict(case.registers.inspectors)
    own = sorted(name for name, one in people.items() if one.unit == unit)
    if number < 0:
        for name in own[number:]:
            del people[name]
    skills = frozenset(s for name in own for s in people.get(name, _NOBODY).skills)
    skills |= {
        s
        for check in case.checks
        if unit in check.units
        for s in case.registers.items[check.item].skills
    }
    span = days or Span(case.calendar.start, case.calendar.last)
    for n in range(max(0, number)):
        name = f"{unit}+{n + 1}"
        while name in people:
            name += "+"
        people[name] = Inspector(name, name, unit, "", span, skills)
    registers = replace(case.registers, inspectors=MappingProxyType(people))
    return replace(case, registers=registers)


_NOBODY = Inspector("", "", "", "", Span(date.min, date.min))


def _settable(value: Any) -> list[str]:
    return [f.name for f in fields(value) if f.name not in FIXED]


def _field(value: Any, name: str, setting: Setting) -> Any:
    """Return a value with one field set, read as the field's present value is."""
    if name not in _settable(value):
        raise setting.fault("set-path", known=_known(".".join(setting.path[:-1]), _settable(value)))
    return replace(value, **{name: _convert(getattr(value, name), name, setting)})


def _convert(now: Any, name: str, setting: Setting) -> Any:
    text = setting.value
    if name in OPEN and text == "off":
        return None
    if name == "month_days":
        return _month_days(setting)
    if isinstance(now, bool):
        if text not in ("yes", "no"):
            raise setting.fault("set-value", form="yes or no")
        return text == "yes"
    if isinstance(now, int) or name == "yearly_cap":
        if name == "gap_days" and text == "off":
            return 0
        return _whole(setting, now, LEAST.get(name, 0))
    if name == "spans":
        return _spans(setting)
    if isinstance(now, tuple):
        words = () if text == "off" else tuple(part.strip() for part in text.split(","))
        if len(set(words)) < len(words):
            raise setting.fault("set-value", form="each word once")
        if name == "weekdays":
            if not all(word in "1234567" and len(word) == 1 for word in words):
                raise setting.fault("set-value", form="1,2 (1 is Monday)")
            return tuple(map(int, words))
        if name == "yearly":
            return _yearly(setting, words)
        if name in ("exempt", "exempt_sources") and PLANNED & set(words):
            # An exemption for planned checks would void every cap and quiet day.
            raise setting.fault("set-value", form=f"sources other than {', '.join(SOURCES[:3])}")
        return words
    raise setting.fault("set-path", known=_known(".".join(setting.path), sorted(now or {})))


def _month_days(setting: Setting) -> tuple[int, int]:
    first, _, last = setting.value.partition("-")
    if _digits(first) and _digits(last) and 1 <= int(first) <= int(last) <= 31:
        return int(first), int(last)
    raise setting.fault("set-value", form="1-15")


def _spans(setting: Setting) -> tuple[Span, ...]:
    spans = []
    for part in [] if setting.value == "off" else setting.value.split(","):
        first, _, last = part.strip().partition("/")
        try:
            span = Span(date.fromisoformat(first), date.fromisoformat(last or first))
        except ValueError:
            span = Span(date.max, date.min)
        if span.last < span.first:
            raise setting.fault("set-value", form="2026-06-07/2026-06-10")
        spans.append(span)
    return tuple(spans)


def _yearly(setting: Setting, words: Iterable[str]) -> tuple[YearDays, ...]:
    try:
        return tuple(year_days_of(word) for word in words)
    except ValueError:
        raise setting.fault("set-value", form="03-01/03-15") from None


def _whole(setting: Setting, now: int | None, least: int) -> int:
    digits = setting.value.lstrip("+-")
    if not _digits(digits) or len(setting.value) - len(digits) > 1:
        raise setting.fault("set-value", form="N, +N or -N")
    change = setting.value[0] in "+-"
    if change and now is None:
        raise setting.fault("set-value", form="N")
    number = int(setting.value) + (now or 0) if change else int(digits)
    most = FEWER.get(setting.path[-1], MOST)
    if not least <= number <= most:
        raise setting.fault("set-value", form=f"{least} … {most}")
    return number


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _known(place: str, names: Iterable[str]) -> str:
    """Say what a path could go on with, at most a dozen names."""
    listed = list(names)
    more = f", … ({len(listed)})" if len(listed) > 12 else ""
    return f"{place}.({' | '.join(listed[:12])}{more})" if listed else f"nothing below {place}"
