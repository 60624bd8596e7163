"""What is wrong with rule files: each by itself, and several together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from optimizer.domain.days import Span, year_days_of
from optimizer.domain.rules import RuleSet
from optimizer.errors import Fault
from optimizer.io.yamlfile import YamlFile
from optimizer.registers.triggered import PLANNED_SOURCES

SWITCHES = ("exempt_uses_cap", "joint_counts_each", "rider_counts", "offsite_first")
SETTINGS = (*SWITCHES, "exempt_sources", "gap_days")
"""Fields that are no rule of their own; `sources` gives their legal source."""
KINDS = ("caps", "quiet", "closed")
_DATED = ("month_days", "spans", "weekdays", "yearly")
_LIMITS = ("id", "limit", "limits", "source", "replaces")
"""Fields of a cap that do not say what it counts."""


def file_faults(found: YamlFile) -> list[Fault]:
    """Return the faults that a file has by itself."""
    value = found.value
    faults: list[Fault] = []
    for kind in KINDS:
        seen: set[str] = set()
        for i, rule in enumerate(value.get(kind, ())):
            if rule["id"] in seen:
                faults.append(found.fault("rule-twice", f"{kind}[{i}].id", rule["id"]))
            seen.add(rule["id"])
    faults += _contradictions(found)
    for kind, code in (("quiet", "quiet-without-days"), ("closed", "closed-without-days")):
        for i, rule in enumerate(value.get(kind, ())):
            faults += _days(found, f"{kind}[{i}]", rule)
            if not any(rule.get(field) for field in _DATED):
                faults.append(found.fault(code, f"{kind}[{i}]", rule["id"]))
            faults += _planned(found, f"{kind}[{i}].exempt", rule.get("exempt", ()))
    faults += _planned(found, "exempt_sources", value.get("exempt_sources", ()))
    if "exemptions" in value:
        codes = value.get("exempt_sources", RuleSet().exempt_sources)
        told = value["exemptions"]
        faults += [
            found.fault("exemption-missing", "exemptions", exemption=c)
            for c in codes
            if c not in told
        ]
        faults += [
            found.fault("exemption-unknown", f"exemptions.{code}", code)
            for code in told
            if code not in codes
        ]
    for name in value.get("sources", ()):
        if name not in value:
            faults.append(found.fault("source-of-unsaid", f"sources.{name}", name))
    for i, name in enumerate(value.get("prevails", ())):
        if name not in value:
            faults.append(found.fault("prevails-unsaid", f"prevails[{i}]", name))
    return faults


def faults_together(found: Sequence[YamlFile]) -> list[Fault]:
    """Return the faults of files against each other."""
    faults: list[Fault] = []
    prevailing: dict[str, YamlFile] = {}
    for one in found:
        for i, name in enumerate(one.value.get("prevails", ())):
            first = prevailing.setdefault(name, one)
            if first.value.get(name) != one.value.get(name):
                faults.append(one.fault("both-prevail", f"prevails[{i}]", name, other=first.file))
    said: dict[str, tuple[str, str]] = {}
    for one in found:
        if prevailing.get("level", one) is not one:
            continue
        level = one.value.get("level", {})
        words = {key: level[key] for key in ("both", "major", "cross_county") if key in level}
        words |= {f"overrides.{k}": v for k, v in level.get("overrides", {}).items()}
        for key, word in words.items():
            first_word, file = said.setdefault(key, (word, one.file))
            if first_word != word:
                faults.append(
                    one.fault("rules-disagree", f"level.{key}", word, first=first_word, other=file)
                )
    for kind in ("caps", "quiet"):
        faults += _replacing(found, kind)
    return faults


def span_of(text: str) -> Span:
    """Return the days of ``2026-06-07/2026-06-09`` or of a single date."""
    first, _, last = text.partition("/")
    return Span(date.fromisoformat(first), date.fromisoformat(last or first))


def _contradictions(found: YamlFile) -> list[Fault]:
    """Return a fault for each cap that says otherwise than one before, of the same visits."""
    faults: list[Fault] = []
    caps = found.value.get("caps", ())
    said: dict[str, Any] = {}
    for i, cap in enumerate(caps):
        counts = sorted(
            (k, sorted(map(str, v)))
            for k, v in cap.items()
            if k not in _LIMITS and (v or k == "by")
        )
        first = said.setdefault(repr(counts), cap)
        replacing = first["id"] in cap.get("replaces", ()) or cap["id"] in first.get("replaces", ())
        limits = [(c["limit"], c.get("limits", {})) for c in (first, cap)]
        if first is not cap and limits[0] != limits[1] and not replacing:
            path = f"caps[{i}].limit"
            faults.append(found.fault("cap-contradicted", path, cap["id"], other=first["id"]))
        risks = cap.get("risks", ())
        faults += [
            found.fault("limits-unused", f"caps[{i}].limits.{name}", name)
            for name in cap.get("limits", {})
            if risks and name not in risks
        ]
    return faults


def _days(found: YamlFile, path: str, rule: Mapping[str, Any]) -> list[Fault]:
    faults: list[Fault] = []
    days = rule.get("month_days")
    if days is not None and days[0] > days[1]:
        faults.append(found.fault("month-days-reversed", f"{path}.month_days", days))
    for j, text in enumerate(rule.get("spans", ())):
        try:
            span = span_of(text)
        except ValueError:
            faults.append(found.fault("date-none", f"{path}.spans[{j}]", text))
            continue
        if span.last < span.first:
            faults.append(found.fault("days-reversed", f"{path}.spans[{j}]", text))
    for j, text in enumerate(rule.get("yearly", ())):
        try:
            year_days_of(text)
        except ValueError:
            faults.append(found.fault("date-none", f"{path}.yearly[{j}]", text))
    return faults


def _planned(found: YamlFile, path: str, sources: Sequence[str]) -> list[Fault]:
    """Return a fault for each source of planned checks: an exemption would void every cap."""
    return [
        found.fault("source-planned", f"{path}[{i}]", word)
        for i, word in enumerate(sources)
        if word in PLANNED_SOURCES.values()
    ]


def _replacing(found: Sequence[YamlFile], kind: str) -> list[Fault]:
    """Return the faults of `replaces`: names of nothing, and rules that replace each other."""
    faults: list[Fault] = []
    places = [
        (f, one, i, rule)
        for f, one in enumerate(found)
        for i, rule in enumerate(one.value.get(kind, ()))
    ]
    graph: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for f, one, i, rule in places:
        for j, name in enumerate(rule.get("replaces", ())):
            targets = [
                (g, k) for g, _, k, other in places if other["id"] == name and (g, k) != (f, i)
            ]
            if not targets:
                path = f"{kind}[{i}].replaces[{j}]"
                faults.append(one.fault("replaces-unknown", path, name))
            graph.setdefault((f, i), []).extend(targets)
    for start in graph:
        reached: set[tuple[int, int]] = set()
        ahead = list(graph[start])
        while ahead:
            here = ahead.pop()
            if here not in reached:
                reached.add(here)
                ahead += graph.get(here, ())
        if start in reached:
            f, i = start
            circle = ", ".join(
                sorted({rule["id"] for g, _, k, rule in places if (g, k) in reached | {start}})
            )
            path = f"{kind}[{i}].replaces"
            faults.append(found[f].fault("replaces-circle", path, circle=circle))
            break
    return faults
