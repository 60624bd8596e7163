"""Several rule files as one rule set: the strictest wins unless one says otherwise.

See `optimizer.io.rules` for the order, rule by rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

from optimizer.domain.days import year_days_of
from optimizer.domain.rules import (
    CapRule,
    ClosedRule,
    Exemption,
    LevelRule,
    QuietRule,
    RuleSet,
    TeamRule,
)
from optimizer.io.rulefaults import SETTINGS, SWITCHES, span_of

_DEFAULT = RuleSet()
Rule = TypeVar("Rule", CapRule, QuietRule, ClosedRule)
Raw = Mapping[str, Any]


def merge(files: Sequence[Raw]) -> RuleSet:
    """Merge the values of rule files without fault, in order."""
    values = _settled(files)
    if not values:
        return _DEFAULT
    level: dict[str, Any] = {}
    overrides: dict[str, str] = {}
    for value in values:
        level |= {
            k: v for k, v in value.get("level", {}).items() if k not in ("overrides", "source")
        }
        overrides |= value.get("level", {}).get("overrides", {})
    teams = [value["team"] for value in values if "team" in value]
    named = [value["exempt_sources"] for value in values if "exempt_sources" in value]
    exempt = (
        tuple(s for s in named[0] if all(s in other for other in named))
        if named
        else _DEFAULT.exempt_sources
    )
    switches = {}
    for switch in SWITCHES:
        said = [value[switch] for value in values if switch in value]
        switches[switch] = any(said) if said else getattr(_DEFAULT, switch)
    return RuleSet(
        name="+".join(value["name"] for value in values),
        source=_sources(values),
        caps=_union(values, "caps", _cap),
        quiet=_union(values, "quiet", _quiet),
        closed=_union(values, "closed", _closed),
        team=TeamRule(
            max((team.get("lead", _DEFAULT.team.lead) for team in teams), default=2),
            max((team.get("other", _DEFAULT.team.other) for team in teams), default=1),
            _sources(teams),
            any(team.get("not_twice", False) for team in teams),
        ),
        level=LevelRule(
            **level,
            overrides=MappingProxyType(dict(sorted(overrides.items()))),
            source=_sources([value["level"] for value in values if "level" in value]),
        ),
        exempt_sources=exempt,
        exemptions=_exemptions(values, exempt),
        gap_days=max((value.get("gap_days", 0) for value in values), default=0),
        sources=_setting_sources(values),
        **switches,
    )


def _settled(files: Sequence[Raw]) -> list[dict[str, Any]]:
    """Return the files, each without the settings in which another prevails."""
    values = [dict(value) for value in files]
    for value in values:
        if "exemptions" in value:
            value.setdefault("exempt_sources", list(_DEFAULT.exempt_sources))
    prevailing = {name for value in values for name in value.get("prevails", ())}
    for value in values:
        for name in prevailing - set(value.get("prevails", ())):
            value.pop(name, None)
            if name == "exempt_sources":
                value.pop("exemptions", None)
    return values


def _exemptions(values: Sequence[Raw], codes: Sequence[str]) -> Mapping[str, Exemption]:
    found: dict[str, Exemption] = {}
    for code in codes:
        told = [v["exemptions"][code] for v in values if code in v.get("exemptions", {})]
        if told:
            reasons = "; ".join(dict.fromkeys(one["reason"] for one in told))
            found[code] = Exemption(reasons, _sources(told))
    return MappingProxyType(found)


def _setting_sources(values: Sequence[Raw]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in sorted(SETTINGS):
        told = [v["sources"][name] for v in values if name in v and name in v.get("sources", {})]
        if told:
            found[name] = "; ".join(dict.fromkeys(told))
    return MappingProxyType(found)


def _sources(values: Iterable[Raw]) -> str:
    return "; ".join(dict.fromkeys(v["source"] for v in values if v.get("source")))


def _union(values: Sequence[Raw], kind: str, make: Callable[[Raw], Rule]) -> tuple[Rule, ...]:
    kept: dict[str, Rule] = {}
    called: dict[str, list[str]] = {}
    several = len({value.get("source", "") for value in values}) > 1
    for value in values:
        for raw in value.get(kind, ()):
            rule = make(raw)
            if several and not rule.source:
                # The set's own source will name all files: keep which one the rule is from.
                rule = replace(rule, source=value.get("source", ""))
            same = [
                name
                for name, other in kept.items()
                if replace(rule, id="", source="") == replace(other, id="", source="")
            ]
            if same:
                called.setdefault(rule.id, []).append(same[0])
                continue
            if rule.id in kept:
                rule = replace(rule, id=f"{value['name']}/{rule.id}")
            kept[rule.id] = rule
            called.setdefault(raw["id"], []).append(rule.id)
    return tuple(_replacing(rule, called) for rule in kept.values())


def _replacing(rule: Rule, called: Mapping[str, Sequence[str]]) -> Rule:
    """Return the rule with the names its replaced rules have after merging."""
    if isinstance(rule, ClosedRule) or not rule.replaces:
        return rule
    names = [name for raw in rule.replaces for name in called[raw] if name != rule.id]
    return replace(rule, replaces=tuple(dict.fromkeys(names)))


def _cap(raw: Raw) -> CapRule:
    return CapRule(
        raw["id"],
        tuple(raw["by"]),
        raw["limit"],
        MappingProxyType(dict(sorted(raw.get("limits", {}).items()))),
        source=raw.get("source", ""),
        **_lists(
            raw,
            ("departments", "industries", "levels", "areas", "items"),
            ("zones", "enterprises", "sizes", "risks", "replaces"),
        ),
    )


def _quiet(raw: Raw) -> QuietRule:
    return QuietRule(
        raw["id"],
        planned_rides=raw.get("planned_rides", False),
        source=raw.get("source", ""),
        **_lists(raw, ("zones", "enterprises", "industries", "exempt", "replaces")),
        **_when(raw),
    )


def _closed(raw: Raw) -> ClosedRule:
    return ClosedRule(
        raw["id"],
        source=raw.get("source", ""),
        **_lists(raw, ("units", "departments", "levels", "areas")),
        **_when(raw),
    )


def _when(raw: Raw) -> dict[str, Any]:
    days = raw.get("month_days")
    return {
        "month_days": (days[0], days[1]) if days is not None else None,
        "spans": tuple(span_of(text) for text in raw.get("spans", ())),
        "weekdays": tuple(raw.get("weekdays", ())),
        "yearly": tuple(year_days_of(text) for text in raw.get("yearly", ())),
    }


def _lists(raw: Raw, *names: Sequence[str]) -> dict[str, Any]:
    return {name: tuple(raw.get(name, ())) for some in names for name in some}
