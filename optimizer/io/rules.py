"""Rule sets: read from files, several merged so that the strictest wins.

Merging, rule by rule, over the files in the order of the scenario:

- caps and quiet rules: all are kept, since a visit must respect every one of them (so the smaller
  cap binds, and a source enters on a quiet day only where every rule that covers it lets it in).
  A rule that stands in two files in the same words is kept once; where two rules share an
  identifier, the file's name is put before the later one.
- `team`: the larger number. `gap_days`: the larger number.
- `exempt_sources`: what all files that name them have in common.
- `exempt_uses_cap`, `joint_counts_each`, `rider_counts`, `offsite_first`: yes where one file says
  yes, no where those that speak of it say no.
- `level`: has no stricter side; two files that disagree are refused.

A file that is silent on a rule has no say in it; where all are silent, the default of
`optimizer.domain.rules` holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from optimizer.domain.days import Span
from optimizer.domain.registry import Registers
from optimizer.domain.rules import CapRule, LevelRule, QuietRule, RuleSet, TeamRule
from optimizer.errors import Fault, InputError
from optimizer.io.yamlfile import YamlFile, read_yaml
from optimizer.registers.fault import make_fault
from optimizer.registers.near import nearest
from optimizer.registers.triggered import PLANNED_SOURCES

_SWITCHES = ("exempt_uses_cap", "joint_counts_each", "rider_counts", "offsite_first")
_DEFAULT = RuleSet()


def read_rules(files: Sequence[tuple[Path, str]]) -> RuleSet:
    """Read rule files and merge them.

    Parameters
    ----------
    files
        (path, name in faults) in order.

    Raises
    ------
    InputError
        With every fault of every file.
    """
    found: list[YamlFile] = []
    faults: list[Fault] = []
    for path, name in files:
        try:
            one = read_yaml(path, file=name, schema="rules")
        except InputError as error:
            faults += error.faults
            continue
        faults += _check(one)
        found.append(one)
    faults += _disagreements(found)
    if faults:
        raise InputError(faults)
    return _merge(found)


def rules_from(document: Mapping[str, Any]) -> RuleSet:
    """Return the rule set that `optimizer.plan.rules_document` wrote out."""
    return _merge([YamlFile("rules", dict(document), {})])


def rule_sources(rules: RuleSet) -> tuple[str, ...]:
    """Return every source of checks that the rules name, in order of first mention."""
    named = [*rules.exempt_sources, *(s for quiet in rules.quiet for s in quiet.exempt)]
    return tuple(dict.fromkeys(named))


def names_nobody(rules: RuleSet, registers: Registers, file: str) -> list[Fault]:
    """Return warnings for departments, enterprises, zones and industries that do not exist.

    A rule set may serve several cities, so this is no fault; but a slip of the pen would leave a
    rule without effect.
    """
    departments = sorted({unit.department for unit in registers.units.values()})
    zones = sorted({zone for e in registers.enterprises.values() for zone in e.zones})
    caps = [(f"caps {cap.id}", cap) for cap in rules.caps]
    quiets = [(f"quiet {quiet.id}", quiet) for quiet in rules.quiet]
    named: list[tuple[str, Iterable[str], Iterable[str]]] = []
    named += [(f"{place} departments", cap.departments, departments) for place, cap in caps]
    named.append(("level overrides", rules.level.overrides, departments))
    named += [(f"{place} zones", quiet.zones, zones) for place, quiet in quiets]
    named += [
        (f"{place} enterprises", quiet.enterprises, registers.enterprises)
        for place, quiet in quiets
    ]
    warnings = []
    for place, words, known in named:
        listed = known if isinstance(known, Mapping) else frozenset(known)
        for word in words:
            if word not in listed:
                near = "" if isinstance(known, Mapping) else nearest(word, known)
                warnings.append(make_fault("rule-names-nobody", file, None, place, word, near=near))
    return warnings


def _check(found: YamlFile) -> list[Fault]:
    faults: list[Fault] = []
    for kind in ("caps", "quiet"):
        seen: dict[str, int] = {}
        for i, rule in enumerate(found.value.get(kind, ())):
            path = f"{kind}[{i}]"
            if rule["id"] in seen:
                faults.append(found.fault("rule-twice", f"{path}.id", rule["id"]))
            seen[rule["id"]] = i
    for i, rule in enumerate(found.value.get("quiet", ())):
        path = f"quiet[{i}]"
        days = rule.get("month_days")
        if days is not None and days[0] > days[1]:
            faults.append(found.fault("month-days-reversed", f"{path}.month_days", days))
        for j, text in enumerate(rule.get("spans", ())):
            try:
                span = _span(text)
            except ValueError:
                faults.append(found.fault("date-none", f"{path}.spans[{j}]", text))
                continue
            if span.last < span.first:
                faults.append(found.fault("days-reversed", f"{path}.spans[{j}]", text))
        if days is None and not rule.get("spans"):
            faults.append(found.fault("quiet-without-days", path, rule["id"]))
        faults += _planned(found, f"{path}.exempt", rule.get("exempt", ()))
    faults += _planned(found, "exempt_sources", found.value.get("exempt_sources", ()))
    return faults


def _planned(found: YamlFile, path: str, sources: Sequence[str]) -> list[Fault]:
    """Return a fault for each source of planned checks: an exemption would void every cap."""
    return [
        found.fault("source-planned", f"{path}[{i}]", word)
        for i, word in enumerate(sources)
        if word in PLANNED_SOURCES.values()
    ]


def _disagreements(found: Sequence[YamlFile]) -> list[Fault]:
    faults: list[Fault] = []
    said: dict[str, tuple[str, str]] = {}
    for one in found:
        level = one.value.get("level", {})
        words = {key: level[key] for key in ("both", "major", "cross_county") if key in level}
        words |= {f"overrides.{k}": v for k, v in level.get("overrides", {}).items()}
        for key, word in words.items():
            first, file = said.setdefault(key, (word, one.file))
            if first != word:
                faults.append(
                    one.fault("rules-disagree", f"level.{key}", word, first=first, other=file)
                )
    return faults


def _merge(found: Sequence[YamlFile]) -> RuleSet:
    values = [one.value for one in found]
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
    switches = {}
    for switch in _SWITCHES:
        said = [value[switch] for value in values if switch in value]
        switches[switch] = any(said) if said else getattr(_DEFAULT, switch)
    return RuleSet(
        name="+".join(value["name"] for value in values),
        source=_sources(values),
        caps=_union(values, "caps", _cap),
        quiet=_union(values, "quiet", _quiet),
        team=TeamRule(
            max((team.get("lead", _DEFAULT.team.lead) for team in teams), default=2),
            max((team.get("other", _DEFAULT.team.other) for team in teams), default=1),
            _sources(teams),
        ),
        level=LevelRule(
            **level,
            overrides=MappingProxyType(dict(sorted(overrides.items()))),
            source=_sources([value["level"] for value in values if "level" in value]),
        ),
        exempt_sources=(
            tuple(s for s in named[0] if all(s in other for other in named))
            if named
            else _DEFAULT.exempt_sources
        ),
        gap_days=max((value.get("gap_days", 0) for value in values), default=0),
        **switches,
    )


def _sources(values: Iterable[Mapping[str, Any]]) -> str:
    return "; ".join(dict.fromkeys(v["source"] for v in values if v.get("source")))


def _union(values: Sequence[Mapping[str, Any]], kind: str, make: Any) -> tuple[Any, ...]:
    kept: dict[str, Any] = {}
    for value in values:
        for raw in value.get(kind, ()):
            rule = make(raw)
            if any(
                replace(rule, id="", source="") == replace(k, id="", source="")
                for k in kept.values()
            ):
                continue
            if rule.id in kept:
                rule = replace(rule, id=f"{value['name']}/{rule.id}")
            kept[rule.id] = rule
    return tuple(kept.values())


def _cap(raw: Mapping[str, Any]) -> CapRule:
    return CapRule(
        raw["id"],
        tuple(raw["by"]),
        raw["limit"],
        MappingProxyType(dict(sorted(raw.get("limits", {}).items()))),
        tuple(raw.get("departments", ())),
        tuple(raw.get("industries", ())),
        raw.get("source", ""),
    )


def _quiet(raw: Mapping[str, Any]) -> QuietRule:
    days = raw.get("month_days")
    return QuietRule(
        raw["id"],
        tuple(raw.get("zones", ())),
        tuple(raw.get("enterprises", ())),
        tuple(raw.get("industries", ())),
        (days[0], days[1]) if days is not None else None,
        tuple(_span(text) for text in raw.get("spans", ())),
        tuple(raw.get("exempt", ())),
        raw.get("planned_rides", False),
        raw.get("source", ""),
    )


def _span(text: str) -> Span:
    first, _, last = text.partition("/")
    return Span(date.fromisoformat(first), date.fromisoformat(last or first))
